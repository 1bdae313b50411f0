"""Sample logs: the right size, whole lines, the same bytes for the same seed, rising times."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.__main__ import build_app
from cli.generate import ALL_FORMATS, UnknownFormat, generate_samples, parse_size, sample_blocks

ACCESS = r'[\da-f.:]+ - \S+ \[\d\d/Jun/2025:\d\d:\d\d:\d\d \+0000\] "[A-Z]+ /\S* HTTP/1\.1" \d{3} (\d+|-)'
LINES = {
    "access": ACCESS + r' "[^"]+" "[^"]+"',
    "common": ACCESS,
    "json": r'\{"level":[2-6]0,"time":17\d{11},"pid":\d+,.*"msg":"[^"]+"\}',
    "logfmt": r'time=2025-06-0\dT\S+Z level=[a-z]+ service=[a-z]+ msg="[^"]+" client_ip=.+ duration_ms=\S+ trace_id=.+',
    "syslog": r"Jun  [23] \d\d:\d\d:\d\d [a-z]+-\d\d [a-z]+\[\d+\]: .+",
    "syslog5424": r"<\d+>1 2025-06-0\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ \S+ \d+ ID\d+ \[request@32473 .+\] .+",
    "app": r"2025-06-0\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ +\[\w+\.handlers\] .+|Traceback .+|  .+|TimeoutError: .+",
    "plain": r"\S.*",
    "mixed": r".+",
}


def content(name: str, size_bytes: int, seed: int = 1) -> bytes:
    return b"".join(sample_blocks(name, size_bytes, seed))


@pytest.mark.parametrize("name", ALL_FORMATS)
def test_lines_look_like_their_format(name: str) -> None:
    lines = content(name, 100_000).decode().split("\n")
    assert lines.pop() == ""
    strange = [line for line in lines if not re.fullmatch(LINES[name], line)]
    assert strange == []


@pytest.mark.parametrize("name", ALL_FORMATS)
@pytest.mark.parametrize("size_bytes", [0, 10, 5000, 100_000, 3_000_000])
def test_size_is_kept_to_within_a_line(name: str, size_bytes: int) -> None:
    written = len(content(name, size_bytes))
    assert written <= size_bytes
    assert size_bytes - written < 1000


@pytest.mark.parametrize("name", ALL_FORMATS)
def test_a_seed_gives_the_same_bytes_and_another_seed_others(name: str) -> None:
    first, again, other = (hashlib.sha256(content(name, 50_000, seed)).digest() for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_times_rise_over_a_day() -> None:
    times = [json.loads(line)["time"] for line in content("json", 500_000).splitlines()]
    assert times == sorted(times)
    assert 23 * 3600_000 < times[-1] - times[0] <= 24 * 3600_000


def test_mixed_has_lines_of_every_format() -> None:
    text = content("mixed", 300_000).decode()
    lines = text.split("\n")
    for name in ("access", "json", "logfmt", "syslog", "syslog5424"):
        assert any(re.fullmatch(LINES[name], line) for line in lines), name


def test_files_share_the_size_and_carry_the_time_of_their_last_line(tmp_path: Path) -> None:
    samples = generate_samples(tmp_path / "new", 90_000, ["access", "json", "app"], seed=1)
    assert [sample.path.name for sample in samples] == ["access.log", "json.log", "app.log"]
    for sample in samples:
        assert sample.path.stat().st_size == sample.size_bytes
        assert 29_000 < sample.size_bytes <= 30_000
        assert sample.path.stat().st_mtime == 1748930400


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormat, match="xml"):
        generate_samples(tmp_path, 1000, ["access", "xml"], seed=1)


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("1000", 1000),
        ("10MB", 10_000_000),
        ("10 mb", 10_000_000),
        ("512k", 512_000),
        ("1.5kB", 1500),
        ("1GiB", 1024**3),
        ("2Mi", 2 * 1024**2),
        ("0", 0),
    ],
)
def test_sizes(text: str, size_bytes: int) -> None:
    assert parse_size(text) == size_bytes


@pytest.mark.parametrize("text", ["", "big", "-1MB", "1TB", "10 MB extra", "MB"])
def test_what_is_not_a_size(text: str) -> None:
    with pytest.raises(ValueError, match="not a size"):
        parse_size(text)


def test_the_command_writes_the_files_it_names(tmp_path: Path) -> None:
    result = CliRunner().invoke(build_app(), ["generate", str(tmp_path), "--size", "20kB", "--formats", "plain,syslog"])
    assert result.exit_code == 0, result.output
    assert [line.split()[0] for line in result.output.splitlines()] == [
        str(tmp_path / "plain.log"),
        str(tmp_path / "syslog.log"),
    ]


def test_the_command_refuses_a_bad_size(tmp_path: Path) -> None:
    result = CliRunner().invoke(build_app(), ["generate", str(tmp_path), "--size", "lots"])
    assert result.exit_code == 2
    assert "not a size" in result.output
