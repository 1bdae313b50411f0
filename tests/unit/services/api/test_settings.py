"""The api's settings: what is refused, and how the environment is read."""

from pathlib import Path

import pytest

from services.api.settings import MAX_BATCH_BYTES, ApiSettings
from shared.errors import ConfigurationError
from shared.messages import MAX_BODY_BYTES

SECRET = "s" * 32


@pytest.fixture(autouse=True)
def no_config_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("LOGMILL_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("LOGMILL_JWT_SECRET", SECRET)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("LOGMILL_JWT_SECRET", "", "jwt_secret"),
        ("LOGMILL_JWT_SECRET", "short-and-sweet", "LOGMILL_JWT_SECRET"),
        ("LOGMILL_JWT_SECRET", "x" * 31, "at least 32"),
        ("LOGMILL_API_PORT", "70000", "api_port"),
        ("LOGMILL_BATCH_BYTES", "many", "batch_bytes"),
        ("LOGMILL_BATCH_BYTES", "16777217", "batch_bytes"),
        ("LOGMILL_MAX_LINE_BYTES", "16777217", "max_line_bytes"),
        ("LOGMILL_BATCH_BYTES", "1048577", "batch_bytes has to be at most max_line_bytes"),
        ("LOGMILL_MAX_LINE_BYTES", "1048575", "batch_bytes has to be at most max_line_bytes"),
        ("LOGMILL_MAX_WEBHOOK_BYTES_AT_ONCE", "24999999", "max_webhook_bytes_at_once"),
        ("RABBITMQ_URL", "short-and-sweet", "rabbitmq_url"),
        ("RABBITMQ_URL", "http://user:short-and-sweet@host/", "rabbitmq_url"),
        ("RABBITMQ_URL", "amqp://user:short-and-sweet@host:port/", "rabbitmq_url"),
        ("LOGMILL_TRUSTED_PROXIES", "10.0.0.0/8,nonsense", "trusted_proxies"),
    ],
)
def test_a_bad_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str, named: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=named) as refused:
        ApiSettings.load()
    assert "short-and-sweet" not in str(refused.value)


def test_a_missing_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOGMILL_JWT_SECRET")
    with pytest.raises(ConfigurationError, match="LOGMILL_JWT_SECRET"):
        ApiSettings.load()


def test_an_unknown_key_of_the_file_is_refused(no_config_files: Path) -> None:
    (no_config_files / "api.yaml").write_text("api_prot: 1\n")
    with pytest.raises(ConfigurationError, match="api_prot"):
        ApiSettings.load()


@pytest.mark.parametrize(
    "content",
    [
        b"api_port: {1\n",
        b"jwt_secret: *short-and-sweet\n",
        b"- api_port\n",
        b"api_port\n",
        b"1: 2\n",
        b"api_port: 8081\n  page_items: 3\n",
        b"\xff\xfe\x00",
    ],
)
def test_a_file_that_is_no_mapping_is_refused_by_name(no_config_files: Path, content: bytes) -> None:
    (no_config_files / "api.yaml").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"api\.yaml") as refused:
        ApiSettings.load()
    assert "short-and-sweet" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"# nothing set\n"])
def test_an_empty_file_is_none(no_config_files: Path, content: bytes) -> None:
    (no_config_files / "api.yaml").write_bytes(content)
    assert ApiSettings.load().api_port == 8081


def test_no_batch_is_too_long_for_a_message() -> None:
    assert MAX_BATCH_BYTES <= MAX_BODY_BYTES


def test_the_environment_wins_over_the_file(no_config_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (no_config_files / "api.yaml").write_text("api_port: 1111\npage_items: 7\npsql_addr: from-file\n")
    monkeypatch.setenv("LOGMILL_API_PORT", "2222")
    monkeypatch.setenv("PSQL_ADDR", "from-environment")
    monkeypatch.setenv("LOGMILL_TRUSTED_PROXIES", "10.0.0.0/8, ::1/128")
    settings = ApiSettings.load()
    assert (settings.api_port, settings.page_items, settings.psql_addr) == (2222, 7, "from-environment")
    assert settings.trusted_proxies == ["10.0.0.0/8", "::1/128"]
