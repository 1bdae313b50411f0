"""Which traces are kept. Imported only where tracing is on."""

import random
from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import ParentBased, Sampler, SamplingResult, TraceIdRatioBased
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes


class Sampling(Sampler):
    """What our own processes pass on is kept as they say. Who calls may say no, never yes: then the ratio decides too.

    By chance and not by the trace's id, as the ratio otherwise does: that one is the caller's choice.
    """

    def __init__(self, ratio: float) -> None:
        ours = TraceIdRatioBased(ratio)
        self._among_us = ParentBased(ours)
        self._for_callers = ParentBased(ours, remote_parent_sampled=ByChance(ratio))

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """See Sampler."""
        sampler = self._for_callers if kind is SpanKind.SERVER else self._among_us
        return sampler.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        """See Sampler."""
        return "Sampling"


class ByChance(TraceIdRatioBased):
    """So many, whatever the trace's id."""

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """See Sampler."""
        drawn = random.getrandbits(64)
        return super().should_sample(parent_context, drawn, name, kind, attributes, links, trace_state)
