"""Which database errors are worth another try."""

import asyncpg
import pytest
from asyncpg import exceptions

from shared.database import is_transient, wrapped_errors
from shared.errors import DatabaseUnavailable

CASES: list[tuple[Exception, bool]] = [
    (asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"), True),
    (asyncpg.CannotConnectNowError("the database system is starting up"), True),
    (asyncpg.AdminShutdownError("terminating connection due to administrator command"), True),
    (asyncpg.TooManyConnectionsError("too many clients already"), True),
    (asyncpg.DeadlockDetectedError("deadlock detected"), True),
    (asyncpg.LockNotAvailableError("lock timeout"), True),
    (asyncpg.DiskFullError("no space left"), True),
    (asyncpg.InsufficientPrivilegeError("permission denied for table jobs"), True),
    (asyncpg.InternalServerError("tuple concurrently updated"), True),
    (asyncpg.InternalServerError("cache lookup failed"), False),
    (exceptions.IdleInTransactionSessionTimeoutError("terminating connection"), True),
    (asyncpg.InterfaceError("connection is closed"), True),
    (asyncpg.InterfaceError("pool is closing"), True),
    (asyncpg.InterfaceError("pool is closed"), True),
    (asyncpg.InterfaceError("cannot perform operation: connection is closed"), True),
    (asyncpg.InterfaceError("cannot call Transaction.rollback(): the underlying connection is closed"), True),
    (asyncpg.InterfaceError("cannot call X.fetch(): connection has been released back to the pool"), True),
    (ConnectionResetError(), True),
    (TimeoutError(), True),
    (asyncpg.InterfaceError("the server expects 1 argument for this query, 2 were passed"), False),
    (asyncpg.InterfaceError("cannot perform operation: another operation is in progress"), False),
    (asyncpg.DataError("invalid input for query argument $1: 'x'"), False),
    (exceptions.ClientConfigurationError("no such option"), False),
    (asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"), True),
    (asyncpg.InternalClientError("no binary format encoder for type tsquery"), False),
    (asyncpg.UniqueViolationError("duplicate key"), False),
    (asyncpg.UndefinedTableError("relation does not exist"), False),
    (asyncpg.InFailedSQLTransactionError("current transaction is aborted"), False),
    (ValueError("ours"), False),
]


@pytest.mark.parametrize(("error", "transient"), CASES)
def test_transience(error: Exception, transient: bool) -> None:
    assert is_transient(error) is transient
    with pytest.raises(DatabaseUnavailable if transient else type(error)), wrapped_errors():
        raise error
