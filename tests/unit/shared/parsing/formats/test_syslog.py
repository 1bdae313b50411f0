from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.shared.parsing.reading import read

OLD = {"format": "syslog_rfc3164"}
NEW = {"format": "syslog_rfc5424"}
CASES: list[tuple[str, dict[str, Any]]] = [
    (
        "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed for lonvick on /dev/pts/8",
        NEW
        | {"logged_at": "2003-10-11T22:14:15.003000", "severity": 18, "hostname": "mymachine.example.com"}
        | {"logger": "su", "message": "'su root' failed for lonvick on /dev/pts/8"}
        | {"attrs": '{"message_id":"ID47","facility":"auth"}'},
    ),
    (
        "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
        NEW
        | {"logged_at": "2003-08-24T12:14:15.000003", "severity": 10, "hostname": "192.0.2.1", "logger": "myproc"}
        | {"pid": 8710, "message": "%% It's time to make the do-nuts.", "attrs": '{"facility":"local4"}'},
    ),
    (
        '<165>1 2003-10-11T22:14:15Z host evntslog - ID47 [ex@32473 iut="3" s="a\\"b\\]"][p@1 k="v"] \ufeffAn event',
        NEW
        | {"logged_at": "2003-10-11T22:14:15", "severity": 10, "hostname": "host", "logger": "evntslog"}
        | {"message": "An event"}
        | {
            "attrs": '{"message_id":"ID47",'
            '"structured_data":"[ex@32473 iut=\\"3\\" s=\\"a\\\\\\"b\\\\]\\"][p@1 k=\\"v\\"]","facility":"local4"}'
        },
    ),
    ("<0>1 - - - - - -", NEW | {"severity": 21, "message": "", "attrs": '{"facility":"kern"}'}),
    (
        "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
        OLD
        | {"logged_at": "2025-10-11T22:14:15", "severity": 18, "hostname": "mymachine", "logger": "su"}
        | {"message": "'su root' failed for lonvick on /dev/pts/8", "attrs": '{"facility":"auth"}'},
    ),
    (
        "Jun  4 15:16:01 web-1 sshd(pam_unix)[19939]: authentication failure; rhost=198.51.100.4 ",
        OLD
        | {"logged_at": "2025-06-04T15:16:01", "hostname": "web-1", "logger": "sshd(pam_unix)", "pid": 19939}
        | {"message": "authentication failure; rhost=198.51.100.4 ", "client_ip": "198.51.100.4"},
    ),
    (
        "Nov 22 09:00:00 mac com.example.agent[1] (com.example.job[77]): Service exited",
        OLD
        | {"logged_at": "2025-11-22T09:00:00", "hostname": "mac", "logger": "com.example.agent", "pid": 1}
        | {"message": "Service exited", "attrs": '{"context":"com.example.job[77]"}'},
    ),
    (  # a name with a space in it
        "Nov 22 09:00:00 mac Some Editor[14463]: four characters",
        OLD
        | {"logged_at": "2025-11-22T09:00:00", "hostname": "mac", "logger": "Some Editor", "pid": 14463}
        | {"message": "four characters"},
    ),
    (
        "Nov 22 09:00:00 box syslogd 1.4.1: restart.",
        OLD
        | {"logged_at": "2025-11-22T09:00:00", "hostname": "box", "logger": "syslogd", "message": "restart."}
        | {"attrs": '{"version":"1.4.1"}'},
    ),
    (
        "Nov 22 09:00:00 box last message repeated 2 times",
        OLD | {"logged_at": "2025-11-22T09:00:00", "hostname": "box", "message": "last message repeated 2 times"},
    ),
    (  # as sent to a local socket, without the host
        "<13>Nov 22 09:00:00 cron[7]: done",
        OLD
        | {"logged_at": "2025-11-22T09:00:00", "logger": "cron", "pid": 7, "severity": 10, "message": "done"}
        | {"attrs": '{"facility":"user"}'},
    ),
    (
        "<13>2025-11-22T09:00:00.5+01:00 box app: done",
        OLD
        | {"logged_at": "2025-11-22T08:00:00.500000", "hostname": "box", "logger": "app", "severity": 10}
        | {"message": "done", "attrs": '{"facility":"user"}'},
    ),
    (
        "Nov 22 2024 09:00:00 fw-1 %ASA-6-302013: Built connection",
        OLD
        | {"logged_at": "2024-11-22T09:00:00", "severity": 9, "hostname": "fw-1", "logger": "%ASA-6-302013"}
        | {"message": "Built connection"},
    ),
    ("<13>hello", OLD | {"severity": 10, "message": "hello", "attrs": '{"facility":"user"}'}),
    ("<999>hello", OLD | {"message": "hello"}),
    (
        "Nov 22 09:00:00 WARN disk is full",
        OLD | {"logged_at": "2025-11-22T09:00:00", "severity": 13, "message": "disk is full"},
    ),
    (
        "Nov 22 09:00:00 db postgres[5]: ERROR:  relation does not exist",
        OLD
        | {"logged_at": "2025-11-22T09:00:00", "hostname": "db", "logger": "postgres", "pid": 5, "severity": 17}
        | {"message": "ERROR:  relation does not exist"},
    ),
    (
        "Mar  5 06:07:08.123 2024 web-1 shopd[71]: all good",
        OLD
        | {"logged_at": "2024-03-05T06:07:08.123000", "hostname": "web-1", "logger": "shopd", "pid": 71}
        | {"message": "all good"},
    ),
    (
        "Mar 5 06:07:08 2024 ERROR disk full",
        OLD | {"logged_at": "2024-03-05T06:07:08", "severity": 17, "message": "disk full"},
    ),
]

DIALECTS: list[tuple[str, dict[str, Any]]] = [
    (  # a tag is no host
        "Jul 01 09:00:55 unbound[123:0] info: start",
        {"logged_at": "2025-07-01T09:00:55", "severity": 9, "message": "info: start", "logger": "unbound", "pid": 123}
        | {"hostname": None},
    ),
    (
        "Jul  1 09:00:55 box unbound[123:0]: info: start",
        {"logged_at": "2025-07-01T09:00:55", "severity": 9, "logger": "unbound", "pid": 123, "hostname": "box"},
    ),
    (
        "Jul  1 09:00:55 box dovecot: imap-login: Error: no such user",
        {"logged_at": "2025-07-01T09:00:55", "severity": 17, "message": "imap-login: Error: no such user"},
    ),
    (
        "Dec 10 06:55:46 box sshd[24200]: no mapping for x [198.51.100.7] - careful!",
        {
            "logged_at": "2024-12-10T06:55:46",
            "message": "no mapping for x [198.51.100.7] - careful!",
            "client_ip": "198.51.100.7",
        },
    ),
    (
        "Dec 10 09:12:32 box sshd: last message repeated 5 times",
        {"logged_at": "2024-12-10T09:12:32", "message": "last message repeated 5 times"},
    ),
    (
        "Jul  1 09:00:55 host --- last message repeated 1 time ---",
        {"logged_at": "2025-07-01T09:00:55", "message": "--- last message repeated 1 time ---"},
    ),
    (
        "Jul  1 09:00:55 --- last message repeated 1 time ---",
        {"logged_at": "2025-07-01T09:00:55", "message": "--- last message repeated 1 time ---"},
    ),
    (
        "Jul  1 09:00:55 box kernel: [12345.678] eth0: up",
        {"logged_at": "2025-07-01T09:00:55", "message": "[12345.678] eth0: up", "logger": "kernel"},
    ),
    (
        "Jul  1 09:00:55 mac-10-0-0-9 kernel[0]: Switch<0>(0x0)::listen - route = 0x0",
        {"logged_at": "2025-07-01T09:00:55", "message": "Switch<0>(0x0)::listen - route = 0x0"},
    ),
    (
        "Jul  1 09:00:55 <local0.notice> host app[12]: hello",
        {
            "logged_at": "2025-07-01T09:00:55",
            "severity": 10,
            "message": "hello",
            "hostname": "host",
            "logger": "app",
            "pid": 12,
        },
    ),
    (
        "Jan  1 00:00:00 mail postfix/smtpd[123]: connect from unknown[192.0.2.1]",
        {"logged_at": "2025-01-01T00:00:00", "message": "connect from unknown[192.0.2.1]", "logger": "postfix/smtpd"},
    ),
    (
        "Jan  1 00:00:00 dnsmasq[123]: query[A] example.com from 192.0.2.3",
        {"logged_at": "2025-01-01T00:00:00", "message": "query[A] example.com from 192.0.2.3", "logger": "dnsmasq"},
    ),
    (
        "Jan 01 10:00:00.123456 web systemd[1]: Started x",
        {"logged_at": "2025-01-01T10:00:00.123456", "message": "Started x"},
    ),
    (
        "Jan  1 00:00:00.123 UTC: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up",
        {"logged_at": "2025-01-01T00:00:00.123000", "severity": 17, "message": "Interface Gi0/1, changed state to up"},
    ),
    (
        "000123: *Jan  1 00:00:00.123: %SYS-5-CONFIG_I: Configured from console",
        {"logged_at": "2025-01-01T00:00:00.123000", "severity": 10, "message": "Configured from console"},
    ),
    (
        "<189>29: *Apr 19 00:00:00.123: %SYS-5-CONFIG_I: Configured from console",
        {"logged_at": "2025-04-19T00:00:00.123000", "severity": 10, "message": "Configured from console"},
    ),
    (
        "Jan  1 00:00:00 10.0.0.1 123: Jan  1 00:00:00.123 CET: %LINEPROTO-5-UPDOWN: Line protocol",
        {"logged_at": "2025-01-01T00:00:00", "severity": 10, "message": "Line protocol"},
    ),
    (
        "Jan  1 00:00:00 sw1 mgd[123]: UI_CMDLINE_READ_LINE: User 'x'",
        {"logged_at": "2025-01-01T00:00:00", "message": "UI_CMDLINE_READ_LINE: User 'x'"},
    ),
    ("<6>[    0.000000] Linux version", {"severity": 9, "message": "Linux version"}),
    (
        "1 2003-10-11T22:14:15.003Z mymachine app 12 ID47 - hello",
        {
            "logged_at": "2003-10-11T22:14:15.003000",
            "message": "hello",
            "hostname": "mymachine",
            "logger": "app",
            "pid": 12,
        },
    ),
    (
        "Jan  1 00:00:00 sun1 su: [ID 366847 auth.notice] 'su root' succeeded",
        {
            "logged_at": "2025-01-01T00:00:00",
            "severity": 10,
            "message": "'su root' succeeded",
            "hostname": "sun1",
            "logger": "su",
        },
    ),
    (
        "Jan  1 00:00:00 aix1 auth|security:info sshd[12]: Accepted",
        {
            "logged_at": "2025-01-01T00:00:00",
            "severity": 9,
            "message": "Accepted",
            "hostname": "aix1",
            "logger": "sshd",
            "pid": 12,
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_syslog(line: str, expected: dict[str, Any]) -> None:
    assert read(line) == {"message": line} | expected


def test_the_year_comes_from_the_files_own_time() -> None:
    modified_at = datetime(2016, 1, 3, tzinfo=UTC)
    years = [
        read(f"{day} 10:00:00 box app: x", modified_at=modified_at)["logged_at"][:4] for day in ("Jan  2", "Dec 30")
    ]
    assert years == ["2016", "2015"]


def test_without_any_reference_a_time_without_a_year_stays_unread() -> None:
    assert "logged_at" not in read("Jan  2 10:00:00 box app: x", received_at=None)


@pytest.mark.parametrize(("line", "expected"), DIALECTS)
def test_dialects(line: str, expected: dict[str, Any]) -> None:
    record = read(line)
    assert {name: record.get(name) for name in expected} == expected
    assert ("logged_at" in record) == ("logged_at" in expected)
