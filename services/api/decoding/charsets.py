"""Which charset bytes are in: UTF-16 and UTF-32 are decoded here, a code page is only named."""

import codecs
import re
from encodings.aliases import aliases

from services.api.decoding.code_pages import CODE_PAGES

WIDE = frozenset({"utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"})
BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
OTHERS = (
    *("ascii", "utf-8", "cp437", "koi8-u", "cp852", "cp855", "cp857", "cp858", "cp862", "cp864", "cp869", "cp874"),
    *(
        "euc_kr",
        "cp950",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
        "gbk",
        "gb2312",
        "shift_jis",
        "big5hkscs",
        "mac-roman",
        "tis-620",
    ),
    *(f"iso8859-{number}" for number in range(1, 17) if number != 12),
)
NAME = re.compile(r"[A-Za-z0-9_.:-]{1,40}")
NO_WORD = re.compile(r"[^A-Za-z0-9]+")
FEWEST_BYTES = 8


def known_charset(name: str) -> str | None:
    """The usual spelling of a charset that can be forced; None for one that cannot."""
    return MODULES.get(_module(name)) if NAME.fullmatch(name) else None


def _module(name: str) -> str:
    """The module that Python would look for; to look for one that is not there costs memory for ever."""
    spelled = _spelled(name)
    return ALIASES.get(spelled, spelled)


def _spelled(name: str) -> str:
    return NO_WORD.sub("_", name).strip("_").lower()


ALIASES = {_spelled(alias): module for alias, module in aliases.items()}
MODULES = {_module(name): name for name in (*CODE_PAGES, *OTHERS, *WIDE)}


def wide_encoding(head: bytes) -> str | None:
    """UTF-16 or UTF-32 with its byte order, by byte order mark or by where its NULs are; None for anything else."""
    for mark, name in BOMS:
        if head.startswith(mark):
            return name
    if len(head) < FEWEST_BYTES or b"\0" not in head:
        return None
    shares = [1 - len(part.replace(b"\0", b"")) / len(part) for part in (head[place::4] for place in range(4))]
    match shares:
        case [low, _, high, highest] if min(high, highest) > 0.9 and low < 0.1:
            return "utf-32-le"
        case [highest, high, _, low] if min(high, highest) > 0.9 and low < 0.1:
            return "utf-32-be"
        case [a, b, c, d] if min(b, d) > 0.3 and max(a, c) < 0.05:
            return "utf-16-le"
        case [a, b, c, d] if min(a, c) > 0.3 and max(b, d) < 0.05:
            return "utf-16-be"
    return None


def undecodable_share(head: bytes) -> float:
    """How much of `head` is no UTF-8."""
    kept = head.decode("utf-8", "ignore").encode()
    return 1 - len(kept) / len(head)


class WideDecoder:
    """UTF-16 or UTF-32 to UTF-8; what is no character becomes U+FFFD, the byte order mark goes."""

    def __init__(self, encoding: str) -> None:
        self._decode = codecs.getincrementaldecoder(encoding)("replace").decode
        self._begun = False

    def feed(self, data: bytes) -> bytes:
        """What can be decoded now."""
        return self._marked(self._decode(data))

    def flush(self) -> bytes:
        """The input is over: what is left of a character cut off."""
        return self._marked(self._decode(b"", True))

    def _marked(self, text: str) -> bytes:
        if text and not self._begun:
            self._begun = True
            text = text.removeprefix("\ufeff")
        return text.encode()
