"""From a delivery to its owner, by its signature."""

from uuid import UUID

from starlette.requests import Request

from services.api.context import Context
from services.api.problems import TooManyRequestsError
from services.api.webhooks.keyring import Signer
from services.api.webhooks.signatures import read_signature
from shared.errors import InputError

SIGNATURE_HEADER = "x-hub-signature-256"


def require_signature(context: Context, request: Request) -> str:
    """The header of a delivery whose body is worth reading; raises InputError as `require_signer` does."""
    signature = request.headers.get(SIGNATURE_HEADER)
    if signature is None or read_signature(signature) is None:
        raise unsigned(context, request)
    return signature


async def require_signer(context: Context, request: Request, body: bytes) -> Signer:
    """Who signed `body`.

    Raises InputError: 401, in the same words whatever is wrong, or 429 where the client sent more such requests than
    it may make. One that is signed is never held against who else sends from its address.
    """
    signature = require_signature(context, request)
    hook = request.query_params.get("hook")
    try:
        secret_id = UUID(hook) if hook is not None else None
    except ValueError:
        raise unsigned(context, request) from None
    signer = await context.keyring.owner_of(body, signature, secret_id)
    if signer is None:
        raise unsigned(context, request)
    return signer


def unsigned(context: Context, request: Request) -> InputError:
    """The refusal of a delivery that nobody signed; counts it as one of the client's requests."""
    wait_seconds = context.request_limit.take(context.clients.of(request))
    if wait_seconds is not None:
        return TooManyRequestsError(wait_seconds)
    told = "X-Hub-Signature-256 does not sign this body with a secret that is known here."
    return InputError(401, "Unauthorized", told)
