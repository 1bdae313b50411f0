"""The manifests of Kubernetes: valid, all of one piece, and in step with the services that they start."""

import math
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from deploy.k8s.rules import prometheus_rules
from services.aggregator.__main__ import POOL_SIZE
from services.aggregator.settings import AggregatorSettings
from services.api.settings import ApiSettings
from services.worker.settings import WorkerSettings
from shared.settings import Settings
from shared.topology import BULK_QUEUE, INGEST_QUEUE
from tests.support.metric_names import rules
from tests.support.suite import ROOT

FOLDER = ROOT / "deploy/k8s"
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text("utf-8")
README = (FOLDER / "README.md").read_text("utf-8")
VERSIONS = ("1.30", "1.37")
"""The oldest that the page names, and the newest of which the schemas are known."""
OPERATORS = {"Cluster", "PodMonitor", "RabbitmqCluster", "ScaledObject", "TriggerAuthentication"}
"""Kinds of operators, whose schemas are not part of Kubernetes."""
SERVICES: dict[str, type[Settings]] = {"api": ApiSettings, "worker": WorkerSettings, "aggregator": AggregatorSettings}
OVERLAYS = ("dev", "production")
RESERVED_CONNECTIONS = 10
"""Those that PostgreSQL keeps for superusers, CloudNativePG's own, and an operator's psql."""
FIELDS = {"apiVersion", "components", "configMapGenerator", "images", "kind", "namespace", "replicas", "resources"}
"""What `render` knows of a kustomization."""

Object = dict[str, Any]


def read(file: Path) -> list[Object]:
    """The documents of a file."""
    return list(yaml.safe_load_all(file.read_text("utf-8")))


def kustomization(folder: Path) -> Object:
    """A folder's kustomization; fails where it has a field that `render` would pass over."""
    [content] = read(folder / "kustomization.yaml")
    assert set(content) <= FIELDS
    return content


def render(folder: Path, below: list[Object] | None = None) -> list[Object]:
    """What `kubectl kustomize` makes of it, but for the hash in the ConfigMaps' names."""
    content = kustomization(folder)
    objects = below if below is not None else []
    for resource in content.get("resources", ()):
        path = (folder / resource).resolve()
        objects += render(path) if path.is_dir() else read(path)
    for made in content.get("configMapGenerator", ()):
        generate(folder, made, objects)
    for component in content.get("components", ()):
        render((folder / component).resolve(), objects)
    for item in objects:
        transform(item, content)
    return objects


def generate(folder: Path, made: Object, objects: list[Object]) -> None:
    """Adds a ConfigMap, or merges into the one that is there."""
    data = {Path(file).name: (folder / file).read_text("utf-8") for file in made.get("files", ())}
    data |= dict(literal.split("=", 1) for literal in made.get("literals", ()))
    if made.get("behavior") == "merge":
        of_kind(objects, "ConfigMap")[made["name"]]["data"] |= data
    else:
        objects.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": made["name"]}, "data": data})


def transform(item: Object, content: Object) -> None:
    """Sets namespace, tags and replicas."""
    if "namespace" in content and item["kind"] != "Namespace":
        item["metadata"]["namespace"] = content["namespace"]
    for image in content.get("images", ()):
        for container in values(item, "containers"):
            for one in container:
                one["image"] = re.sub(rf"^{image['name']}$", f"{image['name']}:{image['newTag']}", one["image"])
    for replicas in content.get("replicas", ()):
        if item["kind"] == "Deployment" and item["metadata"]["name"] == replicas["name"]:
            item["spec"]["replicas"] = replicas["count"]


def values(node: Any, key: str) -> Iterator[Any]:
    """The values of `key`, however deep they are."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield value
            yield from values(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from values(value, key)


def of_kind(objects: list[Object], *kinds: str) -> dict[str, Object]:
    """Those of the kinds, by name."""
    return {item["metadata"]["name"]: item for item in objects if item["kind"] in kinds}


def pods(objects: list[Object]) -> list[tuple[dict[str, str], Object | None]]:
    """Labels and specification of all pods that come of it; no specification where an operator makes it."""
    templates = [item["spec"]["template"] for item in of_kind(objects, "Deployment", "StatefulSet").values()]
    made: list[tuple[dict[str, str], Object | None]] = [(pod["metadata"]["labels"], pod["spec"]) for pod in templates]
    made += [(item["metadata"]["labels"], None) for item in of_kind(objects, "RabbitmqCluster").values()]
    made += [(item["spec"]["inheritedMetadata"]["labels"], None) for item in of_kind(objects, "Cluster").values()]
    return made


def selected(objects: list[Object], labels: dict[str, str]) -> list[Object | None]:
    """The pods that have all of the labels."""
    return [spec for has, spec in pods(objects) if labels.items() <= has.items()]


def selectors(node: Any) -> Iterator[dict[str, str]]:
    """The labels of every selector of pods in this namespace."""
    if isinstance(node, list):
        for value in node:
            yield from selectors(value)
    if isinstance(node, dict):
        for name, value in node.items():
            if name in ("selector", "labelSelector", "podSelector") and "namespaceSelector" not in node:
                yield value.get("matchLabels", {}) if name != "selector" or "matchLabels" in value else value
            else:
                yield from selectors(value)


def ports(spec: Object) -> dict[str, int]:
    """A pod's ports by name."""
    return {port["name"]: port["containerPort"] for one in spec["containers"] for port in one["ports"]}


RENDERED = {name: render(FOLDER / "overlays" / name) for name in OVERLAYS}
HPA = read(FOLDER / "components/autoscaling-hpa/worker.yaml")
EVERYTHING = [*RENDERED["production"], *HPA, *render(FOLDER / "components/servers")]


@pytest.fixture(params=OVERLAYS)
def objects(request: pytest.FixtureRequest) -> list[Object]:
    """All that an overlay makes."""
    return RENDERED[request.param]


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    """Each of the services."""
    return str(request.param)


def pod_of(objects: list[Object], service: str) -> tuple[Object, Object]:
    """A service's pod and its container."""
    spec: Object = of_kind(objects, "Deployment")[service]["spec"]["template"]["spec"]
    [container] = spec["containers"]
    return spec, container


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
    for item in EVERYTHING:
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
            assert spec is None or wanted <= {*ports(spec), *ports(spec).values()}, name


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
    references = [*values(EVERYTHING, "secretKeyRef")]
    references += [one for many in values(EVERYTHING, "secretTargetRef") for one in many]
    for reference in references:
        [row] = re.findall(rf"^\| `{reference['name']}` \|.*$", README, re.MULTILINE)
        assert f"`{reference['key']}`" in row


def test_a_service_is_started_as_its_image_says(objects: list[Object], service: str) -> None:
    spec, container = pod_of(objects, service)
    assert container["image"].startswith("logmill:")
    assert container["command"] == ["python", "-m", f"services.{service}"]
    assert '"python", "-m", "services.' in DOCKERFILE
    assert f"--uid {spec['securityContext']['runAsUser']} " in DOCKERFILE


def test_a_service_has_no_more_rights_than_it_needs(objects: list[Object], service: str) -> None:
    spec, container = pod_of(objects, service)
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False, "LOGMILL_PORT and the like would come from Services"


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
    return SERVICES[service].load()


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


def test_production_is_production() -> None:
    environment = of_kind(RENDERED["production"], "ConfigMap")["logmill-environment"]["data"]
    assert environment.items() >= {"LOGMILL_ENVIRONMENT": "production", "LOGMILL_COOKIE_SECURE": "true"}.items()


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
