"""What a file is, by its first bytes, and reading it as that: EDEXML, or the table of a school without an administration system.

The name that a file has, and what a browser says of it, decide nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from directory.imports.edexml import EdexmlReader, Readable
from directory.imports.edexml_records import Counts
from directory.imports.records import Administration
from directory.imports.refusals import ImportRefused
from directory.imports.streaming import CHUNK, LIMITS, Limits
from directory.imports.tables import read as read_sheet
from directory.imports.tables_csv import CsvSheet
from directory.imports.tables_xlsx import XlsxSheet

Source = Literal["edexml", "table"]

MOST_TABLE = 8 * 1024 * 1024
"""Bytes of a table: 20,000 rows take 2 MiB."""

LARGEST = Limits(
    size=1024**3,
    lines=20_000_000,
    events=40_000_000,
    counts=Counts(locations=5_000, groups=50_000, pupils=250_000, staff=50_000),
)
"""What an operator may bring from the command line: a whole board or region in one administration. Far too much for an upload."""

_HEAD = 64
_ARCHIVE = b"PK"
# Workbooks of before 2007, and those with a password.
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class FileRead:
    """What a file held, and what kind of file it was."""

    source: Source
    administration: Administration


def read(source: Readable | Iterable[bytes], *, limits: Limits = LIMITS) -> FileRead:
    """What a stream or chunks of bytes hold. Raises `ImportRefused`."""
    reader = FileReader(limits=limits)
    for chunk in _chunks(source) if isinstance(source, Readable) else source:
        reader.feed(chunk)
    return reader.close()


def _chunks(source: Readable) -> Iterator[bytes]:
    while chunk := source.read(CHUNK):
        yield chunk


class FileReader:
    """For whoever gets the bytes bit by bit, like an upload: `feed` until the end, then `close`. Both raise `ImportRefused`.

    EDEXML is read while it comes in; a table, which is small, when it is there.
    """

    def __init__(self, *, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._held = bytearray()
        self._edexml: EdexmlReader | None = None

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the file."""
        if self._edexml is not None:
            self._edexml.feed(chunk)
            return
        if len(self._held) + len(chunk) > MOST_TABLE and len(self._held) >= _HEAD:
            raise ImportRefused("too_large")
        self._held += chunk
        if len(self._held) >= _HEAD and _is_xml(bytes(self._held[:_HEAD])):
            self._begin()

    def close(self) -> FileRead:
        """The whole file. The reader is of no further use, also when it raises."""
        if self._edexml is None and (not self._held or _is_xml(bytes(self._held[:_HEAD]))):
            self._begin()
        if self._edexml is not None:
            return FileRead("edexml", self._edexml.close())
        if len(self._held) > MOST_TABLE:
            raise ImportRefused("too_large")
        content, self._held = bytes(self._held), bytearray()
        return FileRead("table", _table(content))

    def _begin(self) -> None:
        self._edexml = EdexmlReader(limits=self._limits)
        held, self._held = bytes(self._held), bytearray()
        self._edexml.feed(held)


def _is_xml(head: bytes) -> bool:
    for mark in _BYTE_ORDER_MARKS:
        head = head.removeprefix(mark)
    return head.replace(b"\0", b"").lstrip().startswith(b"<")


def _table(content: bytes) -> Administration:
    if content.startswith(_OLD_WORKBOOK):
        raise ImportRefused("not_workbook")
    return read_sheet(XlsxSheet(content) if content.startswith(_ARCHIVE) else CsvSheet(content))
