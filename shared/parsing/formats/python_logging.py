"""Python: what its servers and frameworks write that no usual order of time, level and logger can tell."""

import polars as pl

from shared.parsing.choice import Family, Precedence
from shared.parsing.clues import with_clues
from shared.parsing.columns import fill, with_fields
from shared.parsing.dates import spelled
from shared.parsing.layouts import Layout
from shared.parsing.severity import severity_of_statuses, severity_of_words
from shared.parsing.timestamps import CLOCK, CTIME, ISO_DAY, ISO_OFFSET, MONTH, Shape, iso

FLASK = "flask"
CELERY = "celery"
GUNICORN = "gunicorn"
AIRFLOW = "airflow"
TORNADO = "tornado"
SCRAPY = "scrapy"
UVICORN = "uvicorn"
DJANGO = "django"
DJANGO_REQUEST = "django_request"
WERKZEUG = "werkzeug"
UWSGI = "uwsgi"

ANY_LEVEL = "DEBUG|INFO|WARNING|ERROR|CRITICAL"
LEVEL = f"(?P<level>{ANY_LEVEL})"
NAME = "(?P<logger>[A-Za-z_][A-Za-z0-9_.]*)"
MESSAGE = "(?P<message>.*)$"
TIME = iso("[ T]", fraction="(?:[.,](?P<fraction>[0-9]{1,6}))?", zone=f"(?: ?(?P<zone>{ISO_OFFSET}))?")
SHORT = Shape(rf"(?P<time>[0-9]{{6}} {CLOCK})", spelled("%y%m%d %H:%M:%S"))
REQUEST_DATE = Shape(rf"(?P<time>[0-9]{{2}}/{MONTH}/[0-9]{{4}} {CLOCK})", spelled("%d/%b/%Y %H:%M:%S"))

HEADED = (
    Layout(FLASK, rf"^\[{TIME.pattern}\] {LEVEL} in (?P<logger>[^ :]+): {MESSAGE}", shape=TIME),
    Layout(CELERY, rf"^\[{TIME.pattern}: {LEVEL}/(?P<thread>[^\]]+)\] {MESSAGE}", shape=TIME),
    Layout(GUNICORN, rf"^\[{TIME.pattern}\] \[(?P<pid>[0-9]+)\] \[{LEVEL}\] {MESSAGE}", shape=TIME),
    Layout(AIRFLOW, rf"^\[{TIME.pattern}\] \{{(?P<logger>[^{{}}]+:[0-9]+)\}} {LEVEL} - {MESSAGE}", shape=TIME),
    Layout(TORNADO, rf"^\[(?P<level>[DIWEC]) {SHORT.pattern} (?P<logger>[^ \]]+)\] {MESSAGE}", shape=SHORT),
    Layout(TORNADO, rf"^\[(?P<level>[DIWEC]) {TIME.pattern} (?P<logger>[^ \]]+)\] {MESSAGE}", shape=TIME),
    Layout(SCRAPY, rf"^{TIME.pattern} \[(?P<logger>[A-Za-z_][A-Za-z0-9_.]*)\] {LEVEL}: {MESSAGE}", shape=TIME),
    Layout(DJANGO, rf"^{LEVEL} {TIME.pattern} {NAME} (?P<pid>[0-9]+) (?P<thread>[0-9]{{5,}}) {MESSAGE}", shape=TIME),
)
BRACKETED = (
    rf": (?:{ANY_LEVEL})/",
    rf"\] \[[0-9]+\] \[(?:{ANY_LEVEL})\]",
    rf"\] \{{[^{{}}]+:[0-9]+\}} (?:{ANY_LEVEL}) - ",
    rf"\] (?:{ANY_LEVEL}) in ",
)
TIME_BEGINS = rf"{ISO_DAY}[ T]{CLOCK}[.,0-9]*(?: ?{ISO_OFFSET})?"
HEADED_BEGINS = (
    rf"^\[{TIME_BEGINS}(?:{'|'.join(BRACKETED)})",
    rf"^\[[DIWEC] (?:[0-9]{{6}} {CLOCK}|{TIME_BEGINS}) ",
    rf"^{TIME_BEGINS} \[[A-Za-z_][A-Za-z0-9_.]*\] (?:{ANY_LEVEL}): ",
    rf"^(?:{ANY_LEVEL}) {TIME_BEGINS} [A-Za-z_][A-Za-z0-9_.]* [0-9]+ [0-9]{{5}}",
)
TASK = (
    r"^Task (?P<task>[^ \[]+)\[(?P<task_id>[0-9a-f-]+)\] "
    r"(?:(?:succeeded|raised|retry|received|failed)(?: in (?P<seconds>[0-9.]+)s)?)?"
)

REQUEST = r'"(?P<method>[A-Z]+) (?P<url>[^" ]*)(?: [^" ]*)?"'
REQUESTS = (
    Layout(
        UVICORN,
        rf"^(?P<level>INFO): +(?P<message>(?P<client>[^ ]+:[0-9]+) - {REQUEST} (?P<status>[0-9]{{3}}).*)$",
        key="status",
    ),
    Layout(
        DJANGO_REQUEST,
        rf"^\[{REQUEST_DATE.pattern}\] {REQUEST} (?P<status>[0-9]{{3}}) (?P<bytes>[0-9]+)$",
        key="status",
        shape=REQUEST_DATE,
    ),
    Layout(
        WERKZEUG,
        rf"^(?P<level>INFO):(?P<logger>werkzeug):(?P<client>[^ ]+) - - \[{REQUEST_DATE.pattern}\] {REQUEST} "
        r"(?P<status>[0-9]{3}) (?:-|(?P<bytes>[0-9]+))$",
        key="status",
        shape=REQUEST_DATE,
    ),
    Layout(
        UWSGI,
        rf"^\[pid: (?P<pid>[0-9]+)\|app: [^|]*\|req: [^\]]*\] (?P<client>[^ ]+) \((?P<user_id>[^)]*)\) \{{[^}}]*\}} "
        rf"\[{CTIME.pattern}\] (?P<method>[A-Z]+) (?P<url>[^ ]+) => generated (?P<bytes>[0-9]+) bytes in "
        r"(?P<duration_ms>[0-9]+) msecs \([^ )]* (?P<status>[0-9]{3})\)",
        key="status",
        shape=CTIME,
    ),
)
REQUESTS_BEGIN = (
    r"^INFO: +[^ ]+:[0-9]+ - \"",
    rf"^\[[0-9]{{2}}/{MONTH}/[0-9]{{4}} {CLOCK}\] \"",
    "^INFO:werkzeug:",
    r"^\[pid: [0-9]+\|app: ",
)


def _finish_headed(frame: pl.DataFrame) -> pl.DataFrame:
    """Celery tells of a task which, and how long it took."""
    if frame["format"][0] == CELERY:
        frame = with_fields(frame, frame["message"].str.extract_groups(TASK).struct.unnest().get_columns())
    return with_clues(frame)


def _finish_requests(frame: pl.DataFrame) -> pl.DataFrame:
    """A request's line is its own message, and its status its level, where it tells no other."""
    statuses = frame["status"].cast(pl.Int16, strict=False)
    severities = severity_of_statuses(statuses)
    if "level" in frame.columns:
        severities = fill(severity_of_words(frame["level"]), severities)
    return with_fields(frame.drop("level", strict=False), [statuses, severities.alias("severity")])


PYTHON_LINES = Family("|".join(HEADED_BEGINS), Precedence(HEADED), _finish_headed)
PYTHON_REQUESTS = Family("|".join(REQUESTS_BEGIN), Precedence(REQUESTS), _finish_requests)
PYTHON_FORMATS = (FLASK, CELERY, GUNICORN, AIRFLOW, TORNADO, SCRAPY, DJANGO)
REQUEST_FORMATS = (UVICORN, DJANGO_REQUEST, WERKZEUG, UWSGI)
