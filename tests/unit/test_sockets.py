"""Unit tests stay on their own."""

import socket

import pytest
from pytest_socket import SocketBlockedError


def test_no_socket_opens() -> None:
    with pytest.warns(UserWarning, match="getaddrinfo"), pytest.raises(SocketBlockedError):
        socket.create_connection(("127.0.0.1", 9), timeout=1)
    with pytest.warns(UserWarning, match="socket"), pytest.raises(SocketBlockedError):
        socket.socket()


@pytest.mark.enable_socket
def test_a_marked_test_may_listen() -> None:
    socket.create_server(("127.0.0.1", 0)).close()
