"""Pieces of regular expressions that are decided byte by byte.

Where at each byte there is one way on (no branches that begin alike, no repetition that could as well end where it
goes on), Rust's regex runs a pattern with captures in a single pass, about three times as fast as otherwise.
"""

import re
from collections.abc import Iterable

CAPTURE = re.compile(r"\(\?P<\w+>")


def one_of(words: Iterable[str]) -> str:
    """A pattern for any of `words`.

    >>> one_of(["June", "July", "Jan", "Junes"])
    'J(?:an|u(?:ly|ne(?:s)?))'
    """
    rests: dict[str, set[str]] = {}
    for word in words:
        rests.setdefault(word[:1], set()).add(word[1:])
    may_end = rests.pop("", None) is not None
    branches = [re.escape(first) + one_of(rest) for first, rest in sorted(rests.items())]
    if not branches:
        return ""
    if len(branches) == 1 and not may_end:
        return branches[0]
    return f"(?:{'|'.join(branches)})" + ("?" if may_end else "")


def without_captures(pattern: str) -> str:
    """The same pattern, for use beside others that capture the same names."""
    return CAPTURE.sub("(?:", pattern)
