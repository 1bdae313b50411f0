from typing import Any

import pytest

from shared.parsing.field_values import READERS

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CASES: list[tuple[str, Any, Any]] = [
    ("message", [72, 105], "Hi"),
    ("message", [104, 195, 169], "h\u00e9"),
    ("message", [0, 5], None),
    ("message", ["a"], None),
    ("message", True, "true"),
    ("message", {"a": 1}, None),
    ("logger", "stdout", None),
    ("hostname", "-", None),
    ("user_id", 7, "7"),
    ("user_id", "", None),
    ("user_id", 1.5, None),
    ("user_agent", ["curl"], "curl"),
    ("client", "[2001:DB8::0:1]:443", "2001:db8::1"),
    ("client", ["192.0.2.1"], "192.0.2.1"),
    ("client", "AWS Internal", None),
    ("client", 5, None),
    ("forwarded", "10.0.0.1, 198.51.100.7", "198.51.100.7"),
    ("forwarded", ["10.0.0.1", "8.8.8.8"], "8.8.8.8"),
    ("forwarded", "10.0.0.1", None),
    ("forwarded_any", "10.0.0.1", "10.0.0.1"),
    ("method", "get", "GET"),
    ("method", "PROPFIND", "PROPFIND"),
    ("method", "getUser", None),
    ("method", 5, None),
    ("method_line", "GET /a HTTP/1.1", "GET"),
    ("url_line", "GET /a?b HTTP/2", "/a?b"),
    ("url_line", "hello there", None),
    ("status", "404", 404),
    ("status", "404 Not Found", 404),
    ("status", 200.0, 200),
    ("status", 99, None),
    ("status", "active", None),
    ("bytes", ["512"], 512),
    ("bytes", -1, None),
    ("pid", 2**63, None),
    ("pid", 2**63 - 1, 2**63 - 1),
    ("trace_id", f"00-{TRACE}-00f067aa0ba902b7-01", TRACE),
    ("trace_id", f"projects/p/traces/{TRACE}", TRACE),
    ("trace_id", f"{TRACE}/123;o=1", TRACE),
    ("trace_id", "Root=1-66320000-abcdef012345678912345678;Sampled=1", "1-66320000-abcdef012345678912345678"),
    ("trace_id", "Self=1-2;Root=1-3", "1-3"),
    ("trace_id", 123, "123"),
    ("trace_id", "0" * 32, None),
    ("duration", 12, 12.0),
    ("duration", "1.2s", 1200.0),
    ("duration_s", 0.25, 250.0),
    ("duration_s", "250ms", 250.0),
    ("duration_us", 1500, 1.5),
    ("duration_ns", "1500000", 1.5),
    ("duration", -1, None),
    ("duration", 10**400, None),
    ("duration_go", 1500000, 1.5),
    ("duration_go", 12, 12.0),
    ("duration_go", 1500000.0, 1500000.0),
    ("level", "warn", 13),
    ("level_type", "error", 17),
    ("level_type", "audit", None),
    ("otel_level", 17, 17),
    ("otel_level", 25, None),
    ("python_level", 30, 13),
    ("first_line", "E: a\n at b", "E: a"),
    ("first_line", ["E: a", "b"], "E: a"),
    ("first_line", " ", None),
    ("date", "2024-05-01", "2024-05-01"),
    ("date", "2024-05-01 10:00", None),
]


@pytest.mark.parametrize(("field", "value", "expected"), CASES)
def test_readers(field: str, value: Any, expected: Any) -> None:
    assert READERS[field]([value]) == [pytest.approx(expected) if isinstance(expected, float) else expected]


@pytest.mark.parametrize("field", READERS)
def test_a_value_is_read_as_it_is_alone(field: str) -> None:
    values = [value for of_field, value, _ in CASES if of_field == field] * 2
    assert READERS[field](values) == [READERS[field]([value])[0] for value in values]
    assert READERS[field]([]) == []
