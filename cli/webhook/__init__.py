"""`logmill webhook`: the secrets of webhooks, what they delivered, and how what failed is done again."""

import typer

from cli.webhook.deliveries import list_deliveries
from cli.webhook.replaying import replay
from cli.webhook.secrets import add_secret, list_secrets, remove_secret

webhook = typer.Typer(
    name="webhook",
    no_args_is_help=True,
    help="Set up GitHub webhooks, see what they delivered, and replay what failed.",
)
webhook.command("secrets")(list_secrets)
webhook.command("add-secret")(add_secret)
webhook.command("remove-secret")(remove_secret)
webhook.command("deliveries")(list_deliveries)
webhook.command("replay")(replay)
