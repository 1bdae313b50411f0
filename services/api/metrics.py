"""What the api counts: per request, upload or batch, never per line; no label holds an id or a name."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from shared.tracing import SPAN_RESULTS

PUBLISH_RESULTS = ("confirmed", "refused", "timeout", "unavailable")
UPLOAD_RESULTS = ("accepted", "duplicate", "failed", "interrupted", "refused")
WEBHOOK_RESULTS = ("accepted", "repeated", "ping", "unauthorized", "invalid", "too_large", "refused")
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class ApiMetrics:
    """The api's metrics on `registry`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "logmill_api_http_requests_total",
            "HTTP requests",
            ["method", "route", "status"],
            registry=registry,
        )
        self.request_seconds = Histogram(
            "logmill_api_http_request_duration_seconds",
            "HTTP requests, first byte in to last byte out",
            ["route"],
            buckets=SECONDS,
            registry=registry,
        )
        self.uploads_in_progress = Gauge("logmill_api_uploads_in_progress", "Uploads being received", registry=registry)
        self.uploads = Counter("logmill_api_uploads_total", "Uploaded files", ["result"], registry=registry)
        self.upload_bytes = Counter("logmill_api_upload_bytes_total", "Bytes received in uploads", registry=registry)
        self.lines_read = Counter("logmill_api_lines_read_total", "Lines read from inputs", registry=registry)
        self.published = Counter(
            "logmill_api_batches_published_total",
            "Tries to publish a line batch",
            ["result"],
            registry=registry,
        )
        self.confirm_seconds = Histogram(
            "logmill_api_publish_confirm_seconds",
            "From publish to confirm",
            buckets=SECONDS,
            registry=registry,
        )
        self.event_streams = Gauge("logmill_api_event_streams", "Open event streams", registry=registry)
        self.webhook_deliveries = Counter(
            "logmill_api_webhook_deliveries_total", "Webhook deliveries", ["result"], registry=registry
        )
        self.webhook_seconds = Histogram(
            "logmill_api_webhook_seconds",
            "Webhook deliveries, from their headers to the answer",
            buckets=SECONDS,
            registry=registry,
        )
        self.spans = Counter(
            "logmill_api_spans_total", "Spans of traces, by what became of them", ["result"], registry=registry
        )
        for result in SPAN_RESULTS:
            self.spans.labels(result)
        for result in PUBLISH_RESULTS:
            self.published.labels(result)
        for result in UPLOAD_RESULTS:
            self.uploads.labels(result)
        for result in WEBHOOK_RESULTS:
            self.webhook_deliveries.labels(result)
