"""Where an export goes: a file that is there only when it is whole."""

import os
from pathlib import Path

import pytest

from cli.export import target


def test_a_file_takes_the_place_of_another(tmp_path: Path) -> None:
    path = tmp_path / "out.log"
    path.write_bytes(b"before")
    with target(path) as write:
        write(b"one\n")
        write(b"two\n")
        assert path.read_bytes() == b"before"
    assert path.read_bytes() == b"one\ntwo\n"
    assert os.listdir(tmp_path) == ["out.log"]


def test_what_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def break_off() -> None:
        with target(tmp_path / "out.log") as write:
            write(b"one\n")
            raise RuntimeError("broke off")

    with pytest.raises(RuntimeError):
        break_off()
    assert os.listdir(tmp_path) == []


def test_files_beside_it_stay(tmp_path: Path) -> None:
    beside = tmp_path / "out.log.part"
    beside.write_bytes(b"mine")
    path = tmp_path / "out.log"
    path.write_bytes(b"before")
    path.chmod(0o640)
    with target(path) as write:
        write(b"one\n")
    assert (beside.read_bytes(), path.read_bytes()) == (b"mine", b"one\n")
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir(tmp_path)) == ["out.log", "out.log.part"]


def test_a_device_stays_one(tmp_path: Path) -> None:
    with target(Path(os.devnull)) as write:
        write(b"one\n")
    assert not Path(os.devnull).is_file()


def test_stdout(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with target(None) as write:
        write(b"\xff\n")
    assert capfdbinary.readouterr().out == b"\xff\n"
