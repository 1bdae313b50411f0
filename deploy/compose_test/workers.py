"""What each worker container has done, by its own metrics."""

from collections.abc import Collection

from prometheus_client.parser import text_string_to_metric_families

from deploy.compose_test.engine import Project
from deploy.compose_test.failures import ComposeTestFailed

_READ_METRICS = (
    "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8082/metrics', timeout=10).read().decode())"
)


def lines_committed(project: Project, container: str) -> int:
    """The lines this worker has stored or rejected; 0 while it does not answer."""
    try:
        text = project.execute(container, "python", "-c", _READ_METRICS)
    except ComposeTestFailed:
        return 0
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return int(sum(sample.value for sample in samples if sample.name == "logmill_worker_lines_total"))


def have_all_worked(project: Project, containers: Collection[str]) -> bool:
    """Whether each of them has committed lines."""
    return all(lines_committed(project, container) > 0 for container in containers)
