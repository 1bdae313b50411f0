"""Realistic log lines of every format, a second's worth at a time.

Every maker answers one second of one machine's log: whole lines, where SECOND stands for the time down to the second
and the fractions after it rise. `trouble` is a second of an incident: more errors, slower answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

SECOND = "\0"
"""Where a line's time goes; no log has this character itself."""

_HOSTS = [f"{role}-{number:02d}" for role in ("web", "api", "db", "queue") for number in range(1, 7)]
_SERVICES = ["orders", "payments", "catalog", "sessions", "search", "mailer", "billing", "inventory"]
_USERS = ["alice", "bob", "chidi", "danuta", "emre", "françoise", "guðrún", "hiroko"]
_METHODS = ["GET"] * 14 + ["POST"] * 4 + ["PUT", "DELETE", "PATCH", "HEAD"]
_PATHS = [
    "/",
    "/index.html",
    "/favicon.ico",
    "/robots.txt",
    "/static/app.{id}.js",
    "/static/style.css",
    "/images/product/{id}.webp",
    "/products?page={small}&sort=price",
    "/products/{id}",
    "/cart",
    "/checkout",
    "/login",
    "/api/v1/orders",
    "/api/v1/orders/{id}",
    "/api/v1/users/{id}/sessions",
    "/api/v1/search?q=winter+jacket&limit={small}",
    "/health",
]
_AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "curl/8.5.0",
    "python-httpx/0.27.0",
    "kube-probe/1.30",
]
_REFERRERS = [
    "-",
    "-",
    "-",
    "https://shop.example/",
    "https://shop.example/products",
    "https://search.example/?q=jacket",
]
_CALM_STATUSES = [200] * 40 + [201] * 3 + [204, 204, 301, 302, 304, 304, 304, 400, 401, 403, 404, 404, 429, 500]
_TROUBLE_STATUSES = [200] * 10 + [500] * 6 + [502] * 4 + [503] * 5 + [504] * 3 + [429, 404]
_CALM_LEVELS = ["debug"] * 10 + ["info"] * 80 + ["warn"] * 7 + ["error"] * 3
_TROUBLE_LEVELS = ["debug"] * 5 + ["info"] * 40 + ["warn"] * 25 + ["error"] * 28 + ["fatal"] * 2
_MESSAGES = {
    "debug": ["cache lookup key=user:{id} hit", "query took {small} ms: select * from orders where id = {id}"],
    "info": [
        "order {id} accepted for customer {other}",
        "session {id} opened for {user}",
        "request completed in {small} ms",
        "sent {small} mails in one go",
        "index refreshed, {id} documents",
        "bestellung {id} bestätigt, Empfänger Zürich",
    ],
    "warn": [
        "slow answer from payments: {id} ms",
        "retrying request to inventory, attempt {small}",
        "disk /var is {small}% full",
        "access denied for {user} from {ip}",
    ],
    "error": [
        "connection to db-03 refused",
        "timeout after {id} ms waiting for payments",
        "order {id} failed: card declined",
        "exception while handling request {id}: NullReferenceException",
    ],
    "fatal": ["out of memory, shutting down", "cannot open database: connection refused"],
}
_PINO_LEVELS = {"debug": 20, "info": 30, "warn": 40, "error": 50, "fatal": 60}
_SYSLOG_SEVERITIES = {"debug": 7, "info": 6, "warn": 4, "error": 3, "fatal": 2}
_TRACE = """Traceback (most recent call last):
  File "/srv/{service}/handlers.py", line {small}, in handle
    return self.process(order)
  File "/srv/{service}/orders.py", line {id}, in process
    raise TimeoutError(f"no answer after {{limit}} ms")
TimeoutError: no answer after {id} ms
"""
_PLAIN = [
    "Backup of volume data-{small} finished, {id} files copied",
    "Worker {small} picked up task {id}",
    "user {user} logged in from {ip}",
    "ERROR could not reach mail relay, will try again in {small} minutes",
    "Checking certificates ... all valid for {small} more days",
    "warning: configuration key 'cache.size' is deprecated",
    "Done.",
]


def fill(rng: Random, template: str, service: str = "orders") -> str:
    """A message with its places filled."""
    return template.format(
        id=rng.randrange(100, 100_000),
        other=rng.randrange(100, 100_000),
        small=rng.randrange(1, 100),
        user=rng.choice(_USERS),
        ip=client_ip(rng),
        service=service,
    )


def client_ip(rng: Random) -> str:
    """Few clients call often, many seldom; one in thirty speaks IPv6."""
    rank = int(4000 ** rng.random())
    if rank % 30 == 29:
        return f"2001:db8:{rank:x}::{rank % 255:x}"
    return f"{(rank * 37) % 190 + 11}.{(rank * 101) % 256}.{(rank * 59) % 256}.{(rank * 17) % 254 + 1}"


def access_lines(rng: Random, trouble: bool, combined: bool) -> str:
    """Apache's and nginx's access log, common or combined."""
    lines = []
    for _ in range(rng.randrange(8, 40)):
        status = rng.choice(_TROUBLE_STATUSES if trouble else _CALM_STATUSES)
        size = "-" if status in (204, 304) else str(int(rng.lognormvariate(8, 1.5)))
        user = rng.choice(_USERS[:4]) if rng.random() < 0.05 else "-"
        request = f"{rng.choice(_METHODS)} {fill(rng, rng.choice(_PATHS))} HTTP/1.1"
        line = f'{client_ip(rng)} - {user} [{SECOND} +0000] "{request}" {status} {size}'
        if combined:
            line += f' "{rng.choice(_REFERRERS)}" "{rng.choice(_AGENTS)}"'
        lines.append(line + "\n")
    return "".join(lines)


def json_lines(rng: Random, trouble: bool) -> str:
    """What pino writes."""
    lines = []
    for millis, level in _moments(rng, trouble):
        service = rng.choice(_SERVICES)
        text = fill(rng, rng.choice(_MESSAGES[level])).replace('"', "'")
        line = (
            f'{{"level":{_PINO_LEVELS[level]},"time":{SECOND}{millis:03d},"pid":{rng.randrange(20, 60)},'
            f'"hostname":"{rng.choice(_HOSTS)}","name":"{service}","reqId":"{rng.getrandbits(48):012x}"'
        )
        if level == "info":
            status = rng.choice(_TROUBLE_STATUSES if trouble else _CALM_STATUSES)
            line += (
                f',"req":{{"method":"{rng.choice(_METHODS)}","url":"{fill(rng, rng.choice(_PATHS))}",'
                f'"remoteAddress":"{client_ip(rng)}","remotePort":{rng.randrange(1024, 65535)}}}'
                f',"res":{{"statusCode":{status}}},"responseTime":{_duration_ms(rng, trouble):.1f}'
            )
        lines.append(f'{line},"msg":"{text}"}}\n')
    return "".join(lines)


def logfmt_lines(rng: Random, trouble: bool) -> str:
    """What Go services write."""
    return "".join(
        f"time={SECOND}.{millis:03d}Z level={level} service={rng.choice(_SERVICES)} "
        f'msg="{fill(rng, rng.choice(_MESSAGES[level]))}" client_ip={client_ip(rng)} '
        f"duration_ms={_duration_ms(rng, trouble):.2f} trace_id={rng.getrandbits(128):032x}\n"
        for millis, level in _moments(rng, trouble)
    )


def syslog_lines(rng: Random, trouble: bool) -> str:
    """Syslog as RFC 3164 describes it, as files have it: no year, no priority."""
    return "".join(
        f"{SECOND} {rng.choice(_HOSTS)} {rng.choice(_SERVICES)}[{rng.randrange(300, 32000)}]: "
        f"{fill(rng, rng.choice(_MESSAGES[level]))}\n"
        for _, level in _moments(rng, trouble)
    )


def syslog5424_lines(rng: Random, trouble: bool) -> str:
    """Syslog as RFC 5424 defines it, with structured data."""
    return "".join(
        f"<{16 * 8 + _SYSLOG_SEVERITIES[level]}>1 {SECOND}.{millis:03d}Z {rng.choice(_HOSTS)} {rng.choice(_SERVICES)} "
        f'{rng.randrange(300, 32000)} ID{rng.randrange(100)} [request@32473 id="{rng.getrandbits(48):012x}" '
        f'client="{client_ip(rng)}"] {fill(rng, rng.choice(_MESSAGES[level]))}\n'
        for millis, level in _moments(rng, trouble)
    )


def application_lines(rng: Random, trouble: bool) -> str:
    """Time, level, logger and message, an error now and then with its stack trace."""
    lines = []
    for millis, level in _moments(rng, trouble):
        service, text = rng.choice(_SERVICES), fill(rng, rng.choice(_MESSAGES[level]))
        lines.append(f"{SECOND},{millis:03d} {level.upper():5} [{service}.handlers] {text}\n")
        if level == "error" and rng.random() < 0.3:
            lines.append(fill(rng, _TRACE, service))
    return "".join(lines)


def plain_lines(rng: Random, trouble: bool) -> str:
    """Sentences of no format, without a time."""
    return "".join(fill(rng, rng.choice(_PLAIN)) + "\n" for _ in _moments(rng, trouble))


def _moments(rng: Random, trouble: bool) -> list[tuple[int, str]]:
    """The milliseconds and levels of one second's lines, in order."""
    millis = sorted(rng.sample(range(1000), rng.randrange(8, 40)))
    return [(each, rng.choice(_TROUBLE_LEVELS if trouble else _CALM_LEVELS)) for each in millis]


def _duration_ms(rng: Random, trouble: bool) -> float:
    return min(rng.lognormvariate(6 if trouble else 3, 1), 60_000.0)


@dataclass(frozen=True)
class SampleFormat:
    """A format: what a second of its lines looks like, and how it writes the time down to the second."""

    make: Callable[[Random, bool], str]
    stamp: Callable[[datetime], str]


FORMATS = {
    "access": SampleFormat(
        lambda rng, trouble: access_lines(rng, trouble, combined=True), lambda at: f"{at:%d/%b/%Y:%H:%M:%S}"
    ),
    "common": SampleFormat(
        lambda rng, trouble: access_lines(rng, trouble, combined=False), lambda at: f"{at:%d/%b/%Y:%H:%M:%S}"
    ),
    "json": SampleFormat(json_lines, lambda at: str(int(at.timestamp()))),
    "logfmt": SampleFormat(logfmt_lines, lambda at: f"{at:%Y-%m-%dT%H:%M:%S}"),
    "syslog": SampleFormat(syslog_lines, lambda at: f"{at:%b} {at.day:2d} {at:%H:%M:%S}"),
    "syslog5424": SampleFormat(syslog5424_lines, lambda at: f"{at:%Y-%m-%dT%H:%M:%S}"),
    "app": SampleFormat(application_lines, lambda at: f"{at:%Y-%m-%d %H:%M:%S}"),
    "plain": SampleFormat(plain_lines, lambda at: ""),
}
MIXED = "mixed"
"""One more name beside FORMATS: all of them in one file, a second of each at a time."""

START = datetime(2025, 6, 2, 6, 0, tzinfo=UTC)
"""The first second of every sample: fixed, so that a seed always gives the same bytes."""
