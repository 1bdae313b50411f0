"""How loggers spell the names of fields, in JSON and in key=value pairs; nested keys are joined by dots.

From pino, bunyan, winston, zap, zerolog, logrus, log4j 2 and logback JSON, python-json-logger, structlog, Serilog,
ECS, OpenTelemetry, GELF, Caddy, Traefik and the JSON formats of nginx in common use.
"""

from functools import reduce

import polars as pl

from shared.parsing.columns import fill
from shared.parsing.hints import Reference
from shared.parsing.timestamps import read_times

ALIASES: dict[str, tuple[str, ...]] = {
    "time": ("time", "timestamp", "@timestamp", "ts", "datetime", "@t", "asctime", "eventTime", "event_time", "time_local")
    + ("time_iso8601", "instant", "Timestamp", "StartUTC", "@time", "log_time", "timeMillis"),
    "level": ("level", "severity", "lvl", "log.level", "levelname", "loglevel", "log_level", "logLevel", "level_name", "@l")
    + ("severityText", "severity_text", "SeverityText", "Level", "Severity", "LogLevel"),
    "severity_number": ("severityNumber", "severity_number", "SeverityNumber"),
    "level_number": ("levelno",),
    "message": ("message", "msg", "@message", "@m", "short_message", "Message", "Msg", "RenderedMessage", "MESSAGE"),
    "logger": ("logger", "logger_name", "loggerName", "log.logger", "SourceContext", "Logger", "category", "channel")
    + ("scope", "Category"),
    "hostname": ("hostname", "host", "host.name", "host.hostname", "Hostname", "MachineName", "_HOSTNAME", "hostName"),
    "pid": ("pid", "process_id", "processId", "process.pid", "ProcessId", "_PID", "PID"),
    "client": ("client_ip", "clientIp", "clientip", "clientIP", "client.ip", "client.address", "remote_addr", "remoteAddr")
    + ("remoteAddress", "remote_ip", "remoteIp", "request.remote_ip", "request.client_ip", "req.remoteAddress", "req.ip")
    + ("source.ip", "source.address", "src_ip", "ClientHost", "RemoteAddr", "httpRequest.remoteIp", "http.client_ip")
    + ("network.client.ip", "ip_address", "ipAddress"),
    "method": ("method", "http_method", "httpMethod", "http.method", "http.request.method", "request_method", "req.method")
    + ("request.method", "requestMethod", "RequestMethod", "httpRequest.requestMethod"),
    "url": ("url", "uri", "request_uri", "requestUri", "req.url", "request.uri", "request.url", "http.url", "http.target")
    + ("url.original", "url.path", "url.full", "requestUrl", "RequestPath", "request_path", "requestPath", "originalUrl")
    + ("httpRequest.requestUrl", "request.path"),
    "status": ("status", "statusCode", "status_code", "http_status", "httpStatus", "res.statusCode", "res.status")
    + ("response.status", "response.statusCode", "response.status_code", "http.status_code", "http.response.status_code")
    + ("responseStatus", "response_status", "StatusCode", "DownstreamStatus", "OriginStatus", "httpRequest.status"),
    "bytes": ("bytes", "body_bytes_sent", "bytes_sent", "bytesSent", "contentLength", "content_length", "responseSize")
    + ("response_size", "res.contentLength", "res.headers.content-length", "http.response.body.bytes")
    + ("http.response.bytes", "DownstreamContentSize", "httpRequest.responseSize"),
    "duration_ms": ("duration_ms", "durationMs", "responseTime", "response_time_ms", "responseTimeMs", "latency_ms")
    + ("latencyMs", "elapsed_ms", "elapsedMs", "processingTimeMs", "took_ms", "ElapsedMilliseconds", "Elapsed"),
    "duration_s": ("duration_s", "duration_seconds", "request_time", "requestTime", "elapsed_seconds"),
    "duration_ns": ("duration_ns", "event.duration", "Duration"),
    "duration": ("duration", "latency", "elapsed", "response_time", "took", "httpRequest.latency"),
    "user_id": ("user_id", "userId", "userid", "userID", "user.id", "authUserId", "auth_user_id", "enduser.id", "usr.id")
    + ("username", "remote_user", "UserId", "uid"),
    "trace_id": ("trace_id", "traceId", "traceid", "traceID", "trace.id", "dd.trace_id", "TraceId", "otelTraceID", "@tr")
    + ("logging.googleapis.com/trace", "x_trace_id"),
    "referer": ("referer", "referrer", "http_referer", "http_referrer", "req.headers.referer", "http.request.referrer")
    + ("httpRequest.referer",),
    "user_agent": ("user_agent", "userAgent", "user-agent", "http_user_agent", "req.headers.user-agent", "useragent")
    + ("user_agent.original", "http.useragent", "http_useragent", "UserAgent", "httpRequest.userAgent"),
}
"""Field to the names that can mean nothing else."""

FALLBACKS: dict[str, tuple[str, ...]] = {
    "time": ("t", "date", "_time", "created", "T", "TIMESTAMP", "__REALTIME_TIMESTAMP"),
    "level": ("s", "L", "LEVEL", "PRIORITY", "type"),
    "message": ("event", "log", "text", "body", "@mt", "M", "full_message", "description", "error.message", "err.message"),
    "logger": ("name", "component", "module", "caller", "source", "c", "N", "service", "app"),
    "hostname": ("h", "server", "node"),
    "client": ("ip", "client", "remote", "peer", "x_forwarded_for", "req.headers.x-forwarded-for"),
    "method": ("verb",),
    "url": ("path", "endpoint"),
    "status": ("code",),
    "bytes": ("size", "length"),
    "user_id": ("user", "usr"),
}
"""Field to names that mean it only where none of its ALIASES is there."""

FIELD_OF = {name: field for field, names in ALIASES.items() for name in names}
FALLBACK_OF = {name: field for field, names in FALLBACKS.items() for name in names}
CONTAINERS = frozenset(
    name.rsplit(".", depth)[0]
    for name in (*FIELD_OF, *FALLBACK_OF)
    for depth in range(1, name.count(".") + 1)
)
"""Keys of objects with fields inside."""

FIELD_TYPES: dict[str, pl.DataType] = {
    **{field: pl.String() for field in ALIASES},
    **{field: pl.Int16() for field in ("level", "severity_number", "level_number", "status")},
    **{field: pl.Int64() for field in ("pid", "bytes")},
    **{field: pl.Float64() for field in ("duration_ms", "duration_s", "duration_ns", "duration")},
}
"""A field's column; `level` and its like hold severities, `time` the text of a time or an epoch."""


def unite_synonyms(columns: dict[str, pl.Series], reference: Reference) -> list[pl.Series]:
    """The columns of a record for those of fields (FIELD_TYPES): one logged_at, one severity, one duration_ms."""
    others = dict(columns)
    durations = {"duration_ms": 1.0, "duration_s": 1e3, "duration_ns": 1e-6, "duration": 1.0}
    spent = [others.pop(name) * factor for name, factor in durations.items() if name in others]
    severities = [others.pop(name) for name in ("level", "severity_number", "level_number") if name in others]
    if "time" in others:
        others["logged_at"] = read_times(others.pop("time"), reference)
    united = [reduce(fill, group).alias(name) for name, group in (("duration_ms", spent), ("severity", severities)) if group]
    return [*(column.alias(name) for name, column in others.items()), *united]
