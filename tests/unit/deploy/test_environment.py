"""What makes `.venv` and the page stale, and passwords that stay."""

from pathlib import Path

import pytest

from deploy.local import web
from deploy.local.credentials import credential, require_credential
from deploy.local.state_files import write_private
from shared.errors import ConfigurationError


def test_the_page_is_stale_when_a_source_changes_and_not_when_it_is_built(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.ts").write_text("one")
    (tmp_path / "package.json").write_text("{}")
    sources, packages = web.digest(tmp_path, "*"), web.digest(tmp_path, "package*.json")
    for made in ("dist", "node_modules"):
        (tmp_path / made).mkdir()
        (tmp_path / made / "package.json").write_text("made")
    assert (web.digest(tmp_path, "*"), web.digest(tmp_path, "package*.json")) == (sources, packages)
    (tmp_path / "src" / "main.ts").write_text("two")
    assert web.digest(tmp_path, "*") != sources
    assert web.digest(tmp_path, "package*.json") == packages


def test_a_credential_is_made_once_and_is_its_owners_only(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    first, other = credential(file, "postgres_password"), credential(file, "jwt_secret")
    assert credential(file, "postgres_password") == first != other
    assert len(first) == 48
    assert file.stat().st_mode & 0o777 == 0o600


def test_data_whose_password_is_gone_is_refused(tmp_path: Path) -> None:
    file, data = tmp_path / "secrets.json", tmp_path / "data"
    require_credential(file, "postgres_password", data)
    data.mkdir()
    with pytest.raises(ConfigurationError, match="no longer has the password"):
        require_credential(file, "postgres_password", data)
    credential(file, "postgres_password")
    require_credential(file, "postgres_password", data)


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old and longer")
    file.chmod(0o644)
    write_private(file, "new")
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
