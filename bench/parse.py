"""`POLARS_MAX_THREADS=1 python -m bench.parse [FAMILY ...]`: how fast a worker's thread parses each family of formats.

Generates its own lines, cuts them into batches as the api does, and prints lines/s and MB/s of the best of a few
passes, by the time the processor spent.
"""

import sys
import time
from dataclasses import replace
from datetime import timedelta

from rich.console import Console
from rich.table import Table

from bench.access_lines import BEGAN
from bench.families import FAMILIES, OWN_FORMAT, OWN_PATTERN, generate
from services.api.batching import Batcher, Piece
from shared.parsing import ParseHints, RecordBounds, parse_batch
from shared.parsing.headers import HeaderTracker

PASSES = 4
BATCH_BYTES = 1024**2
HINTS = ParseHints(received_at=BEGAN + timedelta(days=1))


def cut(body: bytes) -> list[Piece]:
    """The batches of an input."""
    batcher = Batcher(batch_bytes=BATCH_BYTES, max_line_bytes=BATCH_BYTES, bounds=RecordBounds(), charset=None)
    return [*batcher.feed(body), *batcher.flush()]


def best_seconds(pieces: list[Piece], hints: ParseHints) -> float:
    """Processor seconds of the fastest pass over all batches."""
    tracker = HeaderTracker()
    batches = [(piece, replace(hints, header=tracker.before(piece.body))) for piece in pieces]
    seconds = []
    for _ in range(PASSES):
        began = time.process_time()
        for piece, known in batches:
            parse_batch(piece.body, first_line=piece.first_line, hints=known)
        seconds.append(time.process_time() - began)
    return min(seconds)


def main(wanted: list[str]) -> None:
    """Prints a row for each family whose name contains one of `wanted` (all, if none)."""
    table = Table("family", "bytes/line", "lines/s", "MB/s")
    for family in FAMILIES:
        if wanted and not any(part in family for part in wanted):
            continue
        body = generate(family)
        lines = body.count(b"\n")
        hints = replace(HINTS, format="own", pattern=OWN_PATTERN) if family == OWN_FORMAT else HINTS
        seconds = best_seconds(cut(body), hints)
        rates = (f"{len(body) / lines:.0f}", f"{lines / seconds:,.0f}", f"{len(body) / seconds / 1e6:.0f}")
        table.add_row(family, *rates)
    Console().print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
