"""Lines longer than max_line_bytes: shown cut, counted once, and every byte of them kept."""

import json

import pytest

from tests.support.suite import Suite
from tests.support.user import User, assert_conserved

MOST = 1024**2


def overlong_lines(suite: Suite) -> float:
    return sum(worker.metric("logmill_worker_overlong_lines_total") for worker in suite.workers)


def test_a_long_line_between_others(suite: Suite, user: User) -> None:
    before = overlong_lines(suite)
    long_line = b"2024-05-01 12:00:00 ERROR needle " + b"x" * 3 * MOST
    content = b"before\n" + long_line + b"\nafter\n"
    job = user.wait(user.upload(content))
    assert_conserved(job)
    assert (job["status"], job["lines_read"]) == ("completed", 3)
    items = list(user.lines(job["job_id"]))
    assert [item["line_no"] for item in items] == [1, 2, 3]
    item = items[1]
    marker = f" … [line of {len(long_line):,} bytes, cut after {MOST:,}]"
    assert item["raw"] == long_line[:MOST].decode() + marker
    assert item["message"].endswith("x" * 100 + marker)
    assert item["level"] == "error"
    assert (item["attrs"]["line_bytes"], item["attrs"]["truncated"]) == (len(long_line), True)
    assert [found["line_no"] for found in user.lines(job["job_id"], q="needle")] == [2]
    assert export(user, job["job_id"]) == content
    assert overlong_lines(suite) - before == 1


def export(user: User, job_id: str) -> bytes:
    return user.http.get(f"/api/jobs/{job_id}/export", params={"format": "raw"}).raise_for_status().content


@pytest.mark.parametrize(
    ("content", "cut"),
    [
        (b"x" * MOST + b"\n", []),
        (b"x" * (MOST + 1) + b"\n", [1]),
        (b"x" * (MOST + 1), [1]),
        (b"a\n" + b"x" * 2 * MOST + b"\n" + b"y" * 2 * MOST + b"\nb", [2, 3]),
        (b"x" * (2 * MOST) + b"\r\n\r\n", [1]),
        ("é".encode() * MOST + b"\nb\n", [1]),
        (b"x" + "é".encode() * MOST + b"\nb\n", [1]),
        (b"x" + "🪵".encode() * MOST + b"\nb\n", [1]),
        (b'{"msg": "' + b"x" * 2 * MOST + b'"}\n{"msg": "b"}\n', [1]),
    ],
    ids=["at the limit", "over it", "at the end", "two of them", "CRLF", "even", "odd", "four bytes", "JSON"],
)
def test_every_byte_is_kept_and_what_is_shown_is_whole(user: User, content: bytes, cut: list[int]) -> None:
    job = user.wait(user.upload(content))
    assert_conserved(job)
    assert export(user, job["job_id"]) == content
    items = list(user.lines(job["job_id"]))
    assert [item["line_no"] for item in items if item["attrs"].get("truncated")] == cut
    lines = content.removesuffix(b"\n").split(b"\n")
    for item in items:
        line = lines[item["line_no"] - 1]
        assert "\ufffd" not in item["raw"]
        assert "\ufffd" not in (item["message"] or "")
        if item["line_no"] in cut:
            assert item["attrs"]["line_bytes"] == len(line)
            assert item["raw"].endswith(f" … [line of {len(line):,} bytes, cut after {MOST:,}]")
            assert line.decode().startswith(item["raw"].rpartition(" … ")[0])


LONG_OBJECT = {"level": 50, "time": 1709626150000, "pid": 4021, "hostname": "web-1", "msg": "it failed"}


@pytest.mark.parametrize("forced", [{}, {"format": "json"}], ids=["detected", "forced"])
@pytest.mark.parametrize("wrap", ["{}\n{}\n", "[{},\n{}]\n"], ids=["lines", "an array"])
def test_json_that_we_cut_is_no_broken_json(user: User, wrap: str, forced: dict[str, str]) -> None:
    objects = [json.dumps({**LONG_OBJECT, name: "x" * (MOST + MOST // 2)}) for name in ("stack", "msg")]
    job = user.wait(user.upload(wrap.format(*objects).encode(), **forced))
    assert_conserved(job)
    assert (job["status"], job["lines_stored"], job["lines_rejected"]) == ("completed", 2, 0)
    for item, text in zip(user.lines(job["job_id"]), objects, strict=True):
        marker = f" … [line of {len(text):,} bytes, cut after {MOST:,}]"
        assert (item["level"], item["logged_at"], item["pid"]) == ("error", "2024-03-05T08:09:10Z", 4021)
        assert (item["format"], item["hostname"], item["attrs"]["truncated"]) == ("json", "web-1", True)
        assert item["raw"] == text[:MOST] + marker
        assert item["message"] in ("it failed" + marker, "x" * (MOST - text.index("xxx")) + marker)
    assert export(user, job["job_id"]) == "".join(text + "\n" for text in objects).encode()
