from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

HEAD = {"format": "windows_cbs", "severity": 9, "logged_at": "2023-04-05T06:07:08"}

CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "2023-04-05 06:07:08, Info                  CBS    Starting the worker's main loop.",
        HEAD | {"logger": "CBS", "message": "Starting the worker's main loop."},
    ),
    (
        "2023-04-05 06:07:08, Error                 CSI    0000000a (F) store is not there",
        HEAD | {"severity": 17, "logger": "CSI", "message": "0000000a (F) store is not there"},
    ),
    (
        "2023-04-05 06:07:08, Warning               CBS    Package not found: Package_1~x~amd64~~10.0.1.1",
        HEAD | {"severity": 13, "logger": "CBS", "message": "Package not found: Package_1~x~amd64~~10.0.1.1"},
    ),
    (  # no component
        "2023-04-05 06:07:08, Info                         Deployment begins",
        HEAD | {"message": "Deployment begins"},
    ),
    (  # a message that begins with blanks has a component all the same
        "2023-04-05 06:07:08, Info                  CBS        Restore point: none",
        HEAD | {"logger": "CBS", "message": "Restore point: none"},
    ),
    (  # dism.log
        "2023-04-05 06:07:08, Info                  DISM   DISM Package Manager: PID=12 TID=34 Done - CPackage::Close",
        HEAD
        | {"logger": "DISM Package Manager", "pid": 12, "message": "Done - CPackage::Close"}
        | {"attrs": '{"thread":"34"}'},
    ),
    (  # setupact.log: a code before the component, one of six letters
        "2023-04-05 06:07:08, Info       [0x0605cc] IBSLIB PublishMessage: publishing [none]",
        HEAD | {"logger": "IBSLIB", "message": "PublishMessage: publishing [none]", "attrs": '{"code":"0x0605cc"}'},
    ),
    (
        "2023-04-05 06:07:08, Info                  CBS    ",
        HEAD | {"logger": "CBS", "message": ""},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_windows_cbs(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == expected


def test_a_comma_behind_a_time_is_not_enough() -> None:
    assert read("2023-04-05 06:07:08, Info desk is open")["format"] == "leveled"
