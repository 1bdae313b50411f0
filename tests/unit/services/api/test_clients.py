"""The client's address behind proxies."""

import pytest

from services.api.clients import ClientAddresses

TRUSTED = ["10.0.0.0/8", "2001:db8:1::/48"]


@pytest.mark.parametrize(
    ("hops", "key"),
    [
        # no proxy: what a client claims about itself is not believed
        (["", "203.0.113.9"], "203.0.113.9"),
        (["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        # a trusted proxy's own last hop is believed, and nothing before that
        (["198.51.100.1", "10.0.0.1"], "198.51.100.1"),
        (["6.6.6.6", "198.51.100.1", "10.0.0.1"], "198.51.100.1"),
        (["6.6.6.6", "198.51.100.1", "10.9.9.9", "10.0.0.1"], "198.51.100.1"),
        # a proxy that says nothing, or nonsense
        (["", "10.0.0.1"], "10.0.0.1"),
        (["unknown", "10.0.0.1"], "10.0.0.1"),
        (["198.51.100.1", "evil", "10.0.0.1"], "10.0.0.1"),
        # one IPv6 customer has a whole /64
        (["2001:db8:2:3:4:5:6:7"], "2001:db8:2:3::/64"),
        (["2001:db8:2:3::1", "2001:db8:1::1"], "2001:db8:2:3::/64"),
        (["::ffff:198.51.100.1"], "198.51.100.1"),
        # no address at all, as on a Unix socket
        ([""], ""),
    ],
)
def test_key(hops: list[str], key: str) -> None:
    assert ClientAddresses(TRUSTED).key(hops) == key
