"""Which services are seen at the servers, whether they are of this version, and connections for all of them."""

import re
from collections.abc import Iterator, Mapping

from cli.doctor.facts import DatabaseFacts, Deployment, Facts, Failure, Limits, ManagementFacts
from cli.doctor.findings import Finding, bad, ok, unseen, warn

SERVICES = ("api", "worker", "aggregator")
APPLICATION = re.compile(rf"logmill-(?P<service>{'|'.join(SERVICES)})(?:/(?P<version>\S+))?$")
"""What a service calls itself at PostgreSQL."""
CONNECTION = re.compile(rf"logmill-(?P<service>{'|'.join(SERVICES)})-")
"""What it calls its connections to RabbitMQ, before their purpose."""
EARLIER = "an earlier version"
START_API = "start one: `docker compose up --detach api`, `python -m services.api`, or `./justw up`"


def check_services(facts: Facts) -> Iterator[Finding]:
    """Who runs, as far as that is seen. Missing workers and aggregators are told of their queues."""
    sessions = facts.database.sessions if isinstance(facts.database, DatabaseFacts) else {}
    versions = {} if isinstance(sessions, Failure) else versions_of(sessions)
    processes = processes_of(facts.management)
    if versions or processes:
        yield check_versions(versions, facts.deployment)
    if processes is not None or isinstance(facts.database, DatabaseFacts):
        yield from check_api("api" in versions, processes)
    if processes and isinstance(facts.database, DatabaseFacts) and isinstance(facts.database.limits, Limits):
        yield check_pools(processes, facts.database.limits, facts.deployment)


def versions_of(sessions: Mapping[str, int]) -> dict[str, set[str]]:
    """The versions of each service that is connected to PostgreSQL.

    >>> versions_of({"logmill-api/1.2": 3, "logmill-worker": 1, "psql": 1})
    {'api': {'1.2'}, 'worker': {'an earlier version'}}
    """
    found: dict[str, set[str]] = {}
    for name in sessions:
        if match := APPLICATION.match(name):
            found.setdefault(match["service"], set()).add(match["version"] or EARLIER)
    return found


def processes_of(management: ManagementFacts | Failure | None) -> dict[str, int] | None:
    """How many processes of each service are connected to RabbitMQ, once for each purpose; None where unseen."""
    if not isinstance(management, ManagementFacts) or isinstance(management.connections, Failure):
        return None
    found: dict[str, int] = {}
    for name, count in management.connections.items():
        if match := CONNECTION.match(name):
            found[match["service"]] = max(found.get(match["service"], 0), count)
    return found


def check_versions(versions: Mapping[str, set[str]], deployment: Deployment) -> Finding:
    """Whether all that run are what this is."""
    others = [
        f"{service} {version}"
        for service in SERVICES
        for version in sorted(versions.get(service, set()))
        if version != deployment.version
    ]
    if others:
        mend = "bring all to one version (docs/operations.md, Upgrading); in the middle of an upgrade that is in order"
        return warn("versions", f"this is {deployment.version}; there is also {', '.join(others)}", mend)
    seen = ", ".join(service for service in SERVICES if service in versions) or "none that is connected to PostgreSQL"
    return ok("versions", f"{deployment.version}: {seen}")


def check_api(has_session: bool, processes: Mapping[str, int] | None) -> Iterator[Finding]:
    """Whether there is one.

    RabbitMQ shows a connection some seconds after it was made; one to PostgreSQL may be closed while nothing is asked.
    """
    if processes is None and not has_session:
        yield unseen("api", "no api is connected to PostgreSQL just now", f"ask it: /health/ready; else {START_API}")
    elif processes is not None and not processes.get("api"):
        if has_session:
            mend = "if it was just started, ask again in some seconds; else see its /health/ready"
            yield unseen("api", "one is connected to PostgreSQL, and RabbitMQ does not show it", mend)
        else:
            yield bad("api", "no api is connected to RabbitMQ", START_API)


def check_pools(processes: Mapping[str, int], limits: Limits, deployment: Deployment) -> Finding:
    """Whether PostgreSQL has a connection for each that may be wanted at once."""
    parts = [f"{processes[name]} {name} with {deployment.pools[name]}" for name in SERVICES if processes.get(name)]
    wanted = sum(count * deployment.pools[name] for name, count in processes.items())
    told = f"{', '.join(parts)} connections each: {wanted} of {limits.most} that PostgreSQL has"
    if wanted > limits.most:
        mend = "raise max_connections, or lower database_pool_connections (api) and worker_concurrency (worker)"
        return warn("pools", told, mend)
    return ok("pools", told)
