"""Whatever is uploaded: compressed, archived, in any charset, as an array; read by its bytes, told honestly."""

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import zstandard

from tests.support.suite import Suite
from tests.support.user import User, assert_conserved

COUNT = 3000
LINES = b"".join(b"2026-01-02T03:04:05Z INFO request %d served\n" % n for n in range(COUNT))
PNG = b"\x89PNG\r\n\x1a\n" + bytes(5000)
zstd = zstandard.ZstdCompressor().compress


def tar_of(files: dict[str, bytes], *, mtime: int = 0) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), mtime
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def zip_of(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def send(user: User, content: bytes, name: str = "sent", headers: Any = None, **query: str) -> Any:
    return user.http.post("/upload", params={"name": name, **query}, content=content, headers=headers, timeout=120)


def jobs_of(user: User, answer: httpx.Response) -> list[dict[str, Any]]:
    """The answer's jobs once they have ended, each of them conserved."""
    jobs = [user.wait(job["job_id"]) for job in answer.json()["jobs"]]
    for job in jobs:
        assert_conserved(job)
    return jobs


def raw(user: User, job: dict[str, Any]) -> bytes:
    content: bytes = user.http.get(f"/api/jobs/{job['job_id']}/export", params={"format": "raw"}).content
    return content


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, zstd])
def test_compressed_by_what_its_bytes_are(user: User, compress: Callable[[bytes], bytes]) -> None:
    packed = compress(LINES) + compress(b"and one more\n")
    (job,) = jobs_of(user, send(user, packed, "no-such-ending.log"))
    assert (job["status"], job["file_name"], job["lines_stored"]) == ("completed", "no-such-ending.log", COUNT + 1)
    assert job["bytes_received"] == job["bytes_total"] == len(packed)
    assert raw(user, job) == LINES + b"and one more\n"


ARCHIVES = {
    "tar": tar_of,
    "tar.gz": lambda files: gzip.compress(tar_of(files)),
    "tar.zst": lambda files: zstd(tar_of(files)),
    "zip": zip_of,
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_is_a_job_a_file(user: User, kind: str) -> None:
    files = {
        "logs/app.log": b"one\ntwo\n",
        "../../etc/app.log.1.gz": gzip.compress(LINES),
        "empty.log": b"",
        "__MACOSX/._app.log": b"\0\5\x16\7",
    }
    answer = send(user, ARCHIVES[kind](files), f"logs.{kind}")
    assert answer.status_code == 202
    jobs = jobs_of(user, answer)
    assert [(job["file_name"], job["status"], job["lines_stored"]) for job in jobs] == [
        ("app.log", "completed", 2),
        ("app.log.1.gz", "completed", COUNT),
        ("empty.log", "completed", 0),
    ]
    assert [raw(user, job) for job in jobs] == [b"one\ntwo\n", LINES, b""]
    assert answer.json()["job_id"] == jobs[0]["job_id"]


def test_a_file_s_own_time_dates_lines_without_a_year(user: User) -> None:
    line = b"Nov 14 22:13:20 web sshd[1]: Accepted password for root\n"
    answer = send(user, gzip.compress(tar_of({"syslog": line}, mtime=1_700_000_000)))
    (job,) = jobs_of(user, answer)
    assert next(user.lines(job["job_id"]))["logged_at"].startswith("2023-11-14T22:13:20")
    forced = jobs_of(user, send(user, tar_of({"syslog": line}, mtime=1_700_000_000), modified="2019-12-01", again="1"))
    assert next(user.lines(forced[0]["job_id"]))["logged_at"].startswith("2019-11-14T22:13:20")


def test_a_file_that_cannot_be_read_does_not_take_the_others_with_it(user: User) -> None:
    files = {"a.log": b"one\n", "b.png": PNG, "c.zip": zip_of({"x": b"1"}), "d.gz": gzip.compress(LINES)[:-5]}
    answer = send(user, tar_of({**files, "e.log": b"two\n"}))
    assert answer.status_code == 202
    told = answer.json()["jobs"]
    assert [job["status"] for job in told] == ["processing", "failed", "failed", "failed", "processing"]
    jobs = jobs_of(user, answer)
    assert [job["status"] for job in jobs] == ["completed", "failed", "failed", "failed", "completed"]
    assert [job["lines_stored"] for job in jobs] == [1, 0, 0, COUNT, 1]
    for job, words in zip(jobs[1:4], ("a PNG image", "zip archive in", "cut off (truncated)"), strict=True):
        assert words in job["error_message"]
    assert [job.get("error_message") for job in told] == [job["error_message"] for job in jobs]


def encrypted(packed: bytes) -> bytes:
    """A zip whose first file says that it is encrypted."""
    return packed[:6] + b"\x01" + packed[7:]


BROKEN = [
    ("truncated gzip", gzip.compress(LINES)[:-5], 422, "cut off (truncated)", COUNT),
    ("gzip with a wrong checksum", gzip.compress(LINES)[:-8] + bytes(8), 422, "wrong checksum", COUNT),
    ("gzip with garbage behind it", gzip.compress(LINES) + b"garbage", 422, "followed by something else", COUNT),
    ("truncated tar", tar_of({"a.log": LINES})[: len(LINES)], 422, "cut off (truncated)", None),
    ("an encrypted zip", encrypted(zip_of({"a.log": LINES})), 415, "encrypted", 0),
]


@pytest.mark.parametrize(
    ("packed", "status", "told", "lines"), [case[1:] for case in BROKEN], ids=[b[0] for b in BROKEN]
)
def test_what_is_not_whole_keeps_what_there_is(
    user: User, packed: bytes, status: int, told: str, lines: int | None
) -> None:
    answer = send(user, packed)
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert told in problem["detail"]
    job = user.wait(problem["job_id"])
    assert problem["links"]["self"] == answer.headers["location"] == f"/api/jobs/{job['job_id']}"
    assert (job["status"], job["error_message"]) == ("failed", problem["detail"])
    assert_conserved(job)
    assert 0 < job["lines_stored"] < COUNT if lines is None else job["lines_stored"] == lines
    assert LINES.startswith(raw(user, job))


def test_padding_behind_gzip_is_no_damage(user: User) -> None:
    (job,) = jobs_of(user, send(user, gzip.compress(LINES) + bytes(512)))
    assert (job["status"], job["lines_stored"]) == ("completed", COUNT)


REFUSED = [
    ("a PNG", PNG, 415, "a PNG image"),
    ("a PNG in gzip", gzip.compress(PNG), 415, "a PNG image"),
    ("an ELF", b"\x7fELF\x02\x01\x01" + bytes(5000), 415, "an ELF program"),
    ("a PDF", b"%PDF-1.7\n", 415, "a PDF document"),
    ("SQLite", b"SQLite format 3\0" + bytes(5000), 415, "an SQLite database"),
    ("7-Zip", b"7z\xbc\xaf\x27\x1c\0\4" + bytes(50), 415, "a 7-Zip archive"),
    ("control bytes", bytes(n % 7 for n in range(9000)), 415, "binary data"),
    ("gzip in gzip", gzip.compress(gzip.compress(LINES)), 415, "gzip data in gzip data"),
    ("zip in gzip", gzip.compress(zip_of({"a": b"1"})), 415, "zip archive in gzip data"),
    ("an empty zip", zip_of({}), 422, "no file in the archive"),
]


@pytest.mark.parametrize(("content", "status", "told"), [case[1:] for case in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_cannot_be_read_leaves_nothing(user: User, content: bytes, status: int, told: str) -> None:
    answer = send(user, content)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert told in answer.json()["detail"]
    assert user.get("/api/jobs")["items"] == []


def test_a_form_keeps_what_can_be_read(user: User) -> None:
    files = [
        ("a.png", PNG),
        ("b.log", b"one\n"),
        ("c.gz", gzip.compress(LINES)[:-5]),
        ("d.zip", zip_of({"d.log": b"2\n"})),
    ]
    answer = user.http.post("/upload", files=[("file", file) for file in files])
    assert answer.status_code == 202
    jobs = {job["file_name"]: (job["status"], job["lines_stored"]) for job in jobs_of(user, answer)}
    assert jobs == {
        "a.png": ("failed", 0),
        "b.log": ("completed", 1),
        "c.gz": ("failed", COUNT),
        "d.log": ("completed", 1),
    }
    assert user.job(answer.json()["job_id"])["file_name"] == "b.log"
    refused = user.http.post("/upload", files=[("file", ("a.png", PNG)), ("file", ("b.png", PNG))])
    assert refused.status_code == 415


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstd), ("x-gzip", gzip.compress)])
def test_an_announced_encoding(user: User, encoding: str, compress: Callable[[bytes], bytes]) -> None:
    (job,) = jobs_of(user, send(user, compress(LINES), headers={"Content-Encoding": encoding}))
    assert (job["status"], job["lines_stored"]) == ("completed", COUNT)
    answer = send(user, LINES, headers={"Content-Encoding": encoding})
    assert (answer.status_code, "This is not" in answer.json()["detail"]) == (422, True)


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip"])
def test_an_encoding_nobody_reads(user: User, encoding: str) -> None:
    answer = send(user, b"\x0b\x02\x80line\x03", headers={"Content-Encoding": encoding})
    assert answer.status_code == 415
    assert "gzip, x-gzip, zstd" in answer.json()["detail"]


TEXT = "2026-01-02T03:04:05Z INFO Gerät nicht gefunden, Größe überschritten\n"
CHARSETS = [
    ("utf-8", TEXT, {}),
    ("utf-8-sig", TEXT, {}),
    ("utf-16", TEXT, {}),
    ("utf-16-le", TEXT, {}),
    ("utf-16-be", TEXT, {}),
    ("utf-32", TEXT, {}),
    ("cp1252", TEXT, {}),
    ("cp1251", "2026-01-02T03:04:05Z INFO Файл не найден, соединение потеряно\n", {}),
    ("cp932", "2026-01-02T03:04:05Z INFO サーバーへの接続に失敗しました\n", {}),
    ("cp850", TEXT, {"charset": "cp850"}),
    ("iso8859-5", "2026-01-02T03:04:05Z INFO Файл не найден\n", {"charset": "ISO-8859-5"}),
    ("utf-16-be", TEXT, {"charset": "utf-16be"}),
]


@pytest.mark.parametrize(("charset", "text", "query"), CHARSETS)
def test_charsets_are_readable_and_exact(user: User, charset: str, text: str, query: dict[str, str]) -> None:
    content = (text * 20).encode(charset)
    (job,) = jobs_of(user, send(user, content, **query))
    lines = list(user.lines(job["job_id"]))
    assert len(lines) == 20
    assert {line["message"] for line in lines} == {text.split("INFO ")[1].rstrip()}
    wide = charset.startswith(("utf-16", "utf-32"))
    assert raw(user, job) == ((text * 20).encode() if wide else content)


def test_a_charset_that_cannot_be(user: User) -> None:
    answer = send(user, b"one\n", charset="utf-7")
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, "urn:logmill:problem:invalid-input")
    assert problem["errors"] == [{"pointer": "charset", "detail": "'utf-7' is no charset that can be read"}]


ENTRIES = [
    {"level": 30, "time": 1767323045000 + n, "pid": 7, "hostname": "web", "msg": f"größer {n}"} for n in range(500)
]


@pytest.mark.parametrize("layout", [{}, {"indent": 2}, {"ensure_ascii": False}])
@pytest.mark.parametrize(
    "encode", [str.encode, lambda text: gzip.compress(text.encode()), lambda text: text.encode("utf-16")]
)
def test_a_json_array_is_a_line_an_element(user: User, layout: Any, encode: Callable[[str], bytes]) -> None:
    (job,) = jobs_of(user, send(user, encode(json.dumps(ENTRIES, **layout)), "entries.json"))
    assert (job["status"], job["lines_stored"], job["format_counts"]) == ("completed", 500, {"json": 500})
    assert [line["message"] for line in user.lines(job["job_id"])] == [entry["msg"] for entry in ENTRIES]
    assert [json.loads(line) for line in raw(user, job).splitlines()] == ENTRIES


def test_a_cut_off_array_loses_nothing(user: User) -> None:
    content = json.dumps(ENTRIES).encode()[:-20]
    (job,) = jobs_of(user, send(user, content))
    assert job["lines_read"] == 500
    assert raw(user, job) == content[1:].replace(b"}, {", b"}\n{")


@pytest.mark.timeout(180)
def test_limits_end_an_upload(own_suite: Suite) -> None:
    limits = {
        "LOGMILL_MAX_DECOMPRESSED_BYTES": str(100 * 1024**2),
        "LOGMILL_MAX_EXPANSION_RATIO": "900",
        "LOGMILL_MAX_ARCHIVE_MEMBERS": "3",
    }
    own_suite.start("api", **limits)
    own_suite.start("aggregator")
    own_suite.start("worker")
    for service in own_suite.services:
        service.wait_ready()
    with User(own_suite.api_url) as user:
        ratio, size = gzip.compress(bytes(90 * 1024**2)), gzip.compress(LINES * 800, 1)
        for content, name in ((ratio, "max_expansion_ratio"), (size, "max_decompressed_bytes")):
            answer = send(user, content)
            assert answer.status_code == 413
            assert name in answer.json()["detail"]
            job = user.wait(answer.json()["job_id"])
            assert (job["status"], name in job["error_message"]) == ("failed", True)
            assert_conserved(job)
        answer = send(user, tar_of({f"{n}.log": b"%d\n" % n for n in range(5)}), "many.tar")
        assert (answer.status_code, "max_archive_members" in answer.json()["detail"]) == (413, True)
        jobs = jobs_of(user, answer)
        assert [(job["file_name"], job["status"]) for job in jobs] == [
            ("0.log", "completed"),
            ("1.log", "completed"),
            ("2.log", "completed"),
            ("many.tar", "failed"),
        ]
        # The limits are those of an upload, whatever it is cut into, and whatever kind of member it is.
        archives = [
            ("a.tar", tar_of({"a.log": b"a\n", "._a.log": b"\0"})),
            ("b.zip", zip_of({"b/": b"", "b.log": b"b\n"})),
        ]
        answer = user.http.post("/upload", files=[("file", archive) for archive in archives])
        assert answer.status_code == 202
        jobs = jobs_of(user, answer)
        assert [(job["file_name"], job["status"]) for job in jobs] == [("a.log", "completed"), ("b.zip", "failed")]
        assert "max_archive_members" in jobs[1]["error_message"]
        half = gzip.compress(LINES * 400, 1)
        answer = user.http.post("/upload", files=[("file", (f"{n}.gz", half)) for n in range(2)], params={"again": "1"})
        jobs = jobs_of(user, answer)
        assert [(job["file_name"], job["status"]) for job in jobs] == [("0.gz", "completed"), ("1.gz", "failed")]
        assert "max_decompressed_bytes" in jobs[1]["error_message"]
