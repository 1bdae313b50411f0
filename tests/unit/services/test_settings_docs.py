"""The documented settings are the real ones."""

from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr

from services.settings_docs import PAGE, SERVICES, render
from shared.settings import Settings

CONFIGS = Path(__file__).parents[3] / "configs"


def read_config(service: type[Settings]) -> dict[str, object]:
    config: dict[str, object] = yaml.safe_load((CONFIGS / f"{service.service}.yaml").read_text("utf-8"))
    return config


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == render(), "run python -m services.settings_docs"


@pytest.mark.parametrize("service", SERVICES)
def test_every_field_says_what_it_means(service: type[Settings]) -> None:
    assert [name for name, field in service.model_fields.items() if not field.description] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_key_of_the_file_is_a_field_with_its_default(service: type[Settings]) -> None:
    config = read_config(service)
    assert config == {key: service.model_fields[key].get_default() for key in config}


@pytest.mark.parametrize("service", SERVICES)
def test_the_file_has_every_key_of_the_service_that_is_no_secret(service: type[Settings]) -> None:
    own = {
        name
        for name, field in service.model_fields.items()
        if name not in Settings.model_fields and "SecretStr" not in str(field.annotation)
    }
    assert own - set(read_config(service)) == set()
    assert not any(isinstance(service.model_fields[key].get_default(), SecretStr) for key in read_config(service))
