"""Records over time."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.summary import RollupRow
from tests.integration.api.owner import Owner
from tests.integration.api.seed import Seed, minute


@pytest.fixture
async def jobs(ann: Owner, bob: Owner, seed: Seed) -> list[UUID]:
    """Two jobs of ann's and one of bob's, with the same minutes."""
    rows = [
        RollupRow("level", minute(0), "error", 1),
        RollupRow("level", minute(0), "info", 10),
        RollupRow("level", minute(1), "error", 2),
        RollupRow("level", minute(59), "error", 3),
        RollupRow("level", minute(60), "error", 4),
        RollupRow("level", minute(12 * 60), "error", 5),
        RollupRow("status", minute(0), "200", 6),
        RollupRow("keyword", minute(0), "timeout", 7),
        RollupRow("event", minute(0), "push", 8),
        RollupRow("repository", minute(0), "shop/pumps", 9),
        RollupRow("sender", minute(0), "ann", 10),
        RollupRow("outcome", minute(0), "check_run failure", 11),
    ]
    made = [await seed.job(owner) for owner in (ann.user_id, ann.user_id, bob.user_id)]
    for job_id in made:
        await seed.rollups(job_id, rows)
    return made


def shown(items: list[Any]) -> list[tuple[str, str, int]]:
    return [(item["bucket"][5:16], item["group"], item["lines"]) for item in items]


SERIES: list[tuple[dict[str, str], list[tuple[str, str, int]]]] = [
    (
        {"step": "1h"},
        [
            ("01-31T12:00", "error", 12),
            ("01-31T12:00", "info", 20),
            ("01-31T13:00", "error", 8),
            ("02-01T00:00", "error", 10),
        ],
    ),
    ({"step": "1d"}, [("01-31T00:00", "error", 20), ("01-31T00:00", "info", 20), ("02-01T00:00", "error", 10)]),
    (
        {"from": "2025-01-31T12:01:00Z", "to": "2025-01-31T13:00:00Z"},
        [("01-31T12:01", "error", 4), ("01-31T12:59", "error", 6)],
    ),
    (
        {"from": "2025-01-31T12:30:00Z", "step": "1h"},
        [("01-31T12:00", "error", 6), ("01-31T13:00", "error", 8), ("02-01T00:00", "error", 10)],
    ),
    ({"group_by": "status"}, [("01-31T12:00", "200", 12)]),
    ({"group_by": "keyword"}, [("01-31T12:00", "timeout", 14)]),
    ({"group_by": "event"}, [("01-31T12:00", "push", 16)]),
    ({"group_by": "repository"}, [("01-31T12:00", "shop/pumps", 18)]),
    ({"group_by": "sender"}, [("01-31T12:00", "ann", 20)]),
    ({"group_by": "outcome"}, [("01-31T12:00", "check_run failure", 22)]),
    ({"to": "2025-01-01T00:00:00Z"}, []),
]


async def test_series(ann: Owner, jobs: list[UUID]) -> None:
    for limit in (1, 2, 100):
        found = [(query, shown(await ann.all_items("/api/rollups", limit=limit, **query))) for query, _ in SERIES]
        assert found == SERIES


async def test_one_job(ann: Owner, jobs: list[UUID]) -> None:
    answer = await ann.get("/api/rollups", job_id=jobs[0])
    assert (answer["step"], answer["group_by"], answer["next_cursor"]) == ("1m", "level", None)
    assert shown(answer["items"])[:3] == [
        ("01-31T12:00", "error", 1),
        ("01-31T12:00", "info", 10),
        ("01-31T12:01", "error", 2),
    ]


async def test_a_job_of_somebody_else_is_none(ann: Owner, jobs: list[UUID]) -> None:
    answers = [await ann.ask(f"/api/rollups?job_id={job_id}") for job_id in (jobs[2], uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    others, missing = (answer.json() | {"request_id": ""} for answer in answers)
    assert others == missing


REFUSED = [
    ("from=2025-01-02T00:00:00Z&to=2025-01-01T00:00:00Z", "from"),
    ("from=2025-01-02", "from"),
    ("to=0000-01-01T00:00:00Z", "to"),
    ("step=5m", "step"),
    ("group_by=job", "group_by"),
    ("job_id=1", "job_id"),
    ("limit=0", "limit"),
    ("cursor=x", "cursor"),
]


async def test_refused(ann: Owner) -> None:
    for query, named in REFUSED:
        answer = await ann.ask(f"/api/rollups?{query}")
        assert answer.status_code == 422, query
        assert named in answer.text
