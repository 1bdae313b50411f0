"""Which line names the columns of a batch's lines: W3C's #Fields, or the first line of CSV and TSV."""


class HeaderTracker:
    """Follows one input, batch by batch, wherever they are cut."""

    def __init__(self) -> None:
        self._header: str | None = None

    def before(self, body: bytes) -> str | None:
        """The header in force where this batch begins, None where there is none; looks at `body` for the next batch."""
        return self._header
