"""The published port that a person's requests come in by."""

import ssl
import tempfile
from collections.abc import Collection
from pathlib import Path

from deploy.compose_test.account import Account, is_ready
from deploy.compose_test.engine import docker
from deploy.compose_test.failures import ComposeTestFailed, wait_for
from deploy.compose_test.suite import Suite


def open_account(suite: Suite, absent: Collection[str]) -> Account:
    """An account at the proxy's port, or at the api's where there is no proxy or its image is `absent`."""
    if "proxy" in absent or "proxy" not in suite.form.services:
        return Account(suite.form.api_url)
    suite.project.up("proxy")
    url = f"https://localhost:{suite.form.ports['LOGMILL_HTTPS_PORT']}"
    wait_for("the proxy's own authority", lambda: _authority(suite) is not None)
    trust = ssl.create_default_context(cadata=_authority(suite))
    wait_for("the api behind the proxy", lambda: is_ready(url, trust))
    suite.say(f"going through the proxy: {url}")
    return Account(url, trust)


def _authority(suite: Suite) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "root.crt"
        try:
            container = suite.project.containers("proxy")[0]
            docker("cp", f"{container}:/data/caddy/pki/authorities/local/root.crt", str(copy))
        except (ComposeTestFailed, IndexError):
            return None
        return copy.read_text()
