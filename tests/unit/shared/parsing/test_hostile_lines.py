"""Lines as long as they may be, made to be hard to match: with anything worse than linear time these take minutes."""

import pytest

from services.api.batching import Batcher
from services.api.decoding.text import TextReader
from shared.parsing import ParseHints, RecordBounds, parse_batch
from tests.unit.shared.parsing.reading import RECEIVED_AT

LONGEST = 1024**2
HINTS = ParseHints(received_at=RECEIVED_AT)

HARD: list[tuple[str, str, str]] = [
    ("at ", "a", ""),
    ("at ", "a:", "x"),
    ("", "\t", "x"),
    ("  ", "a ", "["),
    ("", "\t \t", "[05/"),
    ("{", "} ", "x"),
    ('{"a":"', '\\"', ""),
    ("{" + "[" * 600 + '"', '\\"', ""),
    ('{"a":', "[", ""),
    ('{"a":', '{"a":', ""),
    ('{"trace_id":"', "Root=a;", '\\n"}'),
    ('{"trace_id":"', "Root=", '"}'),
    ('{"duration":"', "1h", 'x"}'),
    ('{"message":"', "{a} ", '"}'),
    ('{"client":"', "1.", '"}'),
    ('{"a":"', "\\u001b[0", '"}'),
    ("", "x", ""),
    ("", "0123456789abcdef", ""),
    ("", "a=", ""),
    ("", 'a="', ""),
    ("a=1 ", "b=\\", ""),
    ("2024-03-05 08:09:10 ", "[", ""),
    ("2024-03-05 08:09:10 ", "a: ", ""),
    ("", "DETAIL: ", ""),
    ("", "\x1b[0", ""),
    ("", "\x1b]", ""),
    ("#Fields: ", "a ", ""),
    ("", "time,", ""),
    ("[", "{", ""),
    ('[{"', "\\", ""),
]


def long_line(head: str, unit: str, tail: str, size: int = LONGEST) -> bytes:
    middle = unit * ((size - len(head) - len(tail)) // len(unit))
    return f"{head}{middle}{tail}".encode()[:size]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("head", "unit", "tail"), HARD)
def test_one_of_them_is_parsed(head: str, unit: str, tail: str) -> None:
    body = long_line(head, unit, tail) + b"\nValueError: x\n"
    parsed = parse_batch(body, first_line=1, hints=HINTS)
    assert sum(parsed.format_counts.values()) == 2


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("head", "unit", "tail"), HARD)
def test_many_that_are_alike_are_parsed(head: str, unit: str, tail: str) -> None:
    body = (long_line(head, unit, tail, size=8 * 1024) + b"\n") * 128
    parsed = parse_batch(body, first_line=1, hints=HINTS)
    assert sum(parsed.format_counts.values()) == 128


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("head", "unit", "tail"), HARD)
def test_a_record_of_them_is_grouped(head: str, unit: str, tail: str) -> None:
    body = long_line(head, unit, tail, size=128 * 1024) + b"\nValueError: x\n  a" * 4000
    parsed = parse_batch(body, first_line=1, hints=HINTS)
    assert sum(parsed.format_counts.values()) == body.count(b"\n") + 1


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("head", "unit", "tail"), HARD)
def test_an_input_of_them_is_cut(head: str, unit: str, tail: str) -> None:
    body = b"begins\n" + long_line(head, unit, tail) + b"\n" + long_line(head, unit, tail) + b"\n"
    reader = TextReader()
    batcher = Batcher(batch_bytes=LONGEST, max_line_bytes=LONGEST, bounds=RecordBounds())
    text = [piece for start in range(0, len(body), 4096) for piece in reader.feed(body[start : start + 4096])] + list(
        reader.flush()
    )
    pieces = [piece for part in text for piece in batcher.feed(part)] + list(batcher.flush())
    assert b"".join(piece.body for piece in pieces) == b"".join(text)
