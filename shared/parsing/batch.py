"""The entry: one line batch in, records and rejected lines out."""

from dataclasses import dataclass

import polars as pl

from shared.parsing.choice import assign
from shared.parsing.formats.access import ACCESS
from shared.parsing.frame import RECORD_SCHEMA, REJECTED_SCHEMA, complete
from shared.parsing.hints import ParseHints, Reference
from shared.parsing.lines import split_lines


@dataclass(frozen=True, slots=True)
class ParsedBatch:
    records: pl.DataFrame
    rejected: pl.DataFrame
    format_counts: dict[str, int]


def parse_batch(body: bytes, *, first_line: int, hints: ParseHints) -> ParsedBatch:
    from shared.parsing.formats.syslog import SYSLOG_LINES
    from shared.parsing.formats.leveled import LEVELED_LINES
    from shared.parsing.formats.web_errors import WEB_ERRORS
    from shared.parsing.formats.logcat import LOGCAT_LINES
    from shared.parsing.formats.plain import read_plain
    lines = split_lines(body, first_line)
    R=Reference.of(hints)
    t = assign(lines, [ACCESS,SYSLOG_LINES,LOGCAT_LINES,WEB_ERRORS,LEVELED_LINES], R)
    frames = [complete(f) for f in t.read]
    if len(t.rest): frames.append(complete(read_plain(t.rest,R)))
    return ParsedBatch(pl.concat(frames).sort("line_no"), pl.DataFrame(schema=REJECTED_SCHEMA), {})
