"""The span of a fold: it continues the trace of the first partial it takes in, and leads to those of the others."""

import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

from shared import tracing
from shared.tracing import Span, kept_trace

MOST_LINKS = 64


@dataclass(frozen=True, slots=True)
class Ancestry:
    """Traceparents: the one whose child a fold is, and one for each further trace."""

    parent: str
    links: tuple[str, ...]


def ancestry_of(traceparents: Iterable[str | None]) -> Ancestry | None:
    """None where nobody keeps a trace of any of them. Pure."""
    by_trace: dict[str, str] = {}
    for traceparent in traceparents:
        if traceparent and (trace_id := kept_trace(traceparent)):
            by_trace.setdefault(trace_id, traceparent)
    if not by_trace:
        return None
    parent, *others = by_trace.values()
    return Ancestry(parent, tuple(others[:MOST_LINKS]))


class FoldSpan(ExitStack):
    """Lasts as its block does; begins in it, once it is known what was taken in, as if it had from the start."""

    def __init__(self) -> None:
        super().__init__()
        self._began_at_ns = time.time_ns()
        self._span: Span | None = None

    def begin(self, job_id: UUID, traceparents: Iterable[str | None]) -> None:
        """With the traceparents of what is folded; not where no trace of it is kept, for folds begin none."""
        ancestry = ancestry_of(traceparents) if tracing.is_on() else None
        if ancestry is not None:
            self._span = self.enter_context(
                tracing.span(
                    "fold",
                    parent=ancestry.parent,
                    links=ancestry.links,
                    attributes={"logmill.job.id": str(job_id)},
                    began_at_ns=self._began_at_ns,
                )
            )

    def tell(self, partials: int, status: str | None) -> None:
        """How many partials it took in, and the job's status where that is another now."""
        if self._span is not None:
            self._span.set({"logmill.fold.partials": partials, "logmill.job.status": status})
