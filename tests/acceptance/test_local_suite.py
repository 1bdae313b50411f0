"""`up`, `status`, `down`: a whole suite of a clone of its own, started, scaled, crashed, restored and wiped."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deploy.local import processes, suite
from deploy.local.layout import Layout
from deploy.local.services import ServiceProcess, by_name
from shared.errors import ConfigurationError

CLONE = Path(__file__).resolve().parents[2]
NAMED = ("PSQL_ADDR", "PSQL_PORT", "RABBITMQ_URL")
ACCOUNT = {"email": "someone@example.com", "password": "correct horse battery staple"}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Another clone with the same code; whatever runs there is gone afterwards."""
    for name in NAMED:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"LOGMILL_{name}", raising=False)
    root = tmp_path / "another clone"
    root.mkdir()
    for folder in ("services", "shared", "configs"):
        (root / folder).symlink_to(CLONE / folder)
    yield root
    suite.wipe(root, ignore)


def ignore(text: str) -> None:
    """Says nothing."""


def log_in(url: str, email: str) -> int:
    return httpx.post(f"{url}/auth/login", json={**ACCOUNT, "email": email}).status_code


def pids(root: Path) -> dict[str, int | None]:
    return {row.name: row.pid for row in suite.status(root)}


def unready(root: Path) -> list[str]:
    return [row.name for row in suite.status(root) if not row.ready]


def test_from_nothing_to_nothing(root: Path, tmp_path: Path) -> None:
    assert suite.status(root) == []
    with pytest.raises(ConfigurationError, match="nothing was ever started"):
        suite.doctor(root, [])
    url = suite.up(root, 1, ignore)
    first = pids(root)
    assert list(first) == ["postgres", "rabbitmq", "aggregator", "worker-1", "api"]
    assert unready(root) == []
    assert httpx.post(f"{url}/auth/register", json=ACCOUNT).status_code == 201
    assert suite.doctor(root, ["--json"]) == 0

    # Again: nothing happens. With more workers: one is added. With fewer: it goes.
    assert suite.up(root, None, ignore) == url
    assert pids(root) == first
    suite.up(root, 2, ignore)
    assert {name: pid for name, pid in pids(root).items() if name != "worker-2"} == first
    assert unready(root) == []
    suite.up(root, 1, ignore)
    assert pids(root) == first

    # A crash shows, and the next `up` mends it.
    api = ServiceProcess(Layout(root), by_name("api"))
    crashed = api.running()
    assert crashed
    processes.kill(crashed)
    assert unready(root) == ["api"]
    assert suite.doctor(root, []) == 1
    assert suite.up(root, None, ignore) == url
    assert unready(root) == []
    assert {name: pid for name, pid in pids(root).items() if name != "api"} == {
        name: pid for name, pid in first.items() if name != "api"
    }

    # Down keeps the data, wipe does not.
    suite.down(root, ignore)
    assert suite.doctor(root, []) == 1
    assert suite.status(root) == []
    assert [processes.identify(pid) for pid in first.values() if pid] == [None] * len(first)
    url = suite.up(root, 1, ignore)
    assert httpx.post(f"{url}/auth/login", json=ACCOUNT).status_code == 200

    # A backup has what there was, and is brought back by one command, if that is meant.
    backup = str(tmp_path / "backup")
    assert suite.backup(root, backup, ignore) == 0
    assert httpx.post(f"{url}/auth/register", json={**ACCOUNT, "email": "later@example.com"}).status_code == 201
    for replace, logins in ((False, {"someone": 200, "later": 200}), (True, {"someone": 200, "later": 401})):
        assert suite.restore(root, backup, ignore, replace=replace) == (0 if replace else 1)
        assert unready(root) == []
        assert {name: log_in(url, f"{name}@example.com") for name in logins} == logins
    suite.wipe(root, ignore)
    assert suite.status(root) == []
    assert sorted(each.name for each in (root / ".local").iterdir()) == ["lock"]


def test_settings_of_the_environment_restart_what_they_concern(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite.up(root, 1, ignore)
    before = pids(root)
    monkeypatch.setenv("WORKER_CONCURRENCY", "3")
    suite.up(root, None, ignore)
    after = pids(root)
    assert unready(root) == []
    assert {name for name in before if before[name] != after[name]} == {"aggregator", "worker-1", "api"}
