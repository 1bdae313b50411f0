"""The code page of text that is no UTF-8, guessed by how often what comes out of it is really written.

Each page's reading is scored between -1 and 1 by its characters that are not ASCII: usual letters of the languages
written in it, in words of one script, count for it; symbols inside words and unusual letters against it. A few
letters in a sea of ASCII, as logs have them, are too little for a statistical detector.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

SAMPLE_BYTES = 2048
LEAST_SCORE = 0.69
LEAST_BYTES = 4
FOREIGN_BYTES = re.compile(rb"[\x80-\xff]+")
FOREIGN = re.compile(r"[^\x00-\x7f]+")
WORD = re.compile(r"[^\W\d_]+")
WITHIN_WORD = re.compile(r"(?<=[a-zA-Z])[^\x00-\x7f](?=[a-zA-Z])")
SYMBOL = re.compile(r"[^\w\x00-\x7f]")
PUNCTUATION = frozenset("«»„“”‘’‚–—…•·§°®©™€£±²³µ¿¡×№")
SHORT_WORD = 2
MOST_ACCENTED = 0.6
"""Share of a Latin word's letters; in other scripts it is all of them."""
DAMAGED = 0.75
"""Share of valid UTF-8 among what is not ASCII from which a broken line is UTF-8 with some damage."""
USUAL, POSSIBLE, UNUSUAL, AGAINST = 1.0, 0.7, 0.2, -1.0


def _weights(usual: str, possible: str = "") -> Mapping[str, float]:
    """Capitals count for less: a page read as another often shows capitals where there are none."""
    capitals = {character: POSSIBLE for character in (usual + possible).upper() if len(character) == 1}
    return capitals | dict.fromkeys(possible, POSSIBLE) | dict.fromkeys(usual, USUAL)


@dataclass(frozen=True, slots=True)
class _SingleByte:
    """A page of one byte a character. `is_latin`: its letters share words with ASCII's."""

    name: str
    weights: Mapping[str, float]
    is_latin: bool = False

    def score(self, line: bytes) -> float:
        """The sum over the line's characters that are not ASCII; raises UnicodeDecodeError."""
        text = line.decode(self.name)
        words = sum(self._score_word(word) for word in WORD.findall(text) if not word.isascii())
        return words + sum(_score_symbol(text, found.start()) for found in SYMBOL.finditer(text))

    def _score_word(self, word: str) -> float:
        foreign = "".join(FOREIGN.findall(word))
        is_short = len(word) <= SHORT_WORD
        is_writing = (
            is_short or len(foreign) <= MOST_ACCENTED * len(word) if self.is_latin else len(foreign) == len(word)
        )
        if not is_writing or any(a.islower() and b.isupper() for a, b in pairwise(word)):
            return 0.0
        return (0.5 if is_short else 1.0) * sum(self.weights.get(letter, UNUSUAL) for letter in foreign)


def _score_symbol(text: str, place: int) -> float:
    inside_word = text[place - 1 : place].isalpha() and text[place + 1 : place + 2].isalpha()
    if text[place] not in PUNCTUATION or (inside_word and text[place] != "’"):
        return AGAINST
    return POSSIBLE


@dataclass(frozen=True, slots=True)
class _DoubleByte:
    """A page of mostly two bytes a character; `leads`: what a character counts for by its first byte."""

    name: str
    leads: Mapping[int, float]
    is_latin: bool = False

    def score(self, line: bytes) -> float:
        """As of a single-byte page; a character counts for its bytes that are not ASCII."""
        runs = FOREIGN.findall(WITHIN_WORD.sub("", line.decode(self.name)))
        characters = (character.encode(self.name) for run in runs for character in run)
        return sum(len(FOREIGN_BYTES.findall(found)[0]) * self.leads.get(found[0], 0.0) for found in characters)


def _leads(*ranges: tuple[int, int, float]) -> Mapping[int, float]:
    return {lead: weight for first, last, weight in ranges for lead in range(first, last + 1)}


_RUSSIAN = _weights("оеаинтсрвлкмдпуяыьгзб", "чйхжшюцщэфъёіїєґ")
_WESTERN = _weights("äöüßéèêàçùâîôëïñáíóúãåæøìò", "œõûýðþ")
_PAGES: tuple[_SingleByte | _DoubleByte, ...] = (
    # The first of those that read equally well is taken: the usual one first.
    _SingleByte("cp1252", _WESTERN, is_latin=True),
    _SingleByte("cp1250", _weights("ąćęłńóśźżáčďéěíňřšťúůýžőűöüä", "ôĺľŕăâîşţđ"), is_latin=True),
    _SingleByte("cp1254", _weights("ğışçöüâî", "é"), is_latin=True),
    _SingleByte("cp1251", _RUSSIAN),
    _SingleByte("koi8-r", _RUSSIAN),
    _SingleByte("cp866", _RUSSIAN),
    _SingleByte("cp1253", _weights("αοιετσνηυρπκμλςωδγχθφβξζάέήίόύώ", "ψϊϋ")),
    # Hangul, then hanja; the most usual third of hanzi and of kanji, and kana, with punctuation before them.
    _DoubleByte("cp949", _leads((0x81, 0xA0, 0.5), (0xA1, 0xA3, 0.8), (0xB0, 0xC8, 1.0))),
    _DoubleByte("gb18030", _leads((0xA1, 0xA3, 0.8), (0xB0, 0xD7, 0.95))),
    _DoubleByte("big5", _leads((0xA1, 0xA3, 0.8), (0xA4, 0xC6, 0.93))),
    _DoubleByte("euc_jp", _leads((0xA1, 0xA3, 0.8), (0xA4, 0xA5, 1.0), (0xB0, 0xCF, 0.9))),
    _DoubleByte("cp932", _leads((0x81, 0x81, 0.8), (0x82, 0x83, 1.0), (0x88, 0x97, 0.9))),
    _SingleByte("cp850", _WESTERN, is_latin=True),
)
CODE_PAGES = tuple(page.name for page in _PAGES)
"""What a guess may come to."""


def guess_code_page(head: bytes) -> str | None:
    """The code page of those lines in `head` that are no UTF-8; None where there are none, or there is no telling."""
    lines = _sample(head)
    foreign = [b"".join(FOREIGN_BYTES.findall(line)) for line in lines]
    count = sum(map(len, foreign))
    valid = sum(len(line.decode("utf-8", "ignore").encode()) for line in foreign)
    if not count or valid > DAMAGED * count:
        return None
    scores = {page.name: _score(page, lines) / count for page in _PAGES if page.is_latin or count >= LEAST_BYTES}
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] >= LEAST_SCORE else None


def _score(page: _SingleByte | _DoubleByte, lines: list[bytes]) -> float:
    total = 0.0
    for line in lines:
        try:
            total += page.score(line)
        except UnicodeDecodeError:
            total += AGAINST * sum(map(len, FOREIGN_BYTES.findall(line)))
    return total


def _sample(head: bytes) -> list[bytes]:
    """Whole lines that are no UTF-8, the last one of `head` only where it is the only one."""
    lines: list[bytes] = []
    length = 0
    for line in _broken_lines(head[: head.rfind(b"\n") + 1] or head):
        lines.append(line[:SAMPLE_BYTES])
        length += len(line)
        if length >= SAMPLE_BYTES:
            break
    return lines


def _broken_lines(head: bytes) -> Iterator[bytes]:
    for line in () if head.isascii() else head.split(b"\n"):
        try:
            line.decode()
        except UnicodeDecodeError:
            yield line
