"""The formats: which there are, and in which order a line is offered to them."""

from functools import lru_cache

from shared.parsing.choice import Choice, Precedence
from shared.parsing.custom import custom_format
from shared.parsing.formats.access import ACCESS, COMBINED, COMMON, VHOST_COMBINED
from shared.parsing.formats.auditd import AUDITD, Auditd
from shared.parsing.formats.aws_balancers import ALB_ROWS, AWS_ALB, AWS_ELB, AWS_NLB, ELB_ROWS, NLB_ROWS
from shared.parsing.formats.aws_flows import FLOW_ROWS
from shared.parsing.formats.aws_s3 import AWS_S3, S3_ROWS
from shared.parsing.formats.containers import CONTAINER_FORMATS, containers
from shared.parsing.formats.dotnet_console import DOTNET_CONSOLE, DOTNET_LINES
from shared.parsing.formats.envoy import ENVOY, ENVOY_LINES
from shared.parsing.formats.github import GITHUB
from shared.parsing.formats.haproxy import HAPROXY_ERROR, HAPROXY_HTTP, HAPROXY_LINES, HAPROXY_TCP
from shared.parsing.formats.json_lines import JSON
from shared.parsing.formats.klog import KLOG, KLOG_LINES
from shared.parsing.formats.laravel import LARAVEL, LARAVEL_LINES
from shared.parsing.formats.leveled import LEVELED, LEVELED_LINES
from shared.parsing.formats.logcat import LOGCAT, LOGCAT_LINES
from shared.parsing.formats.logfmt import LOGFMT, Logfmt
from shared.parsing.formats.mongodb import MONGODB, MONGODB_LINES
from shared.parsing.formats.mysql import (
    MYSQL,
    MYSQL_ERRORS,
    MYSQL_GENERAL,
    MYSQL_QUERIES,
    MYSQL_SLOW,
    MYSQL_SLOW_QUERIES,
)
from shared.parsing.formats.plain import PLAIN
from shared.parsing.formats.postgresql import POSTGRESQL, POSTGRESQL_LINES
from shared.parsing.formats.python_logging import PYTHON_FORMATS, PYTHON_LINES, PYTHON_REQUESTS, REQUEST_FORMATS
from shared.parsing.formats.rails import RAILS, RUBY_LINES, RUBY_LOGGER, SIDEKIQ
from shared.parsing.formats.redis import REDIS, REDIS_LINES
from shared.parsing.formats.squid import SQUID, SQUID_LINES
from shared.parsing.formats.syslog import RFC3164, RFC5424, SYSLOG_LINES
from shared.parsing.formats.tracing import RUST_AND_GO
from shared.parsing.formats.w3c import CLOUDFRONT_ROWS, W3C_DIRECTIVES
from shared.parsing.formats.web_errors import APACHE_ERROR, NGINX_ERROR, WEB_ERRORS
from shared.parsing.formats.windows_cbs import WINDOWS_CBS, WINDOWS_CBS_LINES
from shared.parsing.headers import CLOUDFRONT, HEADED_FORMATS, VPC_FLOW, W3C

TEXT_FORMATS: tuple[tuple[Choice, tuple[str, ...]], ...] = (
    (PYTHON_REQUESTS, REQUEST_FORMATS),
    (ACCESS, (COMBINED, COMMON, VHOST_COMBINED)),
    (W3C_DIRECTIVES, (W3C,)),
    (CLOUDFRONT_ROWS, (CLOUDFRONT,)),
    (FLOW_ROWS, (VPC_FLOW,)),
    (ALB_ROWS, (AWS_ALB,)),
    (ELB_ROWS, (AWS_ELB,)),
    (NLB_ROWS, (AWS_NLB,)),
    (S3_ROWS, (AWS_S3,)),
    (HAPROXY_LINES, (HAPROXY_HTTP, HAPROXY_TCP, HAPROXY_ERROR)),
    (SQUID_LINES, (SQUID,)),
    (ENVOY_LINES, (ENVOY,)),
    (SYSLOG_LINES, (RFC5424, RFC3164)),
    (LOGCAT_LINES, (LOGCAT,)),
    (WEB_ERRORS, (APACHE_ERROR, NGINX_ERROR)),
    (KLOG_LINES, (KLOG,)),
    (POSTGRESQL_LINES, (POSTGRESQL,)),
    (MYSQL_ERRORS, (MYSQL,)),
    (MYSQL_QUERIES, (MYSQL_GENERAL,)),
    (MYSQL_SLOW_QUERIES, (MYSQL_SLOW,)),
    (REDIS_LINES, (REDIS,)),
    (MONGODB_LINES, (MONGODB,)),
    (WINDOWS_CBS_LINES, (WINDOWS_CBS,)),
    (RUBY_LINES, (RAILS, RUBY_LOGGER, SIDEKIQ)),
    (LARAVEL_LINES, (LARAVEL,)),
    (DOTNET_LINES, (DOTNET_CONSOLE,)),
    *RUST_AND_GO,
    (PYTHON_LINES, PYTHON_FORMATS),
    (Auditd(), (AUDITD,)),
    (Logfmt(), (LOGFMT,)),
    (LEVELED_LINES, (LEVELED,)),
)
"""Each with the names of the formats it reads, in the order of precedence: the most particular first."""

FORMAT_NAMES = frozenset(
    {JSON, GITHUB, PLAIN, *CONTAINER_FORMATS, *HEADED_FORMATS, *(name for _, names in TEXT_FORMATS for name in names)}
)

CUSTOM = "custom"
"""What a pattern without a name is called."""


@lru_cache(maxsize=256)
def text_formats(forced: str | None = None, pattern: str | None = None) -> Precedence:
    """What to try on lines of text; only what reads format `forced`, where one is.

    `pattern`: that of `forced`, a user's own format, the only one then. Raises BadPattern.
    """
    if pattern is not None:
        return Precedence([custom_format(forced or CUSTOM, pattern)])
    if forced in CONTAINER_FORMATS:
        return Precedence(containers((choice for choice, _ in TEXT_FORMATS), forced))
    bare = [choice for choice, names in TEXT_FORMATS if forced is None or forced in names]
    return Precedence([*containers(bare, forced), *bare])
