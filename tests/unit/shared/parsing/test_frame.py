import polars as pl

from shared.parsing.frame import RECORD_SCHEMA, complete
from shared.parsing.lines import split_lines


def completed(**fields: list[object]) -> dict[str, list[object]]:
    """What two lines with some fields become."""
    lines = split_lines(b"one\ntwo\n", first_line=7).with_columns(format=pl.lit("x"))
    columns = [pl.Series(name, values) for name, values in fields.items()]
    return complete(lines.with_columns(columns)).to_dict(as_series=False)


def test_a_record_has_every_column() -> None:
    record = completed()
    assert list(record) == list(RECORD_SCHEMA)
    assert (record["line_no"], record["line_count"], record["message"]) == ([7, 8], [1, 1], ["one", "two"])
    assert (record["raw"], record["attrs"], record["format"]) == ([None, None], [None, None], ["x", "x"])


def test_text_is_read_as_what_its_column_holds() -> None:
    record = completed(status=["200", "99"], bytes=["5", "-"], pid=["-1", "7"], seconds=["0.25", "x"])
    assert (record["status"], record["bytes"], record["pid"]) == ([200, None], [5, None], [None, 7])
    assert record["duration_ms"] == [250.0, None]


def test_dashes_and_nothing_are_no_values() -> None:
    record = completed(user_id=["-", "bob"], referer=["", "-"], url=["-", "/"], message=["-", None])
    assert (record["user_id"], record["referer"]) == ([None, "bob"], [None, None])
    assert (record["url"], record["message"]) == (["-", "/"], ["-", ""])


def test_addresses_are_canonical() -> None:
    assert completed(client=["[::1]:80", "host"])["client_ip"] == ["::1", None]


def test_other_columns_are_attributes() -> None:
    assert completed(thread=["a", None], zone=["b", None])["attrs"] == ['{"thread":"a","zone":"b"}', None]


def test_raw_is_there_where_the_message_is_not_all_of_the_line() -> None:
    assert completed(message=["one", "t"])["raw"] == [None, b"two"]
