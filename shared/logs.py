"""Structured logs: one JSON object an event, or coloured lines where a person watches.

Levels follow the consequence for an operator: ERROR wants action, WARNING will want it if it goes on,
INFO marks a change of state, DEBUG is per batch.
"""

import logging
import sys

import structlog
from structlog.typing import FilteringBoundLogger, Processor

from shared import tracing


def configure_logs(service: str, level: str) -> None:
    """Routes structlog and the standard library's loggers to stderr in one shape."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *([tracing.add_trace_ids] if tracing.is_on() else []),
    ]
    interactive = sys.stderr.isatty()
    # Without the frames' locals: they may hold what users logged.
    tracebacks = structlog.processors.ExceptionRenderer(
        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    )
    renderer: list[Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if interactive
        else [tracebacks, structlog.processors.JSONRenderer()]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in ("aiormq", "aio_pika"):
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    for chatty in ("uvicorn", "httpx", "httpcore"):  # httpx tells whole URLs, credentials included
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # A trace a second while PostgreSQL is away, which whoever waits for it says already.
    logging.getLogger("asyncpg").setLevel(logging.ERROR)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(service=service)


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger whose events read as a sentence first, then fields."""
    logger: FilteringBoundLogger = structlog.get_logger(name)
    return logger
