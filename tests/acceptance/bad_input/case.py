"""One odd input, and what must come of it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.user import User, assert_conserved

Line = dict[str, Any]
"""An item of /lines."""

SHOWN = 1000
"""Characters of a failure's text."""


@dataclass(frozen=True)
class Case:
    """`lines`: for each line of the input what its item must at least have; a callable value judges.

    `raw`: what the export gives back, the content itself unless the upload is decoded first.
    """

    name: str
    content: bytes = field(repr=False)
    lines: Sequence[Mapping[str, object]] = field(repr=False)
    status: str = "completed"
    query: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None

    def run(self, user: User) -> list[Line]:
        """Uploads the content, checks the outcome and answers the items."""
        job_id = user.upload(self.content, f"{self.name}.log", again="true", **self.query)
        job = user.wait(job_id)
        items = list(user.lines(job_id))
        exported = user.http.get(f"/api/jobs/{job_id}/export", params={"format": "raw"}).raise_for_status().content
        assert job["status"] == self.status, job
        assert_conserved(job)
        same = exported == (self.content if self.raw is None else self.raw)
        assert same, exported[:SHOWN]
        assert len(items) == len(self.lines), str(items)[:SHOWN]
        for item, expected in zip(items, self.lines, strict=True):
            _check(item, expected)
        return items


def _check(item: Line, expected: Mapping[str, object]) -> None:
    for name, wanted in expected.items():
        found = item.get(name)
        fits = wanted(found) if callable(wanted) else found == wanted
        assert fits, f"{name} is {found!r:.200} in {item!r:.1000}"


def like(pattern: str) -> Callable[[object], bool]:
    """Judges a text by a regular expression that must be found in it."""
    return lambda found: isinstance(found, str) and re.search(pattern, found) is not None


def has(**members: object) -> Callable[[object], bool]:
    """Judges attrs by some of their members."""
    return lambda found: isinstance(found, dict) and members.items() <= found.items()
