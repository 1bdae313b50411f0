"""What the services need of tables, as data."""

import ast
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

import services
from shared.privileges import SERVICES, TABLES, grant_statements, needed, roles

STATEMENT = re.compile(r"\b(?P<action>INSERT INTO|UPDATE|DELETE FROM|FROM|JOIN) (?P<table>[a-z_]+)")
ACTIONS = {"INSERT INTO": "INSERT", "UPDATE": "UPDATE", "DELETE FROM": "DELETE", "FROM": "SELECT", "JOIN": "SELECT"}


def texts(folder: Path) -> Iterator[str]:
    """Those in a service's code; statements are among them."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_every_privilege_is_of_a_table_that_is_there_and_every_table_is_somebodys() -> None:
    folder = resources.files("shared") / "sql" / "migrations"
    made = "".join(file.read_text("utf-8") for file in folder.iterdir())
    tables = set(re.findall(r"^CREATE TABLE (\w+)", made, re.MULTILINE))
    assert {table for given in TABLES.values() for table in given} == tables


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_do_what_its_statements_say(service: str) -> None:
    [package] = services.__path__
    tables = {table for given in TABLES.values() for table in given}
    done = {
        (ACTIONS[found["action"]], found["table"])
        for text in texts(Path(package) / service)
        for found in STATEMENT.finditer(text)
        if found["table"] in tables
    }
    assert done - {(each.action, each.table) for each in needed(service)} == set()


def test_every_privilege_is_read_as_it_is_written() -> None:
    for service in SERVICES:
        written = [f"{text} ON {table}" for table, text in TABLES[service].items()]
        read: dict[str, list[str]] = {}
        for each in needed(service):
            read.setdefault(each.table, []).append(str(each))
        assert read.pop("schema_migrations") == ["SELECT"]
        assert [f"{', '.join(given)} ON {table}" for table, given in read.items()] == written


def test_what_is_granted_is_all_that_a_role_has() -> None:
    statements = grant_statements("worker", roles("own_")["worker"], ["jobs", "log_records", "day"], ["day"])
    assert statements[0] == "REVOKE ALL ON jobs, log_records, day FROM own_worker"
    assert {
        "GRANT SELECT (job_id, status) ON jobs TO own_worker",
        "GRANT INSERT ON day TO own_worker",
        "GRANT EXECUTE ON FUNCTION ensure_log_partition(date) TO own_worker",
    } <= set(statements)
    assert not [each for each in grant_statements("api", "own_api", ["day"], ["day"])[1:] if " day " in each]
