"""What a dead letter tells of an error: where it was, and not what it worked on."""

import asyncpg
import pytest

from services.worker.traces import MAX_TRACE_BYTES, MOST_CAUSES, told_briefly, trace_of, words_of


def fail(secret: str) -> None:
    if secret:
        raise ValueError("it broke")


def caught(error: Exception) -> Exception:
    try:
        raise error
    except Exception as found:
        return found


def with_detail(error: asyncpg.PostgresError) -> asyncpg.PostgresError:
    error.detail, error.hint = "Failing row contains (secret).", "Leave the secret out."
    return error


def deep(levels: int) -> None:
    if levels == 0:
        raise RuntimeError("\N{GRINNING FACE}" * 10_000)
    try:
        deep(levels - 1)
    except RuntimeError as error:
        raise RuntimeError("\N{GRINNING FACE}" * 10_000) from error


def test_it_names_the_frames_and_no_values() -> None:
    with pytest.raises(ValueError, match="it broke") as info:
        fail("pass" + "word")
    trace = trace_of(info.value)
    assert trace.endswith("ValueError: it broke\n")
    assert "in fail\n" in trace
    assert "password" not in trace


def test_a_cause_comes_first() -> None:
    error = ValueError("second")
    error.__cause__ = caught(KeyError("first"))
    trace = trace_of(caught(error))
    assert trace.index("KeyError: 'first'") < trace.index("ValueError: second")


@pytest.mark.parametrize("levels", [0, 1, MOST_CAUSES, 50])
def test_it_is_bounded_whatever_was_raised(levels: int) -> None:
    with pytest.raises(RuntimeError) as info:
        deep(levels)
    trace = trace_of(info.value)
    assert len(trace.encode()) <= MAX_TRACE_BYTES
    assert "in deep\n" in trace


def test_its_text_can_be_sent() -> None:
    assert trace_of(ValueError("\ud800")).encode()


def test_causes_that_go_in_a_circle_end() -> None:
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert trace_of(one).count("ValueError") == MOST_CAUSES


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("plain"), "plain"),
        (asyncpg.CheckViolationError("violates check"), "violates check"),
        (asyncpg.CheckViolationError(), ""),
        (with_detail(asyncpg.CheckViolationError("violates check")), "violates check"),
    ],
)
def test_words_have_nothing_of_a_row(error: Exception, words: str) -> None:
    assert words_of(error) == words
    assert told_briefly(error) == f"{type(error).__name__}: {words}"
    assert "secret" not in trace_of(caught(error))
