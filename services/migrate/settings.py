"""The settings of the migrations (configs/migrate.yaml)."""

from typing import ClassVar

from pydantic import Field

from shared.privileges import ROLE_PREFIX
from shared.settings import Settings


class MigrateSettings(Settings):
    """What one run needs to know; its connections are those of whom tables and queues belong to."""

    service: ClassVar[str] = "migrate"

    role_prefix: str = Field(
        ROLE_PREFIX,
        pattern="^[a-z_][a-z0-9_]{0,40}$",
        description="beginning of the names of the services' roles in PostgreSQL: with `api`, `worker`, `aggregator`",
    )
    roles_required: bool = Field(False, description="wait until PostgreSQL has all three roles")
