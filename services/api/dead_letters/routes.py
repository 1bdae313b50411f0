"""The routes of dead letters."""

from services.api.dead_letters.discarding import Discarded, discard_letter, discard_letters
from services.api.dead_letters.filters import DiscardQuery, LetterChoice, LettersQuery, ReplayQuery
from services.api.dead_letters.letter import WholeDeadLetter, download_payload, get_letter
from services.api.dead_letters.listing import (
    DeadLetterGroups,
    DeadLetterPage,
    WaitingLetters,
    count_waiting,
    group_letters,
    list_letters,
)
from services.api.dead_letters.replaying import replay_letter, replay_letters
from services.api.operations import Nothing, Operation
from services.api.replays import Replay

TAG = "dead letters"
PATH = "/api/dead-letters"
ONE = PATH + "/{dead_letter_id}"
BYTES = {
    "description": "Done",
    "headers": {"Content-Disposition": {"description": "attachment, with a name", "schema": {"type": "string"}}},
    "content": {"application/octet-stream": {"schema": {"type": "string"}}},
}
PROBLEMS = {
    str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in (401, 404, 409, 429, 500, 503)
}

# Those with a word in the place of an id come first: it is the first route that fits which answers.
OPERATIONS = (
    Operation("GET", PATH, "Dead letters, newest first", TAG, list_letters, LettersQuery, Nothing, DeadLetterPage),
    Operation("DELETE", PATH, "Discard many", TAG, discard_letters, DiscardQuery, Nothing, Discarded),
    Operation(
        "GET", PATH + "/groups", "By kind of failure", TAG, group_letters, LetterChoice, Nothing, DeadLetterGroups
    ),
    Operation("GET", PATH + "/count", "How many wait", TAG, count_waiting, Nothing, Nothing, WaitingLetters),
    Operation(
        "POST", PATH + "/replay", "Replay many", TAG, replay_letters, ReplayQuery, Nothing, Replay, 202, conflicts=True
    ),
    Operation("GET", ONE, "One of them", TAG, get_letter, Nothing, Nothing, WholeDeadLetter),
    Operation("DELETE", ONE, "Discard it", TAG, discard_letter, Nothing, Nothing, None, 204, conflicts=True),
    Operation(
        "GET",
        ONE + "/payload",
        "Its bytes",
        TAG,
        download_payload,
        Nothing,
        Nothing,
        None,
        documents={"responses": {"200": BYTES, **PROBLEMS}},
    ),
    Operation("POST", ONE + "/replay", "Replay it", TAG, replay_letter, Nothing, Nothing, Replay, 202, conflicts=True),
)
