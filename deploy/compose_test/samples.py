"""What a process says of itself on its /metrics, asked from inside its container."""

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from deploy.compose_test.engine import Project
from deploy.compose_test.failures import ComposeTestFailed

_READ = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=10).read().decode())"


def read_samples(project: Project, container: str, port: int) -> list[Sample]:
    """All of them; none while it does not answer."""
    try:
        text = project.execute(container, "python", "-c", _READ, f"http://127.0.0.1:{port}/metrics")
    except ComposeTestFailed:
        return []
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]
