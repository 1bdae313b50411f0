from typing import Any

import pytest

from shared.parsing import ParseHints, parse_batch
from tests.unit.shared.parsing.reading import RECEIVED_AT, read

LONG_AGO = {"logged_at": "2009-02-13T23:31:30"}
CASES: list[tuple[str, dict[str, Any]]] = [
    ("1234567890 widgets were sold", {"message": "1234567890 widgets were sold"}),
    ("1234567890", {"message": "1234567890"}),
    ("1709634000 something happened", {"logged_at": "2024-03-05T10:20:00", "message": "something happened"}),
    ("1709634000123 something happened", {"logged_at": "2024-03-05T10:20:00.123000", "message": "something happened"}),
    ("1999999999 calls to come", {"message": "1999999999 calls to come"}),
    ("1234567890 INFO started", LONG_AGO | {"message": "started", "severity": 9}),
    ("1234567890 warn: slow", LONG_AGO | {"message": "slow", "severity": 13}),
    ("1234567890 [main] started", LONG_AGO | {"message": "started"}),
    ("[1234567890] started", LONG_AGO | {"message": "started"}),
    ("1234567890: started", LONG_AGO | {"message": "started"}),
    ("1234567890.5 widgets were sold", {"logged_at": "2009-02-13T23:31:30.500000", "message": "widgets were sold"}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_numbers_that_may_count_something(line: str, expected: dict[str, Any]) -> None:
    record = read(line)
    assert {name: record[name] for name in record if name in ("logged_at", "message", "severity")} == expected


def test_without_a_reference_any_number_is_an_epoch() -> None:
    record = read("1234567890 widgets were sold", received_at=None)
    assert (record["logged_at"], record["message"]) == ("2009-02-13T23:31:30", "widgets were sold")


def test_neighbours_do_not_matter() -> None:
    lines = [line for line, _ in CASES] * 20
    parsed = parse_batch("\n".join(lines).encode(), first_line=1, hints=ParseHints(received_at=RECEIVED_AT))
    assert parsed.records["message"].to_list() == [expected["message"] for _, expected in CASES] * 20
