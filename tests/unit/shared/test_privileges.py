"""What the services need of tables, as data."""

import ast
import re
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

import pytest

from shared.privileges import FUNCTIONS, SERVICES, TABLES, grant_statements, needed, roles
from tests.support.suite import ROOT

CREATED = re.compile(r"^CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?(\w+)", re.MULTILINE)
STATEMENT = re.compile(r"\b(?P<action>INSERT INTO|UPDATE|DELETE FROM|FROM|JOIN) (?P<table>[a-z_]+)")
ACTIONS = {"INSERT INTO": "INSERT", "UPDATE": "UPDATE", "DELETE FROM": "DELETE", "FROM": "SELECT", "JOIN": "SELECT"}


UNSPELT = {
    "api": {("user_keywords", "UPDATE")},
    "worker": {("log_records", "INSERT"), ("rejected_lines", "INSERT")},
    "aggregator": {
        ("audit_events", "SELECT"),
        ("job_stats", "UPDATE"),
        ("rollups", "SELECT"),
        ("rollups", "UPDATE"),
        ("sessions", "SELECT"),
    },
}
"""What `ON CONFLICT DO UPDATE`, a COPY, or the condition of a DELETE needs."""


def done_by(trees: Iterable[ast.Module]) -> set[tuple[str, str]]:
    """Tables, and what the statements in modules do to them."""
    tables = {table for given in TABLES.values() for table in given}
    return {
        (found["table"], ACTIONS[found["action"]])
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for found in STATEMENT.finditer(node.value)
        if found["table"] in tables
    }


def parsed(files: Iterable[Path]) -> list[ast.Module]:
    return [ast.parse(file.read_text("utf-8")) for file in files]


def imported_by(trees: Iterable[ast.Module]) -> list[ast.Module]:
    """The modules of `shared` that modules import."""
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    files = {ROOT / f"{(node.module or '').replace('.', '/')}.py" for node in nodes}
    return parsed(file for file in files if file.parent == ROOT / "shared" and file.exists())


def test_every_privilege_is_of_a_table_that_is_there_and_every_table_is_somebodys() -> None:
    folder = resources.files("shared") / "sql" / "migrations"
    made = "".join(file.read_text("utf-8") for file in folder.iterdir())
    tables = set(CREATED.findall(made))
    assert {table for given in TABLES.values() for table in given} == tables


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_may_do_what_its_statements_say_and_no_more(service: str) -> None:
    allowed = {(each.table, each.action) for each in needed(service)} - {("schema_migrations", "SELECT")}
    own = parsed((ROOT / "services" / service).rglob("*.py"))
    assert done_by(own) - allowed == set()
    assert allowed - done_by(own) - done_by(imported_by(own)) == UNSPELT[service]


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
    every_function = {name for names in FUNCTIONS.values() for name in names}
    assert set(re.findall(r"\w+\(\w+\)", statements[1])) == every_function
    assert statements[1].startswith("REVOKE ALL ON FUNCTION ")
    assert {
        "GRANT SELECT (job_id, status) ON jobs TO own_worker",
        "GRANT INSERT ON day TO own_worker",
        "GRANT EXECUTE ON FUNCTION ensure_log_partition(date) TO own_worker",
    } <= set(statements)
    assert not [each for each in grant_statements("api", "own_api", ["day"], ["day"])[2:] if " day " in each]
