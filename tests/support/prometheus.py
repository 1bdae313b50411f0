"""A Prometheus of the test's own, with the project's configuration, that watches a running suite."""

import math
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from deploy.local.prometheus import executable
from tests.support.suite import ROOT, free_port, wait_for

CONFIGURATION = ROOT / "deploy/prometheus/prometheus.yml"
INTERVAL = "1s"
Series = dict[str, Any]


@dataclass(frozen=True)
class Prometheus:
    """One that runs."""

    url: str

    def ask(self, promql: str) -> list[Series]:
        """The series a query gives now, those without a number left out; AssertionError where it is refused."""
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": promql}, timeout=10)
        assert answer.status_code == 200, answer.text
        result: list[Series] = answer.json()["data"]["result"]
        return [series for series in result if not math.isnan(float(series["value"][1]))]

    def targets(self) -> dict[str, set[str]]:
        """The state of the targets of each job: `up`, `down` or `unknown`."""
        found: dict[str, set[str]] = {}
        for target in httpx.get(f"{self.url}/api/v1/targets").json()["data"]["activeTargets"]:
            found.setdefault(target["labels"]["job"], set()).add(target["health"])
        return found

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/-/ready").status_code == 200
        except httpx.TransportError:
            return False

    def wait_until_all_are_up(self, jobs: Sequence[str]) -> None:
        """Returns once all targets of these jobs were scraped."""
        wait_for("all targets to be up", lambda: all(self.targets().get(job) == {"up"} for job in jobs))

    def wait_for_scrapes(self, scrapes: int = 2) -> None:
        """Returns once every process was scraped so many times more, so that what was counted before is known."""
        seen = self._oldest_scrape()
        wait_for("the next scrapes", lambda: self._oldest_scrape() >= seen + scrapes)

    def _oldest_scrape(self) -> float:
        return float(self.ask("min(timestamp(up))")[0]["value"][1])


def configuration(addresses: Mapping[str, Sequence[str]], own_port: int) -> dict[str, Any]:
    """The project's, with addresses in the place of names, and no waiting."""
    wanted: dict[str, Any] = yaml.safe_load(CONFIGURATION.read_text("utf-8"))
    wanted["global"] |= {"scrape_interval": INTERVAL, "scrape_timeout": INTERVAL, "evaluation_interval": INTERVAL}
    wanted["rule_files"] = [str(CONFIGURATION.parent / files) for files in wanted["rule_files"]]
    for job in wanted["scrape_configs"]:
        if job.pop("dns_sd_configs", None):
            job["static_configs"] = [{"targets": list(addresses.get(job["job_name"], ()))}]
        elif job["job_name"] == "prometheus":
            job["static_configs"] = [{"targets": [f"127.0.0.1:{own_port}"]}]
    return wanted


@contextmanager
def prometheus(folder: Path, addresses: Mapping[str, Sequence[str]]) -> Iterator[Prometheus]:
    """Runs until the end; `addresses` are those of each job's targets."""
    port = free_port()
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(configuration(addresses, port)))
    arguments = [f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}"]
    arguments += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"]
    with (
        (folder / "prometheus.log").open("wb") as log,
        subprocess.Popen([executable("prometheus"), *arguments], stdout=log, stderr=log) as process,
    ):
        try:
            server = Prometheus(f"http://127.0.0.1:{port}")
            wait_for("Prometheus to be ready", server.is_ready)
            yield server
        finally:
            process.terminate()
