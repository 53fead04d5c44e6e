"""An XLSX file as an archive of XML parts that can be streamed one by one: within limits, no tree, no formula, nothing unpacked to disk.

What an archive says about itself is not believed: parts are measured while they are unpacked, and only those are that we ask for.
"""

import posixpath
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from directory.imports.refusals import ImportRefused
from directory.imports.streaming import CHUNK, Limits, XmlStream

Result = TypeVar("Result")

# 20,000 rows of eight cells take 10 MiB.
_LIMITS = Limits(size=24 * 1024 * 1024, events=1_500_000)
_MOST_PARTS = 500
_MOST_DEPTH = 32
# The archive's index has one of these per part; the library believes it before we can count.
_INDEX_ENTRY = b"PK\x01\x02"
_BROKEN = (BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, KeyError, IndexError, OSError)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_RELATION_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
# What the target of a part says in its own words; everything else about its XML comes down to "not a whole workbook".
_OWN_WORDS = frozenset({"formula", "date_cell", "too_many", "bad_value"})
_SIZES = frozenset({"too_large", "too_long"})


class Part:
    """A parser target that hears the names of elements without their namespace. It may set `enough`: then the rest is not unpacked."""

    def __init__(self) -> None:
        self.line = 1
        self.events = 0
        self.started = False
        self.ended = False
        self.enough = False
        self._depth = 0

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        """A start tag, by its local name."""

    def text(self, text: str) -> None:
        """A piece of text."""

    def finish(self, name: str) -> None:
        """An end tag, by its local name."""

    def doctype(self, _name: str | None, _public: str | None, _system: str | None) -> None:
        """No workbook has one."""
        raise ImportRefused("doctype")

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Called by the parser."""
        self.events += 1
        self._depth += 1
        self.started = True
        if self._depth > _MOST_DEPTH:
            raise ImportRefused("too_deep")
        if not self.enough:
            self.begin(tag.rpartition("}")[2], attributes)

    def data(self, text: str) -> None:
        """Called by the parser."""
        self.events += 1
        if not self.enough:
            self.text(text)

    def end(self, tag: str) -> None:
        """Called by the parser."""
        self.events += 1
        self._depth -= 1
        if not self.enough:
            self.finish(tag.rpartition("}")[2])
        self.ended = self._depth == 0

    def close(self) -> None:
        """Called by the parser at the end, and also after an error: nothing to do."""


class Workbook:
    """The parts of an XLSX file. Everything here raises `ImportRefused`, with no more of the file than a row number in it."""

    def __init__(self, content: bytes) -> None:
        if content.count(_INDEX_ENTRY) > _MOST_PARTS:
            raise ImportRefused("not_workbook")
        archive = _attempt(lambda: ZipFile(BytesIO(content)))
        names = [info.filename for info in archive.infolist()]
        # Two parts of one name would be read differently by different programs.
        if len(set(names)) < len(names):
            raise ImportRefused("not_workbook")
        self._archive = archive
        self._names = frozenset(names)

    def first_sheet(self) -> str:
        """The name of the part with the first sheet."""
        sheets, relations = _Sheets(), _Relations()
        self.read("xl/workbook.xml", sheets)
        self.read("xl/_rels/workbook.xml.rels", relations)
        target = relations.targets.get(sheets.first or "")
        if target is None:
            raise ImportRefused("not_workbook")
        return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name in self._names

    def read(self, name: str, part: Part) -> None:
        """Streams a part into its target, until it has enough."""
        stream = XmlStream(part, limits=_LIMITS)
        try:
            for chunk in self._chunks(name):
                stream.feed(chunk)
                if part.enough:
                    return
            stream.close()
        except ImportRefused as error:
            if error.code in _OWN_WORDS:
                raise
            # The line of the XML says nothing to somebody who sees cells.
            raise ImportRefused("too_large" if error.code in _SIZES else "not_workbook") from None

    def _chunks(self, name: str) -> Iterator[bytes]:
        info = _attempt(lambda: self._archive.getinfo(name))
        # The library knows methods that take any amount of memory. What wants a password it refuses itself.
        if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise ImportRefused("not_workbook")
        unpacked = _attempt(lambda: self._archive.open(info))
        with unpacked:
            while chunk := _attempt(lambda: unpacked.read(CHUNK)):
                yield chunk


class _Sheets(Part):
    """Which relation leads to the first sheet."""

    first: str | None = None

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "sheet" and self.first is None:
            self.first = attributes.get(_RELATION, attributes.get(_RELATION_STRICT))


class _Relations(Part):
    """Where the workbook's relations lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: dict[str, str] = {}

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            self.targets[attributes.get("Id", "")] = attributes.get("Target", "")


def _attempt(step: Callable[[], Result]) -> Result:
    try:
        return step()
    except _BROKEN:
        pass
    # Raised out here: the library's words could quote the file.
    raise ImportRefused("not_workbook")
