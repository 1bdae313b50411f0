"""The secret, where it comes from, and what it signs."""

from pathlib import Path

import pytest

from cli.answers import ApiError
from cli.webhook.signing import VARIABLE, secret_of, signature_of


def test_github_s_published_signature() -> None:
    expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signature_of(b"It's a Secret to Everybody", b"Hello, World!") == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"s3cret", b"s3cret"), (b"s3cret\n", b"s3cret"), (b"s3cret\r\n", b"s3cret"), (b" s \n\n", b" s \n")],
)
def test_a_secret_in_a_file(tmp_path: Path, content: bytes, expected: bytes) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    assert secret_of(file) == expected


def test_a_file_comes_before_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "told")
    assert secret_of(None) == b"told"
    (tmp_path / "secret").write_bytes(b"written")
    assert secret_of(tmp_path / "secret") == b"written"


def test_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / "empty").write_bytes(b"\n")
    for path, said in [(None, VARIABLE), (tmp_path / "none", "No such file"), (tmp_path / "empty", "is empty")]:
        with pytest.raises(ApiError, match=said):
            secret_of(path)
