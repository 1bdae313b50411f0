"""What is done to a form of the suite, and what must hold meanwhile."""

import ssl
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from deploy.compose_test.account import Account, Prometheus, is_ready
from deploy.compose_test.engine import docker, image_bytes, inspect, memory_bytes
from deploy.compose_test.failures import ComposeTestFailed, require, wait_for
from deploy.compose_test.form import SERVERS, SERVICES, Form
from deploy.compose_test.load import PausingUpload, write_lines
from deploy.compose_test.workers import have_all_worked, lines_committed
from deploy.local.demonstration import problems_of

WORKERS = 3
FEW_LINES = 2000
START_SECONDS = 300
LINES_PER_SECOND = 500
"""Slower than that, and the load counts as stuck."""
TARGETS = {"api": 1, "worker": WORKERS, "aggregator": 1, "rabbitmq": 1, "rabbitmq-queues": 1, "prometheus": 1}

Say = Callable[[str], None]


class Scenario:
    """One run through one form; each step raises ComposeTestFailed where something does not hold."""

    def __init__(self, form: Form, lines: int, say: Say) -> None:
        self._form = form
        self._project = form.project
        self._lines = lines
        self._say = say
        self._prometheus = Prometheus(form.prometheus_url)

    def run(self) -> None:
        """All of it; the containers and their data are gone afterwards."""
        self._say(f"{self._project.file.name}: building {self._form.image}")
        try:
            self._project.compose("config", "--quiet")
            self._project.compose("build", "--quiet")
            self._go_through()
        except BaseException:
            self._say(self._project.logs(lines=15))
            raise
        finally:
            self._project.down("--volumes")

    def _go_through(self) -> None:
        absent = self._form.absent_images()
        for service, image in absent.items():
            self._say(f"left out: {service}, as {image} cannot be had here")
        self._start()
        self._measure()
        self._await_targets()
        with self._published(with_proxy="proxy" not in absent) as account:
            job_id = self._load(account)
            self._check_grafana_role()
            self._restart_servers(account)
            waiting_id = self._queue_up(account)
            self._check_secrets()
            self._down_and_up()
            self._check_kept(account, {job_id: self._lines, waiting_id: FEW_LINES})

    def _start(self) -> None:
        """The services first: they have to wait for the servers."""
        self._project.up(*SERVICES, workers=WORKERS)
        self._say(f"started {', '.join(SERVICES)} ({WORKERS} workers), then {', '.join(SERVERS)}")
        self._project.up(*SERVERS)
        self._await_ready()

    def _await_ready(self) -> None:
        wait_for("a ready api", lambda: is_ready(self._form.api_url), START_SECONDS)
        for service in (*SERVICES, "postgres", "rabbitmq"):
            wait_for(f"healthy containers of {service}", partial(self._are_healthy, service), START_SECONDS)
        require(len(self._project.containers("worker")) == WORKERS, f"there are not {WORKERS} workers")

    def _are_healthy(self, service: str) -> bool:
        states = [inspect(container)["State"] for container in self._project.containers(service)]
        return bool(states) and all(state["Health"]["Status"] == "healthy" for state in states)

    def _measure(self) -> None:
        configuration = self._project.configuration()["services"]
        self._say(f"image {self._form.image}: {image_bytes(self._form.image) / 1e6:.0f} MB, its base included")
        names = {container: name for name in configuration for container in self._project.containers(name)}
        used = memory_bytes(list(names))
        for container, name in names.items():
            self._say(f"idle memory of {name}: {used[container] / 1024**2:.0f} MiB")
        self._say(f"idle memory together: {sum(used.values()) / 1024**2:.0f} MiB")

    def _await_targets(self) -> None:
        expected = {job: ["up"] * number for job, number in TARGETS.items()}
        wait_for(f"Prometheus to see {TARGETS} up", lambda: self._prometheus.targets() == expected)
        self._say("Prometheus: every target is up, each worker among them")

    @contextmanager
    def _published(self, *, with_proxy: bool) -> Iterator[Account]:
        """An account at the published port; the proxy's where there is one."""
        if not with_proxy or "proxy" not in self._project.configuration("--profile", "*")["services"]:
            yield Account(self._form.api_url)
            return
        self._project.up("proxy")
        url = f"https://localhost:{self._form.ports['LOGMILL_HTTPS_PORT']}"
        wait_for("the proxy's own authority", lambda: self._authority() is not None)
        trust = ssl.create_default_context(cadata=self._authority())
        wait_for("the api behind the proxy", lambda: is_ready(url, trust))
        self._say(f"going through the proxy: {url}")
        yield Account(url, trust)

    def _authority(self) -> str | None:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "root.crt"
            try:
                container = self._project.containers("proxy")[0]
                docker("cp", f"{container}:/data/caddy/pki/authorities/local/root.crt", str(copy))
            except (ComposeTestFailed, IndexError):
                return None
            return copy.read_text()

    def _load(self, account: Account) -> str:
        """Uploads the load. Half-way a worker is killed and another one added; the job's id."""
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as pool:
            file = Path(folder) / "load.log"
            write_lines(file, self._lines, seed=1)
            self._say(f"uploading {self._lines:,} lines, {file.stat().st_size / 1e6:.0f} MB")
            content = PausingUpload(file)
            uploading = pool.submit(account.upload, content, file.name)
            try:
                self._replace_a_worker(content)
            finally:
                content.go_on.set()
            job_id = uploading.result()
        job = account.ended_job(job_id, 120 + self._lines / LINES_PER_SECOND)
        self._account_for(account, job, self._lines)
        self._tell_who_worked()
        return job_id

    def _replace_a_worker(self, content: PausingUpload) -> None:
        first = self._project.containers("worker")
        require(content.half_sent.wait(600), "half of the load was not sent within 600 s")
        wait_for("lines committed by each worker", lambda: have_all_worked(self._project, first), 300)
        self._say("lines committed by each worker: " + self._committed())
        docker("rm", "--force", first[0])
        self._project.up("worker", workers=WORKERS)
        wait_for("a new worker that is ready", lambda: self._are_healthy("worker"), START_SECONDS)
        self._say("one worker was killed, and one added")
        content.go_on.set()
        added = set(self._project.containers("worker")) - set(first)
        require(len(added) == 1, f"{len(added)} workers were added, not one")

    def _tell_who_worked(self) -> None:
        workers = self._project.containers("worker")
        wait_for("lines committed by the new worker too", lambda: have_all_worked(self._project, workers), 15)
        self._say("lines committed by each worker that is left: " + self._committed())
        self._await_targets()

    def _committed(self) -> str:
        return ", ".join(f"{lines_committed(self._project, each):,}" for each in self._project.containers("worker"))

    def _account_for(self, account: Account, job: dict[str, Any], lines: int) -> None:
        """Every line has its place, by the job's own numbers and by counting its rows."""
        problems = problems_of(job, lines)
        require(not problems, "; ".join(problems))
        recount = account.get(f"/api/jobs/{job['job_id']}/verify")
        require(recount["adds_up"], f"recounted, the job does not add up: {recount['checks']}")
        broken = self._prometheus.value("sum(logmill_aggregator_conservation_violations_total)")
        require(not broken, f"conservation_violations_total is {broken}")
        outcomes = ", ".join(f"{job[f'lines_{name}']:,} {name}" for name in ("stored", "rejected", "dead_lettered"))
        self._say(f"{job['status']}: {job['lines_read']:,} lines read = {outcomes}; recounted, it adds up")

    def _check_grafana_role(self) -> None:
        """Started by its name, for Grafana itself may be missing."""
        self._project.up("grafana-role")
        wait_for("Grafana's role", lambda: not self._project.containers("grafana-role"))
        rows = self._ask_as_grafana("SELECT sum(lines_stored) > 0 FROM jobs")
        require(rows == "t", f"the role grafana cannot read jobs: {rows}")
        refused = self._ask_as_grafana("SELECT * FROM webhook_secrets")
        require("permission denied" in refused, f"the role grafana reads webhook_secrets: {refused}")
        self._say("the role grafana reads what the dashboards ask for, and no secret")

    def _ask_as_grafana(self, query: str) -> str:
        secrets = self._form.secrets
        password = (secrets / "grafana_postgres_password").read_text().strip() if secrets else "grafana"
        address = f"postgresql://grafana:{password}@127.0.0.1/logmill"
        try:
            answer = self._project.execute(self._project.containers("postgres")[0], "psql", address, "-Atc", query)
        except ComposeTestFailed as error:
            return str(error)
        return answer.strip()

    def _restart_servers(self, account: Account) -> None:
        """The services outlive their servers: none is started anew."""
        before = self._started()
        self._project.compose("restart", "postgres", "rabbitmq")
        self._await_ready()
        job = account.ended_job(self._upload_few(account, seed=2), 120)
        self._account_for(account, job, FEW_LINES)
        require(self._started() == before, "a service ended while its servers were away")
        self._say("restarted postgres and rabbitmq: no service ended, and the next upload is stored")

    def _started(self) -> set[tuple[str, str]]:
        containers = [container for service in SERVICES for container in self._project.containers(service)]
        return {(container, inspect(container)["State"]["StartedAt"]) for container in containers}

    def _queue_up(self, account: Account) -> str:
        """An upload that stays in RabbitMQ, as no worker runs; the job's id."""
        self._project.compose("stop", "worker")
        return self._upload_few(account, seed=3)

    def _upload_few(self, account: Account, seed: int) -> str:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"few-{seed}.log"
            write_lines(file, FEW_LINES, seed)
            return account.upload([file.read_bytes()], file.name)

    def _check_secrets(self) -> None:
        """No password is in a log, or in what the engine tells of a container."""
        if self._form.secrets is None:
            return
        told = self._project.logs(lines=100_000) + docker("inspect", *self._project.compose("ps", "-aq").split())
        for file in sorted(self._form.secrets.iterdir()):
            words = file.read_text().replace("@", ":").split(":")
            leaked = [word for word in words if len(word.strip()) >= 32 and word.strip() in told]
            require(not leaked, f"{file.name} is in a log or in a container's configuration")
        self._say("no password is in a log, or in what the engine tells of a container")

    def _down_and_up(self) -> None:
        known = self._project.configuration("--profile", "proxy")["services"]
        started = [name for name in known if self._project.containers(name)]
        self._project.down()
        self._project.up(*started, "worker", workers=WORKERS)
        self._await_ready()
        self._say("down, and up again")

    def _check_kept(self, account: Account, jobs: dict[str, int]) -> None:
        """What was stored is there, and what was queued is stored now."""
        wait_for("the account", lambda: self._answers(account))
        for job_id, lines in jobs.items():
            self._account_for(account, account.ended_job(job_id, 120), lines)
        self._say("the data is there, and what was in the queue was stored")

    def _answers(self, account: Account) -> bool:
        try:
            account.get("/auth/me")
        except Exception:
            return False
        return True
