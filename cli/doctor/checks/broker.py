"""What is wrong with RabbitMQ's login, version and rights, and what mends it."""

import re
import shlex
from collections.abc import Iterator, Mapping

from cli.doctor.facts import (
    LOGIN,
    NOT_FOUND,
    REFUSED,
    TIMED_OUT,
    UNREACHABLE,
    VHOST,
    BrokerFacts,
    Deployment,
    Facts,
    Failure,
)
from cli.doctor.findings import Finding, bad, listed, ok, unseen

LEAST_VERSION = (3, 10)
ALARM = "is a memory or disk alarm on? `rabbitmq-diagnostics alarms`"


def check_broker(facts: Facts) -> Iterator[Finding]:
    """Login, version, rights; where nobody can log in, that alone."""
    deployment, found = facts.deployment, facts.broker
    if isinstance(found, Failure):
        yield bad("broker", f"{place(deployment)}: {found.told}", how_to_connect(found, deployment))
        return
    yield check_version(found.version, deployment)
    yield check_exchanges(found.exchanges, deployment)
    yield check_rights(found, deployment)


def place(deployment: Deployment) -> str:
    """Which virtual host, and as whom."""
    where = f"{deployment.broker_host}:{deployment.broker_port}"
    return f"RabbitMQ at {where}, virtual host {deployment.vhost} as {deployment.broker_user}"


def how_to_connect(failure: Failure, deployment: Deployment) -> str:
    """What to do about a connection that RabbitMQ, or the network, refuses."""
    user, vhost = shlex.quote(deployment.broker_user), shlex.quote(deployment.vhost)
    mends = {
        UNREACHABLE: "start it, or set RABBITMQ_URL to where it is; on its machine: `rabbitmq-diagnostics ping`",
        TIMED_OUT: "see whether it runs (`rabbitmq-diagnostics ping`), and whether a firewall is in the way",
        LOGIN: f"set RABBITMQ_URL (or RABBITMQ_URL_FILE) to that user's password, or give it another:"
        f" `rabbitmqctl change_password {user}`",
        VHOST: f"`rabbitmqctl add_vhost {vhost}`, then {permit(deployment)}",
    }
    return mends.get(failure.code, "see RabbitMQ's log")


def make(deployment: Deployment) -> str:
    """How queues and exchanges that are not there come about."""
    if deployment.migrates:
        return "start the services again: each makes what is missing (or run `python -m services.migrate`)"
    return "run `python -m services.migrate` (in containers: the service `migrate`)"


def permit(deployment: Deployment) -> str:
    """The command that lets the user touch what is logmill's."""
    user, vhost = shlex.quote(deployment.broker_user), shlex.quote(deployment.vhost)
    command = f"`rabbitmqctl set_permissions -p {vhost} {user} CONFIGURE WRITE READ`"
    return f"{command} with the patterns of deploy/rabbitmq/definitions.json"


def check_version(version: str, deployment: Deployment) -> Finding:
    """Whether it is one that logmill runs on."""
    numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
    if not numbers:
        return unseen("broker", f"{place(deployment)}, does not tell its version", "see that it is 3.10 or later")
    if numbers < LEAST_VERSION:
        return bad("broker", f"RabbitMQ {version} is older than 3.10", "upgrade RabbitMQ to 3.10 or later")
    return ok("broker", f"{place(deployment)}, version {version}")


def check_exchanges(exchanges: Mapping[str, Failure | None], deployment: Deployment) -> Finding:
    """Whether they are there, and of the right kind."""
    vhost = shlex.quote(deployment.vhost)
    for name, failure in exchanges.items():
        if failure is None or (failure.code == REFUSED and not deployment.migrates):
            continue
        if failure.code == NOT_FOUND:
            return bad("exchanges", f"{name} is not there", make(deployment))
        if failure.code == REFUSED:
            return bad("exchanges", failure.told, permit(deployment))
        if failure.code == TIMED_OUT:
            return bad(
                "exchanges", f"{name}: {failure.told}", "see RabbitMQ's log; restart the node that does not answer"
            )
        mend = f"stop the services, `rabbitmqadmin --vhost {vhost} delete exchange name={name}`, and start them again"
        return bad("exchanges", failure.told, mend)
    return ok("exchanges", f"{listed(exchanges)}: as declared")


def check_rights(found: BrokerFacts, deployment: Deployment) -> Finding:
    """Whether the user may consume and publish what its service has to."""
    answers = {**found.reads, **found.writes}
    failures = [failure for failure in answers.values() if failure is not None and failure.code != NOT_FOUND]
    if refused := [failure.told for failure in failures if failure.code == REFUSED]:
        return bad("permissions", "; ".join(refused), permit(deployment))
    if any(failure is not None and failure.code == TIMED_OUT for failure in found.writes.values()):
        return bad("permissions", "RabbitMQ does not confirm what is published", ALARM)
    if failures:
        return bad("permissions", failures[0].told, "see RabbitMQ's log")
    return ok(
        "permissions", f"{deployment.broker_user} may consume and publish all that the {deployment.service} has to"
    )
