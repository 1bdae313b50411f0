"""The metrics that the code has, those that docs/metrics.md tells of, and those that a PromQL query names."""

import importlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from shared.operations import new_registry
from tests.support.suite import ROOT

PAGE = ROOT / "docs/metrics.md"
RULES = ROOT / "deploy/prometheus/rules"
EVERY_PROCESS = "Every process"
RECORDED = "Recorded by Prometheus"
FROM_OTHERS = "From others"
PARTS = {"histogram": ("_bucket", "_sum", "_count")}
NOT_NAMES = re.compile(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)')
NAME = re.compile(r"\b[a-zA-Z_:][\w:]*\b(?!\s*\()")
KEYWORDS = {"and", "or", "unless", "bool", "offset"}


@dataclass(frozen=True)
class Family:
    """A metric as `/metrics` names it; `labels` with those of our values that are there from the start."""

    name: str
    type: str
    labels: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def samples(self) -> set[str]:
        """The names of its series."""
        return {self.name + part for part in PARTS.get(self.type, ("",))}


def of_code() -> dict[str, list[Family]]:
    """What each service and the canary count, and what every process tells of itself."""
    modules = [*ROOT.glob("services/*/metrics.py"), *ROOT.glob("cli/*/metrics.py")]
    programs = {path.parent.name: list(_of_program(path.parent)) for path in modules}
    return {**programs, EVERY_PROCESS: list(_of_registry(new_registry()))}


def _of_program(folder: Path) -> Iterator[Family]:
    module = importlib.import_module(f"{folder.parent.name}.{folder.name}.metrics")
    made = next(thing for name, thing in vars(module).items() if name.endswith("Metrics"))
    registry = CollectorRegistry()
    labels = {
        metric._name: metric._labelnames
        for metric in vars(made(registry)).values()
        if isinstance(metric, MetricWrapperBase)
    }
    return _of_registry(registry, labels)


def _of_registry(registry: CollectorRegistry, labels: dict[str, Iterable[str]] | None = None) -> Iterator[Family]:
    for metric in registry.collect():
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        seen = [sample.labels for sample in metric.samples]
        if labels is None:
            known = {label: frozenset[str]() for one in seen for label in one}
        else:
            known = {label: frozenset(one[label] for one in seen if label in one) for label in labels[metric.name]}
        yield Family(name, metric.type, known)


def documented(section: str) -> list[list[str]]:
    """The rows of the table in a section of the page, cell by cell."""
    text = PAGE.read_text("utf-8").split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def documented_families(section: str) -> list[Family]:
    """The metrics of a service as the page has them."""
    return [Family(name.strip("`"), kind, _labels(labels)) for name, kind, labels, _ in documented(section)]


def _labels(cell: str) -> dict[str, frozenset[str]]:
    named = [re.findall(r"`([^`]+)`", part) for part in cell.split(";") if part]
    return {label: frozenset(values) for label, *values in named}


def names_in(promql: str) -> set[str]:
    """The metrics a query asks for."""
    return set(NAME.findall(NOT_NAMES.sub(" ", promql))) - KEYWORDS


def rules() -> list[dict[str, Any]]:
    """Every recording and alert rule."""
    files = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(RULES.glob("*.yml"))]
    return [rule for file in files for group in file["groups"] for rule in group["rules"]]


def recorded() -> set[str]:
    """The names of recording rules."""
    return {rule["record"] for rule in rules() if "record" in rule}


def known() -> set[str]:
    """Every name a query may ask for."""
    ours = {sample for families in of_code().values() for family in families for sample in family.samples}
    return ours | recorded() | {row[0].strip("`") for row in documented(FROM_OTHERS)}
