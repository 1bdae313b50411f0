"""deploy/cluster: three nodes that know each other, and whose parts fit deploy/docker-compose.yml."""

import os
import re
from typing import Any

import pytest
import yaml

from tests.support.suite import ROOT

CLUSTER = ROOT / "deploy/cluster"
NODES = ("rabbitmq", "rabbitmq-2", "rabbitmq-3")
NAMES = ("rabbit@rabbitmq-1", "rabbit@rabbitmq-2", "rabbit@rabbitmq-3")


class Loader(yaml.SafeLoader):
    """Reads Compose's own tag as what it is put before."""


def override(loader: Loader, node: yaml.Node) -> Any:
    """`!override`: instead of what the extended service has, not added to it."""
    assert isinstance(node, yaml.SequenceNode)
    return loader.construct_sequence(node, deep=True)


Loader.add_constructor("!override", override)
OVERLAY = yaml.load((CLUSTER / "docker-compose.yml").read_text("utf-8"), Loader)
BASE = yaml.safe_load((ROOT / "deploy/docker-compose.yml").read_text("utf-8"))["services"]["rabbitmq"]
CONFIGURATION = dict(
    line.split(" = ") for line in (CLUSTER / "cluster.conf").read_text("utf-8").splitlines() if " = " in line
)
SERVICES = OVERLAY["services"]


def hostname(name: str) -> str:
    """What a node's container calls itself, and what the node is therefore called."""
    found: str = SERVICES[name].get("hostname", BASE["hostname"])
    return found


@pytest.mark.parametrize(("name", "node"), [*zip(NODES, NAMES, strict=True)])
def test_a_node_is_called_what_the_others_look_for(name: str, node: str) -> None:
    assert f"rabbit@{hostname(name)}" == node
    assert {hostname(name), "rabbitmq"} <= {name, *SERVICES[name]["networks"]["backend"]["aliases"]}


def test_clients_find_every_node_by_one_name_and_nodes_each_other_by_theirs() -> None:
    known = [{name, *SERVICES[name]["networks"]["backend"]["aliases"]} for name in NODES]
    assert set.intersection(*known) == {"rabbitmq"}
    assert [len([names for names in known if hostname(name) in names]) for name in NODES] == [1, 1, 1]


@pytest.mark.parametrize("name", NODES[1:])
def test_further_nodes_are_like_the_first_with_data_of_their_own(name: str) -> None:
    assert SERVICES[name]["extends"] == {"file": "docker-compose.yml", "service": "rabbitmq"}
    assert SERVICES[name]["volumes"] == [f"{name}:/var/lib/rabbitmq"]
    assert name in OVERLAY["volumes"]
    same = {key: value for key, value in SERVICES[name].items() if key in OVERLAY["x-node"]}
    assert same == OVERLAY["x-node"] == {key: SERVICES["rabbitmq"][key] for key in same}


def test_what_is_mounted_is_there_and_scripts_can_be_run() -> None:
    files = {name: ROOT / "deploy" / each["file"] for name, each in OVERLAY["configs"].items()}
    assert [file for file in files.values() if not file.is_file()] == []
    mounted = {each["source"]: each["target"] for service in SERVICES.values() for each in service["configs"]}
    assert mounted.keys() == files.keys()
    assert [file for file in files.values() if (file.suffix == ".sh") != os.access(file, os.X_OK)] == []


@pytest.mark.parametrize("name", SERVICES)
def test_only_the_cookies_copy_is_readable_for_erlang(name: str) -> None:
    assert SERVICES[name]["secrets"] == ["erlang_cookie"]
    assert SERVICES[name]["entrypoint"] == ["/with-cookie.sh"]
    script = (CLUSTER / "with-cookie.sh").read_text("utf-8")
    assert script.index("umask 377") < script.index("cat /run/secrets/erlang_cookie >")


def test_all_parts_count_on_the_same_nodes() -> None:
    listed = [value for key, value in CONFIGURATION.items() if ".classic_config.nodes." in key]
    assert tuple(listed) == NAMES
    script = (CLUSTER / "members.sh").read_text("utf-8")
    assert tuple(re.findall(r"rabbit@[\w-]+", script)) == NAMES
    sizes = (
        CONFIGURATION["cluster_formation.target_cluster_size_hint"],
        *re.findall(r"await_online_nodes (\d+)", script),
        *re.findall(r"target_group_size, (\d+)", (CLUSTER / "advanced.config").read_text("utf-8")),
    )
    assert sizes == ("3", "3", "3")


def test_the_members_are_seen_to_once_and_with_no_nodes_data() -> None:
    members = SERVICES["rabbitmq-members"]
    assert members["restart"] == "on-failure"
    assert members["volumes"] == ["rabbitmq-members:/var/lib/rabbitmq"]
    assert members["healthcheck"] == {"disable": True}
