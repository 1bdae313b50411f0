"""What to say where a dead letter is not in the state for it. Pure."""

from collections.abc import Sequence

from shared.errors import InputError

REPLAY_AGAIN_MINUTES = 10
REFUSALS = {
    "stored": ("Already stored", "Its lines are stored; nothing is left of it."),
    "discarded": ("Discarded", "Its bytes were discarded; nothing is left of it."),
    "unaddressed": ("Not replayable", "Nothing in it says which batch of which job it is; no worker would store it."),
    "cancelled": ("Job cancelled", "Its job is cancelled; no worker would store it."),
    "replaying": (
        "Already replaying",
        f"It is being replayed. If nothing comes of it, it can be again {REPLAY_AGAIN_MINUTES} minutes after it went "
        "into the queue.",
    ),
}
COUNTED = {
    "stored": "stored already",
    "discarded": "discarded",
    "unaddressed": "without a job to store them for",
    "cancelled": "of a cancelled job",
    "replaying": "being replayed already",
}


def refusal(hindrance: str) -> InputError:
    """The answer (409) where that stands in the way of a letter."""
    return InputError(409, *REFUSALS.get(hindrance, ("Changed just now", "It changed just now; try again.")))


def nothing_to_replay(hindrances: Sequence[tuple[str, int]]) -> str:
    """Why none of the letters that match can be replayed; pairs of what stands in the way and how often.

    >>> nothing_to_replay([("stored", 2), ("discarded", 1)])
    'Of the dead letters that match, none can be replayed: 2 stored already, 1 discarded.'
    """
    if not hindrances:
        return "There is no dead letter that matches."
    counted = ", ".join(f"{letters} {COUNTED.get(hindrance, 'changed just now')}" for hindrance, letters in hindrances)
    return f"Of the dead letters that match, none can be replayed: {counted}."
