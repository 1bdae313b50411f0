"""The api's settings (configs/api.yaml)."""

import ipaddress
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from shared.settings import KeywordSettings, RecordSettings, split_words

MIN_SECRET_BYTES = 32
MIN_WEBHOOK_SECRET_CHARACTERS = 16
MAX_BATCH_BYTES = 16 * 1024**2
"""Of a line batch and of a line kept whole; well below what the workers take for one (shared.messages)."""


class WebhookSecret(BaseModel):
    """A secret that webhooks of the account `owner` (email) are signed with."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    owner: str
    secret: SecretStr = Field(min_length=MIN_WEBHOOK_SECRET_CHARACTERS)
    name: str = "configuration"


class ApiSettings(KeywordSettings, RecordSettings):
    """What one api process needs to know."""

    service: ClassVar[str] = "api"

    api_host: str = Field("127.0.0.1", description="address the HTTP server binds to")
    api_port: int = Field(8081, ge=0, le=65535, description="port the HTTP server binds to")
    database_pool_connections: int = Field(10, ge=1, le=200, description="most connections to PostgreSQL at once")

    jwt_secret: SecretStr = Field(
        SecretStr(""),
        validate_default=True,
        description="signs sessions and cursors: a secret of at least 32 bytes, alike in every api process",
    )
    session_seconds: int = Field(86_400, ge=60, description="life of a login, in seconds")
    cookie_secure: bool = Field(False, description="sends the session cookie over TLS only, and HSTS")
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        [],
        description="networks (CIDR) whose X-Forwarded-For is believed (comma-separated in the environment)",
    )
    password_hash_memory_kib: int = Field(19_456, ge=8, description="memory of one argon2id hash, in KiB")
    password_hash_iterations: int = Field(2, ge=1, description="passes of one argon2id hash")
    password_hash_threads: int = Field(2, ge=1, le=64, description="passwords hashed at once")

    requests_per_second: float = Field(200, gt=0, description="requests one client address may make, on average")
    request_burst: int = Field(1000, ge=1, description="requests one client address may make at once")
    logins_per_minute: float = Field(30, gt=0, description="logins and registrations one client address may try")
    account_logins_per_minute: float = Field(10, gt=0, description="logins that may be tried on one account")

    page_items: int = Field(50, ge=1, description="items of a list's page where no limit is asked for")
    max_page_items: int = Field(1000, ge=1, description="most items of a list's page; a greater limit is clamped")
    max_page_bytes: int = Field(16 * 1024**2, ge=1024, description="text of a page of lines, in bytes; ends it early")
    max_rollup_items: int = Field(10_000, ge=1, description="most items of a page of rollups")
    lines_search_seconds: float = Field(2, gt=0, description="search for lines before a page is answered as it is")

    max_upload_bytes: int = Field(100 * 1024**3, ge=1, description="most bytes of one upload")
    max_decompressed_bytes: int = Field(200 * 1024**3, ge=1, description="most bytes one upload may unpack to")
    max_expansion_ratio: float = Field(
        1000, ge=1, description="most bytes one uploaded byte may unpack to; asked for beyond the first 64 MiB"
    )
    max_archive_members: int = Field(5000, ge=1, description="most members, folders too, of all archives in one upload")
    max_line_bytes: int = Field(1024**2, ge=1024, le=MAX_BATCH_BYTES, description="most bytes of a line kept whole")
    batch_bytes: int = Field(
        1024**2,
        ge=1024,
        le=MAX_BATCH_BYTES,
        description="bytes of lines put into one line batch, at most max_line_bytes",
    )
    priority_bytes: int = Field(
        16 * 1024**2, ge=0, description="bytes at an input's beginning that go before the later ones of all others"
    )
    publish_window_batches: int = Field(8, ge=1, description="unconfirmed batches of an upload before it has to wait")
    publish_timeout_seconds: float = Field(30, gt=0, description="longest wait for the broker's confirm of a batch")
    publish_patience_seconds: float = Field(
        300, gt=0, description="longest an upload waits for an absent or full broker before it is interrupted"
    )
    publish_first_patience_seconds: float = Field(
        10, gt=0, description="longest a new upload waits for the broker to take its first batch before it is refused"
    )
    upload_idle_timeout_seconds: float = Field(60, gt=0, description="silence after which an upload is interrupted")
    max_uploads_per_user: int = Field(8, ge=1, description="uploads of one user at once")

    event_interval_seconds: float = Field(0.25, gt=0, description="shortest time between two progress events of a job")
    sse_ping_seconds: float = Field(15, gt=0, description="silence of an event stream after which a comment is sent")
    max_streams_per_user: int = Field(32, ge=1, description="event streams of one user at once")

    rabbitmq_management_url: SecretStr | None = Field(
        None,
        description="base URL of RabbitMQ's management API, with user and password, for queue-status",
    )
    queue_status_seconds: float = Field(1, gt=0, description="age up to which a queue status is answered again")

    max_preview_bytes: int = Field(
        1024**2, ge=1024, le=MAX_BATCH_BYTES, description="most bytes of a file's beginning that a preview takes"
    )
    previews_at_once: int = Field(2, ge=1, le=64, description="previews and samples of formats read at once")
    max_formats_per_user: int = Field(100, ge=1, le=10_000, description="formats of one user's own")

    webhook_secrets: list[WebhookSecret] = Field(
        [], description="secrets of webhooks that are not managed in the api: owner (email), secret, name"
    )
    max_webhook_secrets_per_user: int = Field(20, ge=1, le=1000, description="webhook secrets of one user's own")
    max_webhook_bytes: int = Field(
        25_000_000, ge=1024, le=32 * 1024**2, description="most bytes of one webhook delivery's body"
    )
    max_webhook_bytes_at_once: int = Field(
        256 * 1024**2, ge=1024, description="bytes of webhook bodies held at once; more are told to come again"
    )
    webhook_answer_seconds: float = Field(
        8, gt=0, lt=10, description="longest a webhook delivery waits for its answer; GitHub gives up after 10"
    )

    _split_proxies = field_validator("trusted_proxies", mode="before")(split_words)

    @field_validator("jwt_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value().encode()) < MIN_SECRET_BYTES:
            raise ValueError(f"set LOGMILL_JWT_SECRET to at least {MIN_SECRET_BYTES} random bytes")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        for network in value:
            ipaddress.ip_network(network, strict=False)
        return value

    @model_validator(mode="after")
    def _batches_no_longer_than_lines(self) -> Self:
        if self.batch_bytes > self.max_line_bytes:
            raise ValueError("batch_bytes has to be at most max_line_bytes")
        return self

    @model_validator(mode="after")
    def _a_webhook_fits(self) -> Self:
        if self.max_webhook_bytes > self.max_webhook_bytes_at_once:
            raise ValueError("max_webhook_bytes has to be at most max_webhook_bytes_at_once")
        return self
