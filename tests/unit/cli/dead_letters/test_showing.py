"""`logmill dead-letters show`: all of it, and nothing a terminal would obey."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.unit.cli.dead_letters.test_looking import LETTER
from tests.unit.cli.stub import StubApi, problem, run

ID = str(LETTER["dead_letter_id"])
PATH = f"GET /api/dead-letters/{ID}"
WHOLE: dict[str, Any] = {
    **LETTER,
    "headers": {"crc32": 1, "x\x1b": "\x9b"},
    "properties": {"type": "line_batch"},
    "attempts_made": [
        {"at": "2026-03-05T06:07:08Z", "error": "boom\x1b[2J", "worker": "host:7"},
        {"at": None, "error": "old", "worker": None},
    ],
    "trace": "Traceback\n  File x\n",
    "payload": {"text": "one\ttwo\r\n\x1b[31mthree\n\nfour", "encoding": "lines", "bytes": 1234567, "is_cut": True},
    "history": [
        {
            "happened_at": "2026-03-05T06:07:08Z",
            "user_email": None,
            "action": "dead_letters.replay",
            "details": {"a": 1},
        }
    ],
}
SECTIONS = r"""
attempts
  2026-03-05T06:07:08Z  host:7  boom\x1b[2J
  -  -  old

properties
  type: "line_batch"

headers
  crc32: 1
  x\x1b: "\u009b"

history
  2026-03-05T06:07:08Z  -  dead_letters.replay  {"a": 1}

trace
  Traceback
    File x

payload (lines, 1,234,567 bytes, of which this is the beginning)
  one	two\r
  \x1b[31mthree

  four
"""


def test_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, StubApi({PATH: WHOLE}), "dead-letters", "show", ID)
    assert result.exit_code == 0
    fields, _, sections = result.stdout.partition("\nattempts\n")
    assert "\nattempts\n" + sections == SECTIONS
    assert dict(line.split("\t") for line in fields.splitlines()) == {
        name: str(value or "").replace("\x1b", "\\x1b").replace("\n", "\\n") if value != 0 else "0"
        for name, value in LETTER.items()
    }


def test_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, StubApi({PATH: WHOLE}), "dead-letters", "show", ID, "--json")
    assert json.loads(result.stdout) == WHOLE


@pytest.mark.parametrize("options", [("--payload",), ("--payload", "-o"), ("-o",)])
def test_the_payload_s_bytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: tuple[str, ...]) -> None:
    file = tmp_path / "payload.bin"
    api = StubApi({f"{PATH}/payload": httpx.Response(200, content=b"\x1b\0\xff")})
    arguments = [*options, str(file)] if options[-1] == "-o" else options
    result = run(monkeypatch, api, "dead-letters", "show", ID, *arguments)
    assert result.exit_code == 0, result.output
    written = file.read_bytes() if options[-1] == "-o" else result.stdout_bytes
    assert written == b"\x1b\0\xff"


def test_a_payload_that_is_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    api = StubApi({f"{PATH}/payload": problem(409, "Discarded")})
    result = run(monkeypatch, api, "dead-letters", "show", ID, "-o", str(tmp_path / "payload.bin"))
    assert "Discarded indeed." in str(result.exception)
    assert list(tmp_path.iterdir()) == []
