"""Reads DUO's lists of schools as they have been published over the years: streaming, one line at a time.

Seen so far: `;` and `,` between fields, quotes or none, windows-1252 and UTF-8 with or without a byte order mark, the headers BRIN NUMMER and
VESTIGINGSNUMMER or INSTELLINGSCODE and VESTIGINGSCODE, a location code of six characters or of the last two. The header line says which it is.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from directory.identifiers import parse_brin

LONGEST_LINE: Final = 64 * 1024
LONGEST_NAME: Final = 200
LONGEST_PLACE: Final = 100
LONGEST_STREET: Final = 100
LONGEST_HOUSE_NUMBER: Final = 20

# Upper case, everything but letters made one space: the lists differ in spaces, hyphens and underscores.
_HEADERS: Final = {
    "brin": ("INSTELLINGSCODE", "BRIN NUMMER", "BRINNUMMER", "BRIN"),
    "location": ("VESTIGINGSCODE", "VESTIGINGSNUMMER", "VESTIGING"),
    "name": ("VESTIGINGSNAAM", "INSTELLINGSNAAM", "NAAM INSTELLING", "NAAM"),
    "place": ("PLAATSNAAM", "VESTIGINGSPLAATS", "PLAATS"),
    "board_number": (
        "BEVOEGD GEZAG NUMMER",
        "BEVOEGD GEZAGNUMMER",
        "BEVOEGD GEZAG CODE",
        "BEVOEGD GEZAG",
        "BESTUURSNUMMER",
    ),
    "board_name": ("BEVOEGD GEZAG NAAM", "NAAM BEVOEGD GEZAG"),
    "street": ("STRAATNAAM", "STRAAT"),
    "house_number": ("HUISNUMMER TOEVOEGING", "HUISNUMMER"),
    "postcode": ("POSTCODE",),
}


class Source(Protocol):
    """A file open for reading bytes; lines are all that is asked of it."""

    def readline(self, most: int, /) -> bytes: ...


class RegisterRefused(ValueError):
    """A file that is no list of DUO's; the message says why and repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class ListedLocation:
    """A location as DUO lists it; `code` is always BRIN with two digits, `00` for the main one. Empty texts were not given."""

    code: str
    name: str
    place: str
    board_number: str | None
    board_name: str | None


@dataclass(frozen=True, slots=True)
class BoardAddress:
    """Where a board is, as the list of boards has it."""

    street: str
    house_number: str
    postcode: str
    place: str

    def __str__(self) -> str:
        return f"{self.street} {self.house_number}".strip() + f", {self.postcode} {self.place}"


@dataclass(slots=True)
class Listed:
    """What one or more files say together: locations by code, names and addresses of boards by number.

    `skipped` counts the lines that describe no school that we can name, `doubled` the codes that were told twice (the first counts).
    """

    locations: dict[str, ListedLocation] = field(default_factory=dict)
    boards: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, BoardAddress] = field(default_factory=dict)
    skipped: int = 0
    doubled: int = 0


def read(sources: Iterable[Source]) -> Listed:
    """Reads files that belong together, such as locations, special education and boards. Raises `RegisterRefused`."""
    listed = Listed()
    for source in sources:
        _read_one(source, listed)
    if not listed.locations:
        raise RegisterRefused("there is not one school location in it")
    return listed


def _read_one(source: Source, listed: Listed) -> None:
    lines = _lines(source)
    header = next(lines, "")
    rows = csv.reader(lines, delimiter=_delimiter(header))
    places = _places(next(csv.reader([header], delimiter=_delimiter(header)), []))
    try:
        for row in rows:
            if any(row):
                _take(row, places, listed)
    except csv.Error:
        raise RegisterRefused("a line of it is no line of a table") from None


def _lines(source: Source) -> Iterator[str]:
    """The lines as text. Each is UTF-8 or else windows-1252: an accent of the one is hardly ever valid in the other."""
    first = True
    while line := source.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            raise RegisterRefused("a line of it has no end")
        if b"\0" in line:
            raise RegisterRefused("it is no text in UTF-8 or windows-1252")
        try:
            text = line.decode("utf-8-sig" if first else "utf-8")
        except UnicodeDecodeError:
            text = line.decode("cp1252", errors="replace")
        first = False
        yield text


def _delimiter(header: str) -> str:
    return ";" if header.count(";") >= header.count(",") else ","


def _places(header: Sequence[str]) -> dict[str, int]:
    """Where each thing stands. Raises `RegisterRefused` for a header that is neither of locations, of institutions nor of boards."""
    plain = [re.sub(r"[^A-Z]+", " ", name.upper()).strip() for name in header]
    found = {
        what: plain.index(name)
        for what, names in _HEADERS.items()
        if (name := next((name for name in names if name in plain), None)) is not None
    }
    if "brin" not in found and "board_name" not in found and "name" in found:
        found["board_name"] = found.pop("name")
    of_boards = {"board_number", "board_name"} <= set(found)
    if not ({"brin", "name"} <= set(found) or of_boards):
        raise RegisterRefused("its first line does not name the columns of a list of DUO's")
    return found


def _take(row: Sequence[str], places: dict[str, int], listed: Listed) -> None:
    cells = {what: " ".join(row[at].split()) for what, at in places.items() if at < len(row)}
    number = _board_number(cells.get("board_number", ""))
    if number and cells.get("board_name"):
        listed.boards.setdefault(number, cells["board_name"][:LONGEST_NAME])
    if "brin" not in places:
        if number and (address := _address(cells)) is not None:
            listed.addresses.setdefault(number, address)
        return
    code, name = _code(cells), cells.get("name", "")[:LONGEST_NAME]
    if code is None or not name or not name.isprintable():
        listed.skipped += 1
        return
    if code in listed.locations:
        # The list of institutions repeats what the list of locations says better, and comes after it.
        listed.doubled += "location" in places
        return
    place = cells.get("place", "")[:LONGEST_PLACE]
    listed.locations[code] = ListedLocation(code, name, place, number, cells.get("board_name") or None)


def _address(cells: dict[str, str]) -> BoardAddress | None:
    """A whole address here, or none: half of one would lead a letter astray."""
    street, number, place = (cells.get(part, "") for part in ("street", "house_number", "place"))
    found = re.fullmatch(r"([1-9][0-9]{3}) ?([A-Z]{2})", cells.get("postcode", "").upper())
    if not (street and place and found and (street + number + place).isprintable()):
        return None
    if len(street) > LONGEST_STREET or len(number) > LONGEST_HOUSE_NUMBER or len(place) > LONGEST_PLACE:
        return None
    return BoardAddress(street, number, f"{found[1]} {found[2]}", place)


def _code(cells: dict[str, str]) -> str | None:
    """BRIN with two digits, from whatever of the two columns is there. None for what is neither."""
    location = cells.get("location", "00").upper()
    try:
        brin = parse_brin(cells.get("brin", ""))
    except ValueError:
        return None
    # Six characters in some releases, the last two in others; a spreadsheet makes 0 of 00.
    digits = location.removeprefix(brin) or "00"
    return f"{brin}{digits:0>2}" if re.fullmatch(r"[0-9]{1,2}", digits) else None


def _board_number(text: str) -> str | None:
    """Five digits; a spreadsheet takes leading zeros away."""
    return f"{text:0>5}" if re.fullmatch(r"[0-9]{1,16}", text) else None
