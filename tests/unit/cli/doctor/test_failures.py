"""Errors of the drivers as facts."""

import errno
import socket
from datetime import date

import aio_pika
import asyncpg
import pytest
from aiormq.exceptions import AMQPConnectionError, ChannelAccessRefused, InvalidFrameError

from cli.doctor import broker, database
from cli.doctor.facts import LOGIN, OTHER_ARGUMENTS, TIMED_OUT, UNREACHABLE, VHOST

REFUSED = ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 1)")
UNKNOWN = socket.gaierror(-2, "Name or service not known")
NO_SECRETS: frozenset[str] = frozenset()


def caused_by(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (asyncpg.InvalidPasswordError("wrong for hunter2"), "28P01", "wrong for ***"),
        (asyncpg.InsufficientPrivilegeError("denied"), "42501", "denied"),
        (REFUSED, UNREACHABLE, "nobody answers there (Connection refused)"),
        (UNKNOWN, UNREACHABLE, "nobody answers there (Name or service not known)"),
        (
            OSError("Multiple exceptions: so and so"),
            UNREACHABLE,
            "nobody answers there (Multiple exceptions: so and so)",
        ),
        (TimeoutError(), TIMED_OUT, "no answer in time"),
        (asyncpg.InterfaceError("connection is closed"), "InterfaceError", "connection is closed"),
    ],
)
def test_of_postgresql(error: BaseException, code: str, told: str) -> None:
    failure = database.failure_of(error, frozenset({"hunter2"}))
    assert (failure.code, failure.told) == (code, told)


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (aio_pika.exceptions.ProbableAuthenticationError("ACCESS_REFUSED - hunter2"), LOGIN, "ACCESS_REFUSED - ***"),
        (
            InvalidFrameError("Expected one of ['Connection.OpenOk'], got <Connection.Close object at 0x7f>"),
            VHOST,
            "the connection was closed when the virtual host was opened",
        ),
        (ChannelAccessRefused("ACCESS_REFUSED - access to queue"), "403", "ACCESS_REFUSED - access to queue"),
        (aio_pika.exceptions.ChannelPreconditionFailed("PRECONDITION_FAILED"), OTHER_ARGUMENTS, "PRECONDITION_FAILED"),
        (
            caused_by(AMQPConnectionError(111, "hunter2"), REFUSED),
            UNREACHABLE,
            "nobody answers there (Connection refused)",
        ),
        (AMQPConnectionError("closed by hunter2"), UNREACHABLE, "nobody answers there (closed by ***)"),
        (aio_pika.exceptions.ChannelClosed("gone"), "ChannelClosed", "gone"),
    ],
)
def test_of_rabbitmq(error: BaseException, code: str, told: str) -> None:
    failure = broker.failure_of(error, frozenset({"hunter2"}))
    assert (failure.code, failure.told.startswith(told)) == (code, True), failure


@pytest.mark.parametrize(
    ("table", "day"),
    [
        ("log_records_20260305", date(2026, 3, 5)),
        ("log_records_20261399", None),
        ("log_records_old", None),
        ("jobs", None),
    ],
)
def test_the_day_of_a_partition(table: str, day: date | None) -> None:
    assert database.day_of(table) == day
