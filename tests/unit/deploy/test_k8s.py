"""The manifests of Kubernetes: valid, all of one piece, and in step with the services that they start."""

import json
import math
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import yaml
from typer.main import get_group

from cli.__main__ import build_app
from cli.canary.settings import PASSWORD
from deploy.k8s.rules import prometheus_rules
from services.aggregator.__main__ import POOL_SIZE
from services.aggregator.settings import AggregatorSettings
from services.api.settings import ApiSettings
from services.migrate.settings import MigrateSettings
from services.worker.settings import WorkerSettings
from shared.privileges import roles
from shared.settings import Settings
from shared.topology import BULK_QUEUE, INGEST_QUEUE, queue_arguments
from tests.support.kubernetes import (
    Object,
    kustomization,
    of_kind,
    pod_of,
    ports,
    read,
    render,
    selected,
    selectors,
    values,
)
from tests.support.metric_names import rules
from tests.support.suite import ROOT

FOLDER = ROOT / "deploy/k8s"
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text("utf-8")
README = (FOLDER / "README.md").read_text("utf-8")
VERSIONS = ("1.30", "1.37")
"""The oldest that the page names, and the newest of which the schemas are known."""
OPERATORS = {
    *("Cluster", "Permission", "PodMonitor", "RabbitmqCluster", "ScaledObject", "TriggerAuthentication", "User"),
}
"""Kinds of operators, whose schemas are not part of Kubernetes."""
SERVICES: dict[str, type[Settings]] = {"api": ApiSettings, "worker": WorkerSettings, "aggregator": AggregatorSettings}
PROCESSES: dict[str, type[Settings]] = {**SERVICES, "migrate": MigrateSettings}
OVERLAYS = ("dev", "production")
CANARY_VARIABLES = {PASSWORD, *(str(each.envvar) for each in get_group(build_app()).commands["canary"].params)}
RESERVED_CONNECTIONS = 10
"""Those that PostgreSQL keeps for superusers, CloudNativePG's own, and an operator's psql."""

RENDERED = {name: render(FOLDER / "overlays" / name) for name in OVERLAYS}
HPA = read(FOLDER / "components/autoscaling-hpa/worker.yaml")
TRACED = render(FOLDER / "components/tracing", render(FOLDER / "overlays/production"))
RENDERED["canary"] = render(FOLDER / "components/canary", render(FOLDER / "overlays/production"))
EVERYTHING = [*RENDERED["production"], *HPA, *render(FOLDER / "components/servers")]


@pytest.fixture(params=RENDERED)
def objects(request: pytest.FixtureRequest) -> list[Object]:
    """All that an overlay makes; production with a canary too."""
    return RENDERED[request.param]


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    """Each of the services."""
    return str(request.param)


@pytest.fixture(params=PROCESSES)
def process(request: pytest.FixtureRequest) -> str:
    """Each of the services, and the migrations."""
    return str(request.param)


def test_every_file_belongs_to_a_kustomization() -> None:
    listed = set()
    for file in FOLDER.rglob("kustomization.yaml"):
        content = kustomization(file.parent)
        generated = [name for made in content.get("configMapGenerator", ()) for name in made.get("files", ())]
        listed |= {(file.parent / name).resolve() for name in [*content.get("resources", ()), *generated]}
    files = {file for file in FOLDER.rglob("*.yaml") if file.name != "kustomization.yaml"}
    assert files == {path for path in listed if not path.is_dir()}


def test_where_there_is_kubectl_it_renders_the_same() -> None:
    if not (kubectl := shutil.which("kubectl")):
        return
    for name in OVERLAYS:
        command = [kubectl, "kustomize", str(FOLDER / "overlays" / name)]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        told = yaml.safe_load_all(re.sub(r"(logmill-(?:settings|environment))-[a-z0-9]{10}\b", r"\1", text))
        assert sorted(told, key=repr) == sorted(RENDERED[name], key=lambda item: repr(sort_keys(item)))


def sort_keys(node: Any) -> Any:
    """The same with the keys of all mappings in order, as kubectl has them."""
    if isinstance(node, dict):
        return {name: sort_keys(node[name]) for name in sorted(node)}
    return [sort_keys(value) for value in node] if isinstance(node, list) else node


@pytest.mark.parametrize("version", VERSIONS)
def test_everything_is_valid(version: str) -> None:
    for item in [*EVERYTHING, *TRACED, *RENDERED["canary"]]:
        if item["kind"] not in OPERATORS:
            kubernetes_validate.validate(item, version, strict=True)


def test_no_name_is_given_twice(objects: list[Object]) -> None:
    names = [(item["kind"], item["metadata"]["name"]) for item in objects]
    assert len(names) == len(set(names))


def test_every_selector_finds_a_pod(objects: list[Object]) -> None:
    for item in objects:
        for labels in selectors(item):
            assert selected(objects, labels), (item["kind"], item["metadata"]["name"], labels)


def test_services_lead_to_ports_that_there_are(objects: list[Object]) -> None:
    for name, item in of_kind(objects, "Service").items():
        for spec in selected(objects, item["spec"]["selector"]):
            assert spec is None or {port["targetPort"] for port in item["spec"]["ports"]} <= set(ports(spec)), name


def test_policies_open_ports_that_there_are(objects: list[Object]) -> None:
    for name, policy in of_kind(objects, "NetworkPolicy").items():
        wanted = {port["port"] for rule in policy["spec"].get("ingress", ()) for port in rule["ports"]}
        for spec in selected(objects, policy["spec"]["podSelector"].get("matchLabels", {})):
            assert spec is None or not ports(spec) or wanted <= {*ports(spec), *ports(spec).values()}, name


def test_what_is_referred_to_is_there(objects: list[Object]) -> None:
    maps = of_kind(objects, "ConfigMap")
    for reference in [*values(objects, "configMapRef"), *values(objects, "configMap")]:
        assert reference["name"] in maps
    for target in values(objects, "scaleTargetRef"):
        assert target["name"] in of_kind(objects, "Deployment")
    for backend in values(of_kind(objects, "Ingress"), "backend"):
        service = of_kind(objects, "Service")[backend["service"]["name"]]
        assert backend["service"]["port"]["name"] in {port["name"] for port in service["spec"]["ports"]}


def test_secrets_are_named_and_never_there() -> None:
    assert not of_kind(EVERYTHING, "Secret")
    references = [*values(EVERYTHING, "secretKeyRef"), *values(RENDERED["canary"], "secretKeyRef")]
    references += [one for many in values(EVERYTHING, "secretTargetRef") for one in many]
    for reference in references:
        [row] = re.findall(rf"^\| `{reference['name']}` \|.*$", README, re.MULTILINE)
        assert f"`{reference['key']}`" in row


def test_a_service_is_started_as_its_image_says(objects: list[Object], process: str) -> None:
    spec, container = pod_of(objects, process)
    assert container["image"].startswith("logmill:")
    assert container["command"] == ["python", "-m", f"services.{process}"]
    assert '"python", "-m", "services.' in DOCKERFILE
    assert f"--uid {spec['securityContext']['runAsUser']} " in DOCKERFILE


def test_a_service_has_no_more_rights_than_it_needs(objects: list[Object], process: str) -> None:
    spec, container = pod_of(objects, process)
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False, "LOGMILL_PORT and the like would come from Services"


def test_a_canary_is_one_and_can_do_no_more_than_the_services() -> None:
    objects = RENDERED["canary"]
    deployment, (spec, container) = of_kind(objects, "Deployment")["canary"], pod_of(objects, "canary")
    assert (deployment["spec"]["replicas"], deployment["spec"]["strategy"]) == (1, {"type": "Recreate"})
    assert (container["command"], ports(spec)["http"]) == (["logmill", "canary"], 8084)
    like, alike = pod_of(objects, "worker")
    same = ("securityContext", "automountServiceAccountToken", "enableServiceLinks")
    assert {key: spec[key] for key in same} == {key: like[key] for key in same}
    assert container["securityContext"] == alike["securityContext"]
    assert {item["name"] for item in container["env"]} <= CANARY_VARIABLES


def settings_of(objects: list[Object], service: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What the service would read in its pod, with secrets made up."""
    maps = of_kind(objects, "ConfigMap")
    for name, text in maps["logmill-settings"]["data"].items():
        (folder / name).write_text(text, "utf-8")
    for name in [name for name in os.environ if name.startswith(("LOGMILL_", "PSQL_", "RABBITMQ_"))]:
        monkeypatch.delenv(name)
    secrets = {"connection_string": "amqp://u:p@rabbitmq.logmill.svc:5672/", "webhook_secrets": "[]"}
    environment = dict(maps["logmill-environment"]["data"])
    for item in pod_of(objects, service)[1]["env"]:
        key = item.get("valueFrom", {}).get("secretKeyRef", {}).get("key")
        environment[item["name"]] = item.get("value") or secrets.get(key, "x" * 32)
    assert environment["LOGMILL_CONFIG_DIR"] == "/etc/logmill"
    for name, value in (environment | {"LOGMILL_CONFIG_DIR": str(folder)}).items():
        monkeypatch.setenv(name, value)
    return PROCESSES[service].load()


def test_settings_ports_and_times_fit(
    objects: list[Object], service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, (spec, container) = settings_of(objects, service, tmp_path, monkeypatch), pod_of(objects, service)
    default = SERVICES[service].model_fields[f"{service}_port"].default
    assert getattr(settings, f"{service}_host") == "0.0.0.0"
    assert getattr(settings, f"{service}_port") == default == ports(spec)["http"]
    assert settings.psql_addr == "postgres-rw"
    asked = {probe: container[f"{probe}Probe"]["httpGet"] for probe in ("startup", "liveness", "readiness")}
    paths = {probe: get["path"] for probe, get in asked.items() if get["port"] == "http"}
    assert paths == {"startup": "/health/live", "liveness": "/health/live", "readiness": "/health/ready"}
    waits = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    assert spec["terminationGracePeriodSeconds"] > waits + settings.stop_deadline_seconds


def test_traces_may_leave_for_the_collector_that_is_named(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = urlsplit(settings_of(TRACED, service, tmp_path, monkeypatch).otlp_traces_url)
    policy = of_kind(TRACED, "NetworkPolicy")["services-to-collector"]
    [egress] = policy["spec"]["egress"]
    [namespace] = values(egress, "kubernetes.io/metadata.name")
    assert egress["ports"] == [{"port": url.port}]
    assert (url.hostname or "").split(".")[1:] == [namespace, "svc"]
    for labels in selectors(policy):
        assert selected(TRACED, labels)


def test_migrations_declare_the_queues_as_the_services_know_them(
    objects: list[Object], service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = [queue_arguments(settings_of(objects, name, tmp_path, monkeypatch)) for name in (service, "migrate")]
    assert arguments[0] == arguments[1]


def test_a_service_has_accounts_of_its_own_and_migrates_nothing(
    objects: list[Object], service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not settings_of(objects, service, tmp_path, monkeypatch).migrate_at_start
    named = {each["name"] for each in values(pod_of(objects, service)[1]["env"], "secretKeyRef")}
    assert named - {"logmill-api"} == {f"postgres-{service}", f"rabbitmq-{service}"}


def test_production_makes_the_accounts_of_the_services() -> None:
    objects = RENDERED["production"]
    made = of_kind(objects, "Cluster")["postgres"]["spec"]["managed"]["roles"]
    assert {role["name"]: role["passwordSecret"]["name"] for role in made} == {
        role: f"postgres-{service}" for service, role in roles().items()
    }
    shipped = json.loads((ROOT / "deploy/rabbitmq/definitions.json").read_text("utf-8"))
    tags = {user["name"]: user["tags"] for user in shipped["users"]}
    for service, name in roles().items():
        user = of_kind(objects, "User")[service]["spec"]
        assert user["importCredentialsSecret"] == {"name": f"rabbitmq-{service}"}
        assert ",".join(user.get("tags", ())) == tags[name]
        permission = of_kind(objects, "Permission")[service]["spec"]
        assert permission["userReference"] == {"name": service}
        [known] = [each for each in shipped["permissions"] if each["user"] == name]
        assert known.items() >= permission["permissions"].items()


def test_production_is_production() -> None:
    environment = of_kind(RENDERED["production"], "ConfigMap")["logmill-environment"]["data"]
    told = {"LOGMILL_ENVIRONMENT": "production", "LOGMILL_COOKIE_SECURE": "true", "LOGMILL_ROLES_REQUIRED": "true"}
    assert environment.items() >= told.items()


def test_workers_are_scaled_by_the_queues_of_work() -> None:
    scaled = of_kind(RENDERED["production"], "ScaledObject")["worker"]["spec"]
    assert [trigger["metadata"]["queueName"] for trigger in scaled["triggers"]] == [INGEST_QUEUE, BULK_QUEUE]
    known = of_kind(RENDERED["production"], "TriggerAuthentication")
    assert {trigger["authenticationRef"]["name"] for trigger in scaled["triggers"]} <= set(known)
    [hpa] = HPA
    bounds = (hpa["spec"]["minReplicas"], hpa["spec"]["maxReplicas"])
    assert bounds == (scaled["minReplicaCount"], scaled["maxReplicaCount"])


def test_only_one_thing_sets_the_number_of_workers(objects: list[Object]) -> None:
    assert "replicas" not in of_kind(objects, "Deployment")["worker"]["spec"]
    assert len(of_kind(objects, "ScaledObject")) + len(of_kind(objects, "HorizontalPodAutoscaler")) <= 1


def test_all_replicas_together_leave_postgresql_connections() -> None:
    objects = RENDERED["production"]
    most = int(of_kind(objects, "Cluster")["postgres"]["spec"]["postgresql"]["parameters"]["max_connections"])
    workers = of_kind(objects, "ScaledObject")["worker"]["spec"]["maxReplicaCount"]
    surge = of_kind(objects, "Deployment")["worker"]["spec"]["strategy"]["rollingUpdate"]["maxSurge"]
    workers += math.ceil(workers * int(surge.rstrip("%")) / 100)
    replicas = {name: item["spec"].get("replicas", 0) + 1 for name, item in of_kind(objects, "Deployment").items()}
    api = yaml.safe_load((FOLDER / "base/settings/api.yaml").read_text("utf-8"))["database_pool_connections"]
    worker = yaml.safe_load((FOLDER / "base/settings/worker.yaml").read_text("utf-8"))["worker_concurrency"] + 1
    used = workers * worker + replicas["api"] * api + replicas["aggregator"] * POOL_SIZE
    assert used + RESERVED_CONNECTIONS <= most


def test_the_ingress_passes_bodies_of_any_size_on_as_they_come() -> None:
    notes = of_kind(RENDERED["production"], "Ingress")["logmill"]["metadata"]["annotations"]
    assert notes["nginx.org/client-max-body-size"] == "0"
    assert notes["nginx.org/proxy-buffering"] == "false"
    assert "proxy_request_buffering off;" in notes["nginx.org/location-snippets"]


def test_the_rules_are_those_of_prometheus() -> None:
    groups = [made["spec"]["groups"] for made in prometheus_rules()]
    assert sorted(map(repr, rules())) == sorted(
        repr(rule) for many in groups for group in many for rule in group["rules"]
    )
    assert all(len({group["name"] for group in many}) == len(many) for many in groups)


def test_images_name_no_registry() -> None:
    images = [container["image"] for containers in values(EVERYTHING, "containers") for container in containers]
    assert [image for image in images if not re.fullmatch(r"[a-z]+:[\w.-]+", image)] == []
