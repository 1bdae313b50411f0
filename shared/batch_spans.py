"""The spans of a line batch on its way through RabbitMQ: one where it is published, one wherever it is worked on."""

from aio_pika.abc import AbstractIncomingMessage

from shared import tracing
from shared.messages import LineBatch, traceparent_of
from shared.topology import INGEST_QUEUE, PIPELINE_QUEUES
from shared.tracing import Attributes, Span


def publishing(batch: LineBatch, queue: str) -> Span:
    """From the first try until the broker has it; a child of the span that it comes of, else of the current one."""
    attributes = {**_messaging(queue, "publish", "send"), **identity(batch), "logmill.batch.bytes": len(batch.body)}
    return tracing.span(f"publish {queue}", "producer", parent=batch.traceparent, attributes=attributes)


def processing(message: AbstractIncomingMessage) -> Span:
    """From the delivery until it is settled; a child of the span that published it, else the first of a trace."""
    queue = message.routing_key if message.routing_key in PIPELINE_QUEUES else INGEST_QUEUE
    attributes = {**_messaging(queue, "process", "process"), "messaging.message.body.size": len(message.body)}
    parent = traceparent_of(message.headers) or ""
    return tracing.span(f"process {queue}", "consumer", parent=parent, attributes=attributes)


def identity(batch: LineBatch) -> Attributes:
    """Which batch it is."""
    return {
        "messaging.message.id": batch.message_id,
        "logmill.job.id": str(batch.job_id),
        "logmill.batch.no": batch.batch_no,
        "logmill.batch.lines": batch.line_count,
    }


def _messaging(queue: str, name: str, kind: str) -> Attributes:
    return {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": name,
        "messaging.operation.type": kind,
        "messaging.destination.name": queue,
    }
