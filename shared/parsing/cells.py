"""Columns of a line's head whose place does not tell what they are: a level, a process, a thread, a logger?

They are the frame's columns named column_1, column_2, ... (text): what stood between pipes, tabs or brackets; and the
columns `before` and `behind`, which hold several of them each.
"""

import polars as pl

from shared.parsing.columns import fill, nothing, with_fields
from shared.parsing.severity import ANY_LEVEL, UPPER_LEVEL

NUMBERED = "column_"
RUNS = ("before", "behind")
CELL = r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]|\((?:[^()]|\([^()]*\))*\)|\{[^{}]*\}|[^ \t|\[\](){}]*[0-9A-Za-z][^ \t|\[\](){}]*"
MOST_CELLS = 8
AROUND = "[](){}<>:,* "
NAME = r"[A-Za-z_$][A-Za-z0-9_$<>-]*"
OPEN = r"^[\[({<* ]*"
CLOSE = r"[\])}>:,* ]*$"
CALLER = r"^[\[({]*(?P<thread>.*):(?P<logger>[A-Za-z_$][A-Za-z0-9_.$]*)@[0-9]+[\])}]*$"
"""A thread and who called in it, as ZooKeeper writes them."""
KINDS: tuple[tuple[str, str], ...] = (
    ("level", f"{OPEN}(?:{ANY_LEVEL}|{UPPER_LEVEL}|[TVDIWEFC]){CLOSE}"),
    ("pid", f"{OPEN}(?:pid[:= ]?)?[0-9]{{1,10}}(?::[0-9]+)?{CLOSE}"),
    ("logger", rf"{OPEN}{NAME}(?:(?:\.|::|/){NAME})+(?:[:#(].*)?{CLOSE}"),
    (
        "thread",
        rf"{OPEN}(?:[0-9]+[:/.-])?(?:0x)?[0-9a-f]+{CLOSE}|(?i-u:thread|exec|pool|worker|main|task)|"
        rf"^[\[({{].*-[0-9]+{CLOSE}",
    ),
    ("hostname", f"^[A-Za-z][A-Za-z0-9.-]*[0-9][A-Za-z0-9.-]*{CLOSE}|^[0-9]+(?:[.][0-9]+){{3}}{CLOSE}"),
    ("logger", rf"{OPEN}{NAME}(?:[.:/#@ -]+[A-Za-z0-9_$<>-]+)*{CLOSE}"),
    ("context", "."),
)
"""What a column is: the first kind that fits and is still free."""


def with_kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with its numbered columns under the names of what they are; what is left over keeps its number.

    Columns `before` and `behind`, of several cells each, count as the cells in them.
    """
    runs = [frame[name].fill_null("") for name in RUNS if name in frame.columns]
    if runs:
        frame = with_fields(
            frame.drop(RUNS, strict=False), _cut(runs[0] if len(runs) == 1 else runs[0] + " " + runs[1])
        )
    columns = sorted((column for column in frame if column.name.startswith(NUMBERED)), key=lambda column: column.name)
    if not columns:
        return frame
    known = {kind: frame[kind] if kind in frame.columns else _none(kind, len(frame)) for kind, _ in KINDS}
    left = [_assign(column, known) for column in [_assign_callers(column, known) for column in columns]]
    known["thread"] = fill(known["thread"], known["pid"].str.extract(":([0-9]+)$"))
    known["pid"] = known["pid"].str.extract("([0-9]+)")
    fields = [*known.values(), *left]
    return with_fields(frame.drop(column.name for column in columns), [f for f in fields if f.null_count() < len(f)])


def _cut(runs: pl.Series) -> list[pl.Series]:
    """The cells of each run as columns."""
    cells = runs.str.extract_all(CELL).list.head(MOST_CELLS)
    return [
        cells.list.get(place, null_on_oob=True).alias(f"{NUMBERED}{place + 1}")
        for place in range(cells.list.len().max() or 0)  # type: ignore[arg-type]
    ]


def _assign(column: pl.Series, known: dict[str, pl.Series]) -> pl.Series:
    """Puts the texts where they belong, in `known`; returns those for which there was no place left."""
    texts = column.set(column.str.strip_chars(AROUND).is_in(["", "-"]).fill_null(False), None)
    for kind, pattern in KINDS:
        fits = (texts.str.contains(pattern) & known[kind].is_null()).fill_null(False)
        if fits.any():
            known[kind] = known[kind].zip_with(~fits, texts.str.strip_chars(AROUND))
            texts = texts.set(fits, None)
    return texts.str.strip_chars(AROUND)


def _assign_callers(column: pl.Series, known: dict[str, pl.Series]) -> pl.Series:
    """Puts threads with their callers, in `known`, before any other cell gets to be the logger; returns the others."""
    if not column.str.contains("@", literal=True).any():
        return column
    callers = column.str.extract_groups(CALLER).struct.unnest()
    fits = callers["thread"].is_not_null() & known["thread"].is_null() & known["logger"].is_null()
    if not fits.any():
        return column
    for part in callers:
        known[part.name] = part.zip_with(fits, known[part.name])
    return column.set(fits, None)


def _none(name: str, length: int) -> pl.Series:
    return nothing(name, pl.String(), length)
