"""What must not be read: tables by Grafana's role, passwords by whoever sees a log."""

import re

from deploy.compose_test.engine import docker
from deploy.compose_test.failures import ComposeTestFailed, require, wait_for
from deploy.compose_test.suite import Suite

_PASSWORD = re.compile(r"\b[0-9a-f]{48}\b")


def check_grafana_role(suite: Suite) -> None:
    """Its service is started by name, for Grafana itself may be missing."""
    suite.project.up("grafana-role")
    wait_for("Grafana's role", lambda: not suite.project.containers("grafana-role"))
    rows = _ask_as_grafana(suite, "SELECT sum(lines_stored) > 0 FROM jobs")
    require(rows == "t", f"the role grafana cannot read jobs: {rows}")
    refused = _ask_as_grafana(suite, "SELECT * FROM webhook_secrets")
    require("permission denied" in refused, f"the role grafana reads webhook_secrets: {refused}")
    suite.say("the role grafana reads what the dashboards ask for, and no secret")


def _ask_as_grafana(suite: Suite, query: str) -> str:
    secrets = suite.form.secrets
    password = (secrets / "grafana_postgres_password").read_text().strip() if secrets else "grafana"
    address = f"postgresql://grafana:{password}@127.0.0.1/logmill"
    try:
        answer = suite.project.execute(suite.project.containers("postgres")[0], "psql", address, "-Atc", query)
    except ComposeTestFailed as error:
        return str(error)
    return answer.strip()


def check_secrets(suite: Suite) -> None:
    """No password is in a log, or in what the engine tells of a container."""
    if suite.form.secrets is None:
        return
    containers = suite.project.compose("--profile", "*", "ps", "--all", "--quiet").split()
    told = suite.project.logs(lines=100_000) + docker("inspect", *containers)
    for file in sorted(suite.form.secrets.iterdir()):
        passwords = _PASSWORD.findall(file.read_text())
        require(bool(passwords), f"{file.name} holds no password as deploy/make-secrets makes them")
        leaked = any(password in told for password in passwords)
        require(not leaked, f"{file.name} is in a log or in a container's configuration")
    suite.say("no password is in a log, or in what the engine tells of a container")
