"""The dashboards are what their source says, and every panel says what it shows."""

import json
import re
from collections import Counter
from itertools import combinations

import pytest
import yaml

from deploy.grafana.__main__ import DASHBOARDS, FOLDER, path_of, render
from deploy.grafana.panels import Dashboard, Panel
from deploy.grafana.queries import POSTGRES, PROMETHEUS, Json, Metric, Sql
from tests.support.metric_names import known, names_in
from tests.support.suite import ROOT

PROVISIONING = ROOT / "deploy/grafana/provisioning"
UNITS = {
    "Bps",
    "bytes",
    "cps",
    "dateTimeAsIso",
    "dateTimeFromNow",
    "ms",
    "none",
    "percentunit",
    "reqps",
    "s",
    "short",
}
"""Of Grafana's units, those in use: a misspelt one would show up as text behind the number."""
KNOWN = known()
PANELS = [
    pytest.param(panel, id=f"{page.uid}: {panel.title}")
    for page in DASHBOARDS
    for row in page.rows
    for panel in row.panels
]
PAGES = [pytest.param(page, id=page.uid) for page in DASHBOARDS]


@pytest.mark.parametrize("page", PAGES)
def test_the_json_is_up_to_date(page: Dashboard) -> None:
    assert path_of(page).read_text("utf-8") == render(page), "run python -m deploy.grafana"


def test_no_other_file_is_beside_them() -> None:
    assert set(FOLDER.iterdir()) == {path_of(page) for page in DASHBOARDS}


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_has_a_description_and_units(panel: Panel) -> None:
    assert panel.title
    assert re.fullmatch(r"\S.{10,}\.", panel.description)
    assert {panel.unit, *panel.units.values()} - UNITS == set()


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_names_its_series(panel: Panel) -> None:
    for query in panel.queries:
        if isinstance(query, Metric):
            assert query.legend
        else:
            assert ("AS metric" in query.sql) == query.over_time == (panel.kind == "timeseries")
    if panel.kind == "timeseries":
        assert panel.render(1, 0, 0)["options"]["legend"]["showLegend"]
    assert len({query.legend for query in panel.queries if isinstance(query, Metric)} or {""}) == len(panel.queries)


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_asks_for_metrics_that_there_are(panel: Panel) -> None:
    asked = {name for query in panel.queries if isinstance(query, Metric) for name in names_in(query.expr)}
    assert asked - KNOWN == set()


@pytest.mark.parametrize("panel", PANELS)
def test_what_is_counted_over_a_minute_is_drawn_once_a_minute(panel: Panel) -> None:
    asked = [query.expr for query in panel.queries if isinstance(query, Metric)]
    if any("increase(" in expr and "$__rate_interval" in expr for expr in asked):
        assert panel.render(1, 0, 0)["interval"] == "1m"


@pytest.mark.parametrize("panel", PANELS)
def test_a_graph_has_no_single_value_for_its_whole_range(panel: Panel) -> None:
    if panel.kind == "timeseries":
        assert [query for query in panel.queries if isinstance(query, Metric) and "$__range]" in query.expr] == []


@pytest.mark.parametrize("panel", PANELS)
def test_a_table_gives_units_to_columns_that_it_has(panel: Panel) -> None:
    text = " ".join(query.sql for query in panel.queries if isinstance(query, Sql))
    assert [column for column in panel.units if column not in text] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_title_is_used_once(page: Dashboard) -> None:
    titles = Counter(panel.title for row in page.rows for panel in row.panels)
    assert [title for title, times in titles.items() if times > 1] == []


@pytest.mark.parametrize("page", PAGES)
def test_panels_have_places_of_their_own(page: Dashboard) -> None:
    panels = page.render()["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    places = [panel["gridPos"] for panel in panels]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert [pair for pair in combinations(places, 2) if overlap(*pair)] == []


def overlap(one: Json, other: Json) -> bool:
    """Whether two places of the grid share a cell."""
    aside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
    apart = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    return not (aside or apart)


def test_the_data_sources_are_those_that_are_provisioned() -> None:
    file = yaml.safe_load((PROVISIONING / "datasources/datasources.yml").read_text("utf-8"))
    provisioned = [{"type": source["type"], "uid": source["uid"]} for source in file["datasources"]]
    assert provisioned == [PROMETHEUS, POSTGRES]
    used = {json.dumps(target["datasource"]) for page in DASHBOARDS for target in targets(page)}
    assert used == {json.dumps(source) for source in (PROMETHEUS, POSTGRES)}


def targets(page: Dashboard) -> list[Json]:
    """The queries of a page's JSON."""
    return [target for panel in page.render()["panels"] for target in panel.get("targets", ())]


def test_the_interval_of_rates_is_that_of_the_scrapes() -> None:
    file = yaml.safe_load((PROVISIONING / "datasources/datasources.yml").read_text("utf-8"))
    scraping = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))["global"]
    assert file["datasources"][0]["jsonData"]["timeInterval"] == scraping["scrape_interval"]


def test_no_password_is_in_the_files() -> None:
    text = (PROVISIONING / "datasources/datasources.yml").read_text("utf-8")
    assert re.findall(r"password: (.*)", text) == ["$__file{/run/secrets/grafana_postgres_password}"]
