"""Whose child a fold is."""

import pytest

from services.aggregator.fold_spans import MOST_LINKS, Ancestry, ancestry_of


def traceparent(trace: int, span: int = 1, flags: int = 1) -> str:
    return f"00-{trace:032x}-{span:016x}-{flags:02x}"


@pytest.mark.parametrize(
    ("traceparents", "ancestry"),
    [
        ([], None),
        ([None, ""], None),
        ([None, traceparent(1, flags=0)], None),
        ([None, traceparent(1)], Ancestry(traceparent(1), ())),
        ([traceparent(1, 1), traceparent(1, 2)], Ancestry(traceparent(1, 1), ())),
        ([traceparent(2), traceparent(1), traceparent(2, 2)], Ancestry(traceparent(2), (traceparent(1),))),
        ([traceparent(1, flags=0), traceparent(2)], Ancestry(traceparent(2), ())),
        (["nonsense", traceparent(1)], Ancestry(traceparent(1), ())),
    ],
)
def test_ancestry(traceparents: list[str | None], ancestry: Ancestry | None) -> None:
    assert ancestry_of(traceparents) == ancestry


def test_links_are_bounded() -> None:
    ancestry = ancestry_of(map(traceparent, range(1, 1000)))
    assert ancestry is not None
    assert len(ancestry.links) == MOST_LINKS
