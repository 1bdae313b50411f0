"""The nodes of a cluster: who leads a queue, and which of its members are there."""

import json
from dataclasses import dataclass
from typing import Any

from deploy.compose_test.engine import docker
from deploy.compose_test.failures import ComposeTestFailed, wait_for
from deploy.compose_test.form import Form
from shared.topology import EVENTS_EXCHANGE, INGEST_QUEUE, PIPELINE_QUEUES

MEMBERS_SECONDS = 300
ELECTION_SECONDS = 120
_ASK = (
    "import pathlib, sys, httpx; url = pathlib.Path('/run/secrets/rabbitmq_management_url').read_text().strip();"
    " print(httpx.get(url + sys.argv[1], timeout=30, trust_env=False).raise_for_status().text)"
)
"""The management API, as the api reaches it: at whichever node."""


@dataclass(frozen=True)
class Quorum:
    """A quorum queue as the nodes see it."""

    leader: str
    members: frozenset[str]
    online: frozenset[str]
    messages: int


def quorums(form: Form) -> dict[str, Quorum]:
    """Every quorum queue by its name; none while no node can say."""
    return {
        row["name"]: Quorum(row["leader"], frozenset(row["members"]), frozenset(row["online"]), row["messages"])
        for row in _ask(form, "/api/queues/logmill")
        if row["name"] in PIPELINE_QUEUES and {"leader", "members", "online", "messages"} <= row.keys()
    }


def await_members(form: Form) -> None:
    """Every queue has a member on every node, and all of them are online."""
    nodes = frozenset(form.nodes.values())

    def are_there() -> bool:
        found = quorums(form)
        return found.keys() == set(PIPELINE_QUEUES) and all(
            queue.members == queue.online == nodes and queue.leader in nodes for queue in found.values()
        )

    wait_for(f"queues with {len(nodes)} members each, all online", are_there, MEMBERS_SECONDS)


def kill_leader(form: Form) -> str:
    """Kills the node that leads the ingest queue; its service."""
    wait_for("an answer of RabbitMQ's", lambda: INGEST_QUEUE in quorums(form))
    leader = quorums(form)[INGEST_QUEUE].leader
    service = next(service for service, node in form.nodes.items() if node == leader)
    docker("kill", *form.project.containers(service))
    return service


def await_other_leader(form: Form, service: str) -> None:
    """Another node than this service's leads the ingest queue."""

    def is_there() -> bool:
        queue = quorums(form).get(INGEST_QUEUE)
        return queue is not None and queue.leader != form.nodes[service] and queue.leader in queue.online

    wait_for("another leader of the ingest queue", is_there, ELECTION_SECONDS)


def await_listeners(form: Form, number: int) -> None:
    """So many queues hear of progress, one for each api: they went with the node that they were on."""
    path = f"/api/exchanges/logmill/{EVENTS_EXCHANGE}/bindings/source"
    wait_for(f"{number} queues at {EVENTS_EXCHANGE}", lambda: len(_ask(form, path)) == number, ELECTION_SECONDS)


def await_empty(form: Form) -> None:
    """Nothing is left in a queue, or in a worker's hands."""

    def is_so() -> bool:
        found = quorums(form)
        return found.keys() == set(PIPELINE_QUEUES) and not any(queue.messages for queue in found.values())

    wait_for("empty queues", is_so, ELECTION_SECONDS)


def _ask(form: Form, path: str) -> list[dict[str, Any]]:
    """What any node answers; nothing where none does."""
    containers = form.project.containers("api")
    try:
        rows: list[dict[str, Any]] = json.loads(form.project.execute(containers[0], "python", "-c", _ASK, path))
    except (ComposeTestFailed, IndexError):
        return []
    return rows
