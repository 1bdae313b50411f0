"""Which records of a batch the database refuses: found by COPYing halves of halves, of which nothing stays."""

import asyncio
from datetime import date
from io import BytesIO
from uuid import UUID

import asyncpg
import polars as pl

from services.worker.copy_rows import copy_columns, encode_records
from services.worker.panics import panics_as_errors
from services.worker.refusals import is_about_rows
from services.worker.traces import words_of
from shared.attempts import encodable
from shared.database import Connection
from shared.errors import LogmillError

REFUSAL_STATES = ("22", "23", "44", "54", "P0001")
"""Data exception, integrity constraint, check option, program limit, and what a trigger raises: classes, or states."""
MAX_DETAIL_CHARACTERS = 200


class RowsRefused(LogmillError):
    """PostgreSQL refuses a batch's records for what is in them."""


def is_refusal(error: asyncpg.PostgresError) -> bool:
    """Whether a record itself may be at fault. A foreign key is not about records: theirs have none."""
    is_foreign_key = isinstance(error, asyncpg.ForeignKeyViolationError)
    return not is_foreign_key and (error.sqlstate or "").startswith(REFUSAL_STATES)


def told(error: asyncpg.PostgresError) -> str:
    """What PostgreSQL says of a record."""
    text = words_of(error) or type(error).__name__
    return f"{encodable(text)[:MAX_DETAIL_CHARACTERS]} (SQLSTATE {error.sqlstate})"


async def copy_records(connection: Connection, partition: str, records: pl.DataFrame, encoded: bytes) -> None:
    """COPYs `records`, `encoded` by `encode_records`; raises RowsRefused, after which the transaction is over."""
    columns = copy_columns(records)
    try:
        await connection.copy_to_table(partition, source=BytesIO(encoded), columns=columns, format="binary")
    except asyncpg.PostgresError as error:
        if is_refusal(error):
            raise RowsRefused(told(error)) from error
        raise


class Bisection:
    """Finds the refused ones of `records`. Everything it tries is undone, piece by piece."""

    def __init__(
        self, connection: Connection, partition: str, records: pl.DataFrame, job_id: UUID, stored_on: date
    ) -> None:
        self._connection = connection
        self._partition = partition
        self._records = records
        self._job_id = job_id
        self._stored_on = stored_on.isoformat()

    async def find(self) -> dict[int, str]:
        """Their places in `records`, each with what PostgreSQL says of it; to be called within a transaction.

        Raises RowsRefused as soon as there are so many that the rows are not to blame.
        """
        refused: dict[int, str] = {}
        pieces = [(0, len(self._records))]
        while pieces:
            begin, end = pieces.pop()
            refusal = await self._try(begin, end)
            if refusal is None:
                continue
            if end - begin > 1:
                middle = (begin + end) // 2
                pieces += [(middle, end), (begin, middle)]
                continue
            refused[begin] = str(refusal)
            if not is_about_rows(len(refused), len(self._records)):
                raise refusal
        return refused

    async def _try(self, begin: int, end: int) -> RowsRefused | None:
        piece = self._records[begin:end]
        encoded = await asyncio.to_thread(self._encode, piece)
        attempt = self._connection.transaction()
        await attempt.start()
        try:
            await copy_records(self._connection, self._partition, piece, encoded)
        except RowsRefused as refusal:
            return refusal
        finally:
            await attempt.rollback()
        return None

    def _encode(self, piece: pl.DataFrame) -> bytes:
        with panics_as_errors():
            return encode_records(piece, self._job_id, self._stored_on)
