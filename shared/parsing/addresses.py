"""IP addresses: validated, canonical, found in text."""

import ipaddress
import re
from functools import lru_cache
from typing import TypeAlias

import polars as pl

from shared.parsing.columns import translate

OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4 = rf"{OCTET}(?:\.{OCTET}){{3}}"
IPV4_ONLY = rf"^{IPV4}$"
IPV4_IN_TEXT = rf"(?:^|[^0-9A-Za-z.])({IPV4})(?:[^0-9A-Za-z.]|\.(?:[^0-9A-Za-z]|$)|$)"
IPV6_LIKELY = r"::|(?:[0-9a-fA-F]{1,4}:){7}"
IPV6_WORD = r"[0-9A-Za-z_.]*:[0-9A-Za-z_.]*:[0-9A-Za-z_.:]*"
IPV6_SHAPED = r"^[:a-fA-F]*[0-9][0-9a-fA-F:]*$"
LONGEST_REMEMBERED = 64
WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d+)?|([\d.]+):\d+")


DOCUMENTATION = tuple(
    ipaddress.ip_network(network)
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
)
"""Addresses of examples, which stand for public ones."""

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: Address) -> bool:
    """Whether it is an address of the internet at large."""
    return address.is_global or any(address in network for network in DOCUMENTATION)


def canonical(text: str) -> str | None:
    """The address as canonical text, without port, brackets or zone, v4-mapped v6 as v4; None where it is none.

    Of a list with commas (X-Forwarded-For), the first public address, else the first.

    >>> canonical("[2001:DB8::0:1]:443")
    '2001:db8::1'
    """
    return _canonical(text) if len(text) <= LONGEST_REMEMBERED else _canonical.__wrapped__(text)


@lru_cache(maxsize=16_384)
def _canonical(text: str) -> str | None:
    found = [address for part in text.split(",") if (address := _address(part.strip()))]
    best = next((address for address in found if is_public(address)), found[0] if found else None)
    return str(best) if best else None


def _address(text: str) -> Address | None:
    with_port = WITH_PORT.fullmatch(text)
    bare = (with_port[1] or with_port[2] or "") if with_port else text
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, ipaddress.IPv6Address) else address


def read_addresses(texts: pl.Series) -> pl.Series:
    """Canonical addresses of texts that should be one; null where a text is not."""
    plain = texts.str.contains(IPV4_ONLY)
    if plain.all():  # null counts as plain: it stays null
        return texts
    others = texts.filter(~plain).unique()
    known = {text: canonical(text) for text in others}
    return translate(texts, known, pl.String()).zip_with(~plain.fill_null(True), texts)


def find_addresses(texts: pl.Series) -> pl.Series:
    """The first address in each text, v4 before v6; null where there is none."""
    found = texts.str.extract(IPV4_IN_TEXT)
    likely = found.is_null() & texts.str.contains(IPV6_LIKELY).fill_null(False)
    if not likely.any():
        return found
    return found.zip_with(~likely, _find_v6(texts))


def _find_v6(texts: pl.Series) -> pl.Series:
    """Looks at whole words between other punctuation, so that no part of a name like std::b4se passes for one."""
    rows = pl.DataFrame({"row": pl.int_range(len(texts), eager=True), "word": texts.str.extract_all(IPV6_WORD)})
    words = rows.explode("word").with_columns(pl.col("word").str.strip_chars_end(".:"))
    words = words.filter(pl.col("word").str.contains(IPV6_SHAPED))
    first = words.with_columns(read_addresses(words["word"])).drop_nulls("word").unique("row", keep="first")
    return rows.select("row").join(first, on="row", how="left", maintain_order="left")["word"]
