"""What each worker container has done, by its own metrics."""

from collections.abc import Collection

from deploy.compose_test.engine import Project
from deploy.compose_test.samples import read_samples

_PORT = 8082


def lines_committed(project: Project, container: str) -> int:
    """The lines this worker has stored or rejected; 0 while it does not answer."""
    samples = read_samples(project, container, _PORT)
    return int(sum(sample.value for sample in samples if sample.name == "logmill_worker_lines_total"))


def have_all_worked(project: Project, containers: Collection[str]) -> bool:
    """Whether each of them has committed lines."""
    return all(lines_committed(project, container) > 0 for container in containers)
