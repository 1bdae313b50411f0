"""`logmill generate`: sample logs of any size, the same bytes for the same seed.

A pool of seconds is made once with the slow, realistic makers; a file is seconds drawn from it, each with its own
time put in. That is fast enough for gigabytes.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Annotated

import typer
from rich.console import Console
from rich.filesize import decimal

from cli.samples import FORMATS, MIXED, SECOND, START, SampleFormat
from shared.errors import LogmillError

DEFAULT_SIZE = "10MB"
ALL_FORMATS = (*FORMATS, MIXED)

_UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3, "KI": 1024, "MI": 1024**2, "GI": 1024**3}
_SPAN = timedelta(hours=24)
_POOL_SECONDS = 400
_TYPICAL_SECOND_BYTES = 3500
_BLOCK_BYTES = 1024**2
# Incidents, as parts of the whole span: where they begin and end.
_INCIDENTS = ((0.31, 0.34), (0.62, 0.68), (0.9, 0.91))


class UnknownFormat(LogmillError):
    """A format's name that the generator does not know."""


@dataclass(frozen=True)
class Sample:
    """One generated file."""

    path: Path
    format: str
    size_bytes: int


def parse_size(text: str) -> int:
    """Bytes of `10MB`, `1GiB`, `512k` or `1000`; raises ValueError for anything else."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMG]?I?)B?", text.strip().upper())
    if match is None or match[2] not in _UNITS:
        raise ValueError(f"not a size: {text!r}; write it like 10MB or 1GiB")
    return int(float(match[1]) * _UNITS[match[2]])


def generate_samples(folder: Path, size_bytes: int, formats: Sequence[str], seed: int) -> list[Sample]:
    """Writes a file of each format to `folder`, together at most `size_bytes` and short of it by a line a file.

    A file's modification time is that of its last line, as a real log's is. Raises UnknownFormat.
    """
    if unknown := [name for name in formats if name not in ALL_FORMATS]:
        raise UnknownFormat(f"no format is called {', '.join(unknown)}; there are {', '.join(ALL_FORMATS)}")
    folder.mkdir(parents=True, exist_ok=True)
    return [_write(folder / f"{name}.log", name, size_bytes // len(formats), seed) for name in formats]


def _write(path: Path, name: str, size_bytes: int, seed: int) -> Sample:
    written = 0
    with path.open("wb") as file:
        for block in sample_blocks(name, size_bytes, seed):
            written += file.write(block)
    ended = (START + _SPAN).timestamp()
    os.utime(path, (ended, ended))
    return Sample(path, name, written)


def sample_blocks(name: str, size_bytes: int, seed: int) -> Iterator[bytes]:
    """A file's bytes in blocks of about a mebibyte; whole lines, `size_bytes` at most."""
    block: list[bytes] = []
    pending = 0
    for second in _seconds(name, size_bytes, Random(f"{name}:{seed}")):  # noqa: S311
        block.append(second)
        pending += len(second)
        if pending >= _BLOCK_BYTES:
            yield b"".join(block)
            block, pending = [], 0
    if block:
        yield b"".join(block)


def _seconds(name: str, size_bytes: int, rng: Random) -> Iterator[bytes]:
    """Second after second, evenly over the span, until `size_bytes` are reached."""
    formats = list(FORMATS.values()) if name == MIXED else [FORMATS[name]]
    pool_seconds = min(_POOL_SECONDS, size_bytes // _TYPICAL_SECOND_BYTES + 20)
    calm, trouble = (_pool(formats, pool_seconds, rng, during) for during in (False, True))
    placeholder, left = SECOND.encode(), size_bytes
    while left > 0:
        done = 1 - left / size_bytes
        upset = any(begin <= done < end for begin, end in _INCIDENTS)
        template, chosen = rng.choice(trouble if upset else calm)
        second = template.replace(placeholder, chosen.stamp(START + _SPAN * done).encode())
        if len(second) > left:
            second = second[: second.rfind(b"\n", 0, left) + 1]
            left = 0
        left -= len(second)
        yield second


def _pool(formats: list[SampleFormat], seconds: int, rng: Random, trouble: bool) -> list[tuple[bytes, SampleFormat]]:
    chosen = [formats[number % len(formats)] for number in range(seconds)]
    return [(each.make(rng, trouble).encode(), each) for each in chosen]


def generate(
    folder: Annotated[Path, typer.Argument(help="where the files go")] = Path("samples"),
    size: Annotated[str, typer.Option(help="of all files together, such as 500kB, 10MB or 1GiB")] = DEFAULT_SIZE,
    formats: Annotated[str, typer.Option(help="comma-separated")] = ",".join(ALL_FORMATS),
    seed: Annotated[int, typer.Option(help="the same seed gives the same bytes")] = 1,
) -> None:
    """Write realistic sample logs."""
    try:
        size_bytes = parse_size(size)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    names = [name.strip() for name in formats.split(",") if name.strip()]
    console = Console(highlight=False, soft_wrap=True)
    for sample in generate_samples(folder, size_bytes, names, seed):
        console.print(f"{sample.path}  {decimal(sample.size_bytes)}", markup=False)
