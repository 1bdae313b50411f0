"""The oracle: what every upload of a run holds, from the run's seed alone.

Every line carries `id=UPLOAD/LINE`, counted from 1, and all of its bytes can be computed again from that id. So a
line that is found can be told from any other, and one that is missing has a name.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from shared.lines import LF

LINE_ID = re.compile(rb"id=(\d+)/(\d+)\b")
PAD = b"abcdefghijklmnopqrstuvwxyz0123456789" * 12
MOST_PAD_BYTES = 380
FILLER = PAD * 350
LONG_LINE_BYTES = len(FILLER)
ODD_BYTES = b" \x00\xff\xfe"
LEVELS = (b"DEBUG", b"INFO", b"INFO", b"INFO", b"INFO", b"WARN", b"ERROR")
STATUSES = (b"200", b"200", b"200", b"201", b"304", b"404", b"500")
TRACE_LINES = 6
MASK = (1 << 64) - 1


def mix(*numbers: int) -> int:
    """64 bits that look random and are the same for the same numbers."""
    total = 0x9E3779B97F4A7C15
    for number in numbers:
        total = ((total ^ number) * 0xBF58476D1CE4E5B9) & MASK
        total ^= total >> 29
    return total


@dataclass(frozen=True, slots=True)
class Draw:
    """What one line is made of: its id, and 64 bits to choose by."""

    upload: int
    number: int
    bits: int

    @property
    def id(self) -> bytes:
        return b"id=%d/%d" % (self.upload, self.number)

    @property
    def pad(self) -> bytes:
        return PAD[: self.bits % MOST_PAD_BYTES]

    @property
    def minute_second(self) -> tuple[int, int]:
        """Rising within an upload: a dozen minutes of an hour."""
        return divmod(self.number // 40 % 720, 60)


def access_line(draw: Draw) -> bytes:
    """Combined format."""
    return b'10.%d.%d.7 - - [02/Mar/2026:10:%02d:%02d +0000] "GET /items?%s HTTP/1.1" %s %d "-" "chaos %s"' % (
        draw.bits >> 8 & 255,
        draw.bits >> 16 & 255,
        *draw.minute_second,
        draw.id,
        STATUSES[(draw.bits >> 24) % len(STATUSES)],
        draw.bits >> 32 & 0xFFFF,
        draw.pad,
    )


def json_line(draw: Draw) -> bytes:
    """An object; one in 500 breaks off, and is rejected."""
    line = b'{"time":"2026-03-02T10:%02d:%02dZ","level":"%s","message":"%s","pad":"%s"}' % (
        *draw.minute_second,
        LEVELS[(draw.bits >> 24) % len(LEVELS)].lower(),
        draw.id,
        draw.pad,
    )
    return line[:-2] if draw.bits >> 40 & 0x1FF == 0 else line


def plain_line(draw: Draw) -> bytes:
    """Time, level, text; one in 64 has bytes that are no text."""
    line = b"2026-03-02 10:%02d:%02d,%03d %s chaos: %s %s" % (
        *draw.minute_second,
        draw.bits >> 48 & 511,
        LEVELS[(draw.bits >> 24) % len(LEVELS)],
        draw.id,
        draw.pad,
    )
    return line + ODD_BYTES if draw.bits >> 40 & 63 == 0 else line


def trace_line(draw: Draw) -> bytes:
    """Records of six lines: an error, its exception and its frames."""
    place = (draw.number - 1) % TRACE_LINES
    if place == 0:
        return b"2026-03-02 10:%02d:%02d,000 ERROR chaos: %s %s" % (*draw.minute_second, draw.id, draw.pad)
    if place == 1:
        return b"java.lang.IllegalStateException: " + draw.id
    return b"\tat org.example.Chaos.run(Chaos.java:%d) // %s" % (draw.bits & 1023, draw.id)


def long_line(draw: Draw) -> bytes:
    """Plain lines; one in 200 is longer than a batch may be, and comes in parts."""
    filler = FILLER if draw.number % 200 == 3 else b""
    return b"2026-03-02 10:%02d:%02d,000 INFO chaos: %s %s" % (*draw.minute_second, draw.id, filler or draw.pad)


FORMATS: dict[str, Callable[[Draw], bytes]] = {
    "access": access_line,
    "json": json_line,
    "plain": plain_line,
    "trace": trace_line,
    "long": long_line,
}


@dataclass(frozen=True, slots=True)
class Content:
    """One upload's content: `line_count` lines of a format, each with its line ending but perhaps the last."""

    seed: int
    upload: int
    format: str
    line_count: int
    is_crlf: bool
    ends_in_newline: bool

    def line(self, number: int) -> bytes:
        """The bytes of line `number`, from 1, without the line feed."""
        bits = mix(self.seed, self.upload, number)
        line = FORMATS[self.format](Draw(self.upload, number, bits))
        return line + b"\r" if self.is_crlf else line

    def lines(self) -> list[bytes]:
        """All of them."""
        return [self.line(number) for number in range(1, self.line_count + 1)]

    def body(self) -> bytes:
        """What is uploaded."""
        return LF.join(self.lines()) + (LF if self.ends_in_newline else b"")


@lru_cache(maxsize=4096)
def content_of(seed: int, upload: int, most_lines: int) -> Content:
    """What the run with this seed uploads as number `upload`: one line to `most_lines`, mostly few."""
    chance = random.Random(mix(seed, upload))
    return Content(
        seed=seed,
        upload=upload,
        format=chance.choices([*FORMATS], weights=[4, 3, 3, 3, 1])[0],
        line_count=round(most_lines ** chance.random()),
        is_crlf=chance.random() < 0.1,
        ends_in_newline=chance.random() < 0.9,
    )
