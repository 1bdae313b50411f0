"""Lists come in pages: `limit` items, and a cursor for the next ones."""

from typing import Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, Field

from services.api.settings import ApiSettings
from shared.settings import split_words

T = TypeVar("T")

comma_separated = BeforeValidator(split_words)
"""Lets a list parameter be written `a,b`."""


class PageQuery(BaseModel):
    """What every list takes."""

    limit: int | None = Field(None, ge=1, description="most items wanted; more than the server's maximum is clamped")
    cursor: str | None = Field(None, max_length=1000, description="`next_cursor` of the page before, as it was")

    def items(self, settings: ApiSettings) -> int:
        """How many items this page may have."""
        return min(self.limit or settings.page_items, settings.max_page_items)


class Page(BaseModel, Generic[T]):
    """Some items of a list; there are more exactly when `next_cursor` is not null."""

    items: list[T]
    next_cursor: str | None


def cut(rows: list[T], limit: int) -> tuple[list[T], T | None]:
    """From up to `limit` + 1 rows: those of this page, and its last one where another page follows."""
    page = rows[:limit]
    return page, page[-1] if len(rows) > limit else None
