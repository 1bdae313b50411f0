from datetime import timedelta

import pytest

from shared.parsing.zones import offset_of

OFFSETS = [
    *(("Z", 0), ("UTC", 0), ("+02", 120), ("-0330", -210), ("+05:45", 345), ("CEST", 120), (" (EST)", -300)),
    *(("UTC+2", 120), ("GMT-03:30", -210), ("+0200[Europe/Berlin]", 120), ("+120", 120), (" [UTC]", 0)),
    *(("+99:00", None), ("+02:60", None), ("Europe/Berlin", None), ("XYZ", None), ("", None)),
]


@pytest.mark.parametrize(("zone", "minutes"), OFFSETS)
def test_offsets(zone: str, minutes: int | None) -> None:
    assert offset_of(zone) == (None if minutes is None else timedelta(minutes=minutes))
