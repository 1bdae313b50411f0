"""`logmill doctor` where each service has accounts of its own, which may do what it does and nothing else."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from cli.doctor.findings import State
from deploy.local.postgres import PostgresEndpoint
from deploy.local.rabbitmq import RabbitmqEndpoint, manage
from services.migrate.__main__ import main
from services.migrate.settings import MigrateSettings
from shared.lifecycle import Stop
from tests.integration.cli.conftest import Examine, Findings, assert_mended, unwell
from tests.support.roles import OWNER, PASSWORD, Accounts, accounts

SERVICES = ("api", "worker", "aggregator")
LEAVES_MAKING = {"LOGMILL_MIGRATE_AT_START": "false"}


@pytest.fixture
def own(
    postgres: PostgresEndpoint,
    rabbitmq: RabbitmqEndpoint,
    empty: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Accounts]:
    """The accounts, once `python -m services.migrate` has run as the owner."""
    with accounts(postgres, rabbitmq, tmp_path / "secrets") as made:
        with monkeypatch.context() as owner:
            for name, value in {**made.environments[OWNER], "LOGMILL_ROLE_PREFIX": made.prefix}.items():
                owner.setenv(name, value)
            asyncio.run(main(MigrateSettings.load(), Stop()))
        yield made


def examined_as(service: str, own: Accounts, examined: Examine, **variables: str) -> Findings:
    return examined(service, **own.environments[service], **LEAVES_MAKING, **variables)


def test_each_has_what_it_needs(own: Accounts, examined: Examine) -> None:
    for service in SERVICES:
        findings = examined_as(service, own, examined)
        left_to_others = {} if service != "worker" else {"dead letters": State.unseen}
        assert unwell(findings) == left_to_others, (service, findings)
        assert PASSWORD not in str(findings)
        assert str(urlsplit(own.environments[service]["RABBITMQ_URL"]).password) not in str(findings)


def test_arguments_are_seen_in_the_management_api(own: Accounts, examined: Examine) -> None:
    """Who may not declare cannot compare by declaring."""
    finding = examined_as("worker", own, examined, LOGMILL_DELIVERY_LIMIT="7")["queue logs_ingest"]
    assert_mended(finding, State.bad, "has x-delivery-limit 20, the settings say 7", "set LOGMILL_DELIVERY_LIMIT=20")


def test_without_it_they_are_not(own: Accounts, examined: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOGMILL_RABBITMQ_MANAGEMENT_URL")
    finding = examined_as("worker", own, examined, LOGMILL_DELIVERY_LIMIT="7")["queue arguments"]
    assert_mended(finding, State.unseen, "may not declare", "--service api")


def test_another_service_s_account(own: Accounts, examined: Examine) -> None:
    for other, service in zip(SERVICES, SERVICES[1:] + SERVICES[:1], strict=True):
        findings = examined(service, **own.environments[other], **LEAVES_MAKING)
        assert_mended(findings["privileges"], State.bad, f"{own.prefix}{other} lacks ", "python -m services.migrate")
        assert_mended(findings["permissions"], State.bad, "ACCESS_REFUSED", "rabbitmqctl set_permissions")


def test_a_service_that_makes_tables_and_queues_has_to_be_allowed_to(own: Accounts, examined: Examine) -> None:
    findings = examined("worker", **own.environments["worker"])
    assert_mended(findings["queue logs_ingest"], State.bad, "ACCESS_REFUSED", "rabbitmqctl set_permissions")
    assert_mended(findings["exchanges"], State.bad, "ACCESS_REFUSED", "rabbitmqctl set_permissions")


TAKEN: tuple[tuple[str, dict[str, str], str], ...] = (
    ("aggregator", {"write": "^amq[.]default$"}, "access to exchange 'logmill.events'"),
    ("aggregator", {"read": "^$"}, "access to queue 'logs_ingest.dlq'"),
    ("worker", {"read": "^logs_ingest$"}, "access to queue 'logs_ingest.bulk'"),
    ("worker", {"write": "^amq[.]default$"}, "access to exchange 'logs_ingest.dlx'"),
    ("api", {"write": "^(logmill[.]events|amq_.*)$"}, "access to exchange 'amq.default'"),
    ("api", {"read": "^amq_.*$"}, "access to exchange 'logmill.events'"),
    ("api", {"configure": "^$"}, "access to queue 'amq_logmill_doctor'"),
)
"""What a service's user loses, and what the doctor finds then. In one test: the accounts take long to make."""


def test_a_permission_that_was_taken(own: Accounts, rabbitmq: RabbitmqEndpoint, examined: Examine) -> None:
    for service, taken, found in TAKEN:
        parts = urlsplit(own.environments[service]["RABBITMQ_URL"])
        path = f"/api/permissions/{quote(parts.path[1:], safe='')}/{parts.username}"
        rights = {name: manage(rabbitmq, "GET", path).json()[name] for name in ("configure", "write", "read")}
        manage(rabbitmq, "PUT", path, {**rights, **taken})
        finding = examined_as(service, own, examined)["permissions"]
        assert_mended(finding, State.bad, found, f" {parts.username} CONFIGURE WRITE READ")
        manage(rabbitmq, "PUT", path, rights)
