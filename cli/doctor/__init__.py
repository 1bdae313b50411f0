"""`logmill doctor`: looks at a deployment's servers, queues, tables and clocks, and says what to mend."""

from enum import StrEnum
from typing import Annotated

import typer

from cli.terminal import AsJson, note
from shared.errors import ConfigurationError

TO_MEND = 1
MISCONFIGURED = 2


class Service(StrEnum):
    """Whose settings, and whose rights, are looked at."""

    api = "api"
    worker = "worker"
    aggregator = "aggregator"


def doctor(
    service: Annotated[Service, typer.Option(help="whose settings and rights: its file and variables")] = Service.api,
    as_json: AsJson = False,
) -> None:
    """Look at a deployment with a service's settings, and say what to mend. Changes nothing.

    Exit status 1 where there is something to mend, 2 where the settings are refused.
    """
    # What it takes is not imported for any other command.
    from cli.doctor.examination import examine
    from cli.doctor.findings import to_mend
    from cli.doctor.showing import show

    try:
        findings = examine(service.value)
    except ConfigurationError as error:
        note(f"error: {error}")
        raise typer.Exit(MISCONFIGURED) from None
    show(findings, as_json=as_json)
    if to_mend(findings):
        raise typer.Exit(TO_MEND)
