"""What was written, what of it was seen again, and what that means. Pure: it is told what a look found, and when.

A line is *read back* once it was found in every view of its job. It is *late* if it was not for `late_seconds`, and
*missing* if not for `missing_seconds`, or if it was read back and is there no more. It is *doubled* where a view has it
more than once, *altered* where its text is another. Each counts once a line, and what counted stays counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cli.canary.lines import KnownLines

Texts = Sequence[tuple[int, str]]
"""Lines as a view has them: number and text."""
Numbers = frozenset[int]
NONE: Numbers = frozenset()


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a line may take, in seconds during which somebody looked."""

    late_seconds: float
    missing_seconds: float


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a written job found.

    `views`: its lines by whom they were asked of, None where they could not be had (yet). `counts`: what each source of
    sums tells; none before the job has ended. `is_gone`: there is no such job.
    """

    views: Mapping[str, Texts | None]
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """One upload and what became of its lines, by their numbers. Times are monotonic seconds."""

    job_id: str
    known: KnownLines
    written_at: float
    looked_at: float
    watched_seconds: float = 0
    read_back: Numbers = NONE
    late: Numbers = NONE
    missing: Numbers = NONE
    doubled: Numbers = NONE
    altered: Numbers = NONE
    wrong_counts: frozenset[str] = frozenset()
    readable_after_seconds: float | None = None

    @property
    def waiting(self) -> Numbers:
        """Lines that were neither read back nor given up."""
        return frozenset(range(1, len(self.known.texts) + 1)) - self.read_back - self.missing

    @property
    def is_wrong(self) -> bool:
        """Whether anything is that never should be; late is not."""
        return bool(self.missing or self.doubled or self.altered or self.wrong_counts)


@dataclass(frozen=True, slots=True)
class News:
    """What a look changed: lines, by what became of them; sources whose counts are wrong; how long it all took."""

    read_back: Numbers
    late: Numbers
    missing: Numbers
    doubled: Numbers
    altered: Numbers
    wrong_counts: frozenset[str]
    readable_after_seconds: float | None


def judge(before: Round, look: Look | None, now: float, limits: Limits) -> Round:
    """The round after a look at `now`; None: there was no answer, and that time counts for nothing."""
    if look is None:
        return replace(before, looked_at=now)
    watched_seconds = before.watched_seconds + now - before.looked_at
    views = [before.known.numbered(texts) for texts in look.views.values() if texts is not None]
    there = _there(before.known, views) if len(views) == len(look.views) else NONE
    read_back = before.read_back | there
    absent = _all(before.known) - read_back
    lost = before.read_back - _there(before.known, views)
    given_up = absent if look.is_gone or watched_seconds >= limits.missing_seconds else NONE
    after = replace(
        before,
        looked_at=now,
        watched_seconds=watched_seconds,
        read_back=read_back,
        late=before.late | (absent if watched_seconds >= limits.late_seconds else NONE),
        missing=before.missing | lost | given_up,
        doubled=before.doubled | _doubled(before.known, views),
        altered=before.altered | _altered(before.known, views),
        wrong_counts=before.wrong_counts | _wrong(before.known, look.counts),
    )
    is_whole = before.readable_after_seconds is None and read_back == _all(before.known)
    return replace(after, readable_after_seconds=now - before.written_at) if is_whole else after


def news(before: Round, after: Round) -> News:
    """What is new of the same round, in `after`."""
    return News(
        read_back=after.read_back - before.read_back,
        late=after.late - before.late,
        missing=after.missing - before.missing,
        doubled=after.doubled - before.doubled,
        altered=after.altered - before.altered,
        wrong_counts=after.wrong_counts - before.wrong_counts,
        readable_after_seconds=after.readable_after_seconds if before.readable_after_seconds is None else None,
    )


@dataclass(frozen=True, slots=True)
class Sorted:
    """Rounds, oldest first: to look at again, to leave as they are for a person to see, to delete."""

    watched: list[Round]
    kept: list[Round]
    done: list[Round]


def sort_out(rounds: Iterable[Round], kept: Iterable[Round], keep: int) -> Sorted:
    """Of those that are as they should be, the last `keep` are looked at again; of the wrong ones, so many are kept."""
    rounds = list(rounds)
    settled = [each for each in rounds if not each.waiting]
    sound = [each for each in settled if not each.is_wrong]
    wrong = [*kept, *(each for each in settled if each.is_wrong)]
    done = _all_but_last(sound, keep) + _all_but_last(wrong, keep)
    return Sorted(
        watched=[each for each in rounds if each.waiting or (each in sound and each not in done)],
        kept=[each for each in wrong if each not in done],
        done=done,
    )


def _all_but_last(rounds: list[Round], keep: int) -> list[Round]:
    return rounds[: max(0, len(rounds) - keep)]


def _all(known: KnownLines) -> Numbers:
    return frozenset(range(1, len(known.texts) + 1))


def _there(known: KnownLines, views: list[dict[int, list[str]]]) -> Numbers:
    """Lines that every one of these views has."""
    return _all(known).intersection(*views)


def _doubled(known: KnownLines, views: list[dict[int, list[str]]]) -> Numbers:
    return _all(known) & {number for view in views for number, texts in view.items() if len(texts) > 1}


def _altered(known: KnownLines, views: list[dict[int, list[str]]]) -> Numbers:
    found = {number: set().union(*(view.get(number, ()) for view in views)) for number in _all(known)}
    return frozenset(number for number, texts in found.items() if texts - {known.texts[number - 1]})


def _wrong(known: KnownLines, counts: Mapping[str, Mapping[str, int]]) -> frozenset[str]:
    """Sources of sums that tell something else than what was written."""
    lines = len(known.texts)
    job = {"lines_read": lines, "lines_stored": lines, "lines_rejected": 0, "lines_dead_lettered": 0}
    expected: dict[str, Mapping[str, int]] = {"job": job, "stats": known.levels, "rollups": known.levels}
    return frozenset(source for source, told in counts.items() if dict(told) != dict(expected[source]))
