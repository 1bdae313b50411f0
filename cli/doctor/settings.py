"""The settings that the services read, as far as the doctor needs them: the same files, the same variables."""

from collections.abc import Iterable
from typing import ClassVar
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from cli.doctor.facts import Deployment
from shared.database import migrations
from shared.errors import ConfigurationError
from shared.settings import Settings, plain_name
from shared.topology import queue_arguments
from shared.versions import own_version

DEFAULT_PORTS = {"amqp": 5672, "amqps": 5671}
AGGREGATOR_POOL = 8
OUT_OF_PLACE = "has an @ after its host: in a password write / as %2F, ? as %3F and # as %23"


class DoctorSettings(Settings):
    """What every service reads; keys that only one of them knows are left to it."""

    model_config = SettingsConfigDict(extra="ignore")

    rabbitmq_management_url: SecretStr | None = Field(None, description="base URL of RabbitMQ's management API")

    @property
    def pool(self) -> int:
        """Connections to PostgreSQL that one process may hold."""
        return AGGREGATOR_POOL


class ApiSettings(DoctorSettings):
    """The api's."""

    service: ClassVar[str] = "api"

    database_pool_connections: int = Field(10, ge=1, description="most connections to PostgreSQL at once")

    @property
    def pool(self) -> int:
        """As the setting says."""
        return self.database_pool_connections


class WorkerSettings(DoctorSettings):
    """A worker's."""

    service: ClassVar[str] = "worker"

    worker_concurrency: int = Field(
        2, ge=1, validation_alias=plain_name("worker_concurrency"), description="batches worked on at once"
    )

    @property
    def pool(self) -> int:
        """One for each batch, and one more."""
        return self.worker_concurrency + 1


class AggregatorSettings(DoctorSettings):
    """The aggregator's."""

    service: ClassVar[str] = "aggregator"


BY_SERVICE: dict[str, type[DoctorSettings]] = {
    each.service: each for each in (ApiSettings, WorkerSettings, AggregatorSettings)
}


def deployment_of(settings: DoctorSettings, pools: dict[str, int]) -> Deployment:
    """What of the settings may be shown. Raises ConfigurationError where a URL has its password out of place."""
    broker = address("rabbitmq_url", settings.rabbitmq_url)
    url = settings.rabbitmq_management_url
    return Deployment(
        service=settings.service,
        version=own_version(),
        psql_host=settings.psql_addr,
        psql_port=settings.psql_port,
        psql_db=settings.psql_db,
        psql_user=settings.psql_user,
        broker_host=broker.hostname or "",
        broker_port=broker.port or DEFAULT_PORTS[broker.scheme],
        vhost=unquote(broker.path.removeprefix("/")) or "/",
        broker_user=unquote(broker.username or "guest"),
        management=None if url is None else without_login(address("rabbitmq_management_url", url)),
        migrates=settings.migrate_at_start,
        migrations={number: name for number, name, _ in migrations()},
        arguments=queue_arguments(settings),
        pools=pools,
    )


def address(key: str, url: SecretStr) -> SplitResult:
    """The parts of a URL; raises ConfigurationError where it is none, or a part of its password is out of place."""
    try:
        parts = urlsplit(url.get_secret_value())
        valid = bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid:
        raise ConfigurationError(f"{key} is no URL with a host")
    if "@" in parts.path + parts.query + parts.fragment:
        raise ConfigurationError(f"{key} {OUT_OF_PLACE}")
    return parts


def without_login(parts: SplitResult) -> str:
    """A URL that may be shown."""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def secrets_of(settings: DoctorSettings) -> frozenset[str]:
    """All passwords, as they are written and as they are meant; but those that are also a user's name."""
    urls = [
        urlsplit(url.get_secret_value()) for url in (settings.rabbitmq_url, settings.rabbitmq_management_url) if url
    ]
    passwords = {settings.psql_pass.get_secret_value(), *(url.password or "" for url in urls)}
    users = {settings.psql_user, *(unquote(url.username or "") for url in urls)}
    return frozenset(passwords | {unquote(each) for each in passwords}) - users - {""}


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text without any of the secrets, should a server have repeated one."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
