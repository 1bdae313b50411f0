"""The compose files: what is open to whom, with which rights, and that their parts fit together."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.settings import Settings
from tests.support.suite import ROOT

DEVELOPMENT = ROOT / "docker-compose.dev.yml"
PRODUCTION = ROOT / "deploy/docker-compose.yml"
DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")
IMAGE = re.compile(r"(?:[a-z0-9-]+/)?[a-z0-9-]+:[\w.-]+")
SECRET = re.compile(r"PASS|SECRET|_URL|KEY|TOKEN")


def read(file: Path) -> dict[str, Any]:
    """A compose file with its variables at their defaults."""
    content: dict[str, Any] = yaml.safe_load(DEFAULT.sub(r"\1", file.read_text("utf-8")))
    return content


FILES = {file: read(file) for file in (DEVELOPMENT, PRODUCTION)}
HARDENED = FILES[PRODUCTION]["services"]
SERVICES = [
    pytest.param(file, name, service, id=f"{file.name}-{name}")
    for file, content in FILES.items()
    for name, service in content["services"].items()
]


def make_secrets(folder: Path) -> dict[str, str]:
    """What `deploy/make-secrets` has in the folder after it ran."""
    subprocess.run([ROOT / "deploy/make-secrets", folder], check=True, capture_output=True)
    return {file.name: file.read_text("utf-8") for file in folder.iterdir()}


@pytest.mark.parametrize(("file", "name", "service"), SERVICES)
def test_an_image_is_named_without_a_registry_and_with_its_version(
    file: Path, name: str, service: dict[str, Any]
) -> None:
    assert IMAGE.fullmatch(service["image"])
    assert "build" in service or not service["image"].endswith(":latest")


@pytest.mark.parametrize(("file", "name", "service"), SERVICES)
def test_what_is_mounted_is_there(file: Path, name: str, service: dict[str, Any]) -> None:
    sources = [volume.split(":")[0] for volume in service.get("volumes", ())]
    folders = [source for source in sources if source.startswith(".")]
    assert [source for source in folders if not (file.parent / source).exists()] == []
    assert {source for source in sources if source not in folders} <= FILES[file]["volumes"].keys()


@pytest.mark.parametrize(("file", "name", "service"), SERVICES)
def test_only_the_proxy_is_open_to_others(file: Path, name: str, service: dict[str, Any]) -> None:
    opened = [port for port in service.get("ports", ()) if not port.startswith("127.0.0.1:")]
    assert not opened or name == "proxy"


@pytest.mark.parametrize("file", FILES)
def test_workers_can_be_scaled(file: Path) -> None:
    worker = FILES[file]["services"]["worker"]
    assert not {"container_name", "hostname", "ports"} & worker.keys()


@pytest.mark.parametrize("file", FILES)
def test_prometheus_finds_the_services_by_their_names(file: Path) -> None:
    jobs = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))["scrape_configs"]
    names = {name for job in jobs for found in job.get("dns_sd_configs", ()) for name in found["names"]}
    assert names <= FILES[file]["services"].keys()


@pytest.mark.parametrize("file", FILES)
def test_grafana_finds_what_it_is_provisioned_with(file: Path) -> None:
    grafana = FILES[file]["services"]["grafana"]
    mounted = dict(volume.split(":")[:2][::-1] for volume in grafana["volumes"])
    provisioning = (file.parent / mounted["/etc/grafana/provisioning"]).resolve()
    provider = yaml.safe_load((provisioning / "dashboards/dashboards.yml").read_text("utf-8"))["providers"][0]
    assert provider["options"]["path"] in mounted
    sources = (provisioning / "datasources/datasources.yml").read_text("utf-8")
    paths = set(re.findall(r"\$__file\{([^}]+)\}", sources))
    assert paths == {"/run/secrets/grafana_postgres_password"}


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", ["api", "worker", "aggregator"])
def test_a_service_has_time_to_stop(file: Path, name: str) -> None:
    seconds = int(FILES[file]["services"][name]["stop_grace_period"].removesuffix("s"))
    assert seconds > Settings.model_fields["stop_deadline_seconds"].get_default()


@pytest.mark.parametrize("name", HARDENED)
def test_a_container_can_do_no_more_than_it_has_to(name: str) -> None:
    service = HARDENED[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert set(service.get("cap_add", ())) <= ({"NET_BIND_SERVICE"} if name == "proxy" else set())
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert not [volume for volume in service.get("volumes", ()) if "docker.sock" in volume]


@pytest.mark.parametrize("name", HARDENED)
def test_a_container_has_limits_and_is_started_again(name: str) -> None:
    service = HARDENED[name]
    assert {"memory", "pids"} <= service["deploy"]["resources"]["limits"].keys()
    assert service["restart"] in ("unless-stopped", "on-failure")
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@pytest.mark.parametrize("name", HARDENED)
def test_secrets_come_from_files(name: str) -> None:
    told = HARDENED[name].get("environment", {})
    assert [variable for variable in told if SECRET.search(variable) and not variable.endswith("_FILE")] == []
    given = HARDENED[name].get("secrets", ())
    names = {each if isinstance(each, str) else each["source"] for each in given}
    assert names <= FILES[PRODUCTION]["secrets"].keys()
    files = [value for variable, value in told.items() if variable.endswith("_FILE")]
    assert {Path(file).name for file in files} <= names


def test_servers_and_workers_reach_nothing_outside() -> None:
    networks = FILES[PRODUCTION]["networks"]
    assert networks["backend"]["internal"] is True
    for name in ("postgres", "rabbitmq", "worker", "aggregator"):
        assert HARDENED[name]["networks"] == ["backend"]


def test_the_api_believes_the_proxys_network_alone() -> None:
    edge = FILES[PRODUCTION]["networks"]["edge"]["ipam"]["config"][0]["subnet"]
    assert HARDENED["api"]["environment"]["LOGMILL_TRUSTED_PROXIES"] == edge


def test_production_says_that_it_is() -> None:
    for name in ("api", "worker", "aggregator"):
        assert HARDENED[name]["environment"]["LOGMILL_ENVIRONMENT"] == "production"
    assert HARDENED["api"]["environment"]["LOGMILL_COOKIE_SECURE"] == "true"


def test_every_secret_is_made_and_every_one_that_is_made_is_used(tmp_path: Path) -> None:
    made = make_secrets(tmp_path / "secrets")
    wanted = {Path(secret["file"]).name for secret in FILES[PRODUCTION]["secrets"].values()}
    assert made.keys() == wanted
    assert all(value.strip() for value in made.values())
    assert len({value for name, value in made.items() if not name.startswith("rabbitmq")}) == len(made) - 3


def test_secrets_are_made_once_and_the_missing_ones_again(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    first = make_secrets(folder)
    (folder / "rabbitmq_user.conf").unlink()
    (folder / "jwt_secret").unlink()
    second = make_secrets(folder)
    assert second.pop("jwt_secret") != first.pop("jwt_secret")
    assert second == first
    password = re.search(r"default_pass = (\w+)", second["rabbitmq_user.conf"])
    assert password
    assert second["rabbitmq_url"].strip() == f"amqp://logmill:{password[1]}@rabbitmq:5672/logmill"


def test_the_folder_of_secrets_is_its_owners_alone(tmp_path: Path) -> None:
    make_secrets(tmp_path / "secrets")
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    ignored = (ROOT / ".gitignore").read_text("utf-8").split()
    assert "deploy/secrets/" in ignored


def test_the_image_runs_as_nobody_in_particular_and_ends_with_what_is_for_use() -> None:
    lines = (ROOT / "deploy/Dockerfile").read_text("utf-8").splitlines()
    stages = [line.split() for line in lines if line.startswith("FROM ")]
    assert stages[-1] == ["FROM", "base", "AS", "runtime"]
    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001:10001"]
    bases = {stage[1] for stage in stages} - {stage[3] for stage in stages}
    assert all(IMAGE.fullmatch(base) for base in bases)
