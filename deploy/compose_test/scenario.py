"""What is done with a form of the suite, from its first start to its end."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.compose_test.account import Account
from deploy.compose_test.canary import check_canary
from deploy.compose_test.entrance import open_account
from deploy.compose_test.failures import require, wait_for
from deploy.compose_test.form import Form
from deploy.compose_test.load import PausingUpload, write_lines
from deploy.compose_test.privacy import check_grafana_role, check_secrets
from deploy.compose_test.suite import FEW_LINES, Say, Suite
from deploy.compose_test.trials import Trials
from deploy.compose_test.workers import have_all_worked

LINES_PER_SECOND = 500
"""Slower than that, and the load counts as stuck."""


class Scenario:
    """One run through one form; each step raises ComposeTestFailed where something does not hold."""

    def __init__(self, form: Form, trials: Trials, lines: int, say: Say) -> None:
        self._form = form
        self._project = form.project
        self._trials = trials
        self._lines = lines
        self._say = say
        self._suite = Suite(form, say)

    def run(self) -> None:
        """All of it; the containers and their data are gone afterwards."""
        self._say(f"{self._form.name}: building {self._form.image}")
        try:
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
        self._suite.start()
        self._suite.measure()
        self._suite.await_targets()
        account = open_account(self._suite, absent)
        job_id = self._load(account)
        check_grafana_role(self._suite)
        self._trials.to_servers(self._suite, account)
        check_canary(self._suite)
        waiting_id = self._queue_up(account)
        self._trials.while_queued(self._suite)
        check_secrets(self._suite)
        self._down_and_up()
        self._check_kept(account, {job_id: self._lines, waiting_id: FEW_LINES})

    def _load(self, account: Account) -> str:
        """Uploads the load, which is disturbed half-way; the job's id."""
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as pool:
            file = Path(folder) / "load.log"
            write_lines(file, self._lines, seed=1)
            self._say(f"uploading {self._lines:,} lines, {file.stat().st_size / 1e6:.0f} MB")
            content = PausingUpload(file)
            uploading = pool.submit(account.upload, content, file.name)
            try:
                self._disturb(content)
            finally:
                content.go_on.set()
            job_id = uploading.result()
        job = account.ended_job(job_id, 120 + self._lines / LINES_PER_SECOND)
        self._suite.account_for(account, job, self._lines)
        self._tell_who_worked()
        self._suite.await_targets()
        return job_id

    def _disturb(self, content: PausingUpload) -> None:
        workers = self._project.containers("worker")
        require(content.half_sent.wait(600), "half of the load was not sent within 600 s")
        wait_for("lines committed by each worker", lambda: have_all_worked(self._project, workers), 300)
        self._tell_who_worked()
        self._trials.half_way(self._suite, content.go_on.set)

    def _tell_who_worked(self) -> None:
        lines = ", ".join(f"{lines:,}" for lines in self._suite.committed().values())
        self._say(f"lines committed by each worker: {lines}")

    def _queue_up(self, account: Account) -> str:
        """An upload that stays in RabbitMQ, as no worker runs; the job's id."""
        self._project.compose("stop", "worker")
        return self._suite.upload_few(account, seed=3)

    def _down_and_up(self) -> None:
        of_profiles = [name for name in self._form.services if name == "proxy" and self._project.containers(name)]
        self._project.down()
        self._suite.start_all(*of_profiles)
        self._say("down, and up again")

    def _check_kept(self, account: Account, jobs: dict[str, int]) -> None:
        """What was stored is there, and what was queued is stored now."""
        wait_for("the account", lambda: self._answers(account))
        for job_id, lines in jobs.items():
            self._suite.account_for(account, account.ended_job(job_id, 120), lines)
        self._say("the data is there, and what was in the queue was stored")

    def _answers(self, account: Account) -> bool:
        try:
            account.get("/auth/me")
        except Exception:
            return False
        return True
