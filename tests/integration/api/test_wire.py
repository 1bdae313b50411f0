"""The running service and bytes that no well-behaved client sends."""

import socket

import pytest

from tests.support.suite import Suite

CASES = [
    (
        "both lengths",
        b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    ("two lengths", b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}}", 400),
    ("a negative length", b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
    ("a bad chunk size", b"POST /auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ("no HTTP at all", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400),
    ("HTTP/1.0", b"GET /health/live HTTP/1.0\r\n\r\n", 200),
    ("an absolute target", b"GET http://x/health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
    ("a method nobody knows", b"BREW /docs HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400),
    ("a wrong method", b"DELETE /docs HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405),
    ("a path with a NUL", b"GET /api/jobs/%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 401),
]


@pytest.mark.parametrize(("_name", "sent", "status"), CASES, ids=[case[0] for case in CASES])
def test_status(suite: Suite, _name: str, sent: bytes, status: int) -> None:
    answer = exchange(suite.api.port, sent)
    assert answer.split(b" ")[1:2] == [str(status).encode()], answer
    assert b"\r\nserver:" not in answer.lower()


def exchange(port: int, sent: bytes) -> bytes:
    """The bytes that come back until the connection ends, or nothing more comes."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(sent)
        received = bytearray()
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except TimeoutError:
            pass
        return bytes(received)
