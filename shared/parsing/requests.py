"""HTTP request lines as logs quote them."""

import polars as pl

METHOD = "[A-Z][A-Z_-]*"
REQUEST = rf"^(?P<method>{METHOD}) (?P<url>.*?)(?: HTTP/[0-9.]+)?$"


def read_requests(texts: pl.Series) -> list[pl.Series]:
    """The columns method and url of request lines; null for what is none, such as - or the bytes of a TLS handshake."""
    return texts.str.extract_groups(REQUEST).struct.unnest().get_columns()
