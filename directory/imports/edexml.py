"""Reads EDEXML 1.0.3, 2.0 and 2.1 as it streams in, never as a whole and never from disk (D39).

`streaming` turns bytes into calls, the allow-list of `edexml_elements` picks from them, `edexml_records` makes records of what is picked.
A DOCTYPE, an entity, an oversized or too deep file never gets further than that.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

from directory.imports.edexml_elements import Target
from directory.imports.edexml_records import Assembly
from directory.imports.records import Administration
from directory.imports.streaming import CHUNK, LIMITS, Limits, XmlStream

__all__ = ["LIMITS", "EdexmlReader", "Limits", "Readable", "read"]


@runtime_checkable
class Readable(Protocol):
    """A binary stream."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""


def read(source: Readable | Iterable[bytes], *, limits: Limits = LIMITS) -> Administration:
    """The administration in a stream or in chunks of bytes. Raises `ImportRefused`."""
    reader = EdexmlReader(limits=limits)
    for chunk in _chunks(source) if isinstance(source, Readable) else source:
        reader.feed(chunk)
    return reader.close()


def _chunks(source: Readable) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk


class EdexmlReader:
    """For whoever gets the bytes bit by bit, like an upload: `feed` until the end, then `close`. Both raise `ImportRefused`."""

    def __init__(self, *, limits: Limits = LIMITS) -> None:
        self._assembly = Assembly(limits.counts)
        self._target = Target(self._assembly.add)
        self._stream = XmlStream(self._target, limits=limits)

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the file."""
        self._stream.feed(chunk)

    def close(self) -> Administration:
        """The whole administration. The reader is of no further use, also when it raises."""
        self._stream.close()
        return self._assembly.whole()
