"""The api's settings: what is refused, and how the environment is read."""

from pathlib import Path

import pytest

from services.api.settings import ApiSettings
from shared.errors import ConfigurationError

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


def test_the_environment_wins_over_the_file(no_config_files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (no_config_files / "api.yaml").write_text("api_port: 1111\npage_items: 7\npsql_addr: from-file\n")
    monkeypatch.setenv("LOGMILL_API_PORT", "2222")
    monkeypatch.setenv("PSQL_ADDR", "from-environment")
    monkeypatch.setenv("LOGMILL_TRUSTED_PROXIES", "10.0.0.0/8, ::1/128")
    settings = ApiSettings.load()
    assert (settings.api_port, settings.page_items, settings.psql_addr) == (2222, 7, "from-environment")
    assert settings.trusted_proxies == ["10.0.0.0/8", "::1/128"]
