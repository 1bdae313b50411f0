"""`python -m services.settings_docs`: writes docs/settings.md from the settings classes."""

from pathlib import Path
from typing import Any

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from services.aggregator.settings import AggregatorSettings
from services.api.settings import ApiSettings
from services.migrate.settings import MigrateSettings
from services.worker.settings import WorkerSettings
from shared.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
SERVICES: tuple[type[Settings], ...] = (ApiSettings, WorkerSettings, AggregatorSettings, MigrateSettings)
INTRODUCTION = """\
# Settings

Each service reads `configs/SERVICE.yaml` (another folder with `LOGMILL_CONFIG_DIR`), then the environment, which wins.
A key of the file that the service does not know is refused, and so is a value that cannot be; the message names the
key, never its value. A variable that no setting is called is not noticed: services share one environment. Names end in
their unit. This page is written by `python -m services.settings_docs`.

Each variable `NAME` may be given as `NAME_FILE` instead: the path of a file that holds the value, as containers get
their secrets (`PSQL_PASS_FILE=/run/secrets/psql_pass`). A line feed at its end does not count.
"""


def render(services: tuple[type[Settings], ...] = SERVICES) -> str:
    """The page: what all services share, then what each adds."""
    sections = [_section("Every service", "all of them", Settings.model_fields)]
    for service in services:
        own = {name: field for name, field in service.model_fields.items() if name not in Settings.model_fields}
        sections.append(_section(f"`{service.service}`", f"`configs/{service.service}.yaml`", own))
    return "\n".join([INTRODUCTION, *sections])


def _section(title: str, where: str, fields: dict[str, FieldInfo]) -> str:
    rows = [
        f"| `{name}` | {_variables(name, field)} | {_default(field)} | {field.description} |"
        for name, field in fields.items()
    ]
    head = ["| key | environment | default | meaning |", "|---|---|---|---|"]
    return "\n".join([f"## {title}", "", f"Keys of {where}.", "", *head, *rows, ""])


def _variables(name: str, field: FieldInfo) -> str:
    prefixed = f"`LOGMILL_{name.upper()}`"
    has_plain_name = isinstance(field.validation_alias, AliasChoices)
    return f"{prefixed}, `{name.upper()}`" if has_plain_name else prefixed


def _default(field: FieldInfo) -> str:
    value: Any = field.get_default()
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, list):
        return f"`{','.join(value)}`" if value else "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return "none" if value in (None, "") else f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


if __name__ == "__main__":
    PAGE.write_text(render(), "utf-8")
