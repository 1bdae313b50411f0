"""The logs of an instance, of one process or of all of them side by side."""

import time
from pathlib import Path
from typing import TextIO

from deploy.local import processes
from deploy.local.layout import Layout
from shared.errors import ConfigurationError

_POLL_SECONDS = 0.2


def show(layout: Layout, name: str | None, lines: int, follow: bool, out: TextIO) -> None:
    """Writes the last lines of each log, each line led by its process's name, then what is added until interrupted."""
    files = _log_files(layout, name)
    width = max((len(file.stem) for file in files), default=0)
    positions = {file: file.stat().st_size for file in files}
    for file in files:
        for line in processes.tail(file, lines).splitlines():
            out.write(f"{file.stem:{width}} | {line}\n")
    try:
        while follow:
            out.flush()
            time.sleep(_POLL_SECONDS)
            for file in _log_files(layout, name):
                positions[file] = write_added(file, positions.get(file, 0), width, out)
    except KeyboardInterrupt:
        return


def _log_files(layout: Layout, name: str | None) -> list[Path]:
    files = sorted(layout.logs.glob("*.log"))
    known = [file for file in files if file.stat().st_size or file.stem == name]
    if name is None:
        return known
    chosen = [file for file in known if file.stem == name or file.stem.startswith(f"{name}-")]
    if not chosen:
        names = ", ".join(file.stem for file in known) or "none yet"
        raise ConfigurationError(f"no log of {name}; there are: {names}")
    return chosen


def write_added(file: Path, position: int, width: int, out: TextIO) -> int:
    """Writes the whole lines after `position` and answers where they end; a file that shrank starts again."""
    if file.stat().st_size < position:
        position = 0
    with file.open("rb") as handle:
        handle.seek(position)
        added = handle.read()
    complete = added[: added.rfind(b"\n") + 1]
    for line in complete.decode(errors="replace").split("\n")[:-1]:
        out.write(f"{file.stem:{width}} | {line}\n")
    return position + len(complete)
