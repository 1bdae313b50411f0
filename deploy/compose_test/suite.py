"""A form of the suite that runs: started, waited for, measured, asked what was stored."""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from deploy.compose_test import cluster
from deploy.compose_test.account import Account, Prometheus, is_ready
from deploy.compose_test.engine import image_bytes, inspect, memory_bytes
from deploy.compose_test.failures import require, wait_for
from deploy.compose_test.form import CANARY, SERVICES, WORKERS, Form
from deploy.compose_test.load import write_lines
from deploy.compose_test.workers import lines_committed
from deploy.local.demonstration import problems_of

START_SECONDS = 300
FEW_LINES = 2000

Say = Callable[[str], None]


class Suite:
    """What the steps of a scenario share; each method raises ComposeTestFailed where something does not hold."""

    def __init__(self, form: Form, say: Say) -> None:
        self.form = form
        self.project = form.project
        self.say = say
        self.prometheus = Prometheus(form.prometheus_url)

    def start(self) -> None:
        """The services first: they have to wait for the servers."""
        self.project.up(*SERVICES, workers=WORKERS)
        self.say(f"started {', '.join(SERVICES)} ({WORKERS} workers), then {', '.join(self.form.servers)}")
        self.start_all()

    def start_all(self, *of_profiles: str) -> None:
        """Whatever does not run, with a canary and these services of profiles; returns when all is ready."""
        self.project.up(*self.project.configuration()["services"], CANARY, *of_profiles, workers=WORKERS)
        self.await_ready()

    def await_ready(self) -> None:
        """The api says so, every container is healthy, and queues are on all nodes."""
        wait_for("a ready api", lambda: is_ready(self.form.api_url), START_SECONDS)
        for service in (*SERVICES, CANARY, "postgres", *self.form.nodes):
            wait_for(f"healthy containers of {service}", partial(self.are_healthy, service), START_SECONDS)
        require(len(self.project.containers("worker")) == WORKERS, f"there are not {WORKERS} workers")
        if len(self.form.nodes) > 1:
            cluster.await_members(self.form)

    def are_healthy(self, service: str) -> bool:
        """Whether a service has containers, and each is healthy."""
        states = [inspect(container)["State"] for container in self.project.containers(service)]
        return bool(states) and all(state["Health"]["Status"] == "healthy" for state in states)

    def await_targets(self) -> None:
        """Prometheus sees all there is, and sees it up."""
        expected = {job: ["up"] * number for job, number in self.form.targets.items()}
        wait_for(f"Prometheus to see {self.form.targets} up", lambda: self.prometheus.targets() == expected)
        self.say(f"Prometheus: every target is up: {_counted(self.form.targets)}")

    def measure(self) -> None:
        """Says how big the image is, and what each container uses while nothing is to be done."""
        self.say(f"image {self.form.image}: {image_bytes(self.form.image) / 1e6:.0f} MB, its base included")
        names = {container: name for name in self.form.services for container in self.project.containers(name)}
        used = memory_bytes(list(names))
        for container, name in names.items():
            self.say(f"idle memory of {name}: {used[container] / 1024**2:.0f} MiB")
        self.say(f"idle memory together: {sum(used.values()) / 1024**2:.0f} MiB")

    def started(self) -> set[tuple[str, str]]:
        """The services' containers, and since when each has run."""
        containers = [container for service in SERVICES for container in self.project.containers(service)]
        return {(container, inspect(container)["State"]["StartedAt"]) for container in containers}

    def committed(self) -> dict[str, int]:
        """The lines each worker has committed, by its container."""
        return {worker: lines_committed(self.project, worker) for worker in self.project.containers("worker")}

    def upload_few(self, account: Account, seed: int) -> str:
        """FEW_LINES lines; the job's id."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"few-{seed}.log"
            write_lines(file, FEW_LINES, seed)
            return account.upload([file.read_bytes()], file.name)

    def store_few(self, account: Account, seed: int) -> None:
        """Uploads FEW_LINES lines, and accounts for them."""
        job = account.ended_job(self.upload_few(account, seed), 120)
        self.account_for(account, job, FEW_LINES)

    def account_for(self, account: Account, job: dict[str, Any], lines: int) -> None:
        """Every line has its place, by the job's own numbers and by counting its rows."""
        problems = problems_of(job, lines)
        require(not problems, "; ".join(problems))
        recount = account.get(f"/api/jobs/{job['job_id']}/verify")
        require(recount["adds_up"], f"recounted, the job does not add up: {recount['checks']}")
        broken = self.prometheus.value("sum(logmill_aggregator_conservation_violations_total)")
        require(not broken, f"conservation_violations_total is {broken}")
        outcomes = ", ".join(f"{job[f'lines_{name}']:,} {name}" for name in ("stored", "rejected", "dead_lettered"))
        self.say(f"{job['status']}: {job['lines_read']:,} lines read = {outcomes}; recounted, it adds up")


def _counted(numbers: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in numbers.items())
