"""What is done to a suite at work, and to its servers, and what must hold then."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from deploy.compose_test import cluster
from deploy.compose_test.account import Account
from deploy.compose_test.engine import docker
from deploy.compose_test.failures import require, wait_for
from deploy.compose_test.form import WORKERS
from deploy.compose_test.suite import START_SECONDS, Suite
from deploy.compose_test.workers import have_all_worked

GoOn = Callable[[], None]
"""Lets an upload that pauses be sent at full speed."""


@dataclass(frozen=True)
class Trials:
    """Half-way through the load; to the servers while little is done; while an upload waits in the queue."""

    half_way: Callable[[Suite, GoOn], None]
    to_servers: Callable[[Suite, Account], None]
    while_queued: Callable[[Suite], None]


def replace_worker(suite: Suite, go_on: GoOn) -> None:
    """Kills a worker and adds one, which then has to take part."""
    first = suite.project.containers("worker")
    docker("rm", "--force", first[0])
    suite.project.up("worker", workers=WORKERS)
    wait_for("a new worker that is ready", partial(suite.are_healthy, "worker"), START_SECONDS)
    suite.say("one worker was killed, and one added")
    go_on()
    workers = suite.project.containers("worker")
    require(len(set(workers) - set(first)) == 1, "not one worker was added")
    wait_for("lines committed by the new worker too", lambda: have_all_worked(suite.project, workers), START_SECONDS)


def restart_servers(suite: Suite, account: Account) -> None:
    """The services outlive their servers: none is started anew."""
    before = suite.started()
    suite.project.compose("restart", "postgres", *suite.form.nodes)
    suite.await_ready()
    suite.store_few(account, seed=2)
    require(suite.started() == before, "a service ended while its servers were away")
    suite.say("restarted postgres and rabbitmq: no service ended, and the next upload is stored")


def leave_queued(suite: Suite) -> None:
    """Nothing is done to what waits."""


def lose_leader(suite: Suite, go_on: GoOn) -> None:
    """Kills the node that leads the ingest queue; the rest comes at full speed, and the node before it is through."""
    before, committed = suite.started(), sum(suite.committed().values())
    lost = cluster.kill_leader(suite.form)
    go_on()
    cluster.await_other_leader(suite.form, lost)
    suite.say(f"killed {lost}, which led the ingest queue: another node leads it")
    wait_for("lines committed without it", lambda: sum(suite.committed().values()) > committed, 120)
    cluster.await_listeners(suite.form, number=1)
    suite.project.up(lost)
    cluster.await_members(suite.form)
    require(suite.started() == before, "a service ended while a node was away")
    suite.say(f"{lost} is back: every queue has {len(suite.form.nodes)} members online, and no service ended")


def restart_nodes(suite: Suite, account: Account) -> None:
    """One after the other, as a new version of RabbitMQ is brought in; what is sent meanwhile is stored."""
    before = suite.started()
    cluster.await_empty(suite.form)
    for seed, node in enumerate(suite.form.nodes, start=10):
        container = suite.project.containers(node)[0]
        suite.project.execute(container, "rabbitmq-upgrade", "--timeout=120", "await_online_quorum_plus_one")
        suite.project.execute(container, "rabbitmq-upgrade", "drain")
        suite.project.compose("stop", node)
        suite.store_few(account, seed)
        suite.project.up(node)
        cluster.await_members(suite.form)
        suite.say(f"{node} was drained, stopped and started; an upload was stored meanwhile")
    require(suite.started() == before, "a service ended while nodes were restarted")


def lose_leader_of_queued(suite: Suite) -> None:
    """Kills the node that leads a queue in which something waits, and leaves it away."""
    lost = cluster.kill_leader(suite.form)
    cluster.await_other_leader(suite.form, lost)
    suite.say(f"killed {lost}, which led a queue with an upload in it: another node leads it")


ONE_OF_EACH = Trials(replace_worker, restart_servers, leave_queued)
OF_A_CLUSTER = Trials(lose_leader, restart_nodes, lose_leader_of_queued)
