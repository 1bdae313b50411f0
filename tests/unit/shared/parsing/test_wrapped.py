import json

import polars as pl

from shared.parsing import ParseHints, parse_batch
from tests.unit.shared.parsing.reading import read

AT = "2024-05-01T10:00:00Z"


def docker(log: str) -> str:
    return json.dumps({"log": log, "stream": "stdout", "time": AT})


def test_lines_inside_are_of_any_format_and_beside_others() -> None:
    lines = [
        docker("2024-05-01 10:00:01,000 ERROR boom\n"),
        '{"msg": "of its own"}',
        docker('{"level": 40, "msg": "in", "stream": "own"}\n'),
        docker("ts=2024-05-01T10:00:02Z level=debug msg=pairs\n"),
        docker("\n"),
        docker('{"broken":\n'),
    ]
    records = parse_batch("\n".join(lines).encode(), first_line=1, hints=ParseHints()).records
    assert records["message"].to_list() == ["boom", "of its own", "in", "pairs", "", '{"broken":']
    assert records["severity"].to_list() == [17, None, 13, 5, None, None]
    assert records["logged_at"].dt.second().to_list() == [1, None, 0, 2, 0, 0]
    assert records["raw"].to_list() == [line.encode() for line in lines]
    assert set(records["format"]) == {"json"}
    assert records["line_no"].to_list() == [1, 2, 3, 4, 5, 6]


def test_only_one_level_is_opened() -> None:
    inner = docker(docker("ERROR deep"))
    assert read(docker(inner + "\n"))["message"] == docker("ERROR deep")


def test_a_year_less_time_inside_is_of_the_year_around() -> None:
    assert read(docker("Apr 30 23:59:59 web-1 sshd[7]: closed\n"))["logged_at"] == "2024-04-30T23:59:59"


def test_several_lines_in_one_are_a_record() -> None:
    record = read(docker("ERROR boom\nat x\n  at y\n"))
    assert (record["message"], record["severity"]) == ("boom\nat x\n  at y", 17)


def test_behind_the_beginning_of_a_container_the_text_is_the_message() -> None:
    record = read(f"{AT[:-1]}.000000000Z stdout F {docker('ERROR boom')}")
    assert record["message"] == "ERROR boom"
    assert "log" not in json.loads(record["attrs"])


def test_a_batch_of_nothing_else_is_the_same() -> None:
    body = "\n".join(docker(f"2024-05-01 10:00:01,000 INFO m{number}\n") for number in range(500)).encode()
    records = parse_batch(body, first_line=1, hints=ParseHints()).records
    assert records["message"].to_list() == [f"m{number}" for number in range(500)]
    assert records["severity"].equals(pl.Series([9] * 500, dtype=pl.Int16))
