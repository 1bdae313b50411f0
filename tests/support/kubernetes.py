"""The manifests of Kubernetes as `kubectl kustomize` makes them, and ways to find something in them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import yaml

FIELDS = {"apiVersion", "components", "configMapGenerator", "images", "kind", "namespace", "replicas", "resources"}
"""What `render` knows of a kustomization."""

Object: TypeAlias = dict[str, Any]


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
    templates = [item["spec"]["template"] for item in of_kind(objects, "Deployment", "Job", "StatefulSet").values()]
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
    return {port["name"]: port["containerPort"] for one in spec["containers"] for port in one.get("ports", ())}


def pod_of(objects: list[Object], service: str) -> tuple[Object, Object]:
    """A service's pod and its container."""
    spec: Object = of_kind(objects, "Deployment", "Job")[service]["spec"]["template"]["spec"]
    [container] = spec["containers"]
    return spec, container
