"""Which dead letters a query asks for."""

from uuid import UUID

import pytest
from pydantic import ValidationError
from starlette.datastructures import QueryParams

from services.api.dead_letters.filters import NOT_OVER, DiscardQuery, LetterChoice, LetterFilter, ReplayQuery
from services.api.operations import read_query
from services.api.problems import InvalidInputError

JOB = UUID("00000000-0000-4000-8000-000000000001")
OWNER = UUID("00000000-0000-4000-8000-000000000002")

STATES: list[tuple[str | None, tuple[str, ...] | None]] = [
    (None, ("waiting", "replaying")),
    ("waiting", ("waiting",)),
    ("stored, discarded,stored", ("discarded", "stored")),
    ("all", None),
    ("waiting,all", None),
]


@pytest.mark.parametrize(("text", "states"), STATES)
def test_states(text: str | None, states: tuple[str, ...] | None) -> None:
    given = {} if text is None else {"state": text}
    assert LetterFilter.of(LetterChoice.model_validate(given), NOT_OVER).states == states


def test_what_a_filter_says_and_what_the_statement_takes() -> None:
    query = LetterChoice.model_validate(
        {"job_id": str(JOB), "reason": "bad_checksum", "state": "waiting", "q": "50%_\\"}
    )
    wanted = LetterFilter.of(query)
    assert wanted.described() == {
        "job_id": str(JOB),
        "reason": "bad_checksum",
        "state": ["waiting"],
        "q": "50%_\\",
    }
    assert wanted.arguments(OWNER) == (OWNER, None, JOB, "bad_checksum", ("waiting",), "%50\\%\\_\\\\%")
    assert LetterFilter().described() == {}
    assert LetterFilter().arguments(None) == (None,) * 6


CLEAR: list[dict[str, str]] = [{"all": "true"}, {"all": "true", "state": "waiting"}, {"q": "x"}, {"reason": "x"}]
UNCLEAR: list[dict[str, str]] = [{}, {"state": "all"}, {"all": "false"}, {"all": "true", "q": "x"}, {"al": "true"}]


def test_what_is_to_be_discarded_has_to_be_said() -> None:
    for given in CLEAR:
        DiscardQuery.model_validate(given)
    for given in UNCLEAR:
        with pytest.raises(ValidationError):
            DiscardQuery.model_validate(given)


def test_a_misspelt_filter_replays_nothing() -> None:
    with pytest.raises(ValidationError):
        ReplayQuery.model_validate({"resaon": "bad_checksum"})


EMPTY: list[tuple[str, str]] = [
    ("job_id=&reason=x", "job_id"),
    ("job_id=&all=true", "job_id"),
    ("reason=&q=x", "reason"),
    ("q=%20&reason=x", "q"),
    ("q=x&state=", "state"),
    ("q=x&all=", "all"),
    ("q=x&nothing=", "nothing"),
]


@pytest.mark.parametrize("model", [ReplayQuery, DiscardQuery])
@pytest.mark.parametrize(("query", "pointer"), EMPTY)
def test_an_empty_filter_does_not_mean_all(model: type[LetterChoice], query: str, pointer: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_query(model, QueryParams(query))
    assert [error.pointer for error in refused.value.errors] == [pointer]
    assert read_query(LetterChoice, QueryParams("job_id=&q=")) == LetterChoice()
