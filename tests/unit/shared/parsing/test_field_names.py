import pytest

from shared.parsing.field_names import FALLBACK_OF, FIELD_OF, MEANINGS, RANKS, has_fields, meanings, plain
from shared.parsing.field_values import READERS

SAME_SPELLINGS = [
    ("response_time", "responseTime", "ResponseTime", "response-time", "_response_time"),
    ("X-Forwarded-For", "x_forwarded_for", "xForwardedFor"),
    ("@timestamp", "timestamp", "__TIMESTAMP", "Timestamp"),
    ("req.headers.user-agent", "req.headers.User-Agent", "req.headers.user_agent"),
]


@pytest.mark.parametrize("spellings", SAME_SPELLINGS)
def test_spellings_of_a_name(spellings: tuple[str, ...]) -> None:
    assert len({plain(name) for name in spellings}) == 1
    assert meanings(plain(spellings[0]))


@pytest.mark.parametrize("name", ["t", "T", "s", "@t", "@mt", "", "_", "__", "."])
def test_the_shortest_names_are_what_they_are(name: str) -> None:
    assert plain(name) == name


def test_every_field_can_be_read() -> None:
    assert {meaning.field for found in MEANINGS.values() for meaning in found} <= READERS.keys()


@pytest.mark.parametrize(
    ("name", "inside"), [("meta.req.url", "req.url"), ("record.extra.user_id", "user_id"), ("fields.status", "status")]
)
def test_names_inside_of_transparent_objects_mean_the_same_but_come_later(name: str, inside: str) -> None:
    ((field, rank),) = meanings(plain(name))
    assert field == meanings(plain(inside))[0].field
    assert rank > meanings(plain(inside))[0].rank


def test_other_objects_are_not_looked_into() -> None:
    assert not has_fields("params")
    assert meanings("params.id") == meanings("order.status") == ()
    assert has_fields("meta")
    assert has_fields("req.headers")


def test_exact_names() -> None:
    assert {FIELD_OF[name] for name in ("client_ip", "clientIp", "clientip")} == {"client"}
    assert FALLBACK_OF["x_forwarded_for"] == "client"
    assert len(RANKS) == 5
