"""Error logs of Apache (2.2 and 2.4) and nginx."""

import polars as pl

from shared.parsing.addresses import find_addresses
from shared.parsing.choice import Family, Precedence
from shared.parsing.clues import with_clues
from shared.parsing.columns import fill, with_fields
from shared.parsing.layouts import Layout
from shared.parsing.requests import METHOD
from shared.parsing.severity import ANY_LEVEL
from shared.parsing.timestamps import CLOCK, CTIME, ISO, MONTH, WEEKDAY

APACHE_ERROR = "apache_error"
NGINX_ERROR = "nginx_error"

PROCESS = r"(?:\[pid (?P<pid>[0-9]+)(?::tid (?P<thread>[0-9a-fx]+))?\] )?"
APACHE = (
    rf"^\[{CTIME.pattern}\] \[(?:(?P<logger>[A-Za-z0-9_-]*):)?(?P<level>{ANY_LEVEL})[1-8]?\] "
    rf"{PROCESS}(?P<message>.*)$"
)
NGINX = (
    rf"^(?P<time>[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}} {CLOCK}) \[(?P<level>{ANY_LEVEL})\] "
    r"(?P<pid>[0-9]+)#(?P<thread>[0-9]+): (?:\*(?P<connection>[0-9]+) )?(?P<message>.*)$"
)

APACHE_CLIENT = r"^(?:\([^)]*\)[^\[]*)?\[(?:client|remote) ([^\] ]+)\]"
PORT = r":[0-9]+$"
APACHE_CODE = r"(?:^|[ \]])(AH[0-9]{5}): "
REFERER = r", referer: ([^ ]+)$"
NGINX_CONTEXT = (
    rf", client: (?P<client>[^ ,]+)(?:, server: (?P<vhost>[^ ,]*))?"
    rf'(?:, request: "(?P<method>{METHOD}) (?P<url>[^" ]*)[^"]*")?(?:, subrequest: "[^"]*")?'
    r'(?:, upstream: "(?P<upstream>[^"]*)")?(?:, host: "(?P<host>[^"]*)")?(?:, referrer: "(?P<referer>[^"]*)")?$'
)


def _finish(frame: pl.DataFrame) -> pl.DataFrame:
    """The message stays whole, what it tells about the request included."""
    told = _of_nginx(frame["message"]) if "connection" in frame.columns else _of_apache(frame)
    frame = with_fields(frame, told)
    return with_clues(with_fields(frame, [fill(frame["client"], find_addresses(frame["message"]))]))


def _of_nginx(message: pl.Series) -> list[pl.Series]:
    return message.str.extract_groups(NGINX_CONTEXT).struct.unnest().get_columns()


def _of_apache(frame: pl.DataFrame) -> list[pl.Series]:
    message = frame["message"]
    client = message.str.extract(APACHE_CLIENT)
    without_port = client.str.replace(PORT, "").zip_with(frame["logger"].is_not_null(), client)  # 2.2 wrote no port
    return [
        without_port.alias("client"),
        message.str.extract(APACHE_CODE).alias("code"),
        message.str.extract(REFERER).alias("referer"),
    ]


START = rf"^(?:\[{WEEKDAY} {MONTH} [^\]]*\] \[|[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}} {CLOCK} \[)"
_LAYOUTS = (Layout(APACHE_ERROR, APACHE, shape=CTIME), Layout(NGINX_ERROR, NGINX, shape=ISO))
WEB_ERRORS = Family(START, Precedence(_LAYOUTS), _finish)
