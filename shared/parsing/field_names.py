"""How loggers spell the names of fields, in JSON and in key=value pairs; nested keys are joined by dots.

From pino, bunyan, winston, zap, zerolog, logrus, log4j 2 and logback JSON, python-json-logger, structlog, Serilog,
ECS, OpenTelemetry, GELF, Caddy, Traefik, Google Cloud and the JSON formats of nginx in common use.
"""


def _table(text: str) -> dict[str, list[str]]:
    """Field to names, of lines that begin with the field."""
    table: dict[str, list[str]] = {}
    for line in text.strip().splitlines():
        field, *names = line.split()
        table.setdefault(field, []).extend(names)
    return table


NAMES = _table("""
time         time timestamp @timestamp ts datetime @t @time asctime eventTime event_time log_time timeMillis Timestamp
time         time_local time_iso8601 instant StartUTC
level        level severity lvl log.level levelname loglevel log_level logLevel level_name @l Level Severity LogLevel
level        severityText severity_text SeverityText
otel_level   severityNumber severity_number SeverityNumber
python_level levelno
message      message msg @message @m short_message Message Msg MESSAGE RenderedMessage
logger       logger logger_name loggerName log.logger Logger SourceContext category Category channel scope
hostname     hostname host hostName host.name host.hostname Hostname MachineName _HOSTNAME
pid          pid process_id processId process.pid ProcessId PID _PID
client       client_ip clientIp clientip clientIP client.ip client.address remote_addr remoteAddr remoteAddress
client       remote_ip remoteIp req.remoteAddress req.ip request.remote_ip request.client_ip source.ip source.address
client       src_ip ClientHost RemoteAddr httpRequest.remoteIp http.client_ip network.client.ip ip_address ipAddress
method       method http_method httpMethod http.method http.request.method request_method requestMethod RequestMethod
method       req.method request.method httpRequest.requestMethod
url          url uri request_uri requestUri req.url request.uri request.url request.path http.url http.target
url          url.original url.path url.full requestUrl RequestPath request_path requestPath originalUrl
url          httpRequest.requestUrl
status       status statusCode status_code http_status httpStatus res.statusCode res.status response.status
status       response.statusCode response.status_code http.status_code http.response.status_code responseStatus
status       response_status StatusCode DownstreamStatus OriginStatus httpRequest.status
bytes        bytes body_bytes_sent bytes_sent bytesSent contentLength content_length responseSize response_size
bytes        res.contentLength res.headers.content-length http.response.body.bytes http.response.bytes
bytes        DownstreamContentSize httpRequest.responseSize
duration_ms  duration_ms durationMs responseTime response_time_ms responseTimeMs latency_ms latencyMs elapsed_ms
duration_ms  elapsedMs processingTimeMs took_ms ElapsedMilliseconds Elapsed
duration_s   duration_s duration_seconds request_time requestTime elapsed_seconds
duration_ns  duration_ns event.duration Duration
duration     duration latency elapsed response_time took httpRequest.latency
user_id      user_id userId userid userID user.id authUserId auth_user_id enduser.id usr.id username remote_user UserId
trace_id     trace_id traceId traceid traceID trace.id dd.trace_id TraceId otelTraceID @tr x_trace_id
trace_id     logging.googleapis.com/trace
referer      referer referrer http_referer http_referrer req.headers.referer http.request.referrer httpRequest.referer
user_agent   user_agent userAgent user-agent useragent http_user_agent http_useragent http.useragent UserAgent
user_agent   req.headers.user-agent user_agent.original httpRequest.userAgent
""")
"""Names that mean their field and nothing else."""

FALLBACK_NAMES = _table("""
time         t T date _time created TIMESTAMP __REALTIME_TIMESTAMP
level        s L LEVEL PRIORITY type
message      event log text body @mt M full_message description error.message err.message
logger       name component module caller source c N service app
hostname     h server node
client       ip client remote peer x_forwarded_for req.headers.x-forwarded-for
method       verb
url          path endpoint
status       code
bytes        size length
user_id      user usr uid
""")
"""Names that mean their field only where none of its NAMES is there."""

FIELD_OF = {name: field for field, names in NAMES.items() for name in names}
FALLBACK_OF = {name: field for field, names in FALLBACK_NAMES.items() for name in names}
CONTAINERS = frozenset(
    name.rsplit(".", depth)[0] for name in (*FIELD_OF, *FALLBACK_OF) for depth in range(1, name.count(".") + 1)
)
"""Keys of objects with fields inside."""
