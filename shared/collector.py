"""Where spans are sent, as the settings tell it. Pure."""

import re
from urllib.parse import unquote, urlsplit

NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""Of an HTTP header."""
VALUE = re.compile(r"[\x20-\x7e]+")
BLANK = re.compile(r"[\s\x00-\x1f\x7f]")


def check_url(url: str) -> str:
    """`url` again, which may be empty; raises ValueError where nothing can be sent there."""
    if not url:
        return url
    try:
        parts = urlsplit(url)
        can_be = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not BLANK.search(url)
    except ValueError:  # it would tell what may be a password
        can_be = False
    if not can_be:
        raise ValueError("has to be like http://collector:4318/v1/traces")
    if parts.username is not None:
        raise ValueError("names no user or password: give them in otlp_headers")
    return url


def read_headers(text: str) -> dict[str, str]:
    """The headers in `name=value,name=value`, values percent-decoded, as OpenTelemetry has them; raises ValueError."""
    headers = {}
    for pair in filter(None, map(str.strip, text.split(","))):
        name, sign, value = (part.strip() for part in pair.partition("="))
        decoded = unquote(value)
        if not sign or not NAME.fullmatch(name) or not VALUE.fullmatch(decoded):
            raise ValueError("has to be like Authorization=Bearer%20TOKEN,x-tenant=logs")
        headers[name] = decoded
    return headers
