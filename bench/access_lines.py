"""Access-log lines for the benchmarks, the same for the same count."""

import random
from datetime import UTC, datetime, timedelta

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
LINES_PER_SECOND = 200
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)"


def access_lines(count: int) -> bytes:
    """`count` lines in the combined format, about 175 bytes each."""
    chance = random.Random(1)
    addresses = [".".join(str(chance.randrange(1, 255)) for _ in range(4)) for _ in range(3000)]
    statuses = (200, 200, 200, 304, 404, 500)
    lines = []
    for number in range(count):
        moment = BEGAN + timedelta(seconds=number // LINES_PER_SECOND)
        lines.append(
            f"{chance.choice(addresses)} - - [{moment:%d/%b/%Y:%H:%M:%S} +0000] "
            f'"GET /api/items/{chance.randrange(5000)}/detail HTTP/1.1" {chance.choice(statuses)} '
            f'{chance.randrange(100_000)} "-" "{AGENT}"\n'
        )
    return "".join(lines).encode()
