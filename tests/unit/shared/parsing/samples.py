"""Lines of every format, out of the formats' own tables of cases."""

import json

from tests.unit.shared.parsing.formats import (
    test_access,
    test_json_lines,
    test_leveled,
    test_logcat,
    test_logfmt,
    test_plain,
    test_syslog,
    test_web_errors,
)

TEXT_LINES: list[str] = [
    line
    for cases in (
        test_access.CASES,
        test_leveled.LEVEL_AND_MESSAGE,
        test_leveled.WITH_A_LOGGER,
        test_logcat.CASES,
        test_logfmt.CASES,
        test_plain.CASES,
        test_syslog.CASES,
        test_web_errors.CASES,
    )
    for line, _ in cases
]
JSON_LINES: list[str] = [
    *(json.dumps(value) for value, _ in test_json_lines.CASES),
    *(line for line, _ in test_json_lines.ODD),
]
BROKEN_LINES: list[str] = [line for line, _ in test_json_lines.BROKEN]
