"""Lines of every format, out of the formats' own tables of cases."""

import json

from tests.unit.shared.parsing.formats import (
    test_access,
    test_auditd,
    test_aws_balancers,
    test_aws_flows,
    test_aws_s3,
    test_containers,
    test_dotnet_console,
    test_envoy,
    test_github,
    test_haproxy,
    test_json_lines,
    test_json_loggers,
    test_klog,
    test_laravel,
    test_level_dialects,
    test_level_headers,
    test_level_letters,
    test_level_times,
    test_leveled,
    test_logcat,
    test_logfmt,
    test_mongodb,
    test_mysql,
    test_plain,
    test_postgresql,
    test_python_logging,
    test_rails,
    test_redis,
    test_squid,
    test_syslog,
    test_tracing,
    test_w3c,
    test_web_errors,
    test_windows_cbs,
)

LEVELED_TABLES = (
    test_leveled.LEVEL_AND_MESSAGE,
    test_leveled.WITH_A_LOGGER,
    test_leveled.WITHOUT_A_DATE,
    test_level_dialects.CASES,
    test_level_headers.CASES,
    test_level_letters.CASES,
    test_level_times.CASES,
)
SYSLOG_TABLES = (test_syslog.CASES, test_syslog.DIALECTS)
TEXT_LINES: list[str] = [
    line
    for cases in (
        test_auditd.CASES,
        test_aws_balancers.CASES,
        test_aws_flows.CASES,
        test_aws_s3.CASES,
        test_haproxy.CASES,
        test_w3c.CASES,
        test_containers.CASES,
        test_dotnet_console.CASES,
        test_klog.CASES,
        test_laravel.CASES,
        test_mongodb.CASES,
        test_mysql.CASES,
        test_postgresql.CASES,
        test_python_logging.CASES,
        test_rails.CASES,
        test_redis.CASES,
        test_tracing.CASES,
        test_windows_cbs.CASES,
        test_access.CASES,
        *LEVELED_TABLES,
        test_logcat.CASES,
        test_logcat.OTHER_OUTPUTS,
        test_squid.CASES,
        test_envoy.CASES,
        test_logfmt.CASES,
        test_plain.CASES,
        *SYSLOG_TABLES,
        test_web_errors.CASES,
    )
    for line, _ in cases
]
JSON_LINES: list[str] = [
    *(json.dumps(value) for value, _ in test_json_lines.CASES),
    *(line for line, _ in test_json_lines.ODD),
    *(line for line, _ in test_json_loggers.CASES.values()),
    *test_github.SAMPLES,
]
BROKEN_LINES: list[str] = [line for line, _ in test_json_lines.BROKEN]
