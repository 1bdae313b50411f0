"""What spans tell of a worker's work."""

from services.worker.settlement import DeadLetter, Settlement, label_of
from shared.tracing import Attributes, Span

WRITING: Attributes = {
    "db.system.name": "postgresql",
    "db.operation.name": "COPY",
    "db.collection.name": "log_records",
}


def tell_settlement(span: Span, settlement: Settlement) -> None:
    """What became of the batch. An error that is tried again was told where it happened."""
    span.set({"logmill.batch.outcome": label_of(settlement)})
    if isinstance(settlement, DeadLetter):
        span.fail(settlement.reason)
