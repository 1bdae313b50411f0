"""Error logs of Apache (2.2 and 2.4) and nginx."""

from shared.parsing.choice import Family, Precedence
from shared.parsing.clues import with_clues
from shared.parsing.layouts import Layout
from shared.parsing.severity import ANY_LEVEL
from shared.parsing.timestamps import CLOCK, CTIME, ISO, MONTH, WEEKDAY

APACHE_ERROR = "apache_error"
NGINX_ERROR = "nginx_error"

PROCESS = r"(?:\[pid (?P<pid>[0-9]+)(?::tid (?P<thread>[0-9]+))?\] )?"
APACHE = (
    rf"^\[{CTIME.pattern}\] \[(?:(?P<logger>[A-Za-z0-9_]*):)?(?P<level>{ANY_LEVEL})[1-8]?\] "
    rf"{PROCESS}(?P<message>.*)$"
)
NGINX = (
    rf"^(?P<time>[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}} {CLOCK}) \[(?P<level>{ANY_LEVEL})\] "
    r"(?P<pid>[0-9]+)#(?P<thread>[0-9]+): (?:\*(?P<connection>[0-9]+) )?(?P<message>.*)$"
)

START = rf"^(?:\[{WEEKDAY} {MONTH} [^\]]*\] \[|[0-9]{{4}}/[0-9]{{2}}/[0-9]{{2}} {CLOCK} \[)"
_LAYOUTS = (Layout(APACHE_ERROR, APACHE, shape=CTIME), Layout(NGINX_ERROR, NGINX, shape=ISO))
WEB_ERRORS = Family(START, Precedence(_LAYOUTS), with_clues)
