"""JSON objects of whole systems that do not keep a record's fields at the top: brought into the common shape.

OTLP (requests with one record or several), CloudWatch's subscriptions, CloudTrail's files, and the message templates
of Serilog. Of several records in one object the first one's time, the highest level and all messages are the record's;
the object stays as it was in attrs.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

import msgspec

from shared.parsing.formats.json_decoding import RawObject, decode_object, encode

Reshape: TypeAlias = Callable[[RawObject], RawObject]
"""The object in the common shape; raises MsgspecError where it is not what its keys promise."""

TOKEN = re.compile(r"\{\{|\}\}|\{[@$]?(?P<name>\w{1,64})(?:,-?\d{1,4})?(?P<format>:[^{}]{0,64})?\}")
WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})", re.ASCII)
SIMPLE_VALUES = ("stringValue", "boolValue", "doubleValue", "bytesValue")


class _Holder(msgspec.Struct):
    attributes: list[dict[str, Any]] = []


class _Header(msgspec.Struct):
    name: str
    value: str


class _ScopeLogs(msgspec.Struct, rename="camel"):
    scope: dict[str, Any] = {}
    log_records: list[dict[str, Any]] = []


class _ResourceLogs(msgspec.Struct, rename="camel"):
    resource: _Holder = msgspec.field(default_factory=_Holder)
    scope_logs: list[_ScopeLogs] = []


def _digits(number: str) -> msgspec.Raw:
    """Fractions keep their digits."""
    return msgspec.Raw(number.encode())


_decode = msgspec.json.Decoder(float_hook=_digits).decode
_decode_logs = msgspec.json.Decoder(list[_ResourceLogs], float_hook=_digits).decode
_decode_object = msgspec.json.Decoder(dict[str, Any], float_hook=_digits).decode
_decode_objects = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode
_decode_headers = msgspec.json.Decoder(list[_Header]).decode
_decode_text = msgspec.json.Decoder(str).decode
_decode_texts = msgspec.json.Decoder(list[str]).decode


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(encode(value))


def _otlp(request: RawObject) -> RawObject:
    logs = _decode_logs(request["resourceLogs"])
    found = [
        (record, of_scope.scope, _attributes(of_resource.resource.attributes))
        for of_resource in logs
        for of_scope in of_resource.scope_logs
        for record in of_scope.log_records
    ]
    if len(found) == 1:
        return {key: value for key, value in request.items() if key != "resourceLogs"} | _one_record(*found[0])
    return request | (_several_records([record for record, _, _ in found], found[0][2]) if found else {})


def _one_record(record: dict[str, Any], scope: dict[str, Any], resource: dict[str, Any]) -> RawObject:
    parts = record | {"attributes": _attributes(record.get("attributes")), "resource": resource, "scope": scope}
    if "body" in record:
        parts["body"] = _any_value(record["body"])
    return {key: _raw(value) for key, value in parts.items() if value not in ({}, "")}


def _several_records(records: list[dict[str, Any]], resource: dict[str, Any]) -> RawObject:
    return _told(
        timeUnixNano=_first(record.get("timeUnixNano") for record in records),
        severityNumber=max((n for record in records if type(n := record.get("severityNumber")) is int), default=None),
        message=_joined(_any_value(record.get("body")) for record in records),
        logger=resource.get("service.name"),
        hostname=resource.get("host.name"),
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    """A list of {key, value} as an object."""
    return {str(pair.get("key")): _any_value(pair.get("value")) for pair in pairs or ()}


def _any_value(value: Any) -> Any:
    """What OTLP's AnyValue holds; 64-bit numbers are texts in it."""
    match value:
        case {"intValue": str(digits)} if WHOLE_NUMBER.fullmatch(digits):
            return int(digits)
        case {"arrayValue": {"values": list(values)}}:
            return [_any_value(item) for item in values]
        case {"kvlistValue": {"values": list(pairs)}} if all(isinstance(pair, dict) for pair in pairs):
            return _attributes(pairs)
        case dict():
            return next((value[key] for key in (*SIMPLE_VALUES, "intValue") if key in value), value)
    return value


def _bundle(key: str, time: str, message: str) -> Reshape:
    """Objects with a list of records under `key`."""

    def reshape(holder: RawObject) -> RawObject:
        records = _decode_objects(holder[key])
        if len(records) == 1 and message in records[0]:
            return {name: value for name, value in holder.items() if name != key} | records[0]
        return holder | _told(
            timestamp=_first(_decode(record[time]) for record in records if time in record),
            message=_joined(_decode(record[message]) for record in records if message in record),
        )

    return reshape


def _firewall(holder: RawObject) -> RawObject:
    """AWS WAF lists the headers of a request."""
    request = decode_object(holder.get("httpRequest", b"{}"))
    if "headers" in request:
        headers = {header.name: header.value for header in _decode_headers(request["headers"])}
        request["headers"] = _raw(headers)
        return holder | {"httpRequest": _raw(request)}
    return holder


def _told(**values: Any) -> RawObject:
    return {name: _raw(value) for name, value in values.items() if value is not None}


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value not in (None, "", 0, "0")), None)


def _joined(texts: Iterable[Any]) -> str | None:
    return "\n".join(_shown(text) for text in texts if text is not None) or None


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else encode(value).decode()


class Template(NamedTuple):
    """Names of a template, of the message made of it, and of the object with its values, if not beside it."""

    key: str
    message: str
    values: str = ""

    def reshape(self, holder: RawObject) -> RawObject:
        """Adds the message; a record of Serilog that tells no level is of level Information."""
        values = _decode_object(holder[self.values]) if self.values in holder else {}
        renderings = iter(_decode_texts(holder["@r"]) if "@r" in holder else ())

        def fill(token: re.Match[str]) -> str:
            if token["name"] is None:
                return token[0][0]
            rendering = next(renderings, None) if token["format"] else None
            return rendering or _shown_for(token, _value_of(token["name"], holder, values))

        level = {"@l": _raw("Information")} if "@t" in holder and "@l" not in holder else {}
        return holder | {self.message: _raw(TOKEN.sub(fill, _decode_text(holder[self.key])))} | level


def _value_of(name: str, holder: RawObject, values: Mapping[str, Any]) -> Any:
    return values[name] if name in values else _decode(holder[name]) if name in holder else None


def _shown_for(token: re.Match[str], value: Any) -> str:
    return token[0] if value is None else _shown(value)


_SHAPES: tuple[tuple[str, str, Reshape], ...] = (
    ("resourceLogs", "message", _otlp),
    ("logEvents", "message", _bundle("logEvents", "timestamp", "message")),
    ("Records", "eventName", _bundle("Records", "eventTime", "eventName")),
    ("webaclId", "", _firewall),
    ("@mt", "@m", Template("@mt", "@m").reshape),
    ("MessageTemplate", "RenderedMessage", Template("MessageTemplate", "RenderedMessage", "Properties").reshape),
)
"""A key that tells the shape, another that is never beside it, and what brings it into the common one."""


def shape_of(keys: tuple[str, ...]) -> Reshape | None:
    """What objects with these keys need; None where they have the common shape."""
    found = (reshape for key, other, reshape in _SHAPES if key in keys and other not in keys)
    return next(found, None)
