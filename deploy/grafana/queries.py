"""What dashboards ask Prometheus and PostgreSQL."""

from dataclasses import dataclass
from typing import Any

PROMETHEUS = {"type": "prometheus", "uid": "prometheus"}
POSTGRES = {"type": "grafana-postgresql-datasource", "uid": "postgres"}

Json = dict[str, Any]


@dataclass(frozen=True)
class Metric:
    """A PromQL query; `legend` names its series. `instant`: the value at the end of the range only."""

    expr: str
    legend: str
    instant: bool = False

    def target(self, ref_id: str) -> Json:
        """The query as Grafana has it."""
        return {
            "datasource": PROMETHEUS,
            "editorMode": "code",
            "expr": self.expr,
            "instant": self.instant,
            "range": not self.instant,
            "legendFormat": self.legend,
            "refId": ref_id,
        }


@dataclass(frozen=True)
class Sql:
    """An SQL query of PostgreSQL. `over_time`: its columns are `time`, `metric` (the legend) and a value."""

    sql: str
    over_time: bool = False

    def target(self, ref_id: str) -> Json:
        """The query as Grafana has it."""
        return {
            "datasource": POSTGRES,
            "editorMode": "code",
            "format": "time_series" if self.over_time else "table",
            "rawQuery": True,
            "rawSql": self.sql.strip(),
            "refId": ref_id,
        }


Query = Metric | Sql


def rate_of(counter: str, legend: str, matchers: str = "") -> Metric:
    """How much a counter grows a second, over all series that match."""
    return Metric(f"sum(rate({counter}{{{matchers}}}[$__rate_interval]))", legend)


def rate_by(label: str, counter: str, matchers: str = "") -> Metric:
    """The same for each value of a label."""
    return Metric(f"sum by ({label}) (rate({counter}{{{matchers}}}[$__rate_interval]))", f"{{{{{label}}}}}")


def increase_of(counter: str, legend: str, matchers: str = "") -> Metric:
    """How much a counter grows in the minute before each point; for panels whose `interval` is a minute.

    The window is one scrape longer than the panel's step, so that nothing between two windows is missed.
    """
    return Metric(f"sum(increase({counter}{{{matchers}}}[$__rate_interval]))", legend)


def increase_by(label: str, counter: str, matchers: str = "") -> Metric:
    """The same for each value of a label."""
    return Metric(f"sum by ({label}) (increase({counter}{{{matchers}}}[$__rate_interval]))", f"{{{{{label}}}}}")


def percentiles(histogram: str, matchers: str = "") -> tuple[Metric, ...]:
    """Median, p95 and p99 of a histogram, over all series that match."""
    buckets = f"sum by (le) (rate({histogram}_bucket{{{matchers}}}[$__rate_interval]))"
    return tuple(
        Metric(f"histogram_quantile({quantile}, {buckets})", f"p{quantile * 100:g}") for quantile in (0.5, 0.95, 0.99)
    )
