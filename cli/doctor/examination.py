"""One examination: the settings are read, everything is asked at once, then judged."""

import asyncio
import logging
from collections.abc import Callable, Iterator

from cli.doctor.broker import gather_broker
from cli.doctor.checks.broker import check_broker
from cli.doctor.checks.clocks import check_clocks
from cli.doctor.checks.database import check_database
from cli.doctor.checks.management import check_management
from cli.doctor.checks.queues import check_queues
from cli.doctor.checks.services import check_services
from cli.doctor.database import gather_database
from cli.doctor.facts import Facts
from cli.doctor.findings import Finding
from cli.doctor.management import gather_management
from cli.doctor.settings import BY_SERVICE, DoctorSettings, deployment_of

CHECKS: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    check_database,
    check_broker,
    check_queues,
    check_management,
    check_services,
    check_clocks,
)


def examine(service: str) -> list[Finding]:
    """The findings on the deployment that a service's settings name; raises ConfigurationError if they are refused."""
    silence()
    settings = BY_SERVICE[service].load()
    pools = {name: each.load().pool for name, each in BY_SERVICE.items()}
    return judge(asyncio.run(gather(settings, pools)))


def judge(facts: Facts) -> list[Finding]:
    """Every finding, in the order of CHECKS."""
    return [finding for check in CHECKS for finding in check(facts)]


async def gather(settings: DoctorSettings, pools: dict[str, int]) -> Facts:
    """Asks PostgreSQL and RabbitMQ side by side; what fails is a Failure among the facts. Raises ConfigurationError."""
    deployment = deployment_of(settings, pools)
    url = settings.rabbitmq_management_url
    management = None if url is None else gather_management(url.get_secret_value(), deployment.vhost)
    database, broker, managed = await asyncio.gather(
        gather_database(settings), gather_broker(settings), management or _nothing()
    )
    return Facts(deployment, database, broker, managed)


async def _nothing() -> None:
    return None


def silence() -> None:
    """What the libraries log of a connection that fails is told as a finding."""
    logging.getLogger().addHandler(logging.NullHandler())
