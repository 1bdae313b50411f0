"""An input's bytes to the files in it: unpacked, and archives taken apart, one level deep.

A node takes bytes and yields events. It raises Undecodable where it cannot go on; whoever catches that ends the file
that was open.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol, TypeVar

from services.api.decoding.decompression import GZIP, Compression, Decompressor, gzip_modified_at
from services.api.decoding.events import Event, FileBegins, FileEnds
from services.api.decoding.failures import LimitExceeded, Undecodable, broken, unsupported
from services.api.decoding.limits import Meter
from services.api.decoding.sniffing import SNIFF_BYTES, Archive, Binary, sniff
from services.api.decoding.tar_reader import TarReader
from services.api.decoding.zip_reader import ZipReader

T = TypeVar("T")
ANY_ARCHIVE = frozenset(Archive)
MAX_SIZE = 2**60
"""An archive that says more of a file is not believed."""


class Node(Protocol):
    """One layer of an input."""

    def feed(self, data: bytes) -> Iterator[Event]:
        """Takes the layer's next bytes."""

    def settle(self) -> Iterator[Event]:
        """The layer broke off here: yields what can be made of what is held back. The file stays open."""

    def flush(self) -> Iterator[Event]:
        """The layer is whole; ends the file."""


class ArchiveReader(Protocol):
    """A kind of archive: bytes to the events of its members."""

    def feed(self, data: bytes) -> Iterator[Event]:
        """Takes the archive's next bytes."""

    def flush(self) -> Iterator[Event]:
        """The archive is over; raises Undecodable where it is cut off."""


def _pump(
    source: Iterator[T], apply: Callable[[T], Iterator[Event]], settle: Callable[[], Iterator[Event]]
) -> Iterator[Event]:
    """Applies each item; where `source` fails, what was held back of it comes out before the error goes on."""
    while True:
        try:
            item = next(source, None)
        except Undecodable:
            yield from settle()
            raise
        if item is None:
            return
        yield from apply(item)


class _File:
    """The innermost layer: lines of text, as they are."""

    def __init__(self, begins: FileBegins) -> None:
        self._begins: FileBegins | None = begins

    def feed(self, data: bytes) -> Iterator[Event]:
        yield from self.settle()
        if data:
            yield data

    def settle(self) -> Iterator[Event]:
        if self._begins is not None:
            begins, self._begins = self._begins, None
            yield begins

    def flush(self) -> Iterator[Event]:
        yield from self.settle()
        yield FileEnds()


class _Compressed:
    """A compressed layer around another."""

    def __init__(self, compression: Compression, meter: Meter, inner: Node) -> None:
        self._decompressor = Decompressor(compression, meter)
        self._inner = inner

    def feed(self, data: bytes) -> Iterator[Event]:
        return _pump(self._decompressor.feed(data), self._inner.feed, self._inner.settle)

    def settle(self) -> Iterator[Event]:
        return self._inner.settle()

    def flush(self) -> Iterator[Event]:
        yield from _pump(self._decompressor.flush(), self._inner.feed, self._inner.settle)
        yield from self._inner.flush()


class _Archived:
    """An archive; each of its files is a layer of its own."""

    def __init__(self, archive: Archive, meter: Meter) -> None:
        self._reader: ArchiveReader = TarReader(meter) if archive is Archive.TAR else ZipReader(meter)
        self._meter = meter
        self._begins = FileBegins()
        self._member: Node | None = None
        self._is_open = False
        self._files = 0

    def feed(self, data: bytes) -> Iterator[Event]:
        return _pump(self._reader.feed(data), self._apply, self.settle)

    def settle(self) -> Iterator[Event]:
        return iter(()) if self._member is None else self._guarded(self._member.settle())

    def flush(self) -> Iterator[Event]:
        yield from _pump(self._reader.flush(), self._apply, self.settle)
        if not self._files:
            raise broken("There is no file in the archive.")

    def _apply(self, event: Event) -> Iterator[Event]:
        if isinstance(event, FileBegins):
            self._begin(event)
        elif self._member is None:
            return
        elif isinstance(event, FileEnds):
            if event.failure is None:
                yield from self._guarded(self._member.flush())
            else:
                yield from self._guarded(self._member.settle())
                yield from self._fail(event.failure)
            self._member = None
        else:
            yield from self._guarded(self._member.feed(event))

    def _begin(self, begins: FileBegins) -> None:
        if is_junk(begins.name or ""):
            return
        self._files += 1
        if begins.size is not None and begins.size > MAX_SIZE:
            begins = replace(begins, size=None)
        self._begins = begins
        self._is_open = False
        self._member = Contents(begins, self._meter, archives=frozenset(), layer="a file in an archive")

    def _guarded(self, events: Iterator[Event]) -> Iterator[Event]:
        """A member that cannot be read does not take the others with it."""
        try:
            for event in events:
                self._is_open = not isinstance(event, FileEnds)
                yield event
        except LimitExceeded:
            raise
        except Undecodable as failure:
            yield from self._fail(failure)

    def _fail(self, failure: Undecodable) -> Iterator[Event]:
        if self._member is None:
            return
        if not self._is_open:
            yield self._begins
        yield FileEnds(failure)
        self._member = None


class Contents:
    """A layer nobody has looked into yet: tells by its first bytes what it is.

    `archives`: those that may be opened here. `layer`: what it is called where it may not be compressed again.
    """

    def __init__(
        self,
        begins: FileBegins,
        meter: Meter,
        *,
        archives: frozenset[Archive],
        layer: str,
        inside: Compression | None = None,
    ) -> None:
        self._begins = begins
        self._meter = meter
        self._archives = archives
        self._layer = layer
        self._inside = inside
        self._head = b""
        self._node: Node | None = None

    def feed(self, data: bytes) -> Iterator[Event]:
        if self._node is not None:
            yield from self._node.feed(data)
            return
        self._head += data
        if len(self._head) >= SNIFF_BYTES:
            yield from self._open()

    def settle(self) -> Iterator[Event]:
        if self._node is None:
            yield from self._open()
        if self._node is not None:
            yield from self._node.settle()

    def flush(self) -> Iterator[Event]:
        if self._node is None:
            yield from self._open()
        if self._node is not None:
            yield from self._node.flush()

    def _open(self) -> Iterator[Event]:
        head, self._head = self._head, b""
        self._node = self._node_of(head)
        yield from self._node.feed(head)

    def _node_of(self, head: bytes) -> Node:
        match sniff(head[:SNIFF_BYTES]):
            case None:
                return _File(self._begins)
            case Binary(name):
                raise unsupported(f"This is {name}, not text.")
            case Compression() as compression:
                return self._decompressed(compression, head)
            case Archive() as archive if archive in self._archives:
                return _Archived(archive, self._meter)
            case Archive() as archive:
                raise unsupported(f"A {archive.value} archive in {self._layer} is not opened.")

    def _decompressed(self, compression: Compression, head: bytes) -> Node:
        if self._inside is not None:
            raise unsupported(f"{compression.name} data in {self._inside.name} data is not unpacked.")
        begins = self._begins
        if compression is GZIP and begins.modified_at is None:
            begins = replace(begins, modified_at=gzip_modified_at(head))
        inner = Contents(
            replace(begins, size=None),  # an archive knows the size of what is compressed only
            self._meter,
            archives=self._archives & {Archive.TAR},
            layer=f"{compression.name} data" if self._archives else self._layer,
            inside=compression,
        )
        return _Compressed(compression, self._meter, inner)


class InputDecoder:
    """One input: bytes in, files out. Never raises Undecodable; what went wrong is in the events and in `failure`.

    `failure` is why the input could not be read to its end, None if it was. `encoding`: a compression around the
    whole of it that the sender announced. The limits of `meter` hold for all inputs that share it.
    """

    def __init__(self, meter: Meter, encoding: Compression | None = None) -> None:
        self.failure: Undecodable | None = None
        self._meter = meter
        top: Node = Contents(FileBegins(), self._meter, archives=ANY_ARCHIVE, layer="another archive")
        self._top = top if encoding is None else _Compressed(encoding, self._meter, top)
        self._is_open = False
        self._files = 0

    def feed(self, data: bytes) -> Iterator[Event]:
        """Takes the input's next bytes; after a failure nothing comes of them."""
        self._meter.received(len(data))
        return self._guarded(self._top.feed(data))

    def settle(self) -> Iterator[Event]:
        """The input broke off: yields what can be made of what is held back."""
        return self._guarded(self._top.settle())

    def flush(self) -> Iterator[Event]:
        """The input is whole."""
        return self._guarded(self._top.flush())

    def _guarded(self, events: Iterator[Event]) -> Iterator[Event]:
        if self.failure is not None:
            return
        try:
            for event in events:
                self._note(event)
                yield event
        except Undecodable as failure:
            self.failure = failure
            if self._files and not self._is_open:  # of an archive's other files: the archive has to say it
                yield FileBegins()
            if self._files:
                yield FileEnds(failure)

    def _note(self, event: Event) -> None:
        if isinstance(event, FileBegins):
            self._files += 1
        self._is_open = not isinstance(event, FileEnds)


def is_junk(name: str) -> bool:
    """What macOS and Windows leave in archives beside the files."""
    last = name.rpartition("/")[2]
    return "__MACOSX/" in name or last.startswith("._") or last in (".DS_Store", "Thumbs.db", "desktop.ini")
