"""A file's bytes to lines: UTF-16 and UTF-32 as UTF-8, JSON arrays by element, everything else as it is."""

from collections.abc import Iterator

from services.api.decoding.charsets import WIDE, WideDecoder, wide_encoding
from services.api.decoding.code_pages import guess_code_page
from services.api.decoding.json_arrays import BOM, JsonArrays, begins_array

HEAD_BYTES = 64 * 1024
"""What is looked at: always this many bytes, or all of a shorter file, however the network cut them."""
PIECE_BYTES = 256 * 1024


class TextReader:
    """Reads one file. `charset`: forced, as `known_charset` spells it, None to find out.

    After the first piece `charset` is what its lines are in where they are no UTF-8, None where that is not known.
    """

    def __init__(self, charset: str | None = None) -> None:
        self._forced = charset
        self.charset: str | None = None
        self._head: bytearray | None = bytearray()
        self._wide: WideDecoder | None = None
        self._arrays: JsonArrays | None = None

    @property
    def is_verbatim(self) -> bool:
        """Whether the text is the file's own bytes; known with the first piece."""
        return self._wide is None and self._arrays is None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Takes the file's next bytes; yields the text that is decided."""
        if self._head is None:
            yield from self._read(data)
            return
        self._head += data
        if len(self._head) >= HEAD_BYTES:
            yield from self._begin(is_whole=False)

    def flush(self) -> Iterator[bytes]:
        """The file is over."""
        if self._head is not None:
            yield from self._begin(is_whole=True)
        if self._wide is not None:
            yield from self._split(self._wide.flush())
        if self._arrays is not None:
            yield from self._arrays.flush()

    def _begin(self, *, is_whole: bool) -> Iterator[bytes]:
        content, self._head = bytes(self._head or b""), None
        head = content[:HEAD_BYTES]
        wide = _wide_encoding(head, self._forced)
        if wide is not None:
            self._wide = WideDecoder(wide)
            head = WideDecoder(wide).feed(head)
        else:
            self.charset = self._forced or guess_code_page(head)
        if begins_array(head, is_whole=is_whole):
            self._arrays = JsonArrays()
            content = content.removeprefix(BOM)
        yield from self._read(content)

    def _read(self, data: bytes) -> Iterator[bytes]:
        if self._wide is None:
            yield from self._split(data)
            return
        for start in range(0, len(data), PIECE_BYTES):
            yield from self._split(self._wide.feed(data[start : start + PIECE_BYTES]))

    def _split(self, text: bytes) -> Iterator[bytes]:
        if self._arrays is not None:
            yield from self._arrays.feed(text)
        elif text:
            yield text


def _wide_encoding(head: bytes, forced: str | None) -> str | None:
    """`utf-16` and `utf-32` alone leave the byte order to the input, little-endian where it does not say."""
    if forced in ("utf-16", "utf-32"):
        found = wide_encoding(head)
        return found if found is not None and found.startswith(forced) else f"{forced}-le"
    return wide_encoding(head) if forced is None else forced if forced in WIDE else None
