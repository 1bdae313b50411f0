"""The proxy breaks what it says it breaks, and nothing else."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.support.proxy import Proxy, Way, proxied
from tests.support.suite import wait_for

SECONDS = 10
NOTHING_SECONDS = 0.2
MUCH = b"0123456789" * 5000


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """In front of a server that sends back what it gets."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener,)).start()
        with proxied(listener.getsockname()[1]) as between:
            yield between
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket) -> None:
    with suppress(OSError):
        while True:
            threading.Thread(target=_echo, args=(listener.accept()[0],)).start()


def _echo(connection: socket.socket) -> None:
    with connection, suppress(OSError):
        while data := connection.recv(65536):
            connection.sendall(data)


def connect(proxy: Proxy) -> socket.socket:
    """A connection through which bytes have passed already."""
    end = socket.create_connection(("127.0.0.1", proxy.port), SECONDS)
    assert ask(end, b"hello") == b"hello"
    return end


def ask(end: socket.socket, data: bytes) -> bytes:
    """Sends, and returns what comes back until it is as much, or the connection ends."""
    end.sendall(data)
    got = b""
    while len(got) < len(data) and (more := end.recv(65536)):
        got += more
    return got


def test_a_healthy_proxy_changes_nothing(proxy: Proxy) -> None:
    with connect(proxy) as end:
        assert ask(end, MUCH) == MUCH
        assert proxy.connections == 1
    wait_for("the connection to be gone", lambda: proxy.connections == 0)


def test_a_black_hole_holds_everything_until_it_thaws(proxy: Proxy) -> None:
    with connect(proxy) as end:
        proxy.freeze()
        end.sendall(b"late")
        end.settimeout(NOTHING_SECONDS)
        with pytest.raises(TimeoutError):
            end.recv(10)
        connect(proxy).close()
        proxy.thaw()
        end.settimeout(SECONDS)
        assert end.recv(10) == b"late"


def test_cut_is_an_orderly_end(proxy: Proxy) -> None:
    with connect(proxy) as end:
        proxy.cut()
        assert end.recv(10) == b""
    connect(proxy).close()


def test_reset_is_none(proxy: Proxy) -> None:
    with connect(proxy) as end:
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            end.recv(10)
    connect(proxy).close()


def test_only_a_share_is_met(proxy: Proxy) -> None:
    ends = [connect(proxy) for _ in range(20)]
    proxy.cut(share=0.5)
    wait_for("some to be gone", lambda: proxy.connections < 20)
    assert 0 < proxy.connections < 20
    for end in ends:
        end.close()


@pytest.mark.parametrize("way", Way)
def test_limit_loses_the_rest_of_one_direction(proxy: Proxy, way: Way) -> None:
    with connect(proxy) as end:
        proxy.limit(way, 7)
        got = b""
        with suppress(ConnectionResetError):
            got = ask(end, b"0123456789")
        assert b"0123456".startswith(got)
        with suppress(ConnectionResetError):
            assert end.recv(10) == b""
    connect(proxy).close()


def test_refused_until_accepted(proxy: Proxy) -> None:
    with connect(proxy) as old:
        proxy.refuse()
        with socket.create_connection(("127.0.0.1", proxy.port), SECONDS) as end:
            assert end.recv(10) == b""
        assert ask(old, b"still here") == b"still here"
    proxy.accept()
    connect(proxy).close()


def test_slices_and_latency_take_time_but_lose_nothing(proxy: Proxy) -> None:
    with connect(proxy) as end:
        proxy.slice(7)
        assert ask(end, MUCH) == MUCH
        proxy.slice(65536)
        proxy.latency(0.2)
        begun = time.monotonic()
        assert ask(end, b"x") == b"x"
        assert time.monotonic() - begun > 0.39


def test_slow_is_that_slow(proxy: Proxy) -> None:
    with connect(proxy) as end:
        proxy.slow(100_000)
        begun = time.monotonic()
        assert ask(end, MUCH) == MUCH
        assert time.monotonic() - begun > 0.9
        proxy.heal()
        assert ask(end, MUCH) == MUCH
