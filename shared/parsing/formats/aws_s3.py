"""Amazon S3's server access logs."""

import polars as pl

from shared.parsing.attributes import json_object
from shared.parsing.columns import within
from shared.parsing.frame import BOUNDS
from shared.parsing.hints import Reference
from shared.parsing.requests import read_requests
from shared.parsing.separated import Separated, Values, bracketed_words
from shared.parsing.severity import severity_of_statuses
from shared.parsing.timestamps import CLF

AWS_S3 = "aws_s3"

NAMES = (
    *("bucket_owner", "bucket", "time", "client", "user_id", "request_id", "operation", "key", "request", "status"),
    *("error_code", "bytes", "object_size", "duration_ms", "turn_around_time", "referer", "user_agent", "version_id"),
    *("host_id", "signature_version", "cipher_suite", "authentication_type", "host_header", "tls_version"),
    *("access_point_arn", "acl_required", "source_region"),
)
FIELDS = ("client", "user_id", "bytes", "duration_ms", "referer", "user_agent")
FEWEST = 17
MORE = 16
"""Values that later versions may add."""

ROW = (
    r"^[^ ]{8,64} [a-z0-9][a-z0-9._-]{2,62} \[[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[^\]]*\] [^ ]+ [^ ]+ [^ ]+ "
    r"(?:REST|WEBSITE|SOAP|BATCH|S3)\.[A-Za-z0-9_.]+ "
)


def _finish(_: pl.DataFrame, values: Values, reference: Reference) -> list[pl.Series]:
    """The whole line stays the message."""
    times = values.pop("time").str.extract_groups(rf"^\[{CLF.pattern}\]$").struct.unnest()
    status = within(values.pop("status").cast(pl.Int16, strict=False), *BOUNDS["status"])
    fields = [CLF.read(times, reference), status, severity_of_statuses(status)]
    fields += read_requests(values.pop("request"))
    fields += [values.pop(name) for name in FIELDS]
    return [*fields, json_object(list(values.values())).alias("attrs")]


S3_ROWS = Separated(AWS_S3, NAMES, ROW, bracketed_words, _finish, fewest=FEWEST, most=len(NAMES) + MORE)
