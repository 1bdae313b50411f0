"""Whose secret it was, apart from where the secrets are kept."""

from uuid import UUID

from pydantic import SecretStr

from services.api.settings import WebhookSecret
from services.api.webhooks.keyring import Key, Signer, configured_keys, first_signer
from services.api.webhooks.secrets import configured_for
from services.api.webhooks.signatures import read_signature, signature_of

ANN, BOB = UUID(int=1), UUID(int=2)
BODY = b'{"zen": "Keep it logically awesome."}'
CONFIGURED = [
    WebhookSecret(owner=" Ann@Example.org ", secret=SecretStr("0123456789abcdef"), name="old"),
    WebhookSecret(owner="ann@example.org", secret=SecretStr("grün-und-lang-genug")),
    WebhookSecret(owner="gone@example.org", secret=SecretStr("of nobody, really")),
]


def key(owner_id: UUID, secret: bytes, name: str = "x") -> Key:
    return Key(Signer(owner_id, "", name, None), secret)


def digest(secret: bytes) -> bytes:
    found = read_signature(signature_of(secret, BODY))
    assert found is not None
    return found


def test_each_secret_stands_for_its_owner() -> None:
    keys = [key(ANN, b"of ann, the old"), key(BOB, b"of bob"), key(ANN, b"of ann, the new")]
    cases = [(b"of ann, the old", ANN), (b"of ann, the new", ANN), (b"of bob", BOB)]
    for secret, owner_id in cases:
        found = first_signer(keys, BODY, digest(secret))
        assert found is not None
        assert found.owner_id == owner_id
    assert first_signer(keys, BODY, digest(b"of nobody")) is None
    assert first_signer([], BODY, digest(b"of ann, the old")) is None


def test_of_those_that_share_a_secret_the_first_has_it() -> None:
    keys = [key(ANN, b"shared", "first"), key(BOB, b"shared", "second")]
    assert first_signer(keys, BODY, digest(b"shared")) == keys[0].signer


def test_configured_secrets_are_those_of_known_accounts() -> None:
    found = configured_keys(CONFIGURED, {"ann@example.org": ANN})
    assert [(k.signer.owner_id, k.signer.email, k.signer.secret_name, k.signer.secret_id) for k in found] == [
        (ANN, "ann@example.org", "old", None),
        (ANN, "ann@example.org", "configuration", None),
    ]
    assert [k.secret for k in found] == [b"0123456789abcdef", "grün-und-lang-genug".encode()]


def test_configured_secrets_are_shown_to_their_owner_by_their_end_only() -> None:
    shown = configured_for("ann@example.org", CONFIGURED)
    assert [(item.name, item.hint, item.source, item.payload_path) for item in shown] == [
        ("old", "cdef", "configuration", "/webhook/github"),
        ("configuration", "enug", "configuration", "/webhook/github"),
    ]
    assert "0123456789" not in "".join(item.model_dump_json() for item in shown)
    assert configured_for("bob@example.org", CONFIGURED) == []
