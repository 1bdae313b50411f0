"""The compose files: what is open to whom, with which rights, and that their parts fit together."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.privileges import roles
from shared.settings import Settings
from tests.support.suite import ROOT

DEVELOPMENT = ROOT / "docker-compose.dev.yml"
PRODUCTION = ROOT / "deploy/docker-compose.yml"
DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")
IMAGE = re.compile(r"(?:[a-z0-9-]+/)?[a-z0-9-]+:[\w.-]+")
SECRET = re.compile(r"PASS|SECRET|_URL|KEY|TOKEN")
ADDRESSES = {"LOGMILL_CANARY_URL"}
"""Those that hold no password."""


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


def secrets_of(name: str) -> dict[str, str]:
    """The secrets that a container of production sees, by the names of its files below /run/secrets."""
    given = [{"source": each} if isinstance(each, str) else each for each in HARDENED[name].get("secrets", ())]
    return {each.get("target", each["source"]): each["source"] for each in given}


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
    named = {variable for variable in told if SECRET.search(variable) and not variable.endswith("_FILE")}
    assert named <= ADDRESSES
    given = secrets_of(name)
    assert set(given.values()) <= FILES[PRODUCTION]["secrets"].keys()
    files = [value for variable, value in told.items() if variable.endswith("_FILE")]
    assert {Path(file).name for file in files} <= given.keys()


def test_servers_and_workers_reach_nothing_outside() -> None:
    networks = FILES[PRODUCTION]["networks"]
    assert networks["backend"]["internal"] is True
    for name in ("postgres", "rabbitmq", "worker", "aggregator"):
        assert HARDENED[name]["networks"] == ["backend"]


def test_the_api_believes_the_proxys_network_alone() -> None:
    edge = FILES[PRODUCTION]["networks"]["edge"]["ipam"]["config"][0]["subnet"]
    assert HARDENED["api"]["environment"]["LOGMILL_TRUSTED_PROXIES"] == edge


@pytest.mark.parametrize(("name", "role"), roles().items())
def test_a_service_has_accounts_of_its_own_and_migrates_nothing(name: str, role: str) -> None:
    told, given = HARDENED[name]["environment"], secrets_of(name)
    assert (told["PSQL_USER"], told["LOGMILL_MIGRATE_AT_START"]) == (role, "false")
    assert (given.pop("psql_pass"), given.pop("rabbitmq_url")) == (f"{name}_psql_pass", f"{name}_rabbitmq_url")
    assert not {secret for secret in given.values() if not secret.startswith(name) and secret != "jwt_secret"}
    assert HARDENED[name]["depends_on"] == {"migrate": {"condition": "service_started"}}


def test_only_migrations_have_the_owners_accounts() -> None:
    told = HARDENED["migrate"]["environment"]
    assert (told["PSQL_USER"], told["LOGMILL_ROLES_REQUIRED"]) == ("logmill", "true")
    assert HARDENED["migrate"]["restart"] == "on-failure"
    holders = {name for name in HARDENED if {"psql_pass", "rabbitmq_url"} & set(secrets_of(name).values())}
    assert holders == {"migrate", "postgres"}


def test_the_servers_get_an_account_for_each_service(tmp_path: Path) -> None:
    """In RabbitMQ with the password of its URL, in PostgreSQL with that of its file."""
    made = make_secrets(tmp_path / "secrets")
    definitions = json.loads(made["rabbitmq_definitions.json"])
    known = {user["name"]: user["password"] for user in definitions["users"]}
    assert known.keys() == {*roles().values(), "logmill"}
    assert {user["name"] for user in definitions["users"] if user["tags"]} == {"logmill_api"}
    assert [each["user"] for each in definitions["permissions"]] == [user["name"] for user in definitions["users"]]
    files = {role: f"{name}_rabbitmq_url" for name, role in roles().items()} | {"logmill": "rabbitmq_url"}
    for role, file in files.items():
        assert made[file].strip() == f"amqp://{role}:{known[role]}@rabbitmq:5672/logmill"
    api = known["logmill_api"]
    assert made["api_rabbitmq_management_url"].strip() == f"http://logmill_api:{api}@rabbitmq:15672"
    script = (ROOT / "deploy/postgres/roles.sql").read_text("utf-8")
    assert set(re.findall(r"ALTER ROLE (\w+) LOGIN PASSWORD", script)) == known.keys()
    assert set(re.findall(r"/run/secrets/(\w+)", script)) <= secrets_of("postgres").keys()


def test_production_says_that_it_is() -> None:
    for name in ("api", "worker", "aggregator"):
        assert HARDENED[name]["environment"]["LOGMILL_ENVIRONMENT"] == "production"
    assert HARDENED["api"]["environment"]["LOGMILL_COOKIE_SECURE"] == "true"


def test_every_secret_is_made_and_every_one_that_is_made_is_used(tmp_path: Path) -> None:
    made = make_secrets(tmp_path / "secrets")
    files = (PRODUCTION, ROOT / "deploy/cluster/docker-compose.yml")
    wanted = {name for file in files for name in re.findall(r"/secrets\}/([\w.]+)\"", file.read_text("utf-8"))}
    assert made.keys() == wanted
    assert all(value.strip() for value in made.values())
    assert len(set(made.values())) == len(made)


def test_secrets_are_made_once_and_the_missing_ones_again(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    first = make_secrets(folder)
    (folder / "rabbitmq_definitions.json").unlink()
    (folder / "jwt_secret").unlink()
    second = make_secrets(folder)
    assert second.pop("jwt_secret") != first.pop("jwt_secret")
    assert second == first


@pytest.mark.parametrize("passwords", [('a"b',), ("a&b",), ("a%2Fb",), ("",), ("one", "two")])
def test_a_url_that_cannot_be_told_in_another_way_is_refused(tmp_path: Path, passwords: tuple[str, ...]) -> None:
    """And nothing of what was told before is spoilt."""
    folder = tmp_path / "secrets"
    told = make_secrets(folder)["rabbitmq_definitions.json"]
    lines = [f"amqp://logmill_api:{password}@rabbitmq:5672/logmill\n" for password in passwords]
    (folder / "api_rabbitmq_url").write_text("".join(lines), "utf-8")
    done = subprocess.run([ROOT / "deploy/make-secrets", folder], capture_output=True, text=True)
    assert done.returncode != 0
    assert "api_rabbitmq_url: not like amqp://logmill_api:password@" in done.stderr
    assert (folder / "rabbitmq_definitions.json").read_text("utf-8") == told


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
    named = dict(line.removeprefix("ARG ").split("=") for line in lines if line.startswith("ARG "))
    assert bases == {f"${{{name}}}" for name in named}
    assert all(IMAGE.fullmatch(image) for image in named.values())
    assert FILES[PRODUCTION]["x-service"]["build"]["args"] == named


def test_every_image_of_production_can_be_pinned() -> None:
    services = yaml.safe_load(PRODUCTION.read_text("utf-8"))["services"]
    assert [name for name, service in services.items() if not DEFAULT.fullmatch(service["image"])] == []
