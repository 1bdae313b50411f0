"""Which line names the columns of the lines below it: W3C's #Fields, or an input's first line (CSV, TSV, flow logs).

Everything here is decided on a line's own bytes, so that an input's headers are the same wherever it is cut.
"""

import csv
import re
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from shared.parsing.field_names import FALLBACK, Meaning, meanings, plain
from shared.parsing.lines import readable_line

CSV = "csv"
TSV = "tsv"
W3C = "w3c"
CLOUDFRONT = "aws_cloudfront"
VPC_FLOW = "aws_vpc_flow"
HEADED_FORMATS = (CSV, TSV, W3C, CLOUDFRONT, VPC_FLOW)

DIRECTIVE = "#Fields:"
DIRECTIVE_BYTES = DIRECTIVE.encode()
LONGEST_BYTES = 8 * 1024
FEWEST_COLUMNS = 2
MOST_COLUMNS = 256
MOST_HEADERS = 256
"""Different ones in one batch. With more, and only then, what a row becomes depends on where its input is cut."""
SEPARATORS = (",", ";", "\t", "|")

NAME = re.compile(r"[@_#]?[^\W\d][\w.@/()%#-]*(?: [\w.@/()%#-]+){0,3}")
USABLE = re.compile(r"[^\"\\\x00-\x1f\x7f]+")
FLOW_NAMES = frozenset(
    (
        *("version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets"),
        *("bytes", "start", "end", "action", "log-status", "vpc-id", "subnet-id", "instance-id", "tcp-flags", "type"),
        *("pkt-srcaddr", "pkt-dstaddr", "region", "az-id", "sublocation-type", "sublocation-id", "flow-direction"),
        *("pkt-src-aws-service", "pkt-dst-aws-service", "traffic-path"),
    )
)
FEWEST_FLOW_NAMES = 4


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of the lines of format `format` under the line `text`."""

    text: str
    format: str
    names: tuple[str, ...]
    separator: str


class HeaderTracker:
    """Follows one input, batch by batch, wherever they are cut. `forced`, `charset`: what the uploader told."""

    def __init__(self, forced: str | None = None, charset: str | None = None) -> None:
        self._forced = forced
        self._charset = charset
        self._header: str | None = None
        self._is_first_line = True
        self._at_line_start = True

    def before(self, body: bytes) -> str | None:
        """The header in force where this batch begins, None where there is none; looks at `body` for the next batch."""
        header = self._header
        if self._is_first_line:
            self._set(_first_line_header(body, self._forced, self._charset))
        at = _last_directive(body, at_line_start=self._at_line_start)
        if at is not None:
            self._set(_directive_at(body, at, self._charset))
        if body:
            self._is_first_line = False
            self._at_line_start = body.endswith(b"\n")
        return header

    def _set(self, header: Header | None) -> None:
        self._header = header.text if header else None


def headers_in(
    body: bytes, first_line: int, forced: str | None = None, charset: str | None = None
) -> list[tuple[int, Header | None]]:
    """Where in a batch the header changes, in order: the number of that line, and the header from there on (if any)."""
    found: list[tuple[int, Header | None]] = []
    if first_line == 1 and (first := _first_line_header(body, forced, charset)):
        found.append((1, first))
    if b"#" not in body:  # a good deal faster to tell
        return found
    line_no, counted, start = first_line, 0, 0
    while (at := body.find(DIRECTIVE_BYTES, start)) >= 0:
        start = at + len(DIRECTIVE_BYTES)
        if _begins_line(body, at):
            line_no, counted = line_no + body.count(b"\n", counted, at), at
            found.append((line_no, _directive_at(body, at, charset)))
    return found


def lines_by_header(
    lines: pl.DataFrame, before: Header | None, changes: list[tuple[int, Header | None]]
) -> list[tuple[Header | None, pl.DataFrame]]:
    """`lines` (with line_no) by the header that is in force for them: `before`, or that of the last change above.

    Lines under any but the first MOST_HEADERS different ones are as without any: no log is like that, and each costs.
    """
    if not changes:
        return [(before, lines)]
    headers = [before, *(header for _, header in changes)]
    known = [None, *(header for header in dict.fromkeys(headers) if header)][:MOST_HEADERS]
    places = {header: place for place, header in enumerate(known)}
    change = pl.Series([line_no for line_no, _ in changes]).search_sorted(lines["line_no"], side="right")
    place = pl.Series("place", [places.get(header, 0) for header in headers]).gather(change)
    parts = lines.with_columns(place).partition_by("place", as_dict=True, include_key=False)
    return [(known[int(place)], part) for (place,), part in parts.items()]


def read_header(text: str, forced: str | None = None) -> Header | None:
    """What a line's text names, None where it is no header."""
    return _read_header(text, forced) if len(text) <= LONGEST_BYTES else None


@lru_cache(maxsize=256)
def _read_header(text: str, forced: str | None) -> Header | None:
    if text.startswith(DIRECTIVE):
        return _fields_directive(text)
    if forced not in (None, *HEADED_FORMATS):
        return None
    return _flow_header(text) or _delimited_header(text, forced)


def _fields_directive(text: str) -> Header | None:
    listed = text.removeprefix(DIRECTIVE).strip()
    separator = " " if re.search(r"\s", listed) else ","
    names = tuple(listed.split() if separator == " " else listed.split(","))
    if not _can_be_columns(names) or not all(USABLE.fullmatch(name) for name in names):
        return None
    is_cloudfront = any(name.startswith("x-edge-") for name in names)
    return Header(text, CLOUDFRONT if is_cloudfront else W3C, _distinct(names), separator)


def _flow_header(text: str) -> Header | None:
    names = tuple(text.strip().replace("_", "-").split(" "))
    if len(names) < FEWEST_FLOW_NAMES or not FLOW_NAMES.issuperset(names):
        return None
    return Header(text, VPC_FLOW, _distinct(names), " ")


def _delimited_header(text: str, forced: str | None) -> Header | None:
    """By the separator that gives the most columns."""
    separators = ("\t",) if forced == TSV else SEPARATORS
    rows = [(separator, _cells(text, separator)) for separator in separators]
    separator, names = max(rows, key=lambda row: len(row[1]))
    if not _can_be_columns(names) or not (forced in (CSV, TSV) or _clearly_names(names)):
        return None
    if not all(USABLE.fullmatch(name) for name in names if name):
        return None
    filled = tuple(name or f"column_{place}" for place, name in enumerate(names, start=1))
    return Header(text, forced or (TSV if separator == "\t" else CSV), _distinct(filled), separator)


def _cells(text: str, separator: str) -> tuple[str, ...]:
    try:
        rows = list(csv.reader([text], delimiter=separator, skipinitialspace=True, strict=True))
    except csv.Error:
        return ()
    return tuple(name.strip() for name in rows[0]) if len(rows) == 1 else ()


def _clearly_names(names: tuple[str, ...]) -> bool:
    """Like names all of them, none twice, and enough of them such as logs have; the first may be empty (an index)."""
    told = names[1:] if not names[0] else names
    if not all(NAME.fullmatch(name) for name in told) or len(set(map(str.lower, told))) < len(told):
        return False
    meant = [min(meaning.rank for meaning in found) for name in told if (found := meanings_of(name))]
    known = [rank for rank in meant if rank <= FALLBACK]
    return min(known, default=FALLBACK) < FALLBACK and (len(told) > FEWEST_COLUMNS or len(known) == len(told))


def _can_be_columns(names: tuple[str, ...]) -> bool:
    return FEWEST_COLUMNS <= len(names) <= MOST_COLUMNS


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Each name once, in whatever case: a second `a` is `a_2`."""
    seen: dict[str, str] = {}
    for name in names:
        number, own = 1, name
        while own.lower() in seen:
            number += 1
            own = f"{name}_{number}"
        seen[own.lower()] = own
    return tuple(seen.values())


def _last_directive(body: bytes, *, at_line_start: bool) -> int | None:
    """Where the last #Fields line of `body` begins; `at_line_start`: whether `body` begins a line itself."""
    at = body.rfind(DIRECTIVE_BYTES) if b"#" in body else -1
    while at > 0 and not _begins_line(body, at):
        at = body.rfind(DIRECTIVE_BYTES, 0, at)
    return at if at > 0 or (at == 0 and at_line_start) else None


def _begins_line(body: bytes, at: int) -> bool:
    return at == 0 or body[at - 1] == ord("\n")


def _first_line_header(body: bytes, forced: str | None, charset: str | None) -> Header | None:
    """The header that an input's first line is, where it clearly is one; with a `forced` format of columns, anyway."""
    line = _line_at(body, 0)
    return None if line is None else read_header(readable_line(line, is_first=True, charset=charset), forced)


def _directive_at(body: bytes, at: int, charset: str | None) -> Header | None:
    line = _line_at(body, at)
    return None if line is None else read_header(readable_line(line, charset=charset))


def _line_at(body: bytes, at: int) -> bytes | None:
    """Without its LF; None where it is longer than a header may be."""
    end = body.find(b"\n", at, at + LONGEST_BYTES + 1)
    line = body[at : end if end >= 0 else at + LONGEST_BYTES + 1]
    return line if len(line) <= LONGEST_BYTES else None


def meanings_of(name: str) -> tuple[Meaning, ...]:
    """The fields that a column's name can stand for; blanks in it count as little as underscores."""
    return meanings(plain(name.replace(" ", "_")))
