"""A deployment where all is well, to be spoilt in one place."""

from dataclasses import replace
from datetime import date
from typing import Any

from cli.doctor.facts import (
    BrokerFacts,
    Clock,
    DatabaseFacts,
    Deployment,
    Facts,
    Limits,
    ManagedQueue,
    ManagementFacts,
    Node,
    Partition,
    Queue,
)
from shared.topology import (
    BULK_QUEUE,
    DEAD_LETTER_EXCHANGE,
    DEAD_LETTER_QUEUE,
    EVENTS_EXCHANGE,
    INGEST_QUEUE,
    ISOLATION_QUEUE,
    RETRY_QUEUE,
)

WORK = {"x-queue-type": "quorum", "x-delivery-limit": 20, "x-max-length-bytes": 1000}
ARGUMENTS: dict[str, dict[str, object]] = {
    INGEST_QUEUE: WORK,
    BULK_QUEUE: WORK,
    ISOLATION_QUEUE: {**WORK, "x-delivery-limit": 3},
    RETRY_QUEUE: {"x-queue-type": "quorum", "x-message-ttl": 5000},
    DEAD_LETTER_QUEUE: {"x-queue-type": "quorum"},
}
DEPLOYMENT = Deployment(
    service="worker",
    version="1.2",
    psql_host="db.example",
    psql_port=5432,
    psql_db="logmill",
    psql_user="logmill_worker",
    broker_host="mq.example",
    broker_port=5672,
    vhost="logmill",
    broker_user="miller",
    management="http://mq.example:15672",
    migrates=True,
    migrations={1: "0001_initial.sql", 2: "0002_more.sql"},
    arguments=ARGUMENTS,
    pools={"api": 10, "worker": 3, "aggregator": 8},
)
DATABASE = DatabaseFacts(
    version=170_002,
    encoding="UTF8",
    is_replica=False,
    today=date(2026, 3, 5),
    clock=Clock(0.003, 0.001),
    migrations=DEPLOYMENT.migrations,
    missing_privileges=(),
    partitions=(Partition("log_records_20260305", date(2026, 3, 5), True),),
    limits=Limits(most=97, used=20),
    sessions={"logmill-api/1.2": 3, "logmill-worker/1.2": 4, "logmill-aggregator/1.2": 2},
    dead_letters=0,
)
BROKER = BrokerFacts(
    version="3.13.1",
    queues={
        INGEST_QUEUE: Queue(ready=5, consumers=2),
        BULK_QUEUE: Queue(ready=0, consumers=2),
        ISOLATION_QUEUE: Queue(ready=0, consumers=0),
        RETRY_QUEUE: Queue(ready=0, consumers=0),
        DEAD_LETTER_QUEUE: Queue(ready=0, consumers=1),
    },
    exchanges={DEAD_LETTER_EXCHANGE: None, EVENTS_EXCHANGE: None},
    reads={INGEST_QUEUE: None},
    writes={"": None},
)
NODES = ("rabbit@a", "rabbit@b", "rabbit@c")
MANAGEMENT = ManagementFacts(
    clock=Clock(0.2, 0.51),
    nodes=tuple(Node(name, True, disk_free_bytes=50_000, disk_limit_bytes=1000) for name in NODES),
    queues={name: ManagedQueue(arguments, 10, NODES, NODES) for name, arguments in ARGUMENTS.items()},
    connections={"logmill-api-publish": 1, "logmill-api-consume": 1, "logmill-worker-consume": 2},
    dead_letter_routes=True,
)
HEALTHY = Facts(DEPLOYMENT, DATABASE, BROKER, MANAGEMENT)


def facts(**changes: Any) -> Facts:
    """The healthy ones, with another `deployment`, `database`, `broker` or `management`."""
    return replace(HEALTHY, **changes)
