"""Cursors: where a list goes on, opaque to the caller and good only for the list it came from."""

import base64
import binascii
import hashlib
import hmac
import json
from datetime import UTC, datetime
from uuid import UUID

from shared.errors import InputError

MAC_BYTES = 16
Position = list[str | int]
Place = tuple[datetime, UUID]
"""In a list that has the newest first, those of the same time by their id."""
BEFORE_ALL: Place = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))


class Cursors:
    """Writes and reads cursors, signed with a key made from `secret`."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"logmill cursors", hashlib.sha256)

    def write(self, scope: object, position: Position) -> str:
        """A cursor for `position` in the list that `scope` (its path, owner and filters) describes."""
        payload = json.dumps(position, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mac(scope, payload) + payload).rstrip(b"=").decode()

    def read(self, scope: object, cursor: str) -> Position:
        """The position `write` was given; raises InputError (422) if not written for this `scope`."""
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            signed = base64.b64decode(padded, altchars=b"-_", validate=True)
        except (UnicodeEncodeError, binascii.Error):
            raise bad_cursor() from None
        mac, payload = signed[:MAC_BYTES], signed[MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(scope, payload)):
            raise bad_cursor()
        position: Position = json.loads(payload)
        return position

    def after(self, scope: object, place: Place) -> str:
        """A cursor to go on after `place`."""
        at, item_id = place
        return self.write(scope, [at.isoformat(), str(item_id)])

    def place(self, scope: object, cursor: str | None) -> Place:
        """After which place to go on, without a cursor from the list's beginning; raises InputError as `read` does."""
        if not cursor:
            return BEFORE_ALL
        at, item_id = self.read(scope, cursor)
        return datetime.fromisoformat(str(at)), UUID(str(item_id))

    def _mac(self, scope: object, payload: bytes) -> bytes:
        return hmac.digest(self._key, repr(scope).encode() + b"\0" + payload, hashlib.sha256)[:MAC_BYTES]


def bad_cursor() -> InputError:
    """The refusal of a cursor that is not one of this list's."""
    return InputError(422, "Bad cursor", "The cursor is not one of this list and its filters.")
