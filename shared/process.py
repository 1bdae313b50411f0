"""The frame of every `python -m services.NAME`: settings, logs, event loop, exit code."""

import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import uvloop

from shared import tracing
from shared.crash_points import arm
from shared.errors import ConfigurationError, LogmillError
from shared.lifecycle import Stop, stop_on_signals
from shared.logs import configure_logs, get_logger
from shared.settings import Settings

S = TypeVar("S", bound=Settings)

EXIT_FAILED = 1
EXIT_MISCONFIGURED = 2


def run_service(settings_type: type[S], main: Callable[[S, Stop], Awaitable[None]]) -> None:
    """Runs `main` until it ends; exits 0 after a clean stop, 1 after a failure, 2 when the settings are refused."""
    try:
        settings = settings_type.load()
        tracing.configure(settings)
        configure_logs(settings.service, settings.log_level)
        arm(settings.crash_points)
        uvloop.run(_run(settings, main))
    except ConfigurationError as error:
        sys.exit(_say(settings_type.service, str(error), EXIT_MISCONFIGURED))
    except LogmillError as error:
        sys.exit(_say(settings_type.service, str(error), EXIT_FAILED))
    finally:
        tracing.shut_down()


async def _run(settings: S, main: Callable[[S, Stop], Awaitable[None]]) -> None:
    await main(settings, stop_on_signals())
    get_logger(__name__).info("stopped")


def _say(service: str, text: str, code: int) -> int:
    sys.stderr.write(f"{service}: {text}\n")
    return code
