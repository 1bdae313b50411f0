"""The formats: which there are, and in which order a line is offered to them."""

from functools import lru_cache

from shared.parsing.choice import Choice, Precedence
from shared.parsing.formats.access import ACCESS, COMBINED, COMMON
from shared.parsing.formats.json_lines import JSON
from shared.parsing.formats.leveled import LEVELED, LEVELED_LINES
from shared.parsing.formats.logcat import LOGCAT, LOGCAT_LINES
from shared.parsing.formats.logfmt import LOGFMT, Logfmt
from shared.parsing.formats.plain import PLAIN
from shared.parsing.formats.syslog import RFC3164, RFC5424, SYSLOG_LINES
from shared.parsing.formats.web_errors import APACHE_ERROR, NGINX_ERROR, WEB_ERRORS

TEXT_FORMATS: tuple[tuple[Choice, tuple[str, ...]], ...] = (
    (ACCESS, (COMBINED, COMMON)),
    (SYSLOG_LINES, (RFC5424, RFC3164)),
    (LOGCAT_LINES, (LOGCAT,)),
    (WEB_ERRORS, (APACHE_ERROR, NGINX_ERROR)),
    (Logfmt(), (LOGFMT,)),
    (LEVELED_LINES, (LEVELED,)),
)
"""Each with the names of the formats it reads, in the order of precedence: the most particular first."""

FORMAT_NAMES = frozenset({JSON, PLAIN, *(name for _, names in TEXT_FORMATS for name in names)})


@lru_cache(maxsize=256)
def text_formats(forced: str | None = None, pattern: str | None = None, header: str | None = None) -> Precedence:
    """What to try on lines of text; only what reads format `forced`, where one is.

    `pattern`: a user's own format, the only one then. `header`: the line that names the columns.
    """
    return Precedence(choice for choice, names in TEXT_FORMATS if forced is None or forced in names)
