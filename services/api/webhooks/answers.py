"""What webhooks are answered, and how that is documented."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.api.jobs import job_links
from services.api.operations import Nothing, Operation
from services.api.served_elsewhere import JobLinks
from services.api.webhooks.deliveries import CONTENT_TYPES
from services.api.webhooks.places import Place


class DeliveryAnswer(BaseModel):
    """The delivery is safe with the broker; the same whenever it comes again."""

    delivery_id: str
    event: str
    action: str | None
    job_id: UUID = Field(description="that of its repository's day")
    line_no: int = Field(description="its first line in the job")
    line_count: int = Field(description="one, and of a push one more for each commit")
    links: JobLinks


class PingAnswer(BaseModel):
    """How the webhook is set up; nothing is kept of a ping."""

    event: Literal["ping"]
    zen: str | None
    hook_id: int | None
    repository: str | None = Field(description="null of a hook of an organization")
    owner: str = Field(description="the account that has what comes with this secret")
    secret: str = Field(description="the secret's name")
    events: list[str] = Field(description="what the hook sends")
    content_type: Literal["json", "form"]
    max_bytes: int = Field(description="most bytes of a delivery")
    warnings: list[str] = Field(description="what may not be as it was meant")


def delivery_answer(delivery_id: str, place: Place) -> DeliveryAnswer:
    """To a delivery that has that place."""
    return DeliveryAnswer(
        delivery_id=delivery_id,
        event=place.event,
        action=place.action,
        job_id=place.batch.job_id,
        line_no=place.line_no,
        line_count=place.line_count,
        links=JobLinks.model_validate(job_links(place.batch.job_id)),
    )


def _header(name: str, description: str, *, required: bool = True) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "header", "required": required, "description": description, "schema": schema}


PROBLEMS = {
    str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in (400, 401, 413, 415, 429, 500, 503)
}
PONG = {
    "description": "To a `ping`: how the webhook is set up",
    "content": {"application/json": {"schema": PingAnswer.model_json_schema(mode="serialization")}},
}
ACCEPTED = {
    "description": "It is safe with the broker, or was before",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/DeliveryAnswer"}}},
}
DOCUMENTS = {
    "description": "Keeps what a webhook of GitHub delivers as lines of a job, one for each repository and day.",
    "parameters": [
        {
            "name": "hook",
            "in": "query",
            "required": False,
            "description": "the secret it is signed with, by id; else any is tried",
            "schema": {"type": "string", "format": "uuid"},
        },
        _header("X-GitHub-Event", "the kind of event"),
        _header("X-GitHub-Delivery", "identifies the delivery: it is kept once, however often it comes"),
        _header("X-Hub-Signature-256", "`sha256=` and the HMAC of the body"),
        _header("X-GitHub-Hook-ID", "the webhook's number", required=False),
    ],
    "requestBody": {"required": True, "content": {kind: {"schema": {"type": "object"}} for kind in CONTENT_TYPES}},
    "responses": {"200": PONG, "202": ACCEPTED, **PROBLEMS},
}
OPERATIONS = (
    Operation(
        "POST",
        "/webhook/github",
        "Take in what GitHub delivers",
        "webhooks",
        None,
        Nothing,
        Nothing,
        DeliveryAnswer,
        202,
        login=False,
        documents=DOCUMENTS,
    ),
)
