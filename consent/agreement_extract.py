"""An extract of a supplier's register of processing agreements, as CSV (D8): its lines as values, or the first line that cannot be one. Pure.

One header line, in any order of columns; `;`, `,` or tabs; UTF-8, UTF-16 or windows-1252, as `directory.imports.tables_csv` reads them. What an
empty cell leaves out, the register does not tell: it takes nothing back.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from consent.agreement_papers import LONGEST_SIGNER, LONGEST_VERSION, Signing
from directory.imports.refusals import ImportRefused
from directory.imports.tables import Row, plain
from directory.imports.tables_csv import CsvSheet

COLUMNS: Final = (
    "bestuursnummer",
    "brin",
    "partij",
    "versie",
    "getekend_door",
    "functie",
    "getekend_op",
    "geldt_tot_en_met",
)
"""The names of the columns; `bestuursnummer` or `brin`, and `partij`, `versie` and `getekend_op`, are there in each line."""
PLATFORM: Final = "platform"
"""What stands in `partij` for the agreement with the platform itself."""
MOST_BYTES: Final = 8 * 1024 * 1024
MOST_LINES: Final = 50_000
LONGEST_PARTY: Final = 1024
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)

_NEEDED: Final = {"partij", "versie", "getekend_op"}
_DAYS: Final = (
    re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"),
    re.compile(r"(?P<day>[0-9]{1,2})-(?P<month>[0-9]{1,2})-(?P<year>[0-9]{4})"),
)

REASONS: Final[Mapping[str, str]] = {
    "too_large": f"the file is larger than {MOST_BYTES // (1024 * 1024)} MB",
    "too_many": f"there are more than {MOST_LINES} lines",
    "columns": f"the first line must name columns of {';'.join(COLUMNS)}, each once, whose it is among them",
    "empty": "there is nothing in it",
    "not_table": "it is no text",
    "bad_bytes": "it has bytes of no known encoding",
    "quotes": "a quotation mark is nowhere closed properly",
    "formula": "a cell holds a formula",
    "too_long": "a value is too long",
    "missing": "a value is missing",
    "whose": "it names a board and a school, or neither",
    "bestuursnummer": "a number of a board has five digits",
    "brin": "a BRIN has two digits and two letters, and perhaps the two digits of a location",
    "not_printable": "a value holds characters that nobody prints",
    "day": "that is no day from 2000 to 2099, such as 2026-08-01 or 1-8-2026",
    "future": "nothing is signed in the future",
    "order": "its last day lies before the day of signing",
    "twice": "the same agreement stands in an earlier line",
}


class ExtractRefused(ValueError):
    """The file cannot be used and nothing was changed. `code` is a key of `REASONS`; the message repeats nothing of the file."""

    def __init__(self, code: str, *, line: int | None = None, column: str | None = None) -> None:
        where = [f"line {line}"] * (line is not None) + [f"column {column}"] * (column is not None)
        super().__init__(f"{', '.join(where)}: {REASONS[code]}" if where else REASONS[code])
        self.code, self.line, self.column = code, line, column


@dataclass(frozen=True, slots=True)
class Line:
    """An agreement as the extract tells it: of a board by its number, or of a school by its code; `party` is None for the platform itself."""

    line: int
    board: str | None
    school: str | None
    party: str | None
    signing: Signing = field(repr=False)


def read(content: bytes, *, today: date) -> Iterator[Line]:
    """The lines in their order. Raises `ExtractRefused` at the first that is none."""
    if len(content) > MOST_BYTES:
        raise ExtractRefused("too_large")
    failure: ExtractRefused | None = None
    try:
        yield from _lines(CsvSheet(content), today)
    except ImportRefused as error:
        failure = ExtractRefused(error.code if error.code in REASONS else "not_table", line=error.line)
    # Raised out here, without what the reader saw as context.
    if failure is not None:
        raise failure


def _lines(sheet: CsvSheet, today: date) -> Iterator[Line]:
    top = sheet.top()
    if not top:
        raise ExtractRefused("empty")
    columns = _columns(top[0])
    for count, row in enumerate((*top[1:], *sheet.below(columns.keys()))):
        if count >= MOST_LINES:
            raise ExtractRefused("too_many", line=row.line)
        said = {columns[place]: plain(cell, row.line) for place, cell in row.cells.items() if place in columns}
        yield _line(row.line, {name: text for name, text in said.items() if text}, today)


def _columns(head: Row) -> dict[int, str]:
    names = {place: plain(cell, head.line).casefold().replace(" ", "_") for place, cell in head.cells.items()}
    found = {place: name for place, name in names.items() if name in COLUMNS}
    told = set(found.values())
    if len(found) < len(names) or len(told) < len(found) or not (told >= _NEEDED and told & {"bestuursnummer", "brin"}):
        raise ExtractRefused("columns", line=head.line)
    return found


def _line(line: int, said: Mapping[str, str], today: date) -> Line:
    for name, text in said.items():
        if not text.isprintable():
            raise ExtractRefused("not_printable", line=line, column=name)
    for name in sorted(_NEEDED - said.keys()):
        raise ExtractRefused("missing", line=line, column=name)
    if ("bestuursnummer" in said) == ("brin" in said):
        raise ExtractRefused("whose", line=line)
    party = _short(said, "partij", LONGEST_PARTY, line)
    return Line(
        line,
        _board(said.get("bestuursnummer"), line),
        _school(said.get("brin"), line),
        None if party.casefold() == PLATFORM else party,
        _signing(said, line, today),
    )


def _board(text: str | None, line: int) -> str | None:
    """Five digits; a spreadsheet takes leading zeros away."""
    if text is not None and not re.fullmatch(r"[0-9]{1,5}", text):
        raise ExtractRefused("bestuursnummer", line=line)
    return None if text is None else f"{text:0>5}"


def _school(text: str | None, line: int) -> str | None:
    if text is not None and not re.fullmatch(r"[0-9]{2}[A-Za-z]{2}([0-9]{2})?", text):
        raise ExtractRefused("brin", line=line)
    return None if text is None else text.upper()


def _signing(said: Mapping[str, str], line: int, today: date) -> Signing:
    version = _short(said, "versie", LONGEST_VERSION, line)
    parts = [said[name] for name in ("getekend_door", "functie") if name in said]
    signer = ", ".join(parts) or None
    if signer is not None and len(signer) > LONGEST_SIGNER:
        raise ExtractRefused("too_long", line=line, column="getekend_door")
    signed_on = _day(said["getekend_op"], line, "getekend_op")
    last = said.get("geldt_tot_en_met")
    ends_on = _day(last, line, "geldt_tot_en_met") if last else None
    if signed_on > today:
        raise ExtractRefused("future", line=line, column="getekend_op")
    if ends_on is not None and ends_on < signed_on:
        raise ExtractRefused("order", line=line, column="geldt_tot_en_met")
    return Signing(version, signer, signed_on, ends_on)


def _short(said: Mapping[str, str], name: str, most: int, line: int) -> str:
    if len(said[name]) > most:
        raise ExtractRefused("too_long", line=line, column=name)
    return said[name]


def _day(text: str, line: int, column: str) -> date:
    found = next((match for shape in _DAYS if (match := shape.fullmatch(text)) is not None), None)
    day: date | None = None
    if found is not None:
        try:
            day = date(*(int(found[part]) for part in ("year", "month", "day")))
        except ValueError:
            day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise ExtractRefused("day", line=line, column=column)
    return day
