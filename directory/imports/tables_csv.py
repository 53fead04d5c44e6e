"""A table as CSV: with `;`, `,` or tabs, in UTF-8, UTF-16 or what Dutch spreadsheet programs write without being asked.

A file of this kind is short, so it is held whole while it is read, and never written down.
"""

import codecs
import csv
import re
from collections.abc import Collection, Iterator
from io import StringIO
from itertools import islice

from directory.imports.refusals import ImportRefused
from directory.imports.tables import MOST_CELL, MOST_COLUMNS, Row

_SEPARATORS = ";,\t"
# What some spreadsheet programs write before everything else to tell one another the separator.
_TOLD = re.compile(r"sep=([;,\t|])\n", re.IGNORECASE)
# A character of UTF-8 beyond ASCII. As windows-1252 it would be "Ã«" or "â€™": nobody's name.
_UTF_8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_MOST_LINE = 16 * 1024
_MOST_LINES_IN_ROW = 50


class CsvSheet:
    """The rows of a CSV file, numbered by the line that they begin on. Raises `ImportRefused` for bytes of no known encoding."""

    def __init__(self, content: bytes) -> None:
        text = _decoded(content)
        told = _TOLD.match(text)
        self._skipped = 1 if told else 0
        self._text = text[told.end() :] if told else text
        beginning = next((line for line in StringIO(self._text) if line.strip()), "")
        self._separator = told[1] if told else max(_SEPARATORS, key=beginning.count)

    def top(self) -> tuple[Row, ...]:
        """The first two rows that hold any text. Raises `ImportRefused`."""
        return tuple(
            Row(line, {place: cell for place, cell in enumerate(cells[:MOST_COLUMNS]) if cell})
            for line, cells in islice(self._filled(), 2)
        )

    def below(self, columns: Collection[int]) -> Iterator[Row]:
        """The rows after those, with these columns only. Raises `ImportRefused`."""
        for line, cells in islice(self._filled(), 2, None):
            yield Row(line, {place: cells[place] for place in columns if place < len(cells) and cells[place]})

    def _filled(self) -> Iterator[tuple[int, list[str]]]:
        lines = _Lines(self._text)
        reader = csv.reader(lines, delimiter=self._separator, strict=True)
        while True:
            line = lines.begin_row() + self._skipped
            cells = _next(reader, line)
            if cells is None:
                return
            if any(map(str.strip, cells)):
                yield line, cells


class _Lines:
    """The lines of a text as the library wants them; a quotation mark that is never closed ends nowhere near the end of the file."""

    def __init__(self, text: str) -> None:
        self._lines = StringIO(text, newline="")
        self._number = 0
        self._begun = 0

    def begin_row(self) -> int:
        """The number of the line on which the next row begins."""
        self._begun = self._number
        return self._number + 1

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._number += 1
        if len(line) > _MOST_LINE:
            raise ImportRefused("too_long", line=self._number)
        if self._number - self._begun > _MOST_LINES_IN_ROW:
            raise ImportRefused("quotes", line=self._begun + 1)
        return line


def _next(reader: Iterator[list[str]], line: int) -> list[str] | None:
    cells: list[str] | None = None
    broken = False
    try:
        cells = next(reader, None)
    except csv.Error:
        broken = True
    if broken:
        # Raised out here, without the library's exception as context.
        raise ImportRefused("quotes", line=line)
    if cells is not None and any(len(cell) > MOST_CELL for cell in cells):
        raise ImportRefused("too_long", line=line)
    return cells


def _decoded(content: bytes) -> str:
    text: str | None = None
    try:
        text = content.decode(_encoding(content))
    except UnicodeDecodeError:
        text = None
    # Raised out here: the decoder's exception holds the whole file.
    if text is None:
        raise ImportRefused("bad_bytes")
    if "\0" in text:
        raise ImportRefused("not_table")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _encoding(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if content.startswith(codecs.BOM_UTF8) or _UTF_8.search(content):
        return "utf-8-sig"
    return "cp1252"
