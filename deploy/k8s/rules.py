"""`python -m deploy.k8s.rules`: the rules of deploy/prometheus as PrometheusRules, for the Prometheus operator."""

import sys
from pathlib import Path
from typing import Any

import yaml

RULES = Path(__file__).parents[1] / "prometheus" / "rules"


def prometheus_rules() -> list[dict[str, Any]]:
    """One for each file, since names of groups are unique in a file, and in a PrometheusRule have to be."""
    return [
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": f"logmill-{file.stem}", "labels": {"app.kubernetes.io/name": "logmill"}},
            "spec": yaml.safe_load(file.read_text("utf-8")),
        }
        for file in sorted(RULES.glob("*.yml"))
    ]


if __name__ == "__main__":
    sys.stdout.write(yaml.safe_dump_all(prometheus_rules(), sort_keys=False, allow_unicode=True, width=120))
