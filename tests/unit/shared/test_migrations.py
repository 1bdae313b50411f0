"""Migrations leave what the release before works with: it goes on beside them, and is what one goes back to."""

import re

import pytest

from shared.database import migrations

CURRENT = 4
"""Up to here they were applied before any release had to work beside them."""
COMMENT = re.compile(r"--[^\n]*")
BODY = re.compile(r"\$(\w*)\$.*?\$\1\$", re.DOTALL)
CREATED = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)")
INDEXED = re.compile(r"CREATE (?:UNIQUE )?INDEX (?:IF NOT EXISTS )?\w* ?ON (\w+)")
ADDED = re.compile(r"ADD COLUMN [^,;]*")
NEVER = {
    "what an older release reads or writes goes away": r"\bDROP (TABLE|COLUMN|FUNCTION|SCHEMA|TYPE|SEQUENCE|VIEW)\b",
    "what an older release names is called otherwise": r"\bRENAME\b",
    "older rows, or those of an older release, may have none": r"\bSET NOT NULL\b",
    "the whole table is written again, and its meaning changes": r"\bALTER COLUMN \w+ (SET DATA )?TYPE\b",
    "what an older release leaves out is no longer filled in": r"\bDROP DEFAULT\b",
    "rows of an older release may break it": r"\bADD (CONSTRAINT|CHECK|UNIQUE|PRIMARY KEY|FOREIGN KEY|EXCLUDE)\b",
    "the rows of a big table are locked while it lasts": r"(?m)^\s*(UPDATE|DELETE FROM|TRUNCATE|VACUUM|CLUSTER)\b",
}


def breaches(sql: str) -> list[str]:
    """What of a migration does not go beside the release before it, and why.

    Functions may be replaced: their bodies are not looked at, the tests with the release before run them.
    """
    text = BODY.sub("''", COMMENT.sub("", sql))
    found = [f"{match[0].strip()}: {why}" for why, rule in NEVER.items() for match in re.finditer(rule, text)]
    empty = [column for column in ADDED.findall(text) if "NOT NULL" in column and "DEFAULT" not in column]
    found += [f"{column}: an older release does not fill it in" for column in empty]
    old_tables = set(INDEXED.findall(text)) - set(CREATED.findall(text))
    return found + [f"an index on {table}: nobody can write while it is made" for table in sorted(old_tables)]


@pytest.mark.parametrize(
    ("name", "sql"), [(name, sql) for number, name, sql in migrations() if number > CURRENT], ids=lambda text: text[:30]
)
def test_every_new_migration_goes_beside_the_release_before(name: str, sql: str) -> None:
    assert breaches(sql) == [], name


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("ALTER TABLE jobs ADD COLUMN note text;", 0),
        ("ALTER TABLE jobs ADD COLUMN note text NOT NULL DEFAULT '', ADD COLUMN other text;", 0),
        ("ALTER TABLE jobs ADD COLUMN note text DEFAULT '' NOT NULL;", 0),
        ("CREATE TABLE notes (note text NOT NULL UNIQUE);\nCREATE INDEX notes_by ON notes (note);", 0),
        ("ALTER TABLE jobs DROP CONSTRAINT jobs_status_check; -- DROP COLUMN", 0),
        ("CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ UPDATE jobs SET x = 1; DROP TABLE a $$;", 0),
        ("ALTER TABLE jobs ADD COLUMN note text NOT NULL;", 1),
        ("ALTER TABLE jobs ADD COLUMN a text DEFAULT '', ADD COLUMN b text NOT NULL;", 1),
        ("ALTER TABLE jobs DROP COLUMN note;", 1),
        ("ALTER TABLE jobs RENAME COLUMN note TO remark;", 1),
        ("ALTER TABLE jobs ALTER COLUMN note SET NOT NULL;", 1),
        ("ALTER TABLE jobs ALTER COLUMN note TYPE bigint;", 1),
        ("ALTER TABLE jobs ADD CONSTRAINT short CHECK (length(note) < 9);", 1),
        ("CREATE INDEX jobs_by ON jobs (note);", 1),
        ("DROP FUNCTION ensure_log_partition(date);", 1),
        ("UPDATE jobs SET note = '';", 1),
    ],
)
def test_what_the_rule_finds(sql: str, count: int) -> None:
    assert len(breaches(sql)) == count, breaches(sql)
