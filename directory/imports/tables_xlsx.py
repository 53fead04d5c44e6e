"""A table as XLSX: the first sheet of a workbook, its values only. A formula, or a value that became a date, is refused by its row.

Which columns are ours stands in the second row, so the sheet is gone through twice: once as far as there, once for those columns. Texts
that several cells share are in a part of their own; of those, only what these cells point to is picked up (D39).
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from directory.imports.refusals import ImportRefused
from directory.imports.tables import MOST_CELL, MOST_COLUMNS, MOST_ROWS, Row
from directory.imports.workbook import Part, Workbook

_STRINGS = "xl/sharedStrings.xml"
_STYLES = "xl/styles.xml"
_CELL = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_WHOLE = re.compile(r"(-?[0-9]{1,15})(?:\.0+)?")
# ECMA-376 18.8.30: the numbers of formats that show days and times.
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')


class XlsxSheet:
    """The rows of the first sheet, by their numbers there. Everything raises `ImportRefused`."""

    def __init__(self, content: bytes) -> None:
        self._workbook = Workbook(content)
        self._name = self._workbook.first_sheet()
        formats = _Formats()
        if self._workbook.has(_STYLES):
            self._workbook.read(_STYLES, formats)
        self._dates = formats.dates()

    def top(self) -> tuple[Row, ...]:
        """The first two rows that hold anything."""
        return tuple(self._rows(_Cells(None, self._dates, most=2)))

    def below(self, columns: Collection[int]) -> Iterator[Row]:
        """The rows after those, with these columns only."""
        return self._rows(_Cells(frozenset(columns), self._dates, most=MOST_ROWS + 3), after=2)

    def _rows(self, cells: "_Cells", *, after: int = 0) -> Iterator[Row]:
        self._workbook.read(self._name, cells)
        wanted = {value for row in cells.rows[after:] for value in row.cells.values() if isinstance(value, int)}
        texts = _Texts(wanted)
        if wanted:
            self._workbook.read(_STRINGS, texts)
        for row in cells.rows[after:]:
            told = {
                place: texts.found.get(value, "") if isinstance(value, int) else value
                for place, value in row.cells.items()
            }
            yield Row(row.line, {place: text for place, text in told.items() if text})


@dataclass(frozen=True, slots=True)
class _Raw:
    """A row before shared texts are looked up: those are still numbers."""

    line: int
    cells: dict[int, str | int] = field(repr=False)


class _Cells(Part):
    """The cells of a sheet. Without `columns` it hears all of them."""

    def __init__(self, columns: frozenset[int] | None, dates: frozenset[int], *, most: int) -> None:
        super().__init__()
        self.rows: list[_Raw] = []
        self._columns = columns
        self._dates = dates
        self._most = most
        self._row = 0
        self._place = -1
        self._in_cell = False
        self._filled = False
        self._cells: dict[int, str | int] = {}
        self._kind = ""
        self._style = 0
        self._value: list[str] | None = None
        self._length = 0

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "row":
            self._row, self._place = _number(attributes.get("r"), self._row + 1), -1
            self._cells, self._filled = {}, False
        elif name == "c":
            self._begin_cell(attributes)
        elif not self._in_cell:
            return
        elif name == "f":
            if self._wanted():
                raise ImportRefused("formula", line=self._row)
        elif name in ("v", "t"):
            self._value, self._length = [], 0

    def text(self, text: str) -> None:
        if self._value is None:
            return
        self._length += len(text)
        if self._length > MOST_CELL:
            raise ImportRefused("bad_value", line=self._row)
        if self._wanted():
            self._value.append(text)

    def finish(self, name: str) -> None:
        if name in ("v", "t") and self._value is not None:
            self._keep("".join(self._value))
            self._value = None
        elif name == "c":
            self._in_cell = False
        elif name == "row" and self._filled:
            # Also a row of which no cell is ours: the first two rows are counted with all their cells.
            if len(self.rows) >= self._most:
                raise ImportRefused("too_many", line=self._row)
            self.rows.append(_Raw(self._row, self._cells))
            self.enough = self._columns is None and len(self.rows) == self._most

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        if not self._row:
            raise ImportRefused("not_workbook")
        place = self._place + 1
        if told := attributes.get("r"):
            match = _CELL.fullmatch(told)
            if match is None:
                raise ImportRefused("bad_value", line=self._row)
            place = _column(match[1])
        if place <= self._place:
            # Two values for one cell would be read differently by different programs.
            raise ImportRefused("bad_value", line=self._row)
        self._place, self._kind, self._in_cell = place, attributes.get("t", "n"), True
        self._style = _number(attributes.get("s"), 0)

    def _wanted(self) -> bool:
        return self._place < MOST_COLUMNS and (self._columns is None or self._place in self._columns)

    def _keep(self, value: str) -> None:
        if not value:
            return
        self._filled = True
        if not self._wanted():
            return
        told: str | int
        match self._kind:
            case "s":
                told = _number(value, -1)
            case "str" | "inlineStr":
                # Rich text comes in pieces.
                told = f"{self._cells.get(self._place, '')}{value}"
            case "n":
                told = self._figure(value)
            case "d":
                raise ImportRefused("date_cell", line=self._row)
            case _:
                raise ImportRefused("bad_value", line=self._row)
        self._cells[self._place] = told

    def _figure(self, value: str) -> str:
        if self._style in self._dates:
            raise ImportRefused("date_cell", line=self._row)
        match = _WHOLE.fullmatch(value.strip())
        if match is None:
            raise ImportRefused("bad_value", line=self._row)
        return match[1]


class _Texts(Part):
    """The shared texts with these numbers, without what only helps to pronounce them."""

    def __init__(self, wanted: Collection[int]) -> None:
        super().__init__()
        self.found: dict[int, str] = {}
        self._wanted = wanted
        self._last = max(wanted, default=-1)
        self._number = -1
        self._aside = False
        self._value: list[str] | None = None

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "si":
            self._number += 1
        elif name == "rPh":
            self._aside = True
        elif name == "t" and not self._aside and self._number in self._wanted:
            self._value = []

    def text(self, text: str) -> None:
        if self._value is not None:
            self._value.append(text)

    def finish(self, name: str) -> None:
        if name == "t" and self._value is not None:
            told = self.found.get(self._number, "") + "".join(self._value)
            if len(told) > MOST_CELL:
                raise ImportRefused("too_long")
            self.found[self._number], self._value = told, None
        elif name == "rPh":
            self._aside = False
        elif name == "si":
            self.enough = self._number >= self._last


class _Formats(Part):
    """Which styles show a number as a day or a time."""

    def __init__(self) -> None:
        super().__init__()
        self._own: dict[int, str] = {}
        self._styles: list[int] = []
        self._in_cells = False

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "numFmt":
            self._own[_number(attributes.get("numFmtId"), 0)] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            self._styles.append(_number(attributes.get("numFmtId"), 0))

    def finish(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False

    def dates(self) -> frozenset[int]:
        """The numbers of those styles."""
        return frozenset(number for number, shown in enumerate(self._styles) if self._shows_date(shown))

    def _shows_date(self, shown: int) -> bool:
        if shown not in self._own:
            return shown in _DATE_FORMATS
        plain = _LITERAL.sub("", self._own[shown]).casefold()
        return plain != "general" and any(letter in plain for letter in "dmyhs")


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _number(text: str | None, otherwise: int) -> int:
    """A count as the format writes it: up to nine digits."""
    return int(text) if text and len(text) <= 9 and text.isascii() and text.isdigit() else otherwise
