"""What a download is called."""

import pytest

from services.api.export.attachments import attachment, export_name

NAMES = [
    ("app.log", "", "app.log"),
    ("app.log", ".csv", "app.log.csv"),
    ("rows.CSV", ".csv", "rows.CSV"),
    ("app.log.gz", "", "app.log"),
    ("app.log.ZST", ".ndjson", "app.log.ndjson"),
    ("logs.tar/var/app.log", "", "logs.tar_var_app.log"),
    ("..", "", "export"),
    ("../../etc/passwd", "", "_.._etc_passwd"),
    ("C:\\logs\\app.log", "", "C__logs_app.log"),
    ('a"b\r\nSet-Cookie: x=1\x00.log', "", "a_bSet-Cookie_ x=1.log"),
    ("a\u202egol.exe", "", "agol.exe"),
    ("", ".csv", "export.csv"),
    ("x" * 5000, ".csv", "x" * 200 + ".csv"),
    ("Grüße 🪵.log", ".csv", "Grüße 🪵.log.csv"),
]


@pytest.mark.parametrize(("file_name", "extension", "expected"), NAMES)
def test_export_name(file_name: str, extension: str, expected: str) -> None:
    assert export_name(file_name, extension) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("app.log", "attachment; filename=\"app.log\"; filename*=UTF-8''app.log"),
        ("a b%.log", "attachment; filename=\"a b_.log\"; filename*=UTF-8''a%20b%25.log"),
        ("Grüße.log", "attachment; filename=\"Gr__e.log\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.log"),
        ("it's (1)*.log", "attachment; filename=\"it's (1)*.log\"; filename*=UTF-8''it%27s%20%281%29%2A.log"),
    ],
)
def test_attachment(name: str, expected: str) -> None:
    assert attachment(name) == expected
