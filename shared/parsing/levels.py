"""Level words and numbers as fields have them, one by one, to severities."""

import re

from shared.parsing.severity import PINO, SPELLINGS, SYSLOG, WORDS

PYTHON_LEVELS = {10: 5, 20: 9, 30: 13, 40: 17, 50: 21}
MONOLOG_LEVELS = {100: 5, 200: 9, 250: 10, 300: 13, 400: 17, 500: 21, 550: 22, 600: 23}
MORE_WORDS = {"http": 9, "silly": 1, "note": 10, "system": 9, **{f"d{number}": 5 for number in range(1, 6)}}
"""Level words that only fields have: of winston, MySQL and MongoDB."""

ANSI = re.compile(r"\x1b\[[0-9;]*m")
LONGEST_CHARS = 64


def severity_of(value: object) -> int | None:
    """Severity of a level word in any case, or of the number that syslog, pino, bunyan or Monolog has for one."""
    if type(value) is int:
        return SYSLOG[value] if 0 <= value < len(SYSLOG) else PINO.get(value // 10 * 10) or MONOLOG_LEVELS.get(value)
    return _severity_of_text(value) if type(value) is str else None


def _severity_of_text(text: str) -> int | None:
    if known := SPELLINGS.get(text):
        return known
    if len(text) > LONGEST_CHARS:
        return None
    word = ANSI.sub("", text).strip().lower().removeprefix("loglevel.").strip("[]<>:")
    if word.isascii() and word.isdigit():
        return severity_of(int(word))
    return WORDS.get(word) or MORE_WORDS.get(word)
