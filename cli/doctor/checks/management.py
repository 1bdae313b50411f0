"""What RabbitMQ's management API shows to be wrong: nodes, alarms, routes."""

from collections.abc import Iterator

from cli.doctor.checks.broker import make
from cli.doctor.facts import UNREACHABLE, Deployment, Facts, Failure, ManagementFacts, Node, Queue
from cli.doctor.findings import Finding, bad, ok, unseen, warn
from shared.topology import DEAD_LETTER_EXCHANGE, DEAD_LETTER_QUEUE

MANAGEMENT = "LOGMILL_RABBITMQ_MANAGEMENT_URL"
LOW = 3
"""Times the limit that should be free on the disk, as the alert RabbitmqDiskLow has it."""
HIDDEN = "alarms, disk space, nodes, clock, and what leads to the dead-letter queue"


def check_management(facts: Facts) -> Iterator[Finding]:
    """All of it; where it cannot be asked, that alone, which is no fault if the settings do not name it."""
    found, deployment = facts.management, facts.deployment
    if isinstance(facts.broker, Failure) and isinstance(found, Failure):
        return
    if found is None:
        yield unseen("management", f"{MANAGEMENT} is not set: {HIDDEN} are not seen", f"set {MANAGEMENT}")
    elif isinstance(found, Failure):
        yield bad("management", f"{deployment.management}: {found.told}", how_to_ask(found))
    else:
        yield check_nodes(found)
        if not isinstance(facts.broker, Failure) and isinstance(facts.broker.queues[DEAD_LETTER_QUEUE], Queue):
            yield check_route(found, deployment)


def how_to_ask(failure: Failure) -> str:
    """What to do about a management API that does not answer."""
    if failure.code in ("401", "403"):
        return f"set {MANAGEMENT} to a user's login that may look: `rabbitmqctl set_user_tags USER monitoring`"
    if failure.code == UNREACHABLE:
        return f"`rabbitmq-plugins enable rabbitmq_management`, or set {MANAGEMENT} to where it is"
    return "see RabbitMQ's log"


def check_nodes(found: ManagementFacts) -> Finding:
    """The worst that can be said of any node."""
    if isinstance(found.nodes, Failure):
        mend = f"the user of {MANAGEMENT} has to be tagged: `rabbitmqctl set_user_tags USER monitoring`"
        return unseen("nodes", f"nodes and alarms are not told: {found.nodes.told}", mend)
    faults = [fault for node in found.nodes if (fault := check_node(node)) is not None]
    faults.sort(key=lambda fault: fault.state)  # bad before warn
    names = ", ".join(node.name for node in found.nodes)
    return faults[0] if faults else ok("nodes", f"{names}: no alarm")


def check_node(node: Node) -> Finding | None:
    """What keeps one node from its work; None where nothing does."""
    free, limit = node.disk_free_bytes, node.disk_limit_bytes
    if not node.is_running:
        return bad("nodes", f"{node.name} is down", "start it again with its data; see its log")
    if node.has_memory_alarm:
        mend = "`rabbitmq-diagnostics memory_breakdown`; give it more memory, or empty the queues (RabbitmqMemoryAlarm)"
        return bad("nodes", f"{node.name} has a memory alarm: nothing can be published", mend)
    if node.has_disk_alarm:
        mend = "free disk space, or add some; uploads go on by themselves (RabbitmqDiskAlarm in docs/operations.md)"
        return bad("nodes", f"{node.name} has a disk alarm: nothing can be published", mend)
    if node.cut_off:
        mend = "mend the network between them, then restart the smaller part: `rabbitmqctl cluster_status`"
        return bad("nodes", f"{node.name} does not see {', '.join(node.cut_off)}", mend)
    # Less than the limit without an alarm is what a node says that has not measured yet.
    if free is not None and limit is not None and limit <= free < LOW * limit:
        told = f"{node.name} has {free / 1e9:.1f} GB of disk left, and an alarm at {limit / 1e9:.1f} GB"
        return warn("nodes", told, "add disk space, or lower max_queue_bytes (RabbitmqDiskLow in docs/operations.md)")
    return None


def check_route(found: ManagementFacts, deployment: Deployment) -> Finding:
    """Whether dead letters get where the aggregator takes them."""
    if isinstance(found.dead_letter_routes, Failure):
        return unseen("dead-letter route", found.dead_letter_routes.told, "see RabbitMQ's log")
    if not found.dead_letter_routes:
        told = f"{DEAD_LETTER_EXCHANGE} does not lead to {DEAD_LETTER_QUEUE}: dead letters stay where they are"
        return bad("dead-letter route", told, make(deployment))
    return ok("dead-letter route", f"{DEAD_LETTER_EXCHANGE} leads to {DEAD_LETTER_QUEUE}")
