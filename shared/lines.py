"""What a line is, everywhere: bytes cut at LF only."""

LF = b"\n"


def count_lines(body: bytes) -> int:
    """Lines in `body`: an unterminated last one counts, an empty piece after the last LF does not."""
    return body.count(LF) + (0 if not body or body.endswith(LF) else 1)
