"""docs/cli.md has every command with an example, and each of its options."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from cli.__main__ import build_app
from tests.support.suite import ROOT

PAGE = (ROOT / "docs" / "cli.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^### (.+)\n((?:(?!###? ).*\n)*)", PAGE, re.M))
EVERYWHERE = PAGE.partition("\n## Sending\n")[0]


def commands(command: Any, path: str) -> Iterator[tuple[str, list[str]]]:
    """Every command that does something by itself: its words, and the names of its options."""
    below = getattr(command, "commands", {})
    if not below or command.invoke_without_command:
        yield path, [name for each in command.params if each.param_type_name == "option" for name in each.opts]
    for name, each in below.items():
        yield from commands(each, f"{path} {name}")


APP = typer.main.get_command(build_app())
COMMANDS = dict(commands(APP, "logmill"))


def test_the_page_has_these_commands_and_no_others() -> None:
    assert sorted(SECTIONS) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_named(command: str) -> None:
    told = EVERYWHERE + SECTIONS[command]
    missing = [name for name in COMMANDS[command] if not re.search(rf"(?<![\w-]){name}(?![\w-])", told)]
    assert missing == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_example(command: str) -> None:
    assert f"```console\n$ {command}" in SECTIONS[command]


def test_the_app_s_own_options_are_named() -> None:
    assert [name for each in APP.params for name in each.opts if f"`{name}`" not in EVERYWHERE] == []
