"""When a job is over, and how it ended. Pure."""

from dataclasses import dataclass

WITHOUT_END = frozenset({"receiving", "cancelled", "interrupted"})
"""Statuses that whatever comes of a job's lines does not change: somebody else set them, or will."""
NEVER_ARRIVED = "%s of %s batches never arrived"
"""What the owner of a job is told whose batches got lost; PostgreSQL's format() takes it too."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Everything known of a job's lines; `batches_total` is None while the input still comes in.

    `input_error`: why the input could not be read to its end, None if it could.
    """

    lines_read: int
    lines_stored: int
    lines_rejected: int
    lines_dead_lettered: int
    batches_dead_lettered: int
    batches_done: int
    batches_total: int | None
    input_error: str | None = None

    @property
    def lines_accounted(self) -> int:
        """Lines in exactly one of the three places."""
        return self.lines_stored + self.lines_rejected + self.lines_dead_lettered


@dataclass(frozen=True, slots=True)
class Ending:
    """A job's last status, with an error message unless every line was stored."""

    status: str
    error_message: str | None = None
    violates_conservation: bool = False


def ending_of(tally: Tally) -> Ending | None:
    """How the job ended, or None while batches are missing."""
    if tally.batches_total is None or tally.batches_done < tally.batches_total:
        return None
    if tally.lines_accounted != tally.lines_read:
        told = f"{tally.lines_read} lines read, but {tally.lines_accounted} accounted for"
        return Ending("failed", told, violates_conservation=True)
    if tally.input_error is not None:
        return Ending("failed", tally.input_error)
    if problems := _problems(tally):
        return Ending("completed_with_errors", f"of {tally.lines_read} lines, {' and '.join(problems)}")
    return Ending("completed")


def ending_after(status: str, tally: Tally) -> Ending | None:
    """How a job of this status stands ended after a fold, which may be otherwise than before: what was dead-lettered
    was stored after all, or what never arrived did. None where status and message stay as they are.
    """
    if status in WITHOUT_END:
        return None
    ending = ending_of(tally)
    if ending is None and status == "failed" and tally.batches_total is not None:
        return Ending("failed", NEVER_ARRIVED % (tally.batches_total - tally.batches_done, tally.batches_total))
    return ending


def _problems(tally: Tally) -> list[str]:
    problems = [f"{tally.lines_rejected} rejected"] if tally.lines_rejected else []
    if tally.lines_dead_lettered:
        problems.append(f"{tally.lines_dead_lettered} dead-lettered")
    elif tally.batches_dead_lettered:
        # Batches that count no line of their own hold the rest of a line longer than max_line_bytes.
        problems.append("the rest of an over-long one dead-lettered")
    return problems
