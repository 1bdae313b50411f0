"""docs/metrics.md tells of every metric there is, and of none that is not."""

import pytest

from deploy.grafana.__main__ import DASHBOARDS
from deploy.grafana.queries import Metric
from tests.support import metric_names
from tests.support.metric_names import FROM_OTHERS, RECORDED, documented, documented_families, names_in, of_code

CODE = of_code()


@pytest.mark.parametrize("section", sorted(CODE))
def test_the_page_has_the_metrics_of_the_code_with_types_and_labels(section: str) -> None:
    told, real = (
        {family.name: family for family in families} for families in (documented_families(section), CODE[section])
    )
    assert {name: told.get(name) for name in told | real} == {name: real.get(name) for name in told | real}


@pytest.mark.parametrize("section", [*sorted(CODE), RECORDED, FROM_OTHERS])
def test_every_metric_has_a_meaning_and_is_told_once(section: str) -> None:
    rows = documented(section)
    assert [row[0] for row in rows if not row[-1]] == []
    assert len({row[0] for row in rows}) == len(rows) > 0


def test_the_page_has_what_prometheus_records() -> None:
    assert {row[0].strip("`") for row in documented(RECORDED)} == metric_names.recorded()


def test_the_page_has_no_foreign_metric_that_nothing_uses() -> None:
    asked = [rule["expr"] for rule in metric_names.rules()]
    asked += [query.expr for page in DASHBOARDS for query in page.queries() if isinstance(query, Metric)]
    used = {name for expr in asked for name in names_in(expr)}
    assert {row[0].strip("`") for row in documented(FROM_OTHERS)} - used == set()


@pytest.mark.parametrize(
    ("promql", "names"),
    [
        ("up == 0", {"up"}),
        (
            'sum by (job) (rate(a_total{status=~"5..|b"}[5m])) / on (instance) group_left (node) b_info',
            {"a_total", "b_info"},
        ),
        ("histogram_quantile(0.5, sum by (le) (rate(h_bucket[$__rate_interval])))", {"h_bucket"}),
        ("time() - last > 14.4 * 1e9 and level:metric:sum unless x or vector(0)", {"last", "level:metric:sum", "x"}),
    ],
)
def test_names_are_found_in_a_query(promql: str, names: set[str]) -> None:
    assert names_in(promql) == names
