"""Who is calling: the client's address, believed from proxies only where they are trusted."""

import ipaddress
from collections.abc import Iterable

from starlette.requests import HTTPConnection

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
IPV6_PREFIX_BITS = 64


class ClientAddresses:
    """Finds the address a request came from, behind any number of trusted proxies."""

    def __init__(self, trusted_networks: Iterable[str]) -> None:
        self._trusted = [ipaddress.ip_network(network, strict=False) for network in trusted_networks]

    def of(self, connection: HTTPConnection) -> str:
        """The nearest address no trusted proxy has; a key for limits, IPv6 cut to its /64."""
        peer = connection.client.host if connection.client else ""
        forwarded = ",".join(connection.headers.getlist("x-forwarded-for"))
        return self.key([*forwarded.split(","), peer])

    def key(self, hops: list[str]) -> str:
        """The last of `hops` (farthest first, the peer last) that is not a trusted proxy."""
        nearest = hops[-1]
        for hop in reversed(hops):
            address = _parse(hop)
            if address is None:
                break
            nearest = _network_key(address)
            if not self._is_trusted(address):
                break
        return nearest

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def _parse(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _network_key(address: Address) -> str:
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, IPV6_PREFIX_BITS), strict=False))
