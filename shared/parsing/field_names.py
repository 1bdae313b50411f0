"""How loggers spell the names of fields, in JSON and in key=value pairs; nested keys are joined by dots.

From pino, bunyan, winston, zap, zerolog, logrus, log4j 2 and logback JSON, python-json-logger, structlog, loguru,
Serilog, NLog, .NET, tracing, Monolog, ECS, OpenTelemetry, GELF, journald, Caddy, Traefik, Envoy, Kong, MongoDB,
PostgreSQL, MySQL, Kubernetes, AWS, Azure, Google Cloud, Cloudflare, Datadog and nginx's JSON formats in common use.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

REQUESTS = ("req", "request", "http", "http.request", "httpRequest", "ctx.request", "event.request")
RESPONSES = ("res", "response", "resp", "http.response", "httpResponse")
HEADERS = (*(f"{request}.{word}" for request in REQUESTS for word in ("headers", "header")), "headers", "header")
SPAN_OF_TIME = ("duration", "latency", "elapsed", "response_time", "took", "processing_time", "execution_time")
UNITS = {
    "duration_ms": ("ms", "millis", "msec", "milliseconds", "in_ms", "in_millis"),
    "duration_us": ("us", "usec", "micros", "microseconds", "\u00b5s"),
    "duration_ns": ("ns", "nanos", "nsec", "nanoseconds"),
    "duration_s": ("s", "sec", "secs", "seconds"),
}


def _table(text: str) -> dict[str, list[str]]:
    """Field to names, of lines that begin with the field; `{req}`, `{res}` and `{head}` stand for several prefixes."""
    table: dict[str, list[str]] = {}
    for line in text.strip().splitlines():
        field, *names = line.split()
        table.setdefault(field, []).extend(name for pattern in names for name in _spread(pattern))
    return table


def _spread(pattern: str) -> Iterator[str]:
    for mark, prefixes in (("{req}", REQUESTS), ("{res}", RESPONSES), ("{head}", HEADERS)):
        if pattern.startswith(mark):
            return (prefix + pattern.removeprefix(mark) for prefix in prefixes)
    return iter((pattern,))


NAMES = _table("""
time         time timestamp ts datetime @t asctime event_time log_time timeMillis time_local time_iso8601 instant
time         StartUTC requestReceivedTimestamp timeUnixNano EdgeStartTimestamp record.time timestamp_ms ts_ms
time         time_ms date_time created_at epoch_ms
level        level severity lvl log.level levelname loglevel level_name @l severityText error_severity
level        record.level.name event.severity event.level
otel_level   severityNumber
python_level levelno
message      message msg @m short_message RenderedMessage body.stringValue fields.message record.message
message      jsonPayload.message textPayload attr.message event.message properties.message
message      properties.log
logger       logger logger_name log.logger SourceContext category channel scope.name context SYSLOG_IDENTIFIER
logger       record.name scope resource.service.name
hostname     hostname host host.name host.hostname MachineName node.name resource.host.name
pid          pid process_id process.pid SYSLOG_PID procid record.process.id resource.process.pid
client       client_ip client.ip client.address callerIpAddress sourceIPAddress ClientHost
client       {req}.clientIp {req}.client_ip source.ip source.address network.client.ip
client       protoPayload.requestMetadata.callerIp
method       method http_method request_method ClientRequestMethod {req}.method {req}.requestMethod {req}.httpMethod
url          url uri request_uri request_url request_path original_url ClientRequestURI
url          {req}.url {req}.uri {req}.path {req}.target {req}.requestUrl {req}.originalUrl
url          url.original url.full url.path
status       status status_code http_status http_status_code response_status response_code responseStatus.code
status       DownstreamStatus OriginStatus EdgeResponseStatus http.status http.status_code {req}.status
status       {res}.status {res}.statusCode {res}.status_code
bytes        bytes body_bytes_sent bytes_sent response_size response_length response_bytes DownstreamContentSize
bytes        EdgeResponseBytes resp_size http.response.body.bytes http.response.bytes
bytes        {res}.contentLength {res}.size {res}.headers.content-length {req}.responseSize content_length
duration_s   request_time
duration_ms  latencies.request attr.durationMillis record.metrics.durationMs
duration_ns  event.duration
duration     {req}.latency
user_id      user_id user.id auth_user_id enduser.id usr.id username remote_user user.username user.name
user_id      session.user_id {req}.user.id
user_id      protoPayload.authenticationInfo.principalEmail
trace_id     trace_id trace.id dd.trace_id otel.trace_id otelTraceID @tr x_trace_id logging.googleapis.com/trace
trace_id     trace_context.trace_id span.trace_id traceparent xray_trace_id x_amzn_trace_id x_b3_traceid
trace_id     {head}.traceparent {head}.x-b3-traceid {head}.x-amzn-trace-id {head}.x-cloud-trace-context
trace_id     {head}.x-trace-id {head}.uber-trace-id
date         date log_date
referer      referer referrer http_referer http_referrer {head}.referer {req}.referrer {req}.referer
referer      ClientRequestReferer request_referer
user_agent   user_agent http_user_agent http.useragent {head}.user-agent user_agent.original {req}.userAgent
user_agent   ClientRequestUserAgent request_user-agent
""")
"""Names that mean their field and nothing else."""

for _field, _units in UNITS.items():
    NAMES.setdefault(_field, []).extend(f"{name}_{unit}" for name, unit in product(SPAN_OF_TIME, _units))
NAMES["duration"].extend(SPAN_OF_TIME)

FORWARDED_NAMES = _table("""
forwarded    x_forwarded_for http_x_forwarded_for {head}.x-forwarded-for xff x_real_ip http_x_real_ip {head}.x-real-ip
forwarded    {head}.cf-connecting-ip {head}.true-client-ip request_x-forwarded-for sourceIPs fwd
""")
"""Names of what a proxy told about its client: before the peer's address, if it is a public one."""

PEER_NAMES = _table("""
client       remote_addr remoteAddress remote_ip remote_host {req}.remoteAddress {req}.remote_ip {req}.remoteIp {req}.ip
client       {req}.remote_addr src_ip srcip ClientAddr ip_address id.orig_h attr.remote source_ip peer_address
""")
"""Names of whoever is at the other end of the connection."""

FALLBACK_NAMES = _table("""
time         t T @T date _time created msec started_at stageTimestamp REALTIME_TIMESTAMP start_time requestTime
time         requestTimeEpoch observedTimeUnixNano receiveTimestamp eventTimestamp
level        s L priority label pri
level_type   type status
message      event log text body @mt M full_message description error.message err.message output alert.signature
message      line MessageTemplate
logger       name component module caller source c N service app app_name application target tag program service.name
logger       subsystem backend_type eventSource kubernetes.container_name container_name COMM
logger       logger.name
hostname     h server node kubernetes.host computer device_name devname agent.hostname
pid          process processID
client       ip client remote peer
method       verb {req}.verb
method_line  request request_line
url          path endpoint
url_line     request request_line
status       code
bytes        size length
user_id      user usr uid user.email user.login user_name userIdentity.userName userIdentity.arn actor.login
user_id      principal sub suser
trace_id     trace correlation_id x_correlation_id {head}.x-correlation-id
""")
"""Names that mean their field only where none of the others is there."""

LAST_NAMES = _table("""
message      eventName operationName protoPayload.methodName
forwarded_any  x_forwarded_for http_x_forwarded_for {head}.x-forwarded-for xff sourceIPs fwd
first_line   error err exception exc_info stack stack_trace stacktrace err.stack error.stack error.stack_trace @x
first_line   thrown.message thrown.name exception.message exception.stacktrace throwable.message error_message reason
""")
"""Names of what is better than nothing."""

RANKS = (NAMES, FORWARDED_NAMES, PEER_NAMES, FALLBACK_NAMES, LAST_NAMES)
FALLBACK = RANKS.index(FALLBACK_NAMES)
TRANSPARENT = tuple(
    f"{word}."
    for word in (
        *("fields", "attributes", "attr", "properties", "state", "extra", "context", "contextmap", "mdc", "meta"),
        *("jsonpayload", "record", "log", "payload"),
    )
)
"""Keys of objects whose NAMES mean as much as those beside the object, where those are not there."""


class Meaning(NamedTuple):
    """The field that a name stands for; names of a lower rank go first."""

    field: str
    rank: int


def plain(name: str) -> str:
    """A key or path as the tables have it: `_`, `-` and capitals do not count, except in the shortest of keys.

    >>> plain("X-Forwarded-For"), plain("responseTime"), plain("@timestamp"), plain("T")
    ('xforwardedfor', 'responsetime', 'timestamp', 'T')
    """
    return ".".join(map(_plain_key, name.split(".")))


def _plain_key(key: str) -> str:
    if len(key) == 1 or (len(key) <= len("@mt") and key.startswith("@")):
        return key
    return key.lstrip("@_").replace("_", "").replace("-", "").lower() or key


def _meanings() -> dict[str, tuple[Meaning, ...]]:
    meanings: defaultdict[str, dict[str, Meaning]] = defaultdict(dict)
    for rank, table in enumerate(RANKS):
        for field, names in table.items():
            for name in map(plain, names):
                meanings[name].setdefault(field, Meaning(field, rank))
    return {name: tuple(fields.values()) for name, fields in meanings.items()}


MEANINGS = _meanings()
CONTAINERS = frozenset(
    name.rsplit(".", depth)[0] for name in MEANINGS for depth in range(1, name.count(".") + 1)
) | frozenset(prefix.removesuffix(".") for prefix in TRANSPARENT)
"""Keys of objects with fields inside."""


def _exact(*tables: dict[str, list[str]]) -> dict[str, str]:
    """Field by name, spelled as in the tables, in camelCase or as `plain` has it."""
    fields: dict[str, str] = {}
    for table in tables:
        for field, names in table.items():
            for name in names:
                first, *others = name.split("_")
                for spelling in (name, first + "".join(map(str.capitalize, others)), plain(name)):
                    fields.setdefault(spelling, field)
    return fields


FIELD_OF = _exact({field: names for field, names in NAMES.items() if field != "date"})
FALLBACK_OF = _exact(
    PEER_NAMES,
    {"client": FORWARDED_NAMES["forwarded"]},
    {field: names for field, names in FALLBACK_NAMES.items() if field in NAMES},
)
"""What names, exactly, stand for surely; and perhaps. For names that are not nested."""


def meanings(path: str) -> tuple[Meaning, ...]:
    """What a name (`plain`) stands for; mostly one field or none."""
    if known := MEANINGS.get(path):
        return known
    inside = _inside(path)
    if inside == path:
        return ()
    return tuple(Meaning(field, FALLBACK) for field, rank in MEANINGS.get(inside, ()) if rank < FALLBACK)


def has_fields(path: str) -> bool:
    """Whether there may be fields inside of objects of that name (`plain`)."""
    return path in CONTAINERS or _inside(path) in CONTAINERS


def _inside(path: str) -> str:
    """The path from within transparent objects."""
    while path.startswith(TRANSPARENT):
        path = path.partition(".")[2]
    return path
