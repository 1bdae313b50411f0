"""PostgreSQL: facts, and what is said of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cli.doctor.checks.database import (
    check_connections,
    check_dead_letters,
    check_migrations,
    check_partitions,
    check_privileges,
    check_server,
    how_to_connect,
)
from cli.doctor.facts import TIMED_OUT, UNREACHABLE, Failure, Limits, Partition
from cli.doctor.findings import State
from tests.unit.cli.doctor.deployments import DATABASE, DEPLOYMENT

DENIED = Failure("42501", "permission denied for table dead_letters")
BROKEN = Failure("XX001", "could not read block 0")
DAY = date(2026, 3, 5)
TODAY = Partition("log_records_20260305", DAY, True)


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        (UNREACHABLE, "pg_isready -h db.example -p 5432"),
        (TIMED_OUT, "firewall"),
        ("28P01", "`\\password logmill_worker`"),
        ("28000", "`CREATE ROLE logmill_worker LOGIN`"),
        ("3D000", "`CREATE DATABASE logmill OWNER logmill_worker`"),
        ("42501", "`GRANT CONNECT ON DATABASE logmill TO logmill_worker`"),
        ("53300", "max_connections"),
        ("57P03", "wait"),
        ("XX000", "PostgreSQL's log"),
    ],
)
def test_a_connection_that_is_refused(code: str, mend: str) -> None:
    assert mend in how_to_connect(Failure(code, ""), DEPLOYMENT)


def test_names_are_quoted() -> None:
    odd = replace(DEPLOYMENT, psql_user='o"dd user', psql_host="a b", psql_db="Log")
    assert '`GRANT CONNECT ON DATABASE "Log" TO "o""dd user"`' in how_to_connect(Failure("42501", ""), odd)
    assert "-h 'a b'" in how_to_connect(Failure(UNREACHABLE, ""), odd)


@pytest.mark.parametrize(
    ("changes", "state", "said"),
    [
        ({}, State.ok, "version 17.2"),
        ({"version": 150_000}, State.ok, "version 15.0"),
        ({"version": 140_011}, State.bad, "14.11 is older than 15"),
        ({"is_replica": True}, State.bad, "is a replica"),
        ({"encoding": "SQL_ASCII"}, State.bad, "SQL_ASCII"),
    ],
)
def test_the_server(changes: dict[str, Any], state: State, said: str) -> None:
    finding = check_server(replace(DATABASE, **changes), DEPLOYMENT)
    assert (finding.state, said in finding.found) == (state, True), finding


@pytest.mark.parametrize(
    ("applied", "state", "said", "mend"),
    [
        ({1: "0001_initial.sql", 2: "0002_more.sql"}, State.ok, "all 2 applied", ""),
        (None, State.bad, "database logmill has none of logmill's tables", "python -m services.migrate"),
        ({}, State.bad, "0001_initial.sql, 0002_more.sql of 2 not applied", "python -m services.migrate"),
        ({1: "0001_initial.sql"}, State.bad, "0002_more.sql of 2", "python -m services.migrate"),
        (
            {1: "0001_initial.sql", 2: "0002_more.sql", 9: "0009_later.sql"},
            State.warn,
            "a newer logmill has applied 0009_later.sql",
            "take the newer version into use here too (this is 1.2)",
        ),
        (
            {1: "0001_first.sql", 2: "0002_more.sql"},
            State.bad,
            "0001_first.sql in place of 0001_initial.sql",
            "PSQL_DB",
        ),
        (DENIED, State.unseen, "may not look: permission denied", "--service api"),
        (BROKEN, State.bad, "could not read block 0", "PostgreSQL's log"),
    ],
)
def test_migrations(applied: Mapping[int, str] | Failure | None, state: State, said: str, mend: str) -> None:
    finding = check_migrations(applied, DEPLOYMENT)
    assert (finding.state, said in finding.found, mend in (finding.mend or "")) == (state, True, True), finding


@pytest.mark.parametrize(
    ("missing", "state", "said"),
    [
        ([], State.ok, "logmill_worker may do all that the worker has to"),
        (["INSERT on table batches"], State.bad, "logmill_worker lacks INSERT on table batches"),
        ([f"SELECT on table t{number}" for number in range(9)], State.bad, "t4 and 4 more"),
        (BROKEN, State.bad, "could not read"),
    ],
)
def test_privileges(missing: Sequence[str] | Failure, state: State, said: str) -> None:
    finding = check_privileges(missing, DEPLOYMENT)
    assert (finding.state, said in finding.found) == (state, True), finding
    if isinstance(missing, list) and missing:
        assert "it grants logmill_worker what it needs" in (finding.mend or "")


@pytest.mark.parametrize(
    ("partitions", "state", "said", "mend"),
    [
        ([], State.ok, "0 days", ""),
        ([TODAY], State.ok, "1 day of records", ""),
        ([TODAY, replace(TODAY, name="log_records_20260306", day=date(2026, 3, 6))], State.ok, "2 days", ""),
        (
            [replace(TODAY, is_attached=False)],
            State.bad,
            "log_records_20260305: not part of log_records",
            "`ALTER TABLE log_records ATTACH PARTITION log_records_20260305 FOR VALUES"
            " FROM ('2026-03-05') TO ('2026-03-06')`",
        ),
        (
            [Partition("log_records_20261399", None, False)],
            State.bad,
            "log_records_20261399: not part",
            "rename log_records_20261399",
        ),
        ([Partition("Old", None, True)], State.warn, "Old: none of logmill's", 'DETACH PARTITION "Old"'),
        (
            [TODAY, Partition("log_records_20260307", date(2026, 3, 7), True)],
            State.warn,
            "log_records_20260307: of days to come",
            "clock",
        ),
        (DENIED, State.unseen, "may not look", "--service api"),
    ],
)
def test_partitions(partitions: Sequence[Partition] | Failure, state: State, said: str, mend: str) -> None:
    finding = check_partitions(partitions, DAY)
    assert (finding.state, said in finding.found, mend in (finding.mend or "")) == (state, True, True), finding


@pytest.mark.parametrize(
    ("limits", "state"),
    [
        (Limits(100, 79), State.ok),
        (Limits(100, 80), State.warn),
        (Limits(100, 103), State.warn),
        (BROKEN, State.bad),
    ],
)
def test_connections(limits: Limits | Failure, state: State) -> None:
    finding = check_connections(limits, DEPLOYMENT)
    assert finding.state is state
    if state is State.warn:
        assert "max_connections" in (finding.mend or "")


@pytest.mark.parametrize(
    ("waiting", "state", "said"),
    [(0, State.ok, "none"), (1234, State.warn, "1,234"), (DENIED, State.unseen, "may not look")],
)
def test_dead_letters(waiting: int | Failure, state: State, said: str) -> None:
    finding = check_dead_letters(waiting)
    assert (finding.state, said in finding.found) == (state, True)
    if state is State.warn:
        assert "logmill dead-letters groups" in (finding.mend or "")
