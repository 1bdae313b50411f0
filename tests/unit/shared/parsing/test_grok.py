import re
from typing import Any

import pytest

from shared.parsing.custom import BadPattern, check_pattern
from shared.parsing.grok import PATTERNS, REFERENCE, expand, field_name
from tests.unit.shared.parsing.reading import read

EXAMPLES: dict[str, tuple[str, ...]] = {
    "USERNAME": ("ann.b-c_9",),
    "USER": ("ann",),
    "EMAILLOCALPART": ("a.b+c",),
    "EMAILADDRESS": ("a.b+c@mail.example",),
    "INT": ("-17", "+3"),
    "BASE10NUM": ("17", "-1.5", ".5"),
    "NUMBER": ("3.25",),
    "BASE16NUM": ("0xFF", "beef"),
    "BASE16FLOAT": ("0x1.8",),
    "POSINT": ("17",),
    "NONNEGINT": ("0",),
    "WORD": ("a_1",),
    "NOTSPACE": ("a-b/c",),
    "SPACE": ("  \t",),
    "DATA": ("a b",),
    "GREEDYDATA": ("a b",),
    "QUOTEDSTRING": (r'"a \" b"', "'x'", "`y`"),
    "QS": ('"a"',),
    "UUID": ("0190c1b4-7d3a-7c11-8f00-0123456789ab",),
    "URN": ("urn:isbn:0451450523",),
    "CISCOMAC": ("0123.4567.89ab",),
    "WINDOWSMAC": ("01-23-45-67-89-AB",),
    "COMMONMAC": ("01:23:45:67:89:ab",),
    "MAC": ("01:23:45:67:89:ab", "0123.4567.89ab"),
    "IPV6": ("2001:db8::1", "::1", "fe80::1%eth0", "::ffff:192.0.2.4"),
    "IPV4": ("192.0.2.4",),
    "IP": ("192.0.2.4", "2001:db8::1"),
    "HOSTNAME": ("web-1.shop.example", "db"),
    "HOST": ("db",),
    "IPORHOST": ("192.0.2.4", "web.example"),
    "HOSTPORT": ("db:5432",),
    "PATH": ("/var/log/x.log", r"C:\Temp\x y.log"[:9]),
    "UNIXPATH": ("/var/log/app-1.log",),
    "TTY": ("/dev/pts/3", "/dev/tty1"),
    "WINPATH": (r"C:\Windows\Temp", r"\\server\share"),
    "URIPROTO": ("https",),
    "URIHOST": ("web.example:8080",),
    "URIPATH": ("/a/b.html",),
    "URIPARAM": ("?a=b&c=d",),
    "URIPATHPARAM": ("/a?b=c", "/a"),
    "URI": ("https://ann:x@web.example:8080/a?b=c",),
    "MONTH": ("Jan", "December"),
    "MONTHNUM": ("1", "12"),
    "MONTHNUM2": ("01",),
    "MONTHDAY": ("31", "1"),
    "DAY": ("Mon", "Sunday"),
    "YEAR": ("2025", "25"),
    "HOUR": ("23", "7"),
    "MINUTE": ("59",),
    "SECOND": ("59", "60", "07.123"),
    "TIME": ("10:00:00", "10:00"),
    "DATE_US": ("01/31/2025",),
    "DATE_EU": ("31.01.2025",),
    "DATE": ("01/31/2025", "31.01.2025"),
    "DATESTAMP": ("31.01.2025 10:00:00",),
    "ISO8601_TIMEZONE": ("Z", "+01:00", "-0500"),
    "ISO8601_SECOND": ("59",),
    "TIMESTAMP_ISO8601": ("2025-01-31T10:00:00.123Z", "2025-01-31 10:00:00,123"),
    "TZ": ("CET", "CEST"),
    "DATESTAMP_RFC822": ("Fri Jan 31 2025 10:00:00 UTC",),
    "DATESTAMP_RFC2822": ("Fri, 31 Jan 2025 10:00:00 +0000",),
    "DATESTAMP_OTHER": ("Fri Jan 31 10:00:00 UTC 2025",),
    "DATESTAMP_EVENTLOG": ("20250131100000",),
    "HTTPDERROR_DATE": ("Fri Jan 31 10:00:00.5 2025",),
    "HTTPDATE": ("31/Jan/2025:10:00:00 +0000",),
    "SYSLOGTIMESTAMP": ("Jan 31 10:00:00", "Feb  1 10:00:00"),
    "PROG": ("postfix/smtpd",),
    "SYSLOGPROG": ("sshd[17]", "kernel"),
    "SYSLOGHOST": ("web-1",),
    "SYSLOGFACILITY": ("<4.6>",),
    "SYSLOGBASE": ("Jan 31 10:00:00 web-1 sshd[17]:",),
    "SYSLOGLINE": ("Jan 31 10:00:00 web-1 sshd[17]: hello",),
    "HTTPDUSER": ("-", "ann", "ann@mail.example"),
    "COMMONAPACHELOG": ('192.0.2.4 - - [31/Jan/2025:10:00:00 +0000] "GET /a HTTP/1.1" 200 17',),
    "COMBINEDAPACHELOG": ('192.0.2.4 - - [31/Jan/2025:10:00:00 +0000] "GET /a HTTP/1.1" 200 - "-" "curl \\"8\\""',),
    "HTTPD_COMMONLOG": ('192.0.2.4 - - [31/Jan/2025:10:00:00 +0000] "-" 408 -',),
    "HTTPD_COMBINEDLOG": ('192.0.2.4 - - [31/Jan/2025:10:00:00 +0000] "GET /a HTTP/1.1" 200 17 "-" "curl"',),
    "LOGLEVEL": ("WARN", "warning", "Information", "SEVERE"),
    "JAVACLASS": ("com.example.Shop$1", "Main"),
    "JAVAFILE": ("Shop.java", "Native Method"),
    "JAVAMETHOD": ("<init>", "run"),
    "JAVASTACKTRACEPART": ("\tat com.example.Shop.buy(Shop.java:17)",),
    "JAVATHREAD": ("http-nio-8080-exec-1", "main"),
    "JAVALOGMESSAGE": ("anything",),
}


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_each_name_matches_its_examples_and_nothing_less(name: str) -> None:
    pattern = expand(f"%{{{name}:whole_}}$")
    check_pattern(pattern)
    for example in EXAMPLES[name]:
        assert read(example, format="mine", pattern=pattern)["format"] == "mine", example


def test_no_name_is_made_of_itself() -> None:
    def depth(name: str) -> int:
        return 1 + max((depth(part["name"]) for part in REFERENCE.finditer(PATTERNS[name])), default=0)

    assert max(map(depth, PATTERNS)) <= 6


LINES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "%{IPORHOST:client} %{WORD:method} %{URIPATHPARAM:request} %{NUMBER:bytes:int} %{NUMBER:took:float}",
        "192.0.2.4 GET /index.html?a=b 15824 0.043",
        {"client_ip": "192.0.2.4", "method": "GET", "url": "/index.html?a=b", "bytes": 15824, "duration_ms": 0.043},
    ),
    (
        r"%{TIMESTAMP_ISO8601:time} \[%{JAVATHREAD:thread}\] %{LOGLEVEL:level} %{JAVACLASS:logger} - "
        r"%{GREEDYDATA:message}",
        "2025-01-31 10:00:00,123 [main-1] Warn com.example.Shop - sold out",
        {"logged_at": "2025-01-31T10:00:00.123000", "severity": 13, "logger": "com.example.Shop"}
        | {"message": "sold out", "attrs": '{"thread":"main-1"}'},
    ),
    (
        "%{SYSLOGLINE}",
        "Nov  3 10:00:00 web-1 postfix/smtpd[17]: hello",
        {"logged_at": "2025-11-03T10:00:00", "hostname": "web-1", "logger": "postfix/smtpd", "pid": 17}
        | {"message": "hello"},
    ),
    (
        "%{COMBINEDAPACHELOG}",
        '192.0.2.4 - ann [31/Jan/2025:10:00:00 +0000] "GET /a HTTP/1.1" 404 17 "https://a.example/" "curl/8"',
        {"logged_at": "2025-01-31T10:00:00", "severity": 13, "client_ip": "192.0.2.4", "method": "GET", "url": "/a"}
        | {"status": 404, "bytes": 17, "user_id": "ann", "referer": "https://a.example/", "user_agent": "curl/8"}
        | {"attrs": '{"ident":"-","httpversion":"1.1"}'},
    ),
    (
        "%{IP:[source][address]} (?<order>[A-Z]{2}) %{NUMBER:[net][hops]:int}%{GREEDYDATA}",
        "192.0.2.4 XY 3 and more",
        {"client_ip": "192.0.2.4", "attrs": '{"order":"XY","net.hops":3}'},
    ),
]


@pytest.mark.parametrize(("grok", "line", "expected"), LINES)
def test_a_line(grok: str, line: str, expected: dict[str, Any]) -> None:
    pattern = expand(grok)
    check_pattern(pattern)
    assert read(line, format="mine", pattern=pattern) == {"message": line, "format": "mine"} | expected


REFUSED = [
    ("%{NOPE}", "%{NOPE} is not known; there are BASE10NUM, "),
    ("%{ip:client}", "%{ip} is not known"),
    ("%{IP:1x}", "'1x' is no name for a field"),
    ("%{IP:a b}", "'a b' is no name for a field"),
    ("%{NUMBER:size:bool}", "'bool' is no type; there are int and float"),
    ("%{IP:client", "%{ without an end"),
    ("%{}", "%{ without an end"),
    ("%{COMBINEDAPACHELOG}" * 100, "too large"),
]


@pytest.mark.parametrize(("grok", "told"), REFUSED)
def test_what_is_no_grok_pattern_is_refused(grok: str, told: str) -> None:
    with pytest.raises(BadPattern, match=re.escape(told)):
        expand(grok)


@pytest.mark.parametrize(
    ("field", "name"),
    [("client", "client"), ("[client][ip]", "client.ip"), ("@timestamp", "timestamp"), ("user-agent", "user_agent")],
)
def test_field_names(field: str, name: str) -> None:
    assert field_name(field) == name
