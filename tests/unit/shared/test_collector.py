"""Where spans may be sent, and with what."""

import pytest

from services.worker.settings import WorkerSettings
from shared.collector import check_url, read_headers
from shared.errors import ConfigurationError


@pytest.mark.parametrize(
    "url",
    ["", "http://collector:4318/v1/traces", "https://otlp.example.com/v1/traces?x=y", "http://[::1]:4318/v1/traces"],
)
def test_urls(url: str) -> None:
    assert check_url(url) == url


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("collector:4318", "has to be like"),
        ("grpc://collector:4317", "has to be like"),
        ("http:///v1/traces", "has to be like"),
        ("http://collec tor/", "has to be like"),
        ("http://collector/v1/traces\n", "has to be like"),
        ("http://collector:0/", "has to be like"),
        ("http://collector:99999/", "has to be like"),
        ("http://user:swordfish@collector/", "otlp_headers"),
    ],
)
def test_urls_that_cannot_be(url: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        check_url(url)


@pytest.mark.parametrize(
    "url", ["swordfish", "http://user:swordfish@collector/", "http://[swordfish", "http://a:swordfish/"]
)
def test_a_refused_url_names_its_setting(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGMILL_OTLP_TRACES_URL", url)
    with pytest.raises(ConfigurationError, match="otlp_traces_url") as refused:
        WorkerSettings.load()
    assert "swordfish" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        ("", {}),
        ("x-tenant=logs", {"x-tenant": "logs"}),
        ("Authorization=Bearer%20a%2Cb, x-tenant = logs,", {"Authorization": "Bearer a,b", "x-tenant": "logs"}),
        ("authorization=Basic dTpw==", {"authorization": "Basic dTpw=="}),
    ],
)
def test_headers(text: str, headers: dict[str, str]) -> None:
    assert read_headers(text) == headers


@pytest.mark.parametrize(
    "text", ["swordfish", "=swordfish", "a b=swordfish", "a=", "a=swordfish%0d%0ab:c", "a=sw\xf6rd"]
)
def test_headers_that_cannot_be(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGMILL_OTLP_HEADERS", text)
    with pytest.raises(ConfigurationError, match="otlp_headers") as refused:
        WorkerSettings.load()
    assert "swordfish" not in str(refused.value)
