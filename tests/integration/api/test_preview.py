"""What a preview shows of a file's first lines."""

import gzip
import io
import zipfile
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from services.api.line_items import Line
from services.api.preview import PreviewAnswer
from tests.integration.api.owner import Owner

PATH = "/api/preview"
ACCESS = b'192.0.2.4 - ann [31/Jan/2025:10:00:00 +0000] "GET /a HTTP/1.1" 404 17 "-" "curl/8"\n'
OBJECT = b'{"time": "2025-01-31T10:00:01Z", "level": "error", "msg": "no", "tries": 3}\n'


async def ask(owner: Owner, body: bytes, **query: str | int) -> httpx.Response:
    parameters = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items())
    return await owner.ask(f"{PATH}?{parameters}", "POST", content=body)


async def preview(owner: Owner, body: bytes, **query: str | int) -> dict[str, Any]:
    answer = await ask(owner, body, **query)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    assert set(PreviewAnswer.model_validate(shown).model_dump()) == set(shown)
    return shown


async def test_a_mixed_file(ann: Owner) -> None:
    shown = await preview(ann, ACCESS + OBJECT + b"something else\n")
    access, event, plain = shown["items"]
    assert (access["format"], access["level"], access["client_ip"]) == ("combined", "warn", "192.0.2.4")
    assert access["attrs"] == {"user_agent": "curl/8"}
    assert (event["format"], event["message"], event["attrs"]) == ("json", "no", {"tries": 3})
    assert (plain["format"], plain["raw"], plain["line_no"]) == ("plain", "something else", 3)
    assert shown["format_counts"] == {"combined": 1, "json": 1, "plain": 1}
    assert (shown["lines_read"], shown["lines_stored"], shown["lines_rejected"]) == (3, 3, 0)
    assert (shown["timezone"], shown["compression"], shown["mismatch"]) == ("UTC", None, None)


async def test_items_are_those_of_lines(ann: Owner) -> None:
    shown = await preview(ann, OBJECT * 3 + b'{"a": \n')
    names = set(Line.model_fields)
    assert [set(item) for item in shown["items"]] == [*([names - {"reason"}] * 3), names]
    rejected = shown["items"][3]
    assert (rejected["reason"], rejected["level"], rejected["message"]) == ("invalid_json", None, None)
    assert shown["lines_rejected"] == 1


async def test_only_so_many_lines(ann: Owner) -> None:
    assert len((await preview(ann, b"line\n" * 100))["items"]) == 50
    assert len((await preview(ann, b"line\n" * 100, limit=7))["items"]) == 7
    assert (await preview(ann, b""))["items"] == []


async def test_the_last_line_of_a_beginning_may_be_cut_off(ann: Owner) -> None:
    body = ACCESS + ACCESS[:20]
    assert len((await preview(ann, body))["items"]) == 2
    assert len((await preview(ann, body, cut="true"))["items"]) == 1
    assert len((await preview(ann, ACCESS[:20], cut="true"))["items"]) == 1


async def test_zone_and_year_as_told(ann: Owner) -> None:
    zoned = await preview(ann, b"2025-01-31 10:00:00 INFO hello\n", timezone="+02:00")
    assert (zoned["items"][0]["logged_at"], zoned["timezone"]) == ("2025-01-31T08:00:00Z", "+02:00")
    dated = await preview(ann, b"Jan 31 10:00:00 web sshd[1]: hello\n", modified="2021-02-01T00:00:00Z")
    assert dated["items"][0]["logged_at"] == "2021-01-31T10:00:00Z"


MISMATCHES: list[tuple[bytes, dict[str, str], dict[str, Any] | None]] = [
    (
        ACCESS + ACCESS.replace(b"Jan", b"Foo"),
        {"format": "combined"},
        {"line_no": 2, "column": 22, "field": "time", "expected": "eb"},
    ),
    (
        b"a 1\n\nb x\n",
        {"pattern": r"(?P<name>\w+) (?P<size>\d+)$"},
        {"line_no": 3, "column": 3, "field": "size", "expected": r"\d+", "text": "b x"},
    ),
    (b"a 1 more\n", {"pattern": r"(?P<name>\w+) (?P<size>\d+)$"}, {"column": 4, "expected": "the end of the line"}),
    (b"a 1\n", {"grok": "%{WORD:name} %{IP:client}"}, {"column": 4, "field": "client"}),
    ("ü=1\nü-1\n".encode(), {"pattern": "(?P<name>.)=(?P<size>.)"}, {"line_no": 2, "column": 2, "expected": "="}),
    (OBJECT * 2 + b'{"a": 1, b}\n', {"format": "json"}, {"line_no": 3, "column": 10}),
    (b"hello\n", {"format": "json"}, {"column": 1}),
    (ACCESS, {"format": "combined"}, None),
    (b"hello\n", {"format": "plain"}, None),
    (b"hello\n", {}, None),
]


@pytest.mark.parametrize(("body", "query", "expected"), MISMATCHES)
async def test_the_first_line_that_does_not_match(
    ann: Owner, body: bytes, query: dict[str, str], expected: dict[str, Any] | None
) -> None:
    found = (await preview(ann, body, **query))["mismatch"]
    assert (found is None) == (expected is None), found
    if expected is not None:
        assert found | expected == found


async def test_a_pattern_is_tried_without_being_kept(ann: Owner) -> None:
    shown = await preview(ann, b"warn: it is 17\n", pattern=r"(?P<level>\w+): (?P<message>.* (?P<count[int]>\d+))")
    (line,) = shown["items"]
    assert (line["format"], line["level"], line["message"]) == ("custom", "warn", "it is 17")
    assert line["attrs"] == {"count": 17}
    assert (await ann.get("/api/formats"))["items"] == []


async def test_a_format_of_ones_own(ann: Owner, bob: Owner) -> None:
    own = {"name": "mine", "pattern": "(?P<level>[a-z]+);(?P<message>.*)", "sample": "warn;x"}
    assert (await ann.ask("/api/formats", "POST", json=own)).status_code == 201
    shown = await preview(ann, b"error;y\nz\n", format="mine")
    assert shown["format_counts"] == {"mine": 1, "plain": 1}
    assert (shown["mismatch"]["line_no"], shown["mismatch"]["expected"]) == (2, ";")
    assert (await ask(bob, b"x", format="mine")).status_code == 422


REFUSED: list[tuple[dict[str, str | int], str]] = [
    ({"format": "nope"}, "unknown format 'nope'"),
    ({"timezone": "nope"}, "timezone"),
    ({"charset": "nope"}, "charset"),
    ({"modified": "nope"}, "modified"),
    ({"pattern": "(?P<a>"}, "unclosed group"),
    ({"grok": "%{NOPE}"}, "%{NOPE} is not known"),
    ({"pattern": "(?P<a>b)", "format": "json"}, "give only one"),
    ({"limit": 0}, "limit"),
    ({"limit": 1001}, "limit"),
    ({"pattern": "(?P<a>b)" + "x" * 4096}, "pattern"),
]


@pytest.mark.parametrize(("query", "told"), REFUSED)
async def test_what_cannot_be_asked_is_refused(ann: Owner, query: dict[str, str | int], told: str) -> None:
    answer = await ask(ann, b"x", **query)
    assert answer.status_code == 422, answer.text
    assert told in answer.json()["detail"]


async def test_any_bytes(ann: Owner) -> None:
    body = b"text " * 400 + bytes(range(256))
    shown = await preview(ann, body)
    assert shown["lines_read"] == body.count(b"\n") + 1


async def test_no_more_than_the_beginning(ann: Owner) -> None:
    for body in (b"x" * (1024**2 + 1), b"x\n" * 1024**2):
        answer = await ask(ann, body)
        assert (answer.status_code, answer.json()["title"]) == (413, "Body too large")
        assert "max_preview_bytes" in answer.json()["detail"]


async def test_a_pattern_that_others_engines_choke_on_is_quick(ann: Owner) -> None:
    shown = await preview(ann, b"a" * (1024**2 - 1) + b"b", pattern="(?P<a>(a+)+)$")
    assert shown["mismatch"]["column"] == 1024**2


async def test_a_login_is_needed(ann: Owner) -> None:
    assert (await ann.http.post(PATH, content=b"x")).status_code == 401


async def test_a_compressed_beginning(ann: Owner) -> None:
    packed = gzip.compress(b"".join(b"2025-01-31 10:00:00 INFO hello %d\n" % n for n in range(10_000)))
    shown = await preview(ann, packed[: len(packed) // 2], cut="true", limit=3)
    assert (shown["compression"], shown["items"][2]["message"]) == ("gzip", "hello 2")


async def test_the_first_file_of_an_archive(ann: Owner) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writing:
        writing.writestr(zipfile.ZipInfo("logs/a.log", (2021, 2, 1, 0, 0, 0)), "Jan 31 10:00:00 web sshd[1]: hello\n")
        writing.writestr("logs/b.log", "other\n")
    shown = await preview(ann, archive.getvalue())
    assert (shown["compression"], shown["file_name"], shown["lines_read"]) == ("zip", "logs/a.log", 1)
    assert shown["items"][0]["logged_at"] == "2021-01-31T10:00:00Z"


@pytest.mark.parametrize(
    ("body", "query", "charset"),
    [
        ("größer\n".encode("utf-16"), {}, "utf-16-le"),
        ("größer\n".encode("cp850"), {"charset": "cp850"}, "cp850"),
        ("größer\n".encode(), {}, None),
    ],
)
async def test_charsets(ann: Owner, body: bytes, query: dict[str, str], charset: str | None) -> None:
    shown = await preview(ann, body, **query)
    assert (shown["items"][0]["message"], shown["charset"]) == ("größer", charset)


async def test_an_array_of_objects(ann: Owner) -> None:
    shown = await preview(ann, b'[{"msg": "one"},\n {"msg": "two"}, {"ms', cut="true")
    assert [line["message"] for line in shown["items"]] == ["one", "two"]


@pytest.mark.parametrize(
    ("body", "status"), [(b"\x89PNG\r\n\x1a\n" + bytes(100), 415), (b"\x1f\x8b\x08" + b"\xff" * 100, 422)]
)
async def test_what_an_upload_would_be_refused_for(ann: Owner, body: bytes, status: int) -> None:
    assert (await ask(ann, body)).status_code == status
