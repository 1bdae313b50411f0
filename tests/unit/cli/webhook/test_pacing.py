"""When GitHub is asked again: its limits as it documents them, its failures, its refusals."""

import pytest

from cli.webhook.pacing import (
    LONGEST_PAUSE_SECONDS,
    MOST_TRIES,
    Again,
    Decision,
    Done,
    Refused,
    decide,
    decide_unanswered,
)

NOW = 1_800_000_000.0
USED_UP = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000090"}
LEFT = {"x-ratelimit-remaining": "41", "x-ratelimit-reset": "1800000090"}
LIMITS = "limits how often it is asked"
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


@pytest.mark.parametrize(
    ("status", "headers", "message", "tries", "expected"),
    [
        (200, {}, "", 1, Done()),
        (202, LEFT, "", 1, Done()),
        (200, USED_UP, "", 1, Done(91)),
        (200, {**USED_UP, "x-ratelimit-reset": "1799999999"}, "", 1, Done(1)),
        (200, {**USED_UP, "x-ratelimit-reset": "1900000000"}, "", 1, Done(LONGEST_PAUSE_SECONDS)),
        (200, {"x-ratelimit-remaining": "0"}, "", 1, Done()),
        (403, USED_UP, "API rate limit exceeded", 1, Again(91, LIMITS)),
        (429, USED_UP, "API rate limit exceeded", 2, Again(91, LIMITS)),
        (403, {**USED_UP, "x-ratelimit-reset": "1800100000"}, "", 1, Refused(f"{LIMITS}, for 100,001 s from now on")),
        (403, {**USED_UP, "retry-after": "7"}, SECONDARY, 1, Again(7, LIMITS)),
        (429, {"retry-after": "7"}, "", 3, Again(7, LIMITS)),
        (429, {"retry-after": "7"}, "", MOST_TRIES, Refused(f"{LIMITS}, {MOST_TRIES} times in a row")),
        (429, {"retry-after": "soon"}, SECONDARY, 1, Again(60, LIMITS)),
        (403, LEFT, SECONDARY, 1, Again(60, LIMITS)),
        (403, LEFT, SECONDARY, 3, Again(240, LIMITS)),
        (403, LEFT, SECONDARY, 7, Refused(f"{LIMITS}, for 3,840 s from now on")),
        (403, LEFT, "Must have admin rights", 1, Refused("answered 403 (Must have admin rights)")),
        (401, {}, "Bad credentials", 1, Refused("answered 401 (Bad credentials)")),
        (404, USED_UP, "Not Found", 1, Refused("answered 404 (Not Found)")),
        (304, {}, "Not Modified", 1, Refused("answered 304 (Not Modified)")),
        (500, {}, "", 1, Again(1, "answered 500")),
        (502, {}, "", 4, Again(8, "answered 502")),
        (503, {"retry-after": "0"}, "", 4, Again(0, "answered 503")),
        (502, {}, "", MOST_TRIES, Refused(f"answered 502, {MOST_TRIES} times in a row")),
    ],
)
def test_what_follows_from_an_answer(
    status: int, headers: dict[str, str], message: str, tries: int, expected: Decision
) -> None:
    assert decide(status, headers, message, now=NOW, tries=tries) == expected


@pytest.mark.parametrize(
    ("tries", "expected"),
    [
        (1, Again(1, "is away")),
        (5, Again(16, "is away")),
        (MOST_TRIES, Refused(f"is away, {MOST_TRIES} times in a row")),
    ],
)
def test_what_follows_from_silence(tries: int, expected: Decision) -> None:
    assert decide_unanswered("is away", tries) == expected
