"""Traces: nothing at all while they are off, and never anything that users logged."""

import subprocess
import sys

import pytest

from shared import tracing
from shared.batch_spans import publishing
from shared.errors import BrokerUnavailable, DatabaseUnavailable, PoisonMessage
from shared.tracing import kept_trace, told
from tests.support.suite import ROOT
from tests.unit.shared.test_messages import BATCH

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
SPAN_ID = "b7ad6b7169203331"


def test_off_a_span_is_nothing() -> None:
    with tracing.span("a", "server", parent=f"00-{TRACE_ID}-{SPAN_ID}-01") as span, publishing(BATCH, "q"):
        span.set({"a": 1})
        span.rename("b")
        span.fail("c")
        assert span.traceparent is tracing.current().traceparent is None
        assert tracing.add_trace_ids(None, "info", {"event": "e"}) == {"event": "e"}
    assert not tracing.is_on()


def test_off_an_error_goes_on_as_it_is() -> None:
    with pytest.raises(ValueError, match="why"), tracing.span("a"):
        raise ValueError("why")


@pytest.mark.parametrize(
    "modules",
    [
        "services.api.__main__, services.worker.__main__, services.aggregator.__main__, services.migrate.__main__",
        "cli.__main__",
    ],
)
def test_off_opentelemetry_is_not_imported(modules: str) -> None:
    code = (
        f"import sys, {modules}\n"
        "sys.exit(any(name.split('.')[0] in ('opentelemetry', 'requests') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (DatabaseUnavailable("PostgreSQL is away"), ("DatabaseUnavailable", "PostgreSQL is away")),
        (BrokerUnavailable("x" * 1000), ("BrokerUnavailable", "x" * 200)),
        (PoisonMessage("bad_headers", "ValueError: what somebody sent"), ("bad_headers", "")),
        (ValueError("what a user logged"), ("ValueError", "")),
        (KeyboardInterrupt(), ("KeyboardInterrupt", "")),
    ],
)
def test_what_is_told_of_an_error(error: BaseException, expected: tuple[str, str]) -> None:
    assert told(error) == expected


@pytest.mark.parametrize(
    ("traceparent", "trace_id"),
    [
        (f"00-{TRACE_ID}-{SPAN_ID}-01", TRACE_ID),
        (f"00-{TRACE_ID}-{SPAN_ID}-03", TRACE_ID),
        (f"00-{TRACE_ID}-{SPAN_ID}-00", None),
        (f"00-{TRACE_ID}-{SPAN_ID}-02", None),
        (f"00-{TRACE_ID}-{SPAN_ID}", None),
        ("nonsense", None),
        ("", None),
        (None, None),
    ],
)
def test_which_traces_are_kept(traceparent: str | None, trace_id: str | None) -> None:
    assert kept_trace(traceparent) == trace_id
