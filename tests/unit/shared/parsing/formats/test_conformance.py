"""What every format of text promises: see `Choice`."""

import polars as pl
import pytest

from shared.parsing.choice import Choice
from shared.parsing.formats import TEXT_FORMATS
from shared.parsing.grouping import CONTINUATION
from shared.parsing.hints import Reference
from shared.parsing.lines import split_lines
from tests.unit.shared.parsing.reading import RECEIVED_AT
from tests.unit.shared.parsing.samples import BROKEN_LINES, JSON_LINES, TEXT_LINES

REFERENCE = Reference(latest=RECEIVED_AT.replace(tzinfo=None))
LINES = split_lines("\n".join([*TEXT_LINES, *JSON_LINES, *BROKEN_LINES, ""]).encode(), first_line=1)
CHOICES = pytest.mark.parametrize("choice", [choice for choice, _ in TEXT_FORMATS], ids=lambda c: type(c).__name__)


def line_numbers(frames: list[pl.DataFrame]) -> list[int]:
    return sorted(line_no for frame in frames for line_no in frame["line_no"])


@CHOICES
def test_each_line_is_read_or_comes_back(choice: Choice) -> None:
    taken = choice.take(LINES, REFERENCE)
    assert line_numbers([*taken.read, taken.rest]) == LINES["line_no"].to_list()
    assert taken.rest.columns == LINES.columns
    assert taken.read


@CHOICES
def test_only_claimed_lines_are_read(choice: Choice) -> None:
    claimed = LINES.filter(pl.col("text").str.contains(choice.claim))["line_no"]
    assert set(line_numbers(choice.take(LINES, REFERENCE).read)) <= set(claimed)


@CHOICES
def test_lines_keep_their_bytes(choice: Choice) -> None:
    raw = dict(LINES.select("line_no", "raw").iter_rows())
    for frame in choice.take(LINES, REFERENCE).read:
        assert dict(frame.select("line_no", "raw").iter_rows()).items() <= raw.items()


@CHOICES
def test_what_follows_in_a_record_is_passed_on(choice: Choice) -> None:
    below = (pl.lit("below ") + pl.col("line_no").cast(pl.String)).alias(CONTINUATION)
    taken = choice.take(LINES.with_columns(below), REFERENCE)
    for frame in (*taken.read, taken.rest):
        assert frame[CONTINUATION].to_list() == [f"below {line_no}" for line_no in frame["line_no"]]


@pytest.mark.parametrize(("choice", "names"), TEXT_FORMATS, ids=lambda part: type(part).__name__)
def test_its_formats_are_those_it_names(choice: Choice, names: tuple[str, ...]) -> None:
    read = choice.take(LINES, REFERENCE).read
    assert {name for frame in read for name in frame["format"]} == set(names)
