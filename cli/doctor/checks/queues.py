"""What is wrong with the queues: missing, of other arguments, without consumers, full; and what mends it."""

import re
import shlex
from collections.abc import Iterator, Mapping

from cli.doctor.checks.broker import make, permit
from cli.doctor.facts import (
    NOT_FOUND,
    OTHER_ARGUMENTS,
    REFUSED,
    BrokerFacts,
    Deployment,
    Facts,
    Failure,
    ManagedQueue,
    ManagementFacts,
    Queue,
)
from cli.doctor.findings import Finding, bad, ok, unseen, warn
from cli.terminal import counted
from shared.topology import BULK_QUEUE, DEAD_LETTER_QUEUE, INGEST_QUEUE, ISOLATION_QUEUE, RETRY_QUEUE

FULL = 0.8
"""Share of its size from which on a queue is soon full."""
CONSUMERS: Mapping[str, str] = {INGEST_QUEUE: "worker", BULK_QUEUE: "worker", DEAD_LETTER_QUEUE: "aggregator"}
"""Who consumes a queue all the time; the isolated one is looked into now and then."""
MISMATCH = re.compile(
    r"inequivalent arg '(?P<argument>[\w-]+)'.*received (?P<wanted>none|the value '.*?' of type '\w+'|'.*?')"
    r" but current is (?P<found>none|the value '.*?' of type '\w+'|'.*?')$"
)
QUOTED = re.compile(r"'(.*?)'")
SETTINGS: Mapping[str, tuple[str, int]] = {
    "x-max-length-bytes": ("max_queue_bytes", 1),
    "x-delivery-limit": ("delivery_limit", 1),
    "x-message-ttl": ("retry_delay_seconds", 1000),
}
"""The setting that an argument comes from, and how many of the argument's units make one of the setting's."""


def check_queues(facts: Facts) -> Iterator[Finding]:
    """A finding for each queue; none where RabbitMQ cannot be asked, which is one already."""
    if isinstance(facts.broker, Failure):
        return
    queues, deployment = facts.broker.queues, facts.deployment
    if missing := [name for name, queue in queues.items() if isinstance(queue, Failure) and queue.code == NOT_FOUND]:
        yield bad("queues", f"{', '.join(missing)}: not there", make(deployment))
    for name, queue in queues.items():
        if name not in missing:
            yield check_queue(name, queue, managed_queue(name, facts.management), deployment)
    yield from check_comparison(facts.broker, facts.management, deployment)
    shown = {name: managed for name in queues if (managed := managed_queue(name, facts.management)) is not None}
    yield from check_members(shown)


def check_comparison(
    broker: BrokerFacts, management: ManagementFacts | Failure | None, deployment: Deployment
) -> Iterator[Finding]:
    """Whether the queues' arguments could be seen at all: by declaring them, or in the management API."""
    refused = [each for each in broker.queues.values() if isinstance(each, Queue) and is_refused(each)]
    if not deployment.migrates and refused and not has_queues(management):
        found = f"{deployment.broker_user} may not declare the queues, so that their arguments are not seen"
        yield unseen("queue arguments", found, "ask as the api, whose settings have the management API: --service api")


def is_refused(queue: Queue) -> bool:
    """Whether the user may not declare it."""
    return queue.refusal is not None and queue.refusal.code == REFUSED


def has_queues(management: ManagementFacts | Failure | None) -> bool:
    """Whether the management API shows them."""
    return isinstance(management, ManagementFacts) and not isinstance(management.queues, Failure)


def check_queue(name: str, queue: Queue | Failure, managed: ManagedQueue | None, deployment: Deployment) -> Finding:
    """The worst that can be said of one queue."""
    if isinstance(queue, Failure):
        mend = f"most of its nodes have to run: `rabbitmq-queues quorum_status {name}`; see RabbitMQ's log"
        return bad(title(name), queue.told, mend)
    faults = (
        wrong_arguments(name, queue.refusal, managed, deployment),
        unconsumed(name, queue),
        misplaced(name, queue),
        filling(name, managed, deployment),
    )
    found = f"{queue.ready:,} ready, {counted(queue.consumers, 'consumer')}"
    return next((fault for fault in faults if fault is not None), ok(title(name), found))


def title(name: str) -> str:
    """What the finding is called."""
    return f"queue {name}"


def managed_queue(name: str, management: ManagementFacts | Failure | None) -> ManagedQueue | None:
    """What the management API says of it, where that can be asked."""
    if not isinstance(management, ManagementFacts) or isinstance(management.queues, Failure):
        return None
    return management.queues.get(name)


def wrong_arguments(
    name: str, refusal: Failure | None, managed: ManagedQueue | None, deployment: Deployment
) -> Finding | None:
    """A queue that is not what the services declare."""
    if refusal is None:
        return None
    if refusal.code == OTHER_ARGUMENTS and (match := MISMATCH.search(refusal.told)):
        return other_argument(name, match["argument"], _value(match["wanted"]), _value(match["found"]), deployment)
    if refusal.code != REFUSED:
        return bad(title(name), refusal.told, remake(name, deployment))
    if deployment.migrates:
        return bad(title(name), refusal.told, permit(deployment))
    return _compared(name, managed, deployment)


def _compared(name: str, managed: ManagedQueue | None, deployment: Deployment) -> Finding | None:
    """By what the management API shows, where the user may not declare."""
    if managed is None:
        return None
    wanted = deployment.arguments[name]
    for argument in sorted(wanted.keys() | managed.arguments.keys()):
        if wanted.get(argument) != managed.arguments.get(argument):
            values = (_told(wanted.get(argument)), _told(managed.arguments.get(argument)))
            return other_argument(name, argument, *values, deployment)
    return None


def _told(value: object) -> str:
    return "none" if value is None else str(value)


def _value(told: str) -> str:
    """The value in RabbitMQ's words for one."""
    quoted = QUOTED.search(told)
    return quoted[1] if quoted else told


def other_argument(name: str, argument: str, wanted: str, found: str, deployment: Deployment) -> Finding:
    """One argument that is another; where it is a setting, that can be what the queue has."""
    told = f"has {argument} {found}, the settings say {wanted}"
    setting, units = SETTINGS.get(argument, ("", 1))
    if name == ISOLATION_QUEUE and setting == "delivery_limit":
        setting = "isolated_delivery_limit"
    if not setting or not found.isdecimal():
        return bad(title(name), told, remake(name, deployment))
    value = f"{int(found) / units:g}" if units > 1 else found
    back = f"set LOGMILL_{setting.upper()}={value} for all services, as the queue has it; or to change the queue: "
    return bad(title(name), told, back + remake(name, deployment))


def remake(name: str, deployment: Deployment) -> str:
    """How a queue gets other arguments: it has to be empty, and made anew."""
    delete = f"rabbitmqctl delete_queue --vhost {shlex.quote(deployment.vhost)} {name}"
    return f"stop the api, wait until the queue is empty, stop the rest, `{delete}`, start all again"


def check_members(managed: Mapping[str, ManagedQueue]) -> Iterator[Finding]:
    """Queues some of whose nodes are away: those that lack the same ones are told together."""
    lost: dict[tuple[int, tuple[str, ...]], list[str]] = {}
    for name, queue in managed.items():
        if away := tuple(sorted(set(queue.members) - set(queue.online))):
            lost.setdefault((len(queue.members), away), []).append(name)
    for (members, away), names in lost.items():
        online = members - len(away)
        found = f"{', '.join(names)}: {online} of {members} members are online; away: {', '.join(away)}"
        mend = "start these nodes again; one that is gone for good: `rabbitmqctl forget_cluster_node NODE`"
        yield (warn if 2 * online > members else bad)("queue members", found, mend)


def unconsumed(name: str, queue: Queue) -> Finding | None:
    """A queue that nobody empties."""
    service = CONSUMERS.get(name)
    if service is None or queue.consumers:
        return None
    start = f"`docker compose up --detach {service}`, `python -m services.{service}`, or `./justw up`"
    mend = f"start {'an' if service == 'aggregator' else 'a'} {service}: {start}; of one that runs see /health/ready"
    return bad(title(name), f"{queue.ready:,} ready, and no {service} consumes it", mend)


def misplaced(name: str, queue: Queue) -> Finding | None:
    """Messages, or consumers, where there should be none."""
    if name == RETRY_QUEUE and queue.consumers:
        mend = "end them: what they take is tried without its pause, or lost"
        return warn(title(name), f"{counted(queue.consumers, 'consumer')}, and it is for nobody", mend)
    return None


def filling(name: str, managed: ManagedQueue | None, deployment: Deployment) -> Finding | None:
    """A queue that will soon refuse what is published."""
    limit = deployment.arguments[name].get("x-max-length-bytes")
    if managed is None or managed.size_bytes is None or not isinstance(limit, int) or managed.size_bytes < FULL * limit:
        return None
    mend = "start more workers, unless PostgreSQL is what is slow (docs/operations.md, Scaling); uploads wait meanwhile"
    return warn(title(name), f"{managed.size_bytes:,} of {limit:,} bytes are taken", mend)
