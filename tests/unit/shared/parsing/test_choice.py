import polars as pl
import pytest

from shared.parsing.choice import Family, Precedence, Steps
from shared.parsing.hints import Reference
from shared.parsing.layouts import Layout
from shared.parsing.lines import split_lines

NUMBER = Layout("number", "^(?P<message>[0-9]+)$")
WORD = Layout("word", "^(?P<message>[a-z]+)$")
ANY = Layout("any", "^(?P<message>.*)$")


def formats(body: bytes, *choices: Layout | Family | Steps) -> tuple[dict[int, str], list[str]]:
    """The format of each line that was read, by line_no, and the texts that were not."""
    taken = Precedence(choices).assign(split_lines(body, 1), Reference())
    read = {line_no: name for frame in taken.read for line_no, name in frame.select("line_no", "format").iter_rows()}
    return dict(sorted(read.items())), taken.rest["text"].to_list()


def test_each_line_goes_to_the_first_that_reads_it() -> None:
    assert formats(b"1\na\n-\n2", NUMBER, WORD, ANY) == ({1: "number", 2: "word", 3: "any", 4: "number"}, [])


def test_the_first_one_wins_however_rare_it_is() -> None:
    body = b"a\n" * 500 + b"7\n" + b"b\n" * 500
    read, rest = formats(body, NUMBER, ANY)
    assert (read[501], set(read.values()), len(read), rest) == ("number", {"number", "any"}, 1001, [])


def test_lines_that_nothing_reads_come_back() -> None:
    assert formats(b"1\n+\na\n-", NUMBER, WORD) == ({1: "number", 3: "word"}, ["+", "-"])


def test_many_lines_of_several_kinds() -> None:
    body = b"".join(b"%d\na\n+\n" % number for number in range(500))
    read, rest = formats(body, NUMBER, WORD)
    assert [read.get(line_no) for line_no in range(1, 7)] == ["number", "word", None, "number", "word", None]
    assert (len(read), len(rest)) == (1000, 500)


def test_many_lines_of_which_the_likely_choice_reads_few() -> None:
    family = Family("[0-9a-z]", Precedence([Layout("seven", "^(?P<message>7)$")]))
    body = b"".join(b"%d\nword\n" % (number % 10) for number in range(500))
    read, rest = formats(body, family, NUMBER, WORD)
    assert sorted(set(read.values())) == ["number", "seven", "word"]
    assert (list(read.values()).count("seven"), rest) == (50, [])


def test_a_line_that_a_family_does_not_claim_is_not_its_own_among_many_either() -> None:
    family = Family("^[0-9]", Precedence([ANY, NUMBER]))
    for count in (1, 500):
        read, rest = formats(b"7\n" * count + b"-\na", family, WORD)
        assert (set(read.values()), rest) == ({"any", "word"}, ["-"])


def test_no_lines_and_no_choices() -> None:
    assert formats(b"", NUMBER) == ({}, [])
    assert formats(b"1") == ({}, ["1"])


def test_a_claim_that_was_too_wide_passes_the_line_on() -> None:
    family = Family(".", Precedence([NUMBER]), lambda frame: frame.with_columns(format=pl.lit("family")))
    assert formats(b"1\na\n2\n+", family, WORD) == ({1: "family", 2: "word", 3: "family"}, ["+"])


def test_what_the_second_step_does_not_tell_stays_as_the_first_told_it() -> None:
    first = Layout("first", "^(?P<thread>[a-z]) (?P<pid>[0-9]) (?P<rest>.*)$", key="rest")
    then = Layout("then", "^(?:t=(?P<thread>[a-z]) )?(?:p=(?P<pid>[0-9]) )?(?P<message>[A-Z])$")
    taken = Steps(first, Precedence([then])).take(split_lines(b"a 1 t=b X\nc 2 p=3 Y\nd 4 Z", 1), Reference())
    (read,) = taken.read
    assert read.select("thread", "pid", "message").rows() == [("b", "1", "X"), ("c", "3", "Y"), ("d", "4", "Z")]


@pytest.mark.parametrize("body", [b"k:1\nk:a\nk:+\n7", b"k:+\n"])
def test_steps_read_what_both_of_them_read(body: bytes) -> None:
    steps = Steps(Layout("key", "^(?P<key>k):(?P<rest>.*)$", key="key"), Precedence([NUMBER, WORD]))
    read, rest = formats(body, steps)
    assert list(read.values()) == (["number", "word"] if b"1" in body else [])
    assert sorted(rest) == (["7", "k:+"] if b"1" in body else ["k:+"])
