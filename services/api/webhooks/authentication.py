"""From a delivery to its owner, by its signature."""

from uuid import UUID

from starlette.requests import Request

from services.api.context import Context
from services.api.problems import TooManyRequestsError
from services.api.webhooks.keyring import Signer
from services.api.webhooks.signatures import read_signature
from shared.errors import InputError

SIGNATURE_HEADER = "x-hub-signature-256"
HOOK = "hook"
COUNTED_BYTES = 256 * 1024
"""Hashed in vain, so many count as much as a request."""


def require_signature(context: Context, request: Request) -> str:
    """The header of a delivery whose body is worth reading; raises InputError as `require_signer` does."""
    signature = request.headers.get(SIGNATURE_HEADER)
    if signature is None or read_signature(signature) is None:
        raise unsigned(context, request)
    wait_seconds = context.signature_limit.owed(context.clients.of(request))
    if wait_seconds is not None and HOOK not in request.query_params:
        raise TooManyRequestsError(wait_seconds)
    return signature


async def require_signer(context: Context, request: Request, body: bytes) -> Signer:
    """Who signed `body`.

    Raises InputError: 401, in the same words whatever is wrong, or 429 where the client sent more such requests than
    it may make. One that is signed is not held against who else sends from its address; only where large bodies were
    hashed in vain with every secret, it has to name its own, which costs one.
    """
    signature = require_signature(context, request)
    hook = request.query_params.get(HOOK)
    try:
        secret_id = UUID(hook) if hook is not None else None
    except ValueError:
        raise unsigned(context, request) from None
    signer = await context.keyring.owner_of(body, signature, secret_id)
    if signer is None:
        hashed_bytes = context.keyring.hashed_bytes(len(body)) if secret_id is None else 0
        raise unsigned(context, request, hashed_bytes)
    return signer


def unsigned(context: Context, request: Request, hashed_bytes: int = 0) -> InputError:
    """The refusal of a delivery that nobody signed; counts it as a request, and by what it took to find that out."""
    client = context.clients.of(request)
    wait_seconds = context.signature_limit.take(client)
    context.signature_limit.charge(client, hashed_bytes // COUNTED_BYTES)
    if wait_seconds is not None:
        return TooManyRequestsError(wait_seconds)
    told = "X-Hub-Signature-256 does not sign this body with a secret that is known here."
    return InputError(401, "Unauthorized", told)
