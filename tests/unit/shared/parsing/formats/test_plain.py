from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

FORMAT = {"format": "plain"}
CASES: list[tuple[str, dict[str, Any]]] = [
    ("", {}),
    ("   ", {}),
    ("Done.", {}),
    ("cannot reach 192.0.2.9. Trying 192.0.2.10", {"client_ip": "192.0.2.9"}),
    ("version 1.2.3.4.5 of 256.1.1.1", {}),
    ("peer [2001:DB8::7]:443 closed std::b4se", {"client_ip": "2001:db8::7"}),
    ("at 12:30:45 mac 00:1a:2b:3c:4d:5e", {}),
    ("Backup ended with ERROR 5", {"severity": 17}),
    ("retry later [warn] please", {"severity": 13}),
    ("error while reading", {"severity": 17}),
    ("no errors, no information, ERRORS", {}),
    ("started at 2024-05-01T10:00:00.25+02:00 as planned", {"logged_at": "2024-05-01T08:00:00.250000"}),
    ("epoch 1714557600.123 of old", {"logged_at": "2024-05-01T10:00:00.123000"}),
    ("since May 1, 2024 1:00:00 PM it is up", {"logged_at": "2024-05-01T13:00:00"}),
    ("since Wed, 01 May 2024 12:00:00 +0200 it is up", {"logged_at": "2024-05-01T10:00:00"}),
    ("x" * 300 + " 2024-05-01 10:00:00", {}),
    ("[1, 2]", {}),
    ("caf\u00e9 \u2028 still one line", {}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_plain(line: str, expected: dict[str, Any]) -> None:
    assert read(line + "\n") == {"message": line} | FORMAT | expected
