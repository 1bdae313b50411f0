r"""Grok: patterns put together from named ones, as Logstash has them: %{IPORHOST:client} %{WORD:method} ...

The names are those of Logstash's core patterns. What they match is written anew here, for an engine of linear time:
without look-around and atomic groups, in plain classes where Logstash's \w and \b would know all of Unicode.
"""

import re
from collections.abc import Iterator

from shared.parsing.custom import MAX_PATTERN_BYTES, BadPattern

REFERENCE = re.compile(r"%\{(?P<name>[A-Za-z0-9_]+)(?::(?P<field>[^:{}]*))?(?::(?P<type>[^:{}]*))?\}")
FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
TYPES = {"int": "[int]", "integer": "[int]", "long": "[int]", "float": "[float]", "double": "[float]", "string": ""}

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_MONTHS = "Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:tember)?|Oct(?:ober)?|"
_LEVELS = (
    "alert|trace|debug|notice|info(?:rmation)?|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|severe|emerg(?:ency)?|panic"
)

PATTERNS: dict[str, str] = {
    # words and numbers
    "USERNAME": r"[a-zA-Z0-9._-]+",
    "USER": r"%{USERNAME}",
    "EMAILLOCALPART": r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*",
    "EMAILADDRESS": r"%{EMAILLOCALPART}@%{HOSTNAME}",
    "INT": r"[+-]?[0-9]+",
    "BASE10NUM": r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)",
    "NUMBER": r"%{BASE10NUM}",
    "BASE16NUM": r"[+-]?(?:0x)?[0-9A-Fa-f]+",
    "BASE16FLOAT": r"[+-]?(?:0x)?(?:[0-9A-Fa-f]+(?:\.[0-9A-Fa-f]*)?|\.[0-9A-Fa-f]+)",
    "POSINT": r"[1-9][0-9]*",
    "NONNEGINT": r"[0-9]+",
    "WORD": r"[A-Za-z0-9_]+",
    "NOTSPACE": r"[^ \t]+",
    "SPACE": r"[ \t]*",
    "DATA": r".*?",
    "GREEDYDATA": r".*",
    "QUOTEDSTRING": r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)""",
    "QS": r"%{QUOTEDSTRING}",
    "UUID": r"[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}",
    "URN": r"urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:[0-9A-Za-z()+,.:=@;$_!*'/?#%-]+",
    # networking
    "CISCOMAC": r"(?:[A-Fa-f0-9]{4}\.){2}[A-Fa-f0-9]{4}",
    "WINDOWSMAC": r"(?:[A-Fa-f0-9]{2}-){5}[A-Fa-f0-9]{2}",
    "COMMONMAC": r"(?:[A-Fa-f0-9]{2}:){5}[A-Fa-f0-9]{2}",
    "MAC": r"(?:%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC})",
    "IPV6": rf"(?:[0-9A-Fa-f]{{0,4}}:){{2,7}}(?:{_OCTET}(?:\.{_OCTET}){{3}}|[0-9A-Fa-f]{{0,4}})(?:%[0-9A-Za-z]+)?",
    "IPV4": rf"{_OCTET}(?:\.{_OCTET}){{3}}",
    "IP": r"(?:%{IPV6}|%{IPV4})",
    "HOSTNAME": r"[0-9A-Za-z][0-9A-Za-z_-]*(?:\.[0-9A-Za-z][0-9A-Za-z_-]*)*\.?",
    "HOST": r"%{HOSTNAME}",
    "IPORHOST": r"(?:%{IP}|%{HOSTNAME})",
    "HOSTPORT": r"%{IPORHOST}:%{POSINT}",
    # paths and addresses
    "PATH": r"(?:%{UNIXPATH}|%{WINPATH})",
    "UNIXPATH": r"(?:/[A-Za-z0-9_%!$@:.,+~*=-]*)+",
    "TTY": r"/dev/(?:pts|tty[pq]?)[A-Za-z0-9_]*/?(?:[0-9]+)?",
    "WINPATH": r"(?:[A-Za-z]:|\\)(?:\\[^\\?* ]*)+",
    "URIPROTO": r"[A-Za-z](?:[A-Za-z0-9+.-]+)+",
    "URIHOST": r"%{IPORHOST}(?::%{POSINT})?",
    "URIPATH": r"(?:/[A-Za-z0-9$.+!*'(){},~:;=@#%&_-]*)+",
    "URIPARAM": r"\?[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\[\]<>-]*",
    "URIPATHPARAM": r"%{URIPATH}(?:%{URIPARAM})?",
    "URI": r"%{URIPROTO}://(?:%{USER}(?::[^@ ]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?",
    # dates and times
    "MONTH": rf"(?:{_MONTHS}Nov(?:ember)?|Dec(?:ember)?)",
    "MONTHNUM": r"(?:0?[1-9]|1[0-2])",
    "MONTHNUM2": r"(?:0[1-9]|1[0-2])",
    "MONTHDAY": r"(?:0[1-9]|[12][0-9]|3[01]|[1-9])",
    "DAY": r"(?:Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?)",
    "YEAR": r"[0-9]{2}(?:[0-9]{2})?",
    "HOUR": r"(?:2[0-3]|[01]?[0-9])",
    "MINUTE": r"[0-5][0-9]",
    "SECOND": r"(?:[0-5]?[0-9]|60)(?:[:.,][0-9]+)?",
    "TIME": r"%{HOUR}:%{MINUTE}(?::%{SECOND})?",
    "DATE_US": r"%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}",
    "DATE_EU": r"%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}",
    "DATE": r"(?:%{DATE_US}|%{DATE_EU})",
    "DATESTAMP": r"%{DATE}[- ]%{TIME}",
    "ISO8601_TIMEZONE": r"(?:Z|[+-]%{HOUR}(?::?%{MINUTE}))",
    "ISO8601_SECOND": r"%{SECOND}",
    "TIMESTAMP_ISO8601": r"%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?%{ISO8601_TIMEZONE}?",
    "TZ": r"[A-Z]{3,4}",
    "DATESTAMP_RFC822": r"%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}",
    "DATESTAMP_RFC2822": r"%{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}",
    "DATESTAMP_OTHER": r"%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}",
    "DATESTAMP_EVENTLOG": r"[0-9]{14}",
    "HTTPDERROR_DATE": r"%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{YEAR}",
    "HTTPDATE": r"%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}",
    # syslog
    "SYSLOGTIMESTAMP": r"%{MONTH} +%{MONTHDAY} %{TIME}",
    "PROG": r"[!-Z\\^-~]+",
    "SYSLOGPROG": r"%{PROG:program}(?:\[%{POSINT:pid}\])?",
    "SYSLOGHOST": r"%{IPORHOST}",
    "SYSLOGFACILITY": r"<%{NONNEGINT:facility}.%{NONNEGINT:priority}>",
    "SYSLOGBASE": r"%{SYSLOGTIMESTAMP:timestamp} (?:%{SYSLOGFACILITY} )?%{SYSLOGHOST:logsource} %{SYSLOGPROG}:",
    "SYSLOGLINE": r"%{SYSLOGBASE} %{GREEDYDATA:message}",
    # the web
    "HTTPDUSER": r"(?:%{EMAILADDRESS}|%{USER})",
    "COMMONAPACHELOG": (
        r'%{IPORHOST:clientip} %{HTTPDUSER:ident} %{HTTPDUSER:auth} \[%{HTTPDATE:timestamp}\] "(?:%{WORD:verb} '
        r'%{NOTSPACE:request}(?: HTTP/%{NUMBER:httpversion})?|%{DATA:rawrequest})" %{NUMBER:response} '
        r"(?:%{NUMBER:bytes}|-)"
    ),
    "COMBINEDAPACHELOG": (r'%{COMMONAPACHELOG} "(?P<referrer>(?:[^"\\]|\\.)*)" "(?P<agent>(?:[^"\\]|\\.)*)"'),
    "HTTPD_COMMONLOG": r"%{COMMONAPACHELOG}",
    "HTTPD_COMBINEDLOG": r"%{COMBINEDAPACHELOG}",
    # programs
    "LOGLEVEL": rf"(?i-u:{_LEVELS})",
    "JAVACLASS": r"(?:[A-Za-z$_][A-Za-z0-9$_]*\.)*[A-Za-z$_][A-Za-z0-9$_]*",
    "JAVAFILE": r"[A-Za-z$_0-9. -]+",
    "JAVAMETHOD": r"(?:<init>|<clinit>|[A-Za-z$_][A-Za-z0-9$_]*)",
    "JAVASTACKTRACEPART": (
        r"[ \t]*at %{JAVACLASS:class}\.%{JAVAMETHOD:method}\(%{JAVAFILE:file}(?::%{NONNEGINT:line})?\)"
    ),
    "JAVATHREAD": r"[A-Za-z][A-Za-z0-9 _.:/#-]*",
    "JAVALOGMESSAGE": r".*",
}


def expand(grok: str) -> str:
    """The regular expression of a grok pattern; raises BadPattern that names what is wrong with it."""
    pattern = "".join(_expand(grok, MAX_PATTERN_BYTES))
    if "%{" in pattern:
        raise BadPattern("%{ without an end: write %{NAME}, %{NAME:field} or %{NAME:field:int}", grok.find("%{") + 1)
    return pattern


def _expand(grok: str, room: int) -> Iterator[str]:
    """The parts of the expression; raises BadPattern where what stands for names comes to more than `room`."""
    done = 0
    for reference in REFERENCE.finditer(grok):
        yield grok[done : reference.start()]
        done = reference.end()
        part = "".join(_expand(_pattern(reference["name"]), room))
        room -= len(part)
        if room < 0:
            raise BadPattern(f"too large: with its names written out it has more than {MAX_PATTERN_BYTES} bytes")
        yield _captured(part, reference)
    yield grok[done:]


def _pattern(name: str) -> str:
    if name not in PATTERNS:
        raise BadPattern(f"%{{{name}}} is not known; there are {', '.join(sorted(PATTERNS))}")
    return PATTERNS[name]


def _captured(part: str, reference: "re.Match[str]") -> str:
    """The part as a group, with a name where the reference gives one."""
    field, kind = reference["field"], reference["type"]
    if not field:
        return f"(?:{part})"
    name = field_name(field)
    if not FIELD.fullmatch(name):
        raise BadPattern(f"{reference[0]}: {field!r} is no name for a field")
    if kind and kind not in TYPES:
        raise BadPattern(f"{reference[0]}: {kind!r} is no type; there are int and float")
    return f"(?P<{name}{TYPES[kind] if kind else ''}>{part})"


def field_name(field: str) -> str:
    """Grok's name of a field, nested ones too, as a group's.

    >>> field_name("[source][address]")
    'source.address'
    """
    nested = field.removeprefix("[").removesuffix("]").replace("][", ".")
    return nested.replace("@", "").replace("-", "_")
