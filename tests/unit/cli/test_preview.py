"""What `logmill preview` prints."""

import io
from typing import Any

import httpx
import pytest
from rich.console import Console

from cli.answers import TooLarge
from cli.client import ApiClient
from cli.preview import LEAST_HEAD_BYTES, send_head, show_lines, show_mismatch


def printed(show: Any, value: dict[str, Any]) -> str:
    output = io.StringIO()
    show(Console(file=output, width=100, highlight=False), value)
    return output.getvalue()


def mismatch(text: str, column: int, field: str | None = None) -> dict[str, Any]:
    return {"line_no": 3, "column": column, "text": text, "expected": "[0-9]+", "field": field}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (mismatch("ab x", 4, "size"), ["for size", "ab x", "   ^"]),
        (mismatch("", 1), ["expected [0-9]+", "", "^"]),
        (mismatch("日本 x", 4), ["expected [0-9]+", "日本 x", "     ^"]),
        (mismatch("\x1b[2Jx", 5), ["expected [0-9]+", "·[2Jx", "    ^"]),
        (mismatch("x" * 100 + "y" * 100, 101), ["[0-9]+", "…" + "x" * 60 + "y" * 40 + "…", " " * 61 + "^"]),
    ],
)
def test_the_caret_is_below_where_it_stopped(found: dict[str, Any], expected: list[str]) -> None:
    told, text, caret = printed(show_mismatch, found).split("\n")[:3]
    assert told.startswith(f"line 3 does not match: column {found['column']}: expected [0-9]+")
    assert told.endswith(expected[0])
    assert [text, caret] == expected[1:]


def test_the_table() -> None:
    blank = {"logged_at": None, "level": None, "logger": None, "message": None}
    stored = {
        "line_no": 1,
        "level": "warn",
        "format": "leveled",
        "logger": "app[red]",
        "message": "hello\n\x1b[31mworld",
    }
    rejected = {"line_no": 2, "format": "json", "raw": '{"a', "reason": "invalid_json"}
    shown = {
        "items": [blank | {"raw": ""} | stored, blank | rejected],
        "format_counts": {"leveled": 1, "json": 1},
        "lines_read": 2,
        "lines_rejected": 1,
        "timezone": "UTC",
        "charset": "utf-16-le",
        "compression": None,
    }
    lines = printed(show_lines, shown).split("\n")
    assert lines[1].split() == ["1", "warn", "leveled", "app[red]", "hello··[31mworld"]
    assert lines[2].split() == ["2", "rejected:", "invalid_json", "json", '{"a']
    assert lines[3] == "2 lines (json 1, leveled 1), 1 rejected; times without a zone are UTC, utf-16-le"


@pytest.mark.parametrize(
    ("most", "file_bytes", "sent", "cut"),
    [
        (1 << 20, 1 << 20, 1 << 20, "false"),
        (1 << 20, 1 << 30, 1 << 20, "true"),
        (300_000, 1 << 20, 1 << 18, "true"),
        (LEAST_HEAD_BYTES, 1 << 20, LEAST_HEAD_BYTES, "true"),
        (LEAST_HEAD_BYTES - 1, 1 << 20, None, "true"),
    ],
)
async def test_as_much_is_sent_as_the_api_takes(most: int, file_bytes: int, sent: int | None, cut: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if len(request.content) > most:
            return httpx.Response(413, json={"title": "Body too large", "detail": "no"})
        return httpx.Response(200, json={"bytes": len(request.content), "cut": request.url.params["cut"]})

    client = ApiClient("http://127.0.0.1:1", transport=httpx.MockTransport(answer))
    try:
        if sent is None:
            with pytest.raises(TooLarge):
                await send_head(client, b"x" * (1 << 20), file_bytes, {})
        else:
            assert await send_head(client, b"x" * (1 << 20), file_bytes, {}) == {"bytes": sent, "cut": cut}
    finally:
        await client.close()
