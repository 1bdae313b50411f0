"""Access logs of Amazon's load balancers: application (ALB), classic (ELB) and network (NLB, of TLS listeners)."""

from functools import reduce
from operator import add

import polars as pl

from shared.parsing.attributes import json_object
from shared.parsing.columns import within
from shared.parsing.frame import BOUNDS
from shared.parsing.hints import Reference
from shared.parsing.requests import read_requests
from shared.parsing.separated import Separated, Values, words
from shared.parsing.severity import severity_of_statuses
from shared.parsing.timestamps import ISO

AWS_ALB = "aws_alb"
AWS_ELB = "aws_elb"
AWS_NLB = "aws_nlb"

UTC_ALWAYS = Reference()
SECONDS = ("request_processing_time", "target_processing_time", "response_processing_time")
ALB_NAMES = (
    *("type", "time", "elb", "client", "target", *SECONDS, "status", "target_status_code", "received_bytes", "bytes"),
    *("request", "user_agent", "ssl_cipher", "ssl_protocol", "target_group_arn", "trace_id", "domain_name"),
    *("chosen_cert_arn", "matched_rule_priority", "request_creation_time", "actions_executed", "redirect_url"),
    *("error_reason", "target_port_list", "target_status_code_list", "classification", "classification_reason"),
    "conn_trace_id",
)
ELB_NAMES = (
    *("time", "elb", "client", "backend", SECONDS[0], "backend_processing_time", SECONDS[2], "status"),
    *("backend_status_code", "received_bytes", "bytes", "request", "user_agent", "ssl_cipher", "ssl_protocol"),
)
NLB_NAMES = (
    *("type", "version", "time", "elb", "listener", "client", "destination", "connection_time", "tls_handshake_time"),
    *("received_bytes", "bytes", "incoming_tls_alert", "chosen_cert_arn", "chosen_cert_serial", "tls_cipher"),
    *("tls_protocol_version", "tls_named_group", "domain_name", "alpn_fe_protocol", "alpn_be_protocol"),
    *("alpn_client_preference_list", "tls_connection_creation_time"),
)
FEWEST = {AWS_ALB: 14, AWS_ELB: 12, AWS_NLB: 16}
"""Values of the oldest versions."""
MORE = 32
"""Values that later versions may add."""

TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z?"
NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
ALB_ROW = rf"^(?:https?|h2|grpcs?|wss?) {TIME} [^ ]+ [^ ]+ [^ ]+ {NUMBER} {NUMBER} {NUMBER} "
ELB_ROW = rf"^{TIME} [^ ]+ [0-9A-Fa-f.:\[\]]+:[0-9]+ [^ ]+ {NUMBER} {NUMBER} {NUMBER} "
NLB_ROW = rf"^tls [0-9.]+ {TIME} [^ ]+ [^ ]+ [0-9A-Fa-f.:\[\]]+:[0-9]+ [^ ]+ {NUMBER} "
ROOT = r"(?:^|;)Root=([^;]+)"


def _finish(_: pl.DataFrame, values: Values, reference: Reference) -> list[pl.Series]:
    """The whole line stays the message."""
    times = values.pop("time").str.extract_groups(f"^{ISO.pattern}$").struct.unnest()
    fields = [ISO.read(times, UTC_ALWAYS), values.pop("client"), values.pop("bytes")]
    if "status" in values:
        status = within(values.pop("status").cast(pl.Int16, strict=False), *BOUNDS["status"])
        fields += [status, severity_of_statuses(status), *read_requests(values.pop("request"))]
    fields += [values.pop(name) for name in ("user_agent",) if name in values]
    if "trace_id" in values:
        fields.append(values.pop("trace_id").str.extract(ROOT))
    fields.append(_milliseconds(values))
    return [*fields, json_object(list(values.values())).alias("attrs")]


def _milliseconds(values: Values) -> pl.Series:
    """Of the three parts of a request's time in seconds, each -1 where it did not come so far; or of NLB's own."""
    if "connection_time" in values:
        return values.pop("connection_time").cast(pl.Float64, strict=False).alias("duration_ms")
    names = [name for name in values if name.endswith("_processing_time")]
    seconds = [values.pop(name).cast(pl.Float64, strict=False) for name in names]
    told = [part.set(part < 0, None) for part in seconds]
    return (reduce(add, told) * 1000).round(3).alias("duration_ms")


def _rows(name: str, names: tuple[str, ...], claim: str) -> Separated:
    return Separated(name, names, claim, words, _finish, fewest=FEWEST[name], most=len(names) + MORE)


ALB_ROWS = _rows(AWS_ALB, ALB_NAMES, ALB_ROW)
ELB_ROWS = _rows(AWS_ELB, ELB_NAMES, ELB_ROW)
NLB_ROWS = _rows(AWS_NLB, NLB_NAMES, NLB_ROW)
