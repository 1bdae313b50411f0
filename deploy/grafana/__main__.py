"""`python -m deploy.grafana`: writes the JSON of every dashboard."""

import json
from pathlib import Path

from deploy.grafana import logs, overview, pipeline, postgres, rabbitmq
from deploy.grafana.panels import Dashboard

FOLDER = Path(__file__).parent / "dashboards"
DASHBOARDS: tuple[Dashboard, ...] = (
    overview.DASHBOARD,
    pipeline.DASHBOARD,
    logs.DASHBOARD,
    rabbitmq.DASHBOARD,
    postgres.DASHBOARD,
)


def render(dashboard: Dashboard) -> str:
    """The text of a dashboard's file."""
    return json.dumps(dashboard.render(), indent=2, ensure_ascii=False) + "\n"


def path_of(dashboard: Dashboard) -> Path:
    """Where it is kept."""
    return FOLDER / f"{dashboard.uid}.json"


if __name__ == "__main__":
    for one in DASHBOARDS:
        path_of(one).write_text(render(one), "utf-8")
