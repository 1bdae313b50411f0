"""Settings from files: NAME_FILE in the place of NAME, as containers are given their secrets."""

from pathlib import Path

import pytest

from services.api.settings import ApiSettings
from shared.errors import ConfigurationError

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def no_other_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGMILL_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("LOGMILL_JWT_SECRET", SECRET)


@pytest.mark.parametrize(
    ("name", "content", "field", "expected"),
    [
        ("PSQL_PASS", "swordfish", "psql_pass", "swordfish"),
        ("PSQL_PASS", "swordfish\n", "psql_pass", "swordfish"),
        ("PSQL_PASS", "swordfish\r\n", "psql_pass", "swordfish"),
        ("PSQL_PASS", " two words ", "psql_pass", " two words "),
        ("LOGMILL_PSQL_PASS", "swordfish", "psql_pass", "swordfish"),
        ("RABBITMQ_URL", "amqp://u:p@h:5672/v\n", "rabbitmq_url", "amqp://u:p@h:5672/v"),
        ("LOGMILL_RABBITMQ_MANAGEMENT_URL", "http://u:p@h:15672", "rabbitmq_management_url", "http://u:p@h:15672"),
    ],
)
def test_a_value_is_read_from_the_file_that_is_named(
    name: str, content: str, field: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret"
    file.write_text(content, newline="")
    monkeypatch.setenv(f"{name}_FILE", str(file))
    assert getattr(ApiSettings.load(), field).get_secret_value() == expected


def test_what_is_no_text_is_written_as_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets, words = tmp_path / "secrets", tmp_path / "words"
    secrets.write_text('[{"owner": "me@example.com", "secret": "sixteen characters"}]\n')
    words.write_text("error,panic\n")
    monkeypatch.setenv("LOGMILL_WEBHOOK_SECRETS_FILE", str(secrets))
    monkeypatch.setenv("ERROR_KEYWORDS_FILE", str(words))
    settings = ApiSettings.load()
    assert [secret.owner for secret in settings.webhook_secrets] == ["me@example.com"]
    assert settings.error_keywords == ["error", "panic"]


def test_a_file_wins_over_the_services_own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "api.yaml").write_text("psql_pass: from the YAML file\n")
    (tmp_path / "secret").write_text("from the secret")
    monkeypatch.setenv("PSQL_PASS_FILE", str(tmp_path / "secret"))
    assert ApiSettings.load().psql_pass.get_secret_value() == "from the secret"


def test_a_value_and_a_file_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("swordfish")
    monkeypatch.setenv("PSQL_PASS", "swordfish")
    monkeypatch.setenv("PSQL_PASS_FILE", str(tmp_path / "secret"))
    with pytest.raises(ConfigurationError, match=r"^PSQL_PASS and PSQL_PASS_FILE are both set$"):
        ApiSettings.load()


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "cannot be read: FileNotFoundError"), (b"\xff", "cannot be read: UnicodeDecodeError"), (b"\n", "is empty")],
)
def test_a_file_that_says_nothing_is_refused(
    content: bytes | None, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("PSQL_PASS_FILE", str(file))
    with pytest.raises(ConfigurationError, match=rf"^PSQL_PASS_FILE: .*secret {problem}$"):
        ApiSettings.load()


def test_a_value_that_cannot_be_is_refused_without_telling_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOGMILL_JWT_SECRET")
    (tmp_path / "secret").write_text("swordfish")
    monkeypatch.setenv("LOGMILL_JWT_SECRET_FILE", str(tmp_path / "secret"))
    with pytest.raises(ConfigurationError, match="at least 32 random bytes") as refused:
        ApiSettings.load()
    assert "swordfish" not in str(refused.value)
