"""Lines of each family of formats, generated: the same every time."""

import json
from collections.abc import Callable
from datetime import timedelta
from random import Random

from bench.access_lines import AGENT, BEGAN, access_lines

LINES = 60_000
LEVELS = ("INFO", "INFO", "INFO", "WARN", "ERROR", "DEBUG")


def _text(chance: Random) -> str:
    customer, address = chance.randrange(10**4), f"10.0.{chance.randrange(99)}.7"
    return f"order {chance.randrange(10**6)} accepted for customer {customer} at {address}"


def _leveled(chance: Random, second: int) -> str:
    at = BEGAN + timedelta(milliseconds=second * 5)
    return f"{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03} {chance.choice(LEVELS)} {_text(chance)}"


def _log4j(chance: Random, number: int) -> str:
    at = BEGAN + timedelta(milliseconds=number * 5)
    head = f"{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03} {chance.choice(LEVELS)}"
    return f"{head} [pool-{number % 9}-thread-1] com.example.shop.OrderService: {_text(chance)}"


def _logback(chance: Random, number: int) -> str:
    at = BEGAN + timedelta(milliseconds=number * 5)
    head = f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z [main] {chance.choice(LEVELS):5}"
    return f"{head} c.e.shop.OrderService - {_text(chance)}"


def _syslog(chance: Random, number: int) -> str:
    at = BEGAN - timedelta(days=90) + timedelta(seconds=number // 20)
    return f"{at:%b} {at.day:2} {at:%H:%M:%S} web-{number % 5} shopd[{number % 999}]: {_text(chance)}"


def _syslog_rfc5424(chance: Random, number: int) -> str:
    at = BEGAN + timedelta(milliseconds=number * 5)
    head = f"<{chance.randrange(192)}>1 {at:%Y-%m-%dT%H:%M:%S.%f}Z web-{number % 5}"
    return f"{head} shopd {number % 999} - - {_text(chance)}"


def _logcat(chance: Random, number: int) -> str:
    at = BEGAN - timedelta(days=90) + timedelta(milliseconds=number * 5)
    head = f"{at:%m-%d %H:%M:%S}.{at.microsecond // 1000:03}  1702  {number % 2000 + 1000}"
    return f"{head} {chance.choice('VDIWE')} ShopService: {_text(chance)}"


def _logfmt(chance: Random, number: int) -> str:
    at = BEGAN + timedelta(milliseconds=number * 5)
    head = f"time={at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z level={chance.choice(LEVELS).lower()}"
    return (
        f'{head} msg="{_text(chance)}" method=GET path=/orders/{number} status=200 duration=12.5ms shop=s{number % 7}'
    )


def _haproxy(chance: Random, number: int) -> str:
    at = BEGAN + timedelta(milliseconds=number * 5)
    head = f"{at:%b} {at.day:2} {at:%H:%M:%S} lb-1 haproxy[4021]: 10.0.{number % 250}.7:{number % 30000 + 2000}"
    timers = f"0/0/1/{number % 90}/{number % 90 + 2}"
    return (
        f"{head} [{at:%d/%b/%Y:%H:%M:%S}.{at.microsecond // 1000:03}] web~ shop/shop-{number % 7} {timers} 200 "
        f'{chance.randrange(10**5)} - - ---- 9/9/3/1/0 0/0 "GET /api/items/{number}?page=1 HTTP/1.1"'
    )


def _alb(chance: Random, number: int) -> str:
    at = f"{BEGAN + timedelta(milliseconds=number * 5):%Y-%m-%dT%H:%M:%S.%f}Z"
    target = f"10.1.{number % 9}.7:80"
    group = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop/73e2d6bc24d8a067"
    return (
        f"https {at} app/shop/50dc6c495c0c9188 10.0.{number % 250}.7:2817 {target} 0.000 0.0{number % 90} 0.000 200 "
        f'200 34 {chance.randrange(10**5)} "GET https://shop.example:443/api/items/{number} HTTP/2.0" "{AGENT}" '
        f'ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 {group} "Root=1-{number:08x}-1d84f3d73c47ec4e58577259" "shop.example" '
        f'"session-reused" 1 {at} "forward" "-" "-" "{target}" "200" "-" "-"'
    )


W3C_HEADER = (
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
    "sc-status sc-substatus sc-win32-status time-taken"
)


def _w3c(chance: Random, number: int) -> str:
    if number % 5000 == 0:
        return W3C_HEADER
    at = BEGAN + timedelta(milliseconds=number * 5)
    agent = AGENT.replace(" ", "+")
    return (
        f"{at:%Y-%m-%d %H:%M:%S} 10.0.0.5 GET /api/items/{number} page=1 443 - 10.0.{number % 250}.7 {agent} - 200 0 0 "
        f"{chance.randrange(900)}"
    )


def _csv(chance: Random, number: int) -> str:
    if number == 0:
        return "timestamp,level,logger,message,user,duration_ms,shard"
    at = BEGAN + timedelta(milliseconds=number * 5)
    text = f'"{_text(chance)}, and stored"' if number % 4 == 0 else _text(chance)
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z,{chance.choice(LEVELS)},shop.orders,{text},u{number % 100},12.5,s{number % 7}"


def _json(chance: Random, number: int) -> str:
    record = {
        **{
            "level": 30,
            "time": 1767225600000 + number * 5,
            "pid": 4021,
            "hostname": "api-7f9c",
            "reqId": f"req-{number}",
        },
        "req": {
            **{"method": "GET", "url": f"/api/items/{number}?page=1", "remoteAddress": f"10.0.{number % 250}.7"},
            "headers": {"host": "example.com", "user-agent": AGENT, "accept": "*/*", "accept-encoding": "gzip, br"},
        },
        "res": {"statusCode": 200, "headers": {"content-type": "application/json", "content-length": "512"}},
        **{"responseTime": 12.5, "userId": f"u{number % 100}", "msg": _text(chance) + " and stored"},
    }
    return json.dumps(record, separators=(",", ":"))


def _cri(chance: Random, number: int) -> str:
    at = BEGAN + timedelta(milliseconds=number * 5)
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}789Z stdout F {_leveled(chance, number)}"


def _klog(chance: Random, number: int) -> str:
    at = BEGAN - timedelta(days=90) + timedelta(milliseconds=number * 5)
    return f"{chance.choice('IIIWE')}{at:%m%d %H:%M:%S.%f}    1702 controller.go:{number % 900}] {_text(chance)}"


def _postgresql(chance: Random, number: int) -> str:
    at = BEGAN + timedelta(milliseconds=number * 5)
    head = f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03} UTC [{1000 + number % 90}] shop@orders"
    return f"{head} LOG:  duration: {number % 700}.5 ms  statement: SELECT * FROM items WHERE id = {number}"


def _mysql(chance: Random, number: int) -> str:
    at = BEGAN + timedelta(milliseconds=number * 5)
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z {number % 99} [Warning] [MY-010055] [Server] {_text(chance)}"


def _docker(chance: Random, number: int) -> str:
    at = BEGAN + timedelta(milliseconds=number * 5)
    record = {"log": _log4j(chance, number) + "\n", "stream": "stdout", "time": f"{at:%Y-%m-%dT%H:%M:%S.%f}000Z"}
    return json.dumps(record, separators=(",", ":"))


def _ecs(chance: Random, number: int) -> str:
    at = BEGAN + timedelta(milliseconds=number * 5)
    record = {
        **{"@timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z", "log.level": chance.choice(LEVELS)},
        **{"message": _text(chance), "ecs.version": "1.2.0", "service.name": "shop", "event.dataset": "shop"},
        **{"process.thread.name": f"pool-{number % 9}", "log.logger": "com.example.shop.OrderService"},
        "trace.id": f"{number:032x}",
    }
    return json.dumps(record, separators=(",", ":"))


def _otlp(chance: Random, number: int) -> str:
    told = {"http.request.method": "GET", "url.path": f"/orders/{number}", "customer": f"c{number % 100}"}
    record = {
        **{"timeUnixNano": str(1767225600000000000 + number * 5000000), "severityNumber": 9, "severityText": "INFO"},
        **{"body": {"stringValue": _text(chance)}, "traceId": f"{number:032x}", "spanId": f"{number:016x}"},
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in told.items()],
    }
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    request = {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]}
    return json.dumps(request, separators=(",", ":"))


def _plain(chance: Random, number: int) -> str:
    return f"Worker {number % 7} says: {_text(chance)}, nothing else to report"


def _mixed(chance: Random, number: int) -> str:
    """Four formats, fifty lines at a time."""
    return (_leveled, _syslog, _json, _plain)[number // 50 % 4](chance, number)


def _nginx_error(chance: Random, number: int) -> str:
    at = BEGAN + timedelta(seconds=number // 50)
    said = f'*{number} open() "/srv/{number % 100}" failed (2: No such file or directory), client: 10.0.{number % 99}.7'
    return (
        f'{at:%Y/%m/%d %H:%M:%S} [error] 12#34: {said}, server: shop, request: "GET /{number} HTTP/1.1", host: "shop"'
    )


def _redis(chance: Random, number: int) -> str:
    at = BEGAN + timedelta(milliseconds=number * 5)
    return f"71:M {at:%d %b %Y %H:%M:%S}.{at.microsecond // 1000:03} {chance.choice('.-*#')} {_text(chance)}"


def _tracing(chance: Random, number: int) -> str:
    at = BEGAN + timedelta(milliseconds=number * 5)
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z {chance.choice(LEVELS):>5} shop::orders: {_text(chance)}"


def _rails(chance: Random, number: int) -> str:
    at = BEGAN + timedelta(milliseconds=number * 5)
    return f'Started GET "/orders/{number}?page=1" for 10.0.{number % 99}.7 at {at:%Y-%m-%d %H:%M:%S} +0000'


def _traces(chance: Random, number: int) -> str:
    """A line in fifty has a stack trace of twenty lines below it."""
    if number % 50:
        return _log4j(chance, number)
    frames = "\n".join(f"\tat com.example.shop.Step{depth}.run(Step{depth}.java:{depth})" for depth in range(19))
    return f"{_log4j(chance, number)}\njava.lang.IllegalStateException: {_text(chance)}\n{frames}"


def _own(chance: Random, number: int) -> str:
    at = BEGAN + timedelta(milliseconds=number * 5)
    return f"{at:%Y-%m-%dT%H:%M:%S}Z <{chance.choice(LEVELS)}> till-{number % 9}: {_text(chance)}"


ACCESS_LOG = "combined access log"
OWN_FORMAT = "a format of one's own"
OWN_PATTERN = r"^(?P<time>\S+) <(?P<level>\w+)> (?P<till>[^:]+): (?P<message>.*)$"
FAMILIES: dict[str, Callable[[Random, int], str] | None] = {
    ACCESS_LOG: None,
    "time LEVEL message": _leveled,
    "log4j": _log4j,
    "logback": _logback,
    "syslog RFC 3164": _syslog,
    "syslog RFC 5424": _syslog_rfc5424,
    "logcat": _logcat,
    "logfmt": _logfmt,
    "HAProxy": _haproxy,
    "AWS ALB": _alb,
    "W3C (IIS)": _w3c,
    "CSV": _csv,
    "JSON lines (pino)": _json,
    "JSON lines (ECS)": _ecs,
    "JSON lines (Docker)": _docker,
    "JSON lines (OTLP)": _otlp,
    "Kubernetes CRI": _cri,
    "klog": _klog,
    "PostgreSQL": _postgresql,
    "MySQL error log": _mysql,
    "plain text": _plain,
    "nginx error log": _nginx_error,
    "Rails": _rails,
    "Rust tracing": _tracing,
    "Redis": _redis,
    "with stack traces": _traces,
    OWN_FORMAT: _own,
    "mixed": _mixed,
}


def generate(family: str) -> bytes:
    """LINES records of a family."""
    make, chance = FAMILIES[family], Random(1)
    if make is None:
        return access_lines(LINES)
    return "".join(make(chance, number) + "\n" for number in range(LINES)).encode()
