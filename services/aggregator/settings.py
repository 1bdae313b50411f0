"""The aggregator's settings (configs/aggregator.yaml)."""

from typing import ClassVar

from pydantic import Field

from shared.settings import Settings


class AggregatorSettings(Settings):
    """What one aggregator process needs to know; several may run side by side."""

    service: ClassVar[str] = "aggregator"

    aggregator_host: str = Field("127.0.0.1", description="address of /metrics, /health and /stream")
    aggregator_port: int = Field(8083, ge=0, le=65535, description="port of /metrics, /health and /stream")
    fold_interval_seconds: float = Field(0.2, gt=0, description="pause between two looks for new partials")
    fold_batches: int = Field(200, ge=1, description="most partials of one job folded in one transaction")
    interrupted_after_seconds: float = Field(
        60, ge=5, description="silence after which an upload counts as interrupted"
    )
    stuck_after_seconds: float = Field(
        3600, gt=0, description="silence after which a job whose missing batches are in no queue counts as failed"
    )
    maintenance_interval_seconds: float = Field(10, gt=0, description="pause between two rounds of housekeeping")
    retention_days: int = Field(
        0, ge=0, description="days after which an ended job goes with all of its lines; 0 keeps all"
    )
    webhook_close_after_seconds: float = Field(
        300, ge=0, description="time after midnight (UTC) when the webhook jobs of the day before are closed"
    )
