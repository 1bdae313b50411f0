"""A format and keywords of one's own, from the terminal to the rows."""

from pathlib import Path

from tests.support.command_line import assert_told, logmill
from tests.support.user import User, assert_conserved

GROK = (
    "%{TIMESTAMP_ISO8601:time} ~ %{LOGLEVEL:level} ~ %{IPORHOST:client} ~ %{NUMBER:weight:int} ~ %{GREEDYDATA:message}"
)
LINE = "2025-01-31 10:00:{second:02} ~ Warn ~ 192.0.2.{second} ~ {second} ~ the drawer is stuck\n"


def write_log(folder: Path, odd: str = "") -> Path:
    file = folder / "till.log"
    file.write_text("".join(LINE.format(second=second) for second in range(10, 40)) + odd, "utf-8")
    return file


def run(user: User, *arguments: str) -> str:
    done = logmill(*arguments, LOGMILL_URL=user.api_url, LOGMILL_TOKEN=user.token)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_taught_listed_used_forgotten(user: User, tmp_path: Path) -> None:
    file = write_log(tmp_path, "odd one out\n")
    run(user, "formats", "add", "till", "--grok", GROK, "--sample", str(file), "--timezone", "+01:00")
    assert run(user, "formats", "list") == f"till\t{GROK}\n"
    job_id, status, *_ = run(user, "upload", str(file), "--format", "till", "--follow").split("\t")
    job = user.job(job_id)
    assert (status, job["format_counts"]) == ("completed", {"till": 30, "plain": 1})
    assert_conserved(job)
    *lines, odd = user.lines(job_id)
    assert (odd["format"], odd["message"]) == ("plain", "odd one out")
    assert {line["level"] for line in lines} == {"warn"}
    assert (lines[7]["logged_at"], lines[7]["client_ip"]) == ("2025-01-31T09:00:17Z", "192.0.2.17")
    assert (lines[7]["message"], lines[7]["attrs"]) == ("the drawer is stuck", {"weight": 17})
    assert lines[7]["raw"] == LINE.format(second=17).rstrip("\n")
    run(user, "formats", "delete", "till")
    assert run(user, "formats", "list") == ""
    refused = logmill("upload", str(file), "--format", "till", LOGMILL_URL=user.api_url, LOGMILL_TOKEN=user.token)
    assert_told(refused, 1, "unknown format 'till'")


def test_a_sample_that_does_not_match_teaches_nothing(user: User, tmp_path: Path) -> None:
    file = tmp_path / "till.log"
    file.write_text(LINE.format(second=10) + "odd one out\n")
    arguments = ("formats", "add", "till", "--grok", GROK, "--sample", str(file))
    refused = logmill(*arguments, LOGMILL_URL=user.api_url, LOGMILL_TOKEN=user.token)
    assert_told(refused, 1, "line 2 does not match: column 1: expected")
    assert user.get("/api/formats")["items"] == []


def test_a_preview_stores_nothing_and_points_at_what_does_not_match(user: User, tmp_path: Path) -> None:
    file = write_log(tmp_path)
    shown = run(user, "preview", str(file), "--grok", GROK.replace("LOGLEVEL", "INT"), "--limit", "2")
    table, mismatch = shown.split("times without a zone are UTC\n")
    assert table.splitlines()[0].split() == ["line", "time", "level", "format", "logger", "message"]
    assert table.count("plain") == 3
    told, line, caret = mismatch.splitlines()
    assert told == "line 1 does not match: column 23: expected [0-9]+ for level"
    assert line[caret.index("^") :].startswith("Warn ~ 192.0.2.10")
    matched = run(user, "preview", str(file), "--grok", GROK, "--limit", "3")
    assert matched.count("custom") == 4
    assert "does not match" not in matched
    assert user.get("/api/jobs")["items"] == []


def test_keywords_of_ones_own_are_counted(user: User, tmp_path: Path) -> None:
    file = tmp_path / "till.log"
    file.write_text("an error of the Drawer\nthe DRAWER again\nall is well\n")
    assert "error" in run(user, "keywords").split()
    assert run(user, "keywords", "set", "drawer", "well", "Drawer") == "drawer\nwell\n"
    job_id, *_ = run(user, "upload", str(file), "--follow").split("\t")
    assert user.get(f"/api/stats/{job_id}")["keyword_frequency"] == {"drawer": 2, "well": 1}
    assert "error" in run(user, "keywords", "reset").split()
    again, *_ = run(user, "upload", str(file), "--follow", "--again").split("\t")
    assert user.get(f"/api/stats/{again}")["keyword_frequency"] == {"error": 1}
