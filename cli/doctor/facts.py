"""What the doctor gathers before it judges. Whatever could not be found out is a Failure in its place."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

UNREACHABLE = "unreachable"
TIMED_OUT = "timed out"
LOGIN = "login"
VHOST = "vhost"
NOT_FOUND = "404"
REFUSED = "403"
OTHER_ARGUMENTS = "406"
INSUFFICIENT_PRIVILEGE = "42501"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something could not be found out.

    `code` is one of the words above, an SQLSTATE, an AMQP reply code, an HTTP status, or the name of an error; `told`
    is what the server, or the operating system, says. Neither has a password in it.
    """

    code: str
    told: str


def why_unreachable(error: OSError) -> str:
    """Why a connection could not be made, in the operating system's words without the address."""
    told = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else error.strerror or str(error)
    return f"nobody answers there ({told})"


@dataclass(frozen=True, slots=True)
class Deployment:
    """What the settings say, without any secret.

    `migrations` are those that this version knows; `arguments` what each queue is declared with; `pools` the
    connections to PostgreSQL that one process of each service may hold; `management` the address of RabbitMQ's
    management API, None where the settings name none; `migrates` whether the service makes tables and queues itself.
    """

    service: str
    version: str
    psql_host: str
    psql_port: int
    psql_db: str
    psql_user: str
    broker_host: str
    broker_port: int
    vhost: str
    broker_user: str
    management: str | None
    migrates: bool
    migrations: Mapping[int, str]
    arguments: Mapping[str, Mapping[str, object]]
    pools: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Clock:
    """How far a server's clock is ahead of this machine's, give or take `uncertainty_seconds`."""

    offset_seconds: float
    uncertainty_seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Connections to PostgreSQL: how many there may be for everybody but superusers, and how many there are."""

    most: int
    used: int


@dataclass(frozen=True, slots=True)
class Partition:
    """A table called log_records_YYYYMMDD (`day` is None where it is no such day), part of log_records or not."""

    name: str
    day: date | None
    is_attached: bool


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """PostgreSQL. `migrations` are the applied ones, None where there is no list; `sessions` are by application."""

    version: int
    encoding: str
    is_replica: bool
    today: date
    clock: Clock | Failure
    migrations: Mapping[int, str] | Failure | None
    missing_privileges: Sequence[str] | Failure
    partitions: Sequence[Partition] | Failure
    limits: Limits | Failure
    sessions: Mapping[str, int] | Failure
    dead_letters: int | Failure


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue that is there: messages ready, consumers, and why its declaration is refused, if it is."""

    ready: int
    consumers: int
    refusal: Failure | None = None


@dataclass(frozen=True, slots=True)
class BrokerFacts:
    """RabbitMQ over AMQP. The last three say why something is refused, None where it is not.

    `exchanges` by name; `reads`: consuming, by queue; `writes`: publishing, by exchange.
    """

    version: str
    queues: Mapping[str, Queue | Failure]
    exchanges: Mapping[str, Failure | None]
    reads: Mapping[str, Failure | None]
    writes: Mapping[str, Failure | None]


@dataclass(frozen=True, slots=True)
class Node:
    """A node of RabbitMQ; sizes in bytes, None where it does not say. `cut_off` are nodes that it lost sight of."""

    name: str
    is_running: bool
    has_memory_alarm: bool = False
    has_disk_alarm: bool = False
    disk_free_bytes: int | None = None
    disk_limit_bytes: int | None = None
    cut_off: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ManagedQueue:
    """A queue as the management API shows it; `members` and `online` are nodes."""

    arguments: Mapping[str, object]
    size_bytes: int | None = None
    members: Sequence[str] = ()
    online: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ManagementFacts:
    """RabbitMQ's management API.

    `queues` by name; `connections` how many there are by name; `dead_letter_routes` whether the dead-letter exchange
    leads to the dead-letter queue.
    """

    clock: Clock | Failure
    nodes: Sequence[Node] | Failure
    queues: Mapping[str, ManagedQueue] | Failure
    connections: Mapping[str, int] | Failure
    dead_letter_routes: bool | Failure


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it. `management` is None where the settings name no address of it."""

    deployment: Deployment
    database: DatabaseFacts | Failure
    broker: BrokerFacts | Failure
    management: ManagementFacts | Failure | None
