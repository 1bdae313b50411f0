"""`python -m services.api.operators grant|revoke|list [EMAIL]`: who sees and mends everybody's dead letters.

Takes the api's settings, and effect at the user's next request. Exits 0 when it is as asked for, 1 when there is no
such user or PostgreSQL does not answer, 2 when the arguments or the settings are wrong.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

import asyncpg

from services.api.auth.routes import normal_email
from services.api.settings import ApiSettings
from shared.database import Connection, open_database
from shared.errors import ConfigurationError, LogmillError
from shared.lifecycle import Stop
from shared.logs import configure_logs
from shared.process import EXIT_FAILED, EXIT_MISCONFIGURED

CONNECT_SECONDS = 15
SET_OPERATOR = "UPDATE users SET is_operator = $2 WHERE email = $1 RETURNING user_id"
LIST_OPERATORS = "SELECT email FROM users WHERE is_operator ORDER BY email"


class UnknownUser(LogmillError):
    """Nobody has registered with that email."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Does what the command line says; answers the exit code."""
    asked = build_parser().parse_args(arguments)
    try:
        settings = ApiSettings.load()
        configure_logs(settings.service, "error")
        sys.stdout.write(asyncio.run(run(settings, asked.command, getattr(asked, "email", ""))))
    except ConfigurationError as error:
        return _say(str(error), EXIT_MISCONFIGURED)
    except LogmillError as error:
        return _say(str(error), EXIT_FAILED)
    except TimeoutError:
        return _say(f"PostgreSQL did not answer within {CONNECT_SECONDS} s", EXIT_FAILED)
    return 0


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser("python -m services.api.operators", description="Who is an operator.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="grant|revoke|list")
    for command, told in (("grant", "makes a registered user an operator"), ("revoke", "takes that back")):
        commands.add_parser(command, help=told).add_argument("email", metavar="EMAIL", type=normal_email)
    commands.add_parser("list", help="the emails of all operators")
    return parser


async def run(settings: ApiSettings, command: str, email: str) -> str:
    """What to print; raises UnknownUser, TimeoutError, and LogmillError where the database refuses."""
    async with (
        asyncio.timeout(CONNECT_SECONDS),
        open_database(settings, Stop(), pool_size=1) as database,
        database.transaction() as connection,
    ):
        if command == "list":
            return await list_operators(connection)
        return await set_operator(connection, email, is_operator=command == "grant")


async def set_operator(connection: Connection, email: str, *, is_operator: bool) -> str:
    """Grants or revokes; what was so before stays so. Raises UnknownUser."""
    if await connection.fetchval(SET_OPERATOR, email, is_operator) is None:
        raise UnknownUser(f"there is no user {email}; they have to register first")
    return f"{email} is {'' if is_operator else 'not '}an operator{'' if is_operator else ' any more'}\n"


async def list_operators(connection: Connection) -> str:
    """An email a line."""
    rows: list[asyncpg.Record] = await connection.fetch(LIST_OPERATORS)
    return "".join(f"{row['email']}\n" for row in rows)


def _say(text: str, code: int) -> int:
    sys.stderr.write(f"operators: {text}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
