"""What every handler of the api works with: built once, by the composition root, around an open database."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.api.auth.passwords import Passwords
from services.api.auth.tokens import Tokens
from services.api.clients import ClientAddresses
from services.api.cursors import Cursors
from services.api.queue_status import QueueMeter
from services.api.rate_limits import RateLimit
from services.api.settings import ApiSettings
from services.api.verify.turns import Turns
from services.api.webhooks.keyring import Keyring
from shared.clock import SYSTEM_CLOCK, Clock
from shared.database import Database
from shared.progress import JobProgress

Announce = Callable[[JobProgress], Awaitable[None]]
"""Tells whoever watches the job; never raises for a broker that is away."""


async def tell_nobody(_progress: JobProgress) -> None:
    """For an api without a broker: who watches a job finds out by looking it up."""


@dataclass(frozen=True, slots=True)
class Context:
    """Settings, connections and the few objects with a memory, shared by all requests of the process."""

    settings: ApiSettings
    database: Database
    clock: Clock
    passwords: Passwords
    tokens: Tokens
    cursors: Cursors
    clients: ClientAddresses
    request_limit: RateLimit
    login_limit: RateLimit
    account_limit: RateLimit
    signature_limit: RateLimit
    """What checking the signatures of webhooks may cost without one that is right."""
    queues: QueueMeter
    searches: asyncio.Semaphore
    """Bounds what searches take of the connections; the rest stays for uploads and short reads."""
    previews: asyncio.Semaphore
    """Bounds the threads that read first lines."""
    verifications: Turns
    """Bounds the jobs that are recounted at a time."""
    announce: Announce
    keyring: Keyring


def build_context(
    settings: ApiSettings,
    database: Database,
    queues: QueueMeter,
    clock: Clock = SYSTEM_CLOCK,
    announce: Announce = tell_nobody,
) -> Context:
    """Puts the context together; opens nothing."""
    secret = settings.jwt_secret.get_secret_value().encode()
    return Context(
        settings=settings,
        database=database,
        clock=clock,
        passwords=Passwords(
            memory_kib=settings.password_hash_memory_kib,
            iterations=settings.password_hash_iterations,
            threads=settings.password_hash_threads,
        ),
        tokens=Tokens(secret, settings.session_seconds, clock),
        cursors=Cursors(secret),
        clients=ClientAddresses(settings.trusted_proxies),
        request_limit=RateLimit(settings.requests_per_second, settings.request_burst, clock),
        login_limit=RateLimit.per_minute(settings.logins_per_minute, clock),
        account_limit=RateLimit.per_minute(settings.account_logins_per_minute, clock),
        signature_limit=RateLimit(settings.requests_per_second, settings.request_burst, clock),
        queues=queues,
        searches=asyncio.Semaphore(max(1, settings.database_pool_connections // 2)),
        previews=asyncio.Semaphore(settings.previews_at_once),
        verifications=Turns(),
        announce=announce,
        keyring=Keyring(settings.webhook_secrets, database, clock),
    )
