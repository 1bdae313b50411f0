import polars as pl
import pytest

from shared.parsing.clues import find_severities, with_clues
from shared.severity import level_of

LEVELS = [
    ("PHP Fatal error:  Uncaught Error: x in /a.php:3", "fatal"),
    ("PHP Parse error:  syntax error", "error"),
    ("PHP Warning:  Undefined variable $x", "warn"),
    ("PHP Notice:  Undefined index", "info"),
    ("PHP Deprecated:  x", "warn"),
    ("Fatal error: x", "fatal"),
    ("Deprecated: x", "warn"),
    ("error[E0382]: borrow of moved value", "error"),
    ("imap-login: Error: x", "error"),
    ("imap(ann)<7><a/b>: Warning: x", "warn"),
    ("0024:err:module:load_dll x", "error"),
    ("system,error,critical login failure", "fatal"),
    ("system,info,account user logged in", "info"),
    ("mon.a (mon.0) 1234 : cluster [WRN] x", "warn"),
    ("mean squared error: 0.2", "unknown"),
    ("No error: all good", "unknown"),
    ("Errors: 5", "unknown"),
    ("red,green,blue error", "unknown"),
]


@pytest.mark.parametrize(("text", "level"), LEVELS)
def test_levels_in_the_first_words(text: str, level: str) -> None:
    assert level_of(find_severities(pl.Series([text]))[0]) == level


def test_what_is_known_stays() -> None:
    known = {"severity": [9, None], "client_ip": ["192.0.2.1", None]}
    types = {"severity": pl.Int16(), "client_ip": pl.String()}
    frame = pl.DataFrame({"message": ["ERROR from 192.0.2.7"] * 2, **known}, schema_overrides=types)
    read = with_clues(frame)
    assert (read["severity"].to_list(), read["client_ip"].to_list()) == ([9, 17], ["192.0.2.1", "192.0.2.7"])
