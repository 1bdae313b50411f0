"""A user of the suite under test, and somebody who watches it."""

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from deploy.compose_test.failures import wait_for

_ENDED = {"completed", "completed_with_errors", "failed", "cancelled", "interrupted"}


class Account:
    """Registers and logs in when made; raises httpx's errors, HTTPStatusError for an answer of 400 or more."""

    def __init__(self, url: str, trust: ssl.SSLContext | bool = True) -> None:
        # No proxy of the environment may stand between us and our own machine.
        self._http = httpx.Client(base_url=url, verify=trust, trust_env=False, timeout=60)
        person = {"email": f"{uuid4().hex[:12]}@example.com", "password": uuid4().hex}
        self._http.post("/auth/register", json=person).raise_for_status()
        token = self._http.post("/auth/login", json=person).raise_for_status().json()["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def upload(self, content: Iterable[bytes], name: str) -> str:
        """Sends it all; the job's id."""
        answer = self._http.post("/upload", params={"name": name}, content=content, timeout=3600)
        job_id: str = answer.raise_for_status().json()["job_id"]
        return job_id

    def get(self, path: str) -> Any:
        """The answer's JSON."""
        return self._http.get(path, timeout=600).raise_for_status().json()

    def ended_job(self, job_id: str, seconds: float) -> dict[str, Any]:
        """The job once it has ended."""
        job: dict[str, Any] = {}

        def has_ended() -> bool:
            job.update(self.get(f"/api/jobs/{job_id}"))
            return job["status"] in _ENDED

        wait_for(f"the end of job {job_id}", has_ended, seconds)
        return job


@dataclass(frozen=True)
class Prometheus:
    """The project's own."""

    url: str

    def targets(self) -> dict[str, list[str]]:
        """The health of each job's targets; none while it cannot be asked."""
        try:
            answer = httpx.get(f"{self.url}/api/v1/targets", trust_env=False, timeout=10).raise_for_status().json()
        except httpx.HTTPError:
            return {}
        found: dict[str, list[str]] = {}
        for target in answer["data"]["activeTargets"]:
            found.setdefault(target["labels"]["job"], []).append(target["health"])
        return found

    def value(self, promql: str) -> float | None:
        """The one number a query gives; None for no series."""
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": promql}, trust_env=False, timeout=10)
        result = answer.raise_for_status().json()["data"]["result"]
        return float(result[0]["value"][1]) if result else None


def is_ready(url: str, trust: ssl.SSLContext | bool = True) -> bool:
    """Whether the api there says that it is ready."""
    try:
        return httpx.get(f"{url}/health/ready", verify=trust, trust_env=False, timeout=10).is_success
    except httpx.HTTPError:
        return False
