"""Requests as they should not be: a clear refusal, and no job that claims to be whole."""

import socket
from collections.abc import Iterator

import pytest

from tests.support.suite import Suite, wait_for
from tests.support.user import User

BOUNDARY = "XX"
END = f"--{BOUNDARY}--\r\n".encode()
FORM = f"multipart/form-data; boundary={BOUNDARY}"
MEBIBYTE = 1024**2


def part(disposition: str, content: bytes = b"one\n", headers: str = "") -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data{disposition}\r\n{headers}\r\n"
    return head.encode() + content + b"\r\n"


A_FILE = part('; name="file"; filename="a.log"')
TEXT_FIELD = part('; name="comment"', b"hello")
FORMS = [
    ("another boundary than announced", "multipart/form-data; boundary=YY", A_FILE + END, 400),
    ("no boundary", "multipart/form-data", A_FILE + END, 400),
    ("a boundary of 500 characters", f"multipart/form-data; boundary={'x' * 500}", A_FILE + END, 400),
    ("no closing boundary", FORM, A_FILE, 400),
    ("the last dashes missing", FORM, A_FILE + END[:-4], 400),
    ("a part without a name", FORM, part('; filename="a.log"') + END, 400),
    ("the file sent as text", FORM, part('; name="file"') + END, 400),
    ("an empty file name", FORM, part('; name="file"; filename=""') + END, 400),
    ("a text field before the file", FORM, TEXT_FIELD + A_FILE + END, 400),
    ("a text field after the file", FORM, A_FILE + TEXT_FIELD + END, 400),
    ("a text field of 2 MB", FORM, part('; name="comment"', b"x" * 2 * MEBIBYTE) + A_FILE + END, 400),
    ("10,000 parts", FORM, A_FILE * 10_000 + END, 400),
    ("100 headers in a part", FORM, part('; name="file"; filename="a.log"', headers="X-A: b\r\n" * 100) + END, 400),
    ("a preamble", FORM, b"This is a message in MIME format.\r\n" + A_FILE + END, 400),
    ("another kind of form", f"multipart/mixed; boundary={BOUNDARY}", A_FILE + END, 415),
    ("an encoding nobody knows", FORM, A_FILE + END, 415),
]


@pytest.mark.parametrize(("name", "content_type", "body", "status"), FORMS, ids=[case[0] for case in FORMS])
def test_a_form_is_refused(user: User, name: str, content_type: str, body: bytes, status: int) -> None:
    headers = {"Content-Type": content_type} | ({"Content-Encoding": "br"} if "encoding" in name else {})
    answer = user.http.post("/upload", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert all(job["status"] == "interrupted" for job in user.get("/api/jobs")["items"])


ACCEPTED = [
    ("two files", A_FILE + part('; name="file"; filename="b.log"', b"two\n") + END, ["a.log", "b.log"]),
    ("an extended name only", part("; name=\"file\"; filename*=UTF-8''gr%C3%BC%C3%9Fe.log") + END, ["grüße.log"]),
    ("an epilogue of 1 MB", A_FILE + END + b"x" * MEBIBYTE, ["a.log"]),
    ("a name like a path", part('; name="file"; filename="../../etc/passwd"') + END, ["passwd"]),
]


@pytest.mark.parametrize(("body", "names"), [case[1:] for case in ACCEPTED], ids=[case[0] for case in ACCEPTED])
def test_a_form_is_accepted(user: User, body: bytes, names: list[str]) -> None:
    answer = user.http.post("/upload", content=body, headers={"Content-Type": FORM})
    assert answer.status_code == 202, answer.text
    jobs = [user.wait(job["job_id"]) for job in answer.json()["jobs"]]
    assert [(job["file_name"], job["status"], job["lines_stored"]) for job in jobs] == [
        (name, "completed", 1) for name in names
    ]


def send(suite: Suite, user: User, head: str, body: bytes = b"", *, leave: bool = False) -> bytes:
    """What a raw connection gets for an upload with these header lines; with `leave` its sender is gone after them."""
    lines = f"POST /upload?name=wire.log HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {user.token}\r\n{head}\r\n"
    with socket.create_connection(("127.0.0.1", suite.api.port), timeout=20) as connection:
        connection.sendall(lines.encode() + body)
        if leave:
            connection.shutdown(socket.SHUT_WR)
        return b"".join(_received(connection))


def _received(connection: socket.socket) -> Iterator[bytes]:
    while chunk := connection.recv(65536):
        yield chunk


CUT_SHORT = [
    ("a length never reached", "Content-Length: 100\r\n", b"one\ntwo\n"),
    ("no last chunk", "Transfer-Encoding: chunked\r\n", b"4\r\none\n\r\n"),
    ("a chunk size that is none", "Transfer-Encoding: chunked\r\n", b"4\r\none\n\r\nzz\r\n"),
]


@pytest.mark.parametrize(("head", "body"), [case[1:] for case in CUT_SHORT], ids=[case[0] for case in CUT_SHORT])
def test_a_body_cut_short_completes_no_job(suite: Suite, user: User, head: str, body: bytes) -> None:
    assert b" 202 " not in send(suite, user, head, body, leave=True)
    wait_for("no upload under way", lambda: _statuses(user) <= {"interrupted"})


def _statuses(user: User) -> set[str]:
    return {job["status"] for job in user.get("/api/jobs")["items"]}


REFUSED_AT_ONCE = [
    ("a negative length", "Content-Length: -1\r\n", b"400"),
    ("two lengths", "Content-Length: 4\r\nContent-Length: 5\r\n", b"400"),
    ("a length and chunks", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", b"400"),
    ("too much announced", "Content-Length: 999999999999999\r\nExpect: 100-continue\r\nConnection: close\r\n", b"413"),
]


@pytest.mark.parametrize(
    ("head", "status"), [case[1:] for case in REFUSED_AT_ONCE], ids=[case[0] for case in REFUSED_AT_ONCE]
)
def test_refused_before_a_byte_is_sent(suite: Suite, user: User, head: str, status: bytes) -> None:
    answer = send(suite, user, head)
    assert answer.split(b" ")[1] == status
    assert b"100 Continue" not in answer
    assert user.get("/api/jobs")["items"] == []


def test_a_chunk_extension_is_read_over(suite: Suite, user: User) -> None:
    answer = send(suite, user, "Transfer-Encoding: chunked\r\nConnection: close\r\n", b"4;x=y\r\none\n\r\n0\r\n\r\n")
    assert b" 202 " in answer


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PUT"])
def test_another_method_on_upload(user: User, method: str) -> None:
    answer = user.http.request(method, "/upload")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"HEAD", "POST"}


@pytest.fixture(scope="module")
def searched(suite: Suite) -> Iterator[tuple[User, str]]:
    """A user, and a job of three lines."""
    with User(suite.api_url) as user:
        job_id = user.upload(b"2024-01-01 00:00:00 INFO 100% sure_of a\\b\nplain (a+)+$\nthird\n")
        user.wait(job_id)
        yield user, job_id


QUERIES = [
    ({"q": "%"}, [1]),
    ({"q": "_"}, [1]),
    ({"q": "\\"}, [1]),
    ({"q": "(a+)+$"}, [2]),
    ({"q": "x" * 1000}, []),
    ({"limit": "1000000000"}, [1, 2, 3]),
    ({"since": "2023-12-31T23:00:00-01:00"}, [1]),
]


@pytest.mark.parametrize(("query", "found"), QUERIES)
def test_a_search_takes_text_as_it_is(searched: tuple[User, str], query: dict[str, str], found: list[int]) -> None:
    user, job_id = searched
    assert [line["line_no"] for line in user.lines(job_id, **query)] == found


REFUSED_QUERIES = [
    {"q": "x" * 10_000},
    {"q": "\0"},
    {"limit": "0"},
    {"limit": "-1"},
    {"limit": "1e2"},
    {"limit": "１０"},
    {"cursor": "garbage"},
    {"since": "2024-01-02T00:00:00Z", "until": "2024-01-01T00:00:00Z"},
    {"since": "2024-01-01T00:00:00"},
    {"since": "0000-01-01T00:00:00Z"},
]


@pytest.mark.parametrize("query", REFUSED_QUERIES, ids=str)
def test_a_search_that_cannot_be(searched: tuple[User, str], query: dict[str, str]) -> None:
    user, job_id = searched
    answer = user.http.get(f"/api/jobs/{job_id}/lines", params=query)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert next(iter(query)) in answer.text


@pytest.mark.parametrize("job_id", ["1", "..", "%2e%2e%2f", "x" * 10_000, "00000000-0000-0000-0000-000000000000"])
def test_an_id_that_is_none(user: User, job_id: str) -> None:
    answer = user.http.get(f"/api/jobs/{job_id}/lines")
    assert answer.status_code in (404, 414)
    assert answer.headers["content-type"] == "application/problem+json"
