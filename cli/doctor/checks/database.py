"""What is wrong with PostgreSQL, and what mends it."""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from cli.doctor.facts import (
    INSUFFICIENT_PRIVILEGE,
    TIMED_OUT,
    UNREACHABLE,
    DatabaseFacts,
    Deployment,
    Facts,
    Failure,
    Limits,
    Partition,
)
from cli.doctor.findings import Finding, State, bad, listed, ok, unseen, warn
from cli.terminal import counted

LEAST_VERSION = 150_000
"""As server_version_num: 15.0."""
FULL = 0.8
"""Share of the connections from which on they may run out."""
MIGRATE = "run `python -m services.migrate` (in containers: the service `migrate`); or start a service"
GRANT = "run `python -m services.migrate` as the tables' owner (in containers: the service `migrate`): it grants"
LETTERS = "`logmill dead-letters groups` says why; mend that, then `logmill dead-letters replay`, or discard them"


def check_database(facts: Facts) -> Iterator[Finding]:
    """All of it; where nobody can log in, that alone."""
    deployment, found = facts.deployment, facts.database
    if isinstance(found, Failure):
        yield bad("database", f"{place(deployment)}: {found.told}", how_to_connect(found, deployment))
        return
    yield check_server(found, deployment)
    yield check_connections(found.limits, deployment)
    migrations = check_migrations(found.migrations, deployment)
    yield migrations
    if migrations.state is State.bad:
        return  # what is said of tables that are not there says nothing more
    yield check_privileges(found.missing_privileges, deployment)
    yield check_partitions(found.partitions, found.today)
    yield check_dead_letters(found.dead_letters)


def place(deployment: Deployment) -> str:
    """Which database, and as whom."""
    where = f"{deployment.psql_host}:{deployment.psql_port}"
    return f"PostgreSQL at {where}, database {deployment.psql_db} as {deployment.psql_user}"


def how_to_connect(failure: Failure, deployment: Deployment) -> str:
    """What to do about a connection that PostgreSQL, or the network, refuses."""
    user, database = _identifier(deployment.psql_user), _identifier(deployment.psql_db)
    mends = {
        UNREACHABLE: f"start it, or set PSQL_ADDR and PSQL_PORT to where it is; see `{_is_ready(deployment)}`",
        TIMED_OUT: f"see whether it runs, and whether a firewall is in the way: `{_is_ready(deployment)}`",
        "28P01": f"set PSQL_PASS (or PSQL_PASS_FILE) to that user's password, or give it another: in psql,"
        f" `\\password {user}`",
        "28000": f"there has to be such a user (`CREATE ROLE {user} LOGIN`), and a line in pg_hba.conf that lets it in",
        "3D000": f"set PSQL_DB to the database, or make it: `CREATE DATABASE {database} OWNER {user}`",
        INSUFFICIENT_PRIVILEGE: f"`GRANT CONNECT ON DATABASE {database} TO {user}`",
        "53300": "all connections are taken: raise max_connections, or run fewer processes; see docs/operations.md",
        "57P03": "it is just starting, or stopping: wait, then ask again",
    }
    return mends.get(failure.code, "see PostgreSQL's log")


def check_server(found: DatabaseFacts, deployment: Deployment) -> Finding:
    """Whether it is one that logmill runs on."""
    version = ".".join(map(str, divmod(found.version, 10_000)))
    if found.version < LEAST_VERSION:
        return bad("database", f"PostgreSQL {version} is older than 15", "upgrade PostgreSQL to 15 or later")
    if found.is_replica:
        mend = "set PSQL_ADDR and PSQL_PORT to the primary, or promote this one: `SELECT pg_promote()`"
        return bad("database", f"{place(deployment)}, is a replica, which takes no writes", mend)
    if found.encoding != "UTF8":
        mend = f"make another: `CREATE DATABASE {_identifier(deployment.psql_db)} ENCODING UTF8 TEMPLATE template0`"
        return bad("database", f"database {deployment.psql_db} has the encoding {found.encoding}", mend)
    return ok("database", f"{place(deployment)}, version {version}")


def check_migrations(applied: Mapping[int, str] | Failure | None, deployment: Deployment) -> Finding:
    """Whether the tables are those that this version knows."""
    if isinstance(applied, Failure):
        return _unseen("migrations", applied)
    known = deployment.migrations
    if applied is None:
        return bad("migrations", f"database {deployment.psql_db} has none of logmill's tables", MIGRATE)
    both = sorted(applied.keys() & known.keys())
    if others := [
        f"{applied[number]} in place of {known[number]}" for number in both if applied[number] != known[number]
    ]:
        mend = "this database was made by another program or version: set PSQL_DB to logmill's own"
        return bad("migrations", f"there is {listed(others)}", mend)
    if missing := [known[number] for number in sorted(known.keys() - applied.keys())]:
        return bad("migrations", f"{listed(missing)} of {len(known)} not applied", MIGRATE)
    if newer := [applied[number] for number in sorted(applied.keys() - known.keys())]:
        mend = f"take the newer version into use here too (this is {deployment.version}), and ask its doctor"
        return warn("migrations", f"a newer logmill has applied {listed(newer)}", mend)
    return ok("migrations", f"all {len(known)} applied")


def check_privileges(missing: Sequence[str] | Failure, deployment: Deployment) -> Finding:
    """Whether the role may do what its service has to."""
    if isinstance(missing, Failure):
        return _unseen("privileges", missing)
    if missing:
        mend = f"{GRANT} logmill_{deployment.service} what it needs; set PSQL_USER to that role, or to the owner"
        return bad("privileges", f"{deployment.psql_user} lacks {listed(missing)}", mend)
    return ok("privileges", f"{deployment.psql_user} may do all that the {deployment.service} has to")


def check_partitions(partitions: Sequence[Partition] | Failure, today: date) -> Finding:
    """Whether each day's rows are where queries look for them."""
    if isinstance(partitions, Failure):
        return _unseen("partitions", partitions)
    if loose := [each for each in partitions if not each.is_attached]:
        names = listed([each.name for each in loose])
        return bad(
            "partitions", f"{names}: not part of log_records, so that nobody sees its rows", how_to_attach(loose[0])
        )
    if strange := [each.name for each in partitions if each.day is None]:
        mend = f"`ALTER TABLE log_records DETACH PARTITION {_identifier(strange[0])}`, unless it is wanted"
        return warn("partitions", f"{listed(strange)}: none of logmill's making", mend)
    tomorrow = today + timedelta(days=1)
    if early := [each.name for each in partitions if each.day is not None and each.day > tomorrow]:
        mend = "a worker's clock was ahead: see to it that all machines synchronise theirs"
        return warn("partitions", f"{listed(early)}: of days to come", mend)
    return ok("partitions", f"{counted(len(partitions), 'day')} of records")


def how_to_attach(partition: Partition) -> str:
    """What makes a day's table part of log_records again."""
    if partition.day is None:
        return f"rename {partition.name}: no day is called so"
    span = f"FROM ('{partition.day}') TO ('{partition.day + timedelta(days=1)}')"
    return f"`ALTER TABLE log_records ATTACH PARTITION {_identifier(partition.name)} FOR VALUES {span}`"


def check_connections(limits: Limits | Failure, deployment: Deployment) -> Finding:
    """Whether there are enough for everybody."""
    if isinstance(limits, Failure):
        return _unseen("connections", limits)
    told = f"{limits.used} of {limits.most} connections to PostgreSQL are taken"
    own = deployment.pools[deployment.service]
    if limits.used >= FULL * limits.most:
        mend = f"raise max_connections, or run fewer processes: each {deployment.service} may take {own}"
        return warn("connections", told, mend)
    return ok("connections", f"{told}; each {deployment.service} may take {own}")


def check_dead_letters(waiting: int | Failure) -> Finding:
    """Whether there are lines that somebody has to decide upon."""
    if isinstance(waiting, Failure):
        return _unseen("dead letters", waiting)
    if waiting:
        return warn("dead letters", f"{waiting:,} waiting", LETTERS)
    return ok("dead letters", "none waiting")


def _unseen(check: str, failure: Failure) -> Finding:
    if failure.code == INSUFFICIENT_PRIVILEGE:
        return unseen(check, f"this role may not look: {failure.told}", "ask as a service that may: --service api")
    return bad(check, f"PostgreSQL does not tell: {failure.told}", "see PostgreSQL's log")


def _is_ready(deployment: Deployment) -> str:
    return f"pg_isready -h {shlex.quote(deployment.psql_host)} -p {deployment.psql_port}"


def _identifier(name: str) -> str:
    """As SQL spells it."""
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'
