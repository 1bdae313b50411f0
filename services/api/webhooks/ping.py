"""What a webhook is told when it introduces itself: how it is set up, as far as that shows here. Pure."""

from collections.abc import Iterator

import msgspec
from msgspec import Raw

from services.api.webhooks.answers import PingAnswer
from services.api.webhooks.keyring import Signer
from services.api.webhooks.payloads import ABSENT, Payload, decoded, repository_of, text_of

INSECURE = (b"1", b'"1"')
MAX_EVENTS_BYTES = 64 * 1024
"""There are some hundred kinds of event."""


class _Config(msgspec.Struct, frozen=True, gc=False):
    content_type: Raw = ABSENT
    insecure_ssl: Raw = ABSENT


class _Hook(msgspec.Struct, frozen=True, gc=False):
    events: Raw = ABSENT
    active: Raw = ABSENT
    config: Raw = ABSENT


def ping_answer(payload: Payload, signer: Signer, *, is_form: bool, max_bytes: int) -> PingAnswer:
    """To the hook in `payload`, which `signer` vouches for."""
    hook = decoded(payload.hook, _Hook) or _Hook()
    config = decoded(hook.config, _Config) or _Config()
    events = _events(hook)
    return PingAnswer(
        event="ping",
        zen=text_of(payload.zen),
        hook_id=decoded(payload.hook_id, int),
        repository=repository_of(payload),
        owner=signer.email,
        secret=signer.secret_name,
        events=events,
        content_type="form" if is_form else "json",
        max_bytes=max_bytes,
        warnings=list(_warnings(hook, config, events, is_form=is_form)),
    )


def _events(hook: _Hook) -> list[str]:
    is_sane = memoryview(hook.events).nbytes <= MAX_EVENTS_BYTES
    return (decoded(hook.events, list[str]) or []) if is_sane else []


def _warnings(hook: _Hook, config: _Config, events: list[str], *, is_form: bool) -> Iterator[str]:
    """What may not be as it was meant."""
    if not events:
        yield "The hook names no events."
    if decoded(hook.active, bool) is False:
        yield "The hook is not active."
    if bytes(config.insecure_ssl) in INSECURE:
        yield "GitHub does not check the certificate of this address (insecure_ssl)."
    if is_form:
        yield "Forms are longer than application/json, and meet max_webhook_bytes sooner."
