"""`logmill dead-letters`: what could not be stored, why, and what to do with it."""

import typer

from cli.dead_letters.looking import list_groups, list_letters
from cli.dead_letters.repair import discard, replay
from cli.dead_letters.showing import show
from cli.replays import replays

dead_letters = typer.Typer(
    name="dead-letters",
    no_args_is_help=True,
    help="See what could not be stored, and why; replay it or discard it.",
)
dead_letters.command("list")(list_letters)
dead_letters.command("groups")(list_groups)
dead_letters.command("show")(show)
dead_letters.command("replay")(replay)
dead_letters.command("discard")(discard)
dead_letters.add_typer(replays)
