import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from shared.parsing import ParseHints, parse_batch
from shared.parsing.formats.row_claims import row_claim
from shared.parsing.headers import MOST_COLUMNS, read_header
from tests.unit.shared.parsing.formats import test_delimited, test_w3c
from tests.unit.shared.parsing.reading import RECEIVED_AT, read
from tests.unit.shared.parsing.samples import JSON_LINES, TEXT_LINES

SITE = "#Fields: date time c-ip cs-method cs-uri-stem sc-status"
FLOW = "interface-id srcaddr start end bytes"
LOG = "time,level,msg"
AT = "2024-03-05 06:07:08"

CASES: list[tuple[str, str, bool]] = [
    (SITE, f"{AT} 192.0.2.7 GET /a 200", True),
    (SITE, f"{AT} - - - -", True),
    (SITE, f"{AT} 2001:db8::7%eth0 [12]USER /a -", True),
    (SITE, f'{AT.replace(" ", chr(9))}\t192.0.2.7\t"GET"\t/a b\t200', True),
    (SITE, f"{AT} ERROR db went away", False),
    (SITE, f"{AT} 192.0.2.7 GET /a soon", False),
    (SITE, f"{AT} 192.0.2.7 get /a 200", False),
    (SITE, "Dec 30 23:59:59 h a: one", False),
    (SITE, "2024-03-05T06:07:08Z x 192.0.2.7 GET /a 200", False),
    ("#Fields: date time cs(User-Agent) sc-status", f'{AT} "a b" 200', True),
    ("#Fields: date time cs(User-Agent) sc-status", f'{AT} "a b" went', False),
    ("#Fields: a b", "any words", True),
    (LOG, f"{AT},INFO,it failed", True),
    (LOG, f'"{AT},123", "warn" ,"a, b"', True),
    (LOG, "05/Mar/2024:06:07:08 +0100,3,", True),
    (LOG, '"Tue, 5 March 2024 6:07:08 AM Europe/Berlin",High,x', True),
    (LOG, "1709618828.5,,x", True),
    (LOG, ",null,x", True),
    (LOG, f"{AT},123 ERROR disk a, b", False),
    (LOG, f"{AT} INFO a,b,c", False),
    (LOG, "soon,info,x", False),
    ("level|message", "[warn]|x", True),
    ("level|message", "High|x", False),  # nothing else tells that this is a row
    ("time,status,bytes,pid,took", f"{AT},200 OK,1.5 kB,0x1f,1m2.5s", True),
    ("time,status,bytes,pid,took", f"{AT},done,much,1,1", False),
    ("Date;Time;what", "05.03.2024;6:07;x", True),
    ("Date;Time;what", "x;6:07;x", False),
    ("ts\tseverity\tevent", f"{AT}\tinfo\tsaid 'hi", True),
    ("ts\tseverity\tevent", "it\tinfo\tx", False),
    (FLOW, "eni-0a1b 192.0.2.7 1709626150 1709626210 -", True),
    (FLOW, "eni-0a1b web-1 1709626150 1709626210 7", False),
]
HEADERS = (
    *(SITE, LOG, FLOW, test_w3c.IIS, test_w3c.CLOUDFRONT, test_w3c.FIREWALL, test_w3c.PROXY, test_w3c.EXCHANGE),
    *(test_delimited.LOG, test_delimited.ACCESS, "level|message", "time;level;msg", "time,level,msg,pid"),
)
OTHERS = [line for line in (*TEXT_LINES, *JSON_LINES) if not line.startswith("#Fields:") and "\n" not in line]


@pytest.mark.parametrize(("header", "line", "is_row"), CASES)
def test_rows_are_lines_whose_cells_fit(header: str, line: str, is_row: bool) -> None:
    assert (read(line, header=header)["format"] in ("w3c", "csv", "tsv", "aws_vpc_flow")) is is_row


@pytest.mark.parametrize(("header", "line", "is_row"), [case for case in CASES if not case[2] and "soon" in case[1]])
def test_a_forced_format_takes_rows_as_they_are(header: str, line: str, is_row: bool) -> None:
    told = read_header(header)
    assert told is not None
    assert read(line, header=header, format=told.format)["format"] == told.format


@settings(max_examples=40)
@given(st.sampled_from(HEADERS), st.lists(st.sampled_from(OTHERS), min_size=1, max_size=200))
def test_lines_of_other_formats_stay_what_they_are(header: str, lines: list[str]) -> None:
    body = "\n".join(lines).encode()
    alone = parse_batch(body, first_line=2, hints=ParseHints(received_at=RECEIVED_AT)).records
    below = parse_batch(body, first_line=2, hints=ParseHints(received_at=RECEIVED_AT, header=header)).records
    assert_frame_equal(below, alone)


@pytest.mark.parametrize("names", [["c-ip", "sc-status"], ["x", "date"], ["cs-method"]])
def test_any_number_of_columns(names: list[str]) -> None:
    text = "#Fields: " + " ".join(names * (MOST_COLUMNS // len(names)))
    header = read_header(text)
    assert header is not None
    claim = row_claim(header)
    assert "(?P" not in claim
    assert re.compile(claim.replace("(?i-u:", "(?i:"))
    assert pl.Series(["no such row"]).str.contains(claim).to_list() == [False]
