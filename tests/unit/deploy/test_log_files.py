"""`logs`: the end of each log, led by its process's name."""

import io
from pathlib import Path

import pytest

from deploy.local import log_files
from deploy.local.layout import Layout
from shared.errors import ConfigurationError

LOGS = {
    "api": "a1\na2\na3\n",
    "worker-1": "w1\n",
    "worker-2": "w2\n",
    "epmd": "",
}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.create()
    for name, text in LOGS.items():
        (layout.logs / f"{name}.log").write_text(text)
    return layout


@pytest.mark.parametrize(
    ("name", "lines", "expected"),
    [
        (None, 2, "api      | a2\napi      | a3\nworker-1 | w1\nworker-2 | w2\n"),
        ("api", 1, "api | a3\n"),
        ("worker", 5, "worker-1 | w1\nworker-2 | w2\n"),
        ("worker-2", 5, "worker-2 | w2\n"),
        ("epmd", 5, ""),
        ("api", 0, ""),
    ],
)
def test_shown(layout: Layout, name: str | None, lines: int, expected: str) -> None:
    out = io.StringIO()
    log_files.show(layout, name, lines, follow=False, out=out)
    assert out.getvalue() == expected


def test_a_process_that_never_was_is_refused_with_the_names_there_are(layout: Layout) -> None:
    with pytest.raises(ConfigurationError, match="no log of web; there are: api, worker-1, worker-2"):
        log_files.show(layout, "web", 5, follow=False, out=io.StringIO())


def test_following_shows_whole_lines_once_and_starts_again_in_a_new_file(layout: Layout) -> None:
    file, out = layout.logs / "api.log", io.StringIO()
    position = log_files.write_added(file, 6, 3, out)
    with file.open("a") as log:
        log.write("a4\nhalf")
    position = log_files.write_added(file, position, 3, out)
    with file.open("a") as log:
        log.write(" and half\n")
    position = log_files.write_added(file, position, 3, out)
    file.write_text("new\n")
    log_files.write_added(file, position, 3, out)
    assert out.getvalue() == "api | a3\napi | a4\napi | half and half\napi | new\n"
