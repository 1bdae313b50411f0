"""The worker's settings (configs/worker.yaml)."""

from typing import ClassVar

from pydantic import Field

from shared.settings import KeywordSettings, RecordSettings, plain_name


class WorkerSettings(KeywordSettings, RecordSettings):
    """What one worker process needs to know; scale by starting more of them."""

    service: ClassVar[str] = "worker"

    worker_host: str = Field("127.0.0.1", description="address of /metrics, /health and /stream")
    worker_port: int = Field(8082, ge=0, le=65535, description="port of /metrics, /health and /stream")
    worker_concurrency: int = Field(
        2,
        ge=1,
        le=64,
        validation_alias=plain_name("worker_concurrency"),
        description="line batches one process works on at once",
    )
    max_attempts: int = Field(3, ge=1, le=50, description="unexpected failures of a batch before it is dead-lettered")
    breaker_window_batches: int = Field(40, ge=4, description="batches settled last that tell whether most fail")
    breaker_failure_ratio: float = Field(
        0.8,
        gt=0,
        le=1,
        description="share of them that failed, and of their jobs (two at least) of which nothing was stored,"
        " that pauses the worker",
    )
    breaker_rest_seconds: float = Field(10, gt=0, description="such a pause, before one batch is tried")

    @property
    def prefetch_batches(self) -> int:
        """Unacknowledged batches held of either queue: one waits for each that is worked on.

        Few, since those beside a batch that ends the process have to run alone next.
        """
        return 2 * self.worker_concurrency
