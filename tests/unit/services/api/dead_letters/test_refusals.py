"""What is said where a dead letter is not in the state for it."""

import pytest

from services.api.dead_letters.refusals import REFUSALS, nothing_to_replay, refusal

NOTHING: list[tuple[list[tuple[str, int]], str]] = [
    ([], "There is no dead letter that matches."),
    ([("stored", 3)], "Of the dead letters that match, none can be replayed: 3 stored already."),
    ([("replaying", 2), ("cancelled", 1)], "…: 2 being replayed already, 1 of a cancelled job."),
    ([("unaddressed", 1), ("ready", 1)], "…: 1 without a job to store them for, 1 changed just now."),
]


@pytest.mark.parametrize(("hindrances", "told"), NOTHING)
def test_why_nothing_is_replayed(hindrances: list[tuple[str, int]], told: str) -> None:
    assert nothing_to_replay(hindrances).endswith(told.removeprefix("…"))


def test_every_refusal_is_a_conflict_with_a_title_of_its_own() -> None:
    answers = [refusal(hindrance) for hindrance in (*REFUSALS, "ready")]
    assert {answer.status for answer in answers} == {409}
    assert len({answer.title for answer in answers}) == len(answers)
