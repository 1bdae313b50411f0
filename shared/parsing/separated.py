"""Formats whose lines are values between separators, in an order that the format or a header tells."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from shared.parsing.choice import Taken, stack
from shared.parsing.columns import constant, fill, with_fields, without
from shared.parsing.hints import Reference

Values: TypeAlias = dict[str, pl.Series]
"""Columns of text by their names, null for absent values."""

Split: TypeAlias = Callable[[pl.Series, int], pl.Series]
"""Texts to lists of their values, and how many are expected; null for a text that cannot be split."""

WORD = r'"[^"]*"|[^ "][^ ]*'
BRACKETED = rf"\[[^\]]*\]|{WORD}"


@dataclass(frozen=True)
class Separated:
    """Lines of the format `name` that `claim` matches, with a value for each of `names`, or for the `fewest` first.

    A line may have up to `most` values; those beyond the names are left to the line. `finish` makes a record's columns
    of the values; `absent` stands for a value that is not there.
    """

    name: str
    names: tuple[str, ...]
    claim: str
    split: Split
    finish: Callable[[pl.DataFrame, Values, Reference], list[pl.Series]]
    absent: str = "-"
    fewest: int = 0
    most: int = 0

    def take(self, lines: pl.DataFrame, reference: Reference) -> Taken:
        """Adds `format` and the fields."""
        claimed = lines["text"].str.contains(self.claim)
        if not claimed.any():
            return Taken([], lines)
        mine, rests = lines.filter(claimed), [lines.filter(~claimed)]
        lists = self.split(mine["text"], len(self.names))
        lengths = lists.list.len().fill_null(0)
        fewest, most = self.fewest or len(self.names), max(self.most, len(self.names))
        read = []
        for length in lengths.unique():
            chosen = lengths == length
            if fewest <= length <= most:
                read.append(self._read(mine.filter(chosen), lists.filter(chosen), length, reference))
            else:
                rests.append(mine.filter(chosen))
        return Taken(read, stack(rests))

    def _read(self, lines: pl.DataFrame, lists: pl.Series, length: int, reference: Reference) -> pl.DataFrame:
        flat = lists.explode()
        if lines["text"].str.contains('"', literal=True).any():
            flat = unquoted(flat)
        flat = without(flat, self.absent)
        places = zip(self.names, range(length), strict=False)
        values = {name: flat.gather_every(length, place).alias(name) for name, place in places}
        fields = self.finish(lines, values, reference)
        return with_fields(lines, [*fields, constant("format", self.name, pl.String(), len(lines))])


def forwarded_client(forwarded: pl.Series, peer: pl.Series | None) -> pl.Series:
    """The texts of a column `client`: what proxies told about it (X-Forwarded-For), then whoever connected."""
    told = forwarded.str.replace_all(r"%20|\+", "")
    return told if peer is None else fill(fill(told + "," + peer, told), peer)


def words(texts: pl.Series, _: int) -> pl.Series:
    """Between blanks; those inside quotes do not count."""
    return texts.str.extract_all(WORD)


def bracketed_words(texts: pl.Series, _: int) -> pl.Series:
    """Between blanks; those inside quotes or square brackets do not count."""
    return texts.str.extract_all(BRACKETED)


def spaced(texts: pl.Series, width: int) -> pl.Series:
    """Between tabs where there are any, else between single blanks; as `tabbed` those in quotes."""
    with_tabs = texts.str.contains("\t", literal=True)
    lists = _unless_crowded(texts, " ", width)
    if not with_tabs.any():
        return lists
    return _replaced(lists, with_tabs, tabbed(texts.filter(with_tabs), width))


def tabbed(texts: pl.Series, width: int) -> pl.Series:
    """Between tabs; those in quotes do not count if there are too many."""
    return _unless_crowded(texts, "\t", width)


def delimited(separator: str) -> Split:
    """Between separators as in CSV: a quoted value may hold some, and quotes twice."""

    def split(texts: pl.Series, _: int) -> pl.Series:
        lists = texts.str.split(separator)
        quoted = texts.str.contains('"', literal=True)
        return _replaced(lists, quoted, _quoted(texts.filter(quoted), separator)) if quoted.any() else lists

    return tabbed if separator == "\t" else split


def _unless_crowded(texts: pl.Series, separator: str, width: int) -> pl.Series:
    lists = texts.str.split(separator)
    crowded = (lists.list.len() > width) & texts.str.contains('"', literal=True)
    return _replaced(lists, crowded, _quoted(texts.filter(crowded), separator)) if crowded.any() else lists


def _quoted(texts: pl.Series, separator: str) -> pl.Series:
    """Null for a text whose quotes are not those of whole values."""
    value = rf'(?:[ ]*"(?:[^"]|"")*"[ ]*|[^"{separator}]*){"[" + separator + "]"}'
    ended = texts + separator
    well_formed = ended.str.contains(f"^(?:{value})+$")
    cell = pl.element().str.head(-1)
    stripped = pl.when(cell.str.contains('"', literal=True)).then(cell.str.strip_chars(" ")).otherwise(cell)
    lists = ended.str.extract_all(value).list.eval(stripped)
    if well_formed.all():
        return lists
    return pl.DataFrame([lists]).select(pl.when(well_formed).then(pl.col(lists.name))).to_series()


def _replaced(lists: pl.Series, where: pl.Series, others: pl.Series) -> pl.Series:
    """`lists` with `others` where `where` is true."""
    if where.all():
        return others
    order = pl.concat([(~where).arg_true(), where.arg_true()])
    return pl.concat([lists.filter(~where), others]).gather(order.arg_sort())


def unquoted(values: pl.Series) -> pl.Series:
    """Values without the quotes around them; quotes twice inside are quotes."""
    quoted = values.str.starts_with('"') & values.str.ends_with('"') & (values.str.len_bytes() > 1)
    places = quoted.arg_true()
    if places.is_empty():
        return values
    inner = values.gather(places).str.strip_prefix('"').str.strip_suffix('"')
    return values.scatter(places, inner.str.replace_all('""', '"', literal=True))
