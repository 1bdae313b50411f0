"""What a dashboard is made of, and the JSON that Grafana takes for it (schema version 41, Grafana 11 and later)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from deploy.grafana.queries import PROMETHEUS, Json, Query, Sql

GRID_COLUMNS = 24
SCHEMA_VERSION = 41
TAG = "logmill"

Thresholds = Sequence[tuple[float, str]]
"""From which value on which colour; below the first it is the panel's `base_color`."""


@dataclass(frozen=True)
class Panel:
    """One question and its answer; `unit` is one of Grafana's, `description` says what is good and what is not."""

    title: str
    description: str
    unit: str
    queries: tuple[Query, ...]
    kind: Literal["timeseries", "stat", "table", "bargauge"]
    width: int
    height: int
    thresholds: Thresholds = ()
    base_color: str = "green"
    stacked: bool = False
    bars: bool = False
    interval: str = ""
    """How far apart its points are at least; with "" as far as scrapes."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Of columns of a table whose unit is another."""

    def render(self, panel_id: int, x: int, y: int) -> Json:
        """The panel at that place of the grid."""
        sources = {str(target["datasource"]["uid"]): target["datasource"] for target in self._targets()}
        return {
            "id": panel_id,
            "type": self.kind,
            "title": self.title,
            "description": self.description,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "datasource": next(iter(sources.values())),
            "fieldConfig": {"defaults": self._field_defaults(), "overrides": self._overrides()},
            "options": OPTIONS[self.kind],
            "targets": self._targets(),
            **({"interval": self.interval} if self.interval else {}),
        }

    def _targets(self) -> list[Json]:
        return [query.target(chr(ord("A") + number)) for number, query in enumerate(self.queries)]

    def _field_defaults(self) -> Json:
        steps: list[Json] = [{"color": self.base_color, "value": None}]
        steps += [{"color": color, "value": value} for value, color in self.thresholds]
        defaults: Json = {"unit": self.unit, "thresholds": {"mode": "absolute", "steps": steps}}
        if self.kind == "timeseries":
            defaults |= {"min": 0, "color": {"mode": "palette-classic"}, "custom": self._drawing()}
        return defaults

    def _drawing(self) -> Json:
        return {
            "drawStyle": "bars" if self.bars else "line",
            "fillOpacity": 80 if self.bars else 10,
            "lineWidth": 0 if self.bars else 1,
            "showPoints": "never",
            "stacking": {"mode": "normal" if self.stacked else "none", "group": "A"},
            "thresholdsStyle": {"mode": "line" if self.thresholds else "off"},
        }

    def _overrides(self) -> list[Json]:
        return [
            {"matcher": {"id": "byName", "options": column}, "properties": [{"id": "unit", "value": unit}]}
            for column, unit in self.units.items()
        ]


_LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}
OPTIONS: dict[str, Json] = {
    "timeseries": {
        "legend": {"displayMode": "table", "placement": "bottom", "showLegend": True, "calcs": ["mean", "max"]},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "stat": {
        "colorMode": "value",
        "graphMode": "area",
        "justifyMode": "auto",
        "orientation": "auto",
        "textMode": "value_and_name",
        "reduceOptions": _LAST,
    },
    "table": {"showHeader": True, "cellHeight": "sm", "footer": {"show": False, "reducer": ["sum"], "fields": ""}},
    "bargauge": {
        "displayMode": "basic",
        "orientation": "horizontal",
        "showUnfilled": True,
        "valueMode": "color",
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": True},
    },
}


def graph(
    title: str,
    description: str,
    unit: str,
    *queries: Query,
    width: int = 8,
    stacked: bool = False,
    thresholds: Thresholds = (),
    interval: str = "",
) -> Panel:
    """Lines over time."""
    return Panel(
        title, description, unit, queries, "timeseries", width, 8, thresholds, stacked=stacked, interval=interval
    )


def bars(title: str, description: str, unit: str, *queries: Query, width: int = 12) -> Panel:
    """Counts over time, a stack a step."""
    return Panel(title, description, unit, queries, "timeseries", width, 8, stacked=True, bars=True, interval="1m")


def stat(
    title: str,
    description: str,
    unit: str,
    *queries: Query,
    width: int = 4,
    thresholds: Thresholds = (),
    base_color: str = "green",
) -> Panel:
    """The last value, large."""
    return Panel(title, description, unit, queries, "stat", width, 4, thresholds, base_color)


def table(
    title: str, description: str, unit: str, query: Query, width: int = 12, units: Mapping[str, str] | None = None
) -> Panel:
    """Rows; `unit` is that of columns that `units` does not name."""
    return Panel(title, description, unit, (query,), "table", width, 8, units=units or {})


def ranking(title: str, description: str, unit: str, query: Sql, width: int = 8) -> Panel:
    """A bar for each row: its first column names it, the second is the value."""
    return Panel(title, description, unit, (query,), "bargauge", width, 8)


@dataclass(frozen=True)
class Row:
    """Panels under one heading, laid out from left to right."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Choice:
    """A variable of a dashboard: values of a label, all of them at first."""

    name: str
    label: str
    metric: str

    def render(self) -> Json:
        """The variable as Grafana has it."""
        return {
            "name": self.name,
            "label": self.label,
            "type": "query",
            "datasource": PROMETHEUS,
            "query": {"query": f"label_values({self.metric}, {self.name})", "refId": "A"},
            "refresh": 2,
            "sort": 1,
            "includeAll": True,
            "multi": True,
            "allValue": ".*",
            "current": {"text": "All", "value": "$__all"},
        }


@dataclass(frozen=True)
class Dashboard:
    """A page of Grafana; its `uid` is its address, and its file's name."""

    uid: str
    title: str
    description: str
    rows: tuple[Row, ...]
    since: str = "now-1h"
    refresh: str = "30s"
    choices: tuple[Choice, ...] = ()

    def queries(self) -> Iterable[Query]:
        """What its panels ask."""
        return (query for row in self.rows for panel in row.panels for query in panel.queries)

    def render(self) -> Json:
        """The whole of it."""
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": [TAG],
            "schemaVersion": SCHEMA_VERSION,
            "version": 1,
            "editable": False,
            "graphTooltip": 1,
            "timezone": "browser",
            "time": {"from": self.since, "to": "now"},
            "refresh": self.refresh,
            "links": [_link_to_the_others()],
            "templating": {"list": [choice.render() for choice in self.choices]},
            "panels": list(_laid_out(self.rows)),
        }


def _link_to_the_others() -> Json:
    return {
        "title": TAG,
        "type": "dashboards",
        "tags": [TAG],
        "asDropdown": False,
        "includeVars": False,
        "keepTime": True,
        "targetBlank": False,
    }


def _laid_out(rows: Iterable[Row]) -> Iterable[Json]:
    """Every row's heading and panels, numbered from 1, with their places in the grid."""
    panel_id, y = 0, 0
    for row in rows:
        panel_id += 1
        yield _heading(row.title, panel_id, y)
        x, y, tallest = 0, y + 1, 0
        for panel in row.panels:
            if x + panel.width > GRID_COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            panel_id += 1
            yield panel.render(panel_id, x, y)
            x, tallest = x + panel.width, max(tallest, panel.height)
        y += tallest


def _heading(title: str, panel_id: int, y: int) -> Json:
    place = {"x": 0, "y": y, "w": GRID_COLUMNS, "h": 1}
    return {"id": panel_id, "type": "row", "title": title, "collapsed": False, "gridPos": place, "panels": []}
