"""The documentation of routes that are served by handlers of their own."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.api.line_filters import Time
from services.api.operations import Nothing, Operation


class UploadQuery(BaseModel):
    """What an upload may say about its file or files."""

    name: str | None = Field(None, max_length=255, description="the file's name, where the body is the file itself")
    format: str | None = Field(None, description="a built-in format or one of your own; else detected, line by line")
    timezone: str | None = Field(None, description="IANA zone or offset of times that name none; else UTC")
    modified: Time | None = Field(None, description="when the file was last changed; dates lines without a year")
    charset: str | None = Field(None, description="charset of the text; else told by its bytes, or guessed")
    again: bool = Field(False, description="takes in what you sent before once more, instead of answering 409")


class JobLinks(BaseModel):
    """Where to go on from here."""

    self: str
    lines: str
    stats: str
    stream: str


class UploadedJob(BaseModel):
    """The job of one file."""

    job_id: UUID
    file_name: str
    status: str
    links: JobLinks
    error_message: str | None = Field(None, description="why it failed, where the file could not be read to its end")
    duplicate: bool | None = Field(None, description="true where the content was there already: this is its first job")


class UploadAnswer(BaseModel):
    """Every line batch of every file is safe with the broker; `job_id` is the first one's that was not there yet."""

    job_id: UUID
    jobs: list[UploadedJob]


class Readiness(BaseModel):
    """What the service depends on, and whether it can be used."""

    service: str
    status: str
    checks: dict[str, dict[str, Any]] = Field(default_factory=dict)


FILES = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "array", "items": {"type": "string", "contentMediaType": "text/plain"}}
                    },
                },
                "encoding": {"file": {"contentType": "application/octet-stream"}},
            },
            "application/octet-stream": {"schema": {}},
        },
    }
}
PROBLEM_REFERENCES = {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in (429, 500, 503)}
TAKEN = {
    "description": "Asked before a file is sent once more: a client may have sent all of a body before it reads that"
    " nobody wants it.",
    "responses": {
        "204": {"description": "They are"},
        "401": {"$ref": "#/components/responses/Problem401"},
        **PROBLEM_REFERENCES,
    },
}
EVENTS = {
    "responses": {
        "200": {
            "description": "`progress` events with absolute numbers, the last one of a job named after how it ended",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        "401": {"$ref": "#/components/responses/Problem401"},
        **PROBLEM_REFERENCES,
    }
}
JOB_EVENTS = {"responses": {**EVENTS["responses"], "404": {"$ref": "#/components/responses/Problem404"}}}
METRICS = {
    "responses": {
        "200": {"description": "Prometheus metrics", "content": {"text/plain": {"schema": {"type": "string"}}}}
    }
}
NOT_READY = {"503": {"description": "Not now", "content": {"application/json": {"schema": {"type": "object"}}}}}


def _health(path: str, summary: str) -> Operation[Nothing, Nothing]:
    answer = {"description": "Yes", "content": {"application/json": {"schema": {"type": "object"}}}}
    documents = {"responses": {"200": answer, **NOT_READY}}
    return Operation(
        "GET", path, summary, "operations", None, Nothing, Nothing, Readiness, login=False, documents=documents
    )


OPERATIONS = (
    Operation(
        "POST", "/upload", "Upload files", "upload", None, UploadQuery, Nothing, UploadAnswer, 202, documents=FILES
    ),
    Operation(
        "HEAD", "/upload", "Whether uploads are taken now", "upload", None, Nothing, Nothing, None, 204, documents=TAKEN
    ),
    Operation("GET", "/stream", "Progress of all your jobs", "live", None, Nothing, Nothing, None, documents=EVENTS),
    Operation(
        "GET", "/stream/{job_id}", "Progress of one job", "live", None, Nothing, Nothing, None, documents=JOB_EVENTS
    ),
    Operation("GET", "/metrics", "Metrics", "operations", None, Nothing, Nothing, None, login=False, documents=METRICS),
    _health("/health", "Whether the service can work now"),
    _health("/health/ready", "The same"),
    _health("/health/live", "Whether the process is alive"),
)
