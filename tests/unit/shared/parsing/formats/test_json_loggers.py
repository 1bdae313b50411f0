"""What is read of the records of loggers, servers, shippers and services.

json_loggers.txt has one of each, in three lines: whose it is, the record as it is written, and what becomes of it
("(the line)": the message is the line itself).
"""

import json
from pathlib import Path

import pytest

from tests.unit.shared.parsing.reading import read

TABLE = Path(__file__).with_name("json_loggers.txt").read_text(encoding="utf-8").strip()
CASES = {name: (line, expected) for name, line, expected in (case.split("\n") for case in TABLE.split("\n\n"))}


@pytest.mark.parametrize("name", CASES)
def test_json_loggers(name: str) -> None:
    line, expected = CASES[name]
    record = read(line)
    if record["message"] == line:
        record["message"] = "(the line)"
    if "attrs" in record:
        record["attrs"] = json.loads(record["attrs"])
    assert record == {"format": "json"} | json.loads(expected)
