"""The bench of deliveries: what it refuses to measure."""

import pytest

from bench.webhook import main


@pytest.mark.parametrize("option", ["--rate", "--seconds", "--workers", "--repositories"])
@pytest.mark.parametrize("value", ["0", "-1"])
def test_nothing_to_measure(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([option, value])
    assert "more than 0" in capsys.readouterr().err
