"""Unit tests open no sockets but the event loop's own pair."""

import pytest
import pytest_socket


@pytest.fixture(autouse=True)
def no_sockets(request: pytest.FixtureRequest) -> None:
    """For the test alone: pytest-socket lifts it again. A test that needs ports is marked `enable_socket`."""
    if request.node.get_closest_marker("enable_socket") is None:
        pytest_socket.disable_socket(allow_unix_socket=True)
