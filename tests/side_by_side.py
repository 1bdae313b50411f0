"""A pytest plugin: how tests are shared out where several processes run them (`pytest -n N`)."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

FAULTS = "tests/faults/"
"""Their servers are their own, but the same for all of them, which stop and kill them."""


class ByFile(LoadScopeScheduling):  # type: ignore[misc] # the plugin is not typed
    """The tests of a file stay together, in one process; so do all those that stop a server."""

    def _split_scope(self, nodeid: str) -> str:
        return FAULTS if nodeid.startswith(FAULTS) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Instead of any of the plugin's own."""
    return ByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins."""
    items.sort(key=lambda item: not item.nodeid.startswith(FAULTS))
