"""The table of a school without an administration system (R31): one row per pupil or member of staff, columns as in the template.

The first row names the school and its school year, the second the columns; who wrote the file does not matter. A column that is not on
the list is not read (D39): there is none for ECK-iDs, birth dates or e-mail addresses. A group is what people call it: the name is its
key, and its year group is that of its children, or that of a combinatiegroep. What comes out obeys the rules of EDEXML, because the same
`Assembly` makes it.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from directory import identifiers
from directory.imports.edexml_elements import MOST_KEY, Draft, cleaned
from directory.imports.edexml_records import Assembly, Counts
from directory.imports.records import COMBINATION, Administration
from directory.imports.refusals import ImportRefused

MOST_ROWS = 20_000
MOST_COLUMNS = 64
MOST_CELL = 4096

COLUMNS: dict[str, tuple[str, str]] = {
    "kind": ("Soort", "Kind"),
    "number": ("Nummer", "Number"),
    "first_name": ("Roepnaam", "First name"),
    "prefix": ("Tussenvoegsel", "Prefix"),
    "surname": ("Achternaam", "Surname"),
    "year_group": ("Jaargroep", "Year group"),
    "groups": ("Groepen", "Groups"),
    "subgroups": ("Subgroepen", "Subgroups"),
}
"""What a column is called, in both languages."""

SCHOOL = ("School", "School")
SCHOOL_YEAR = ("Schooljaar", "School year")
KINDS: dict[str, tuple[str, str]] = {"leerling": ("leerling", "pupil"), "leerkracht": ("medewerker", "staff")}
"""The words in the first column, by the name of EDEXML's element."""

FORMULA_SIGNS = frozenset("=+-@")
"""What begins a formula in a spreadsheet program, and nothing that a school writes in these columns."""

_WORDS = frozenset(word.casefold() for words in (SCHOOL, SCHOOL_YEAR, *COLUMNS.values()) for word in words)
_NEEDED = frozenset({"kind", "number", "first_name", "surname", "year_group", "groups"})
# By column: EDEXML's element, and how long it may be there.
_TEXTS = {
    "first_name": ("roepnaam", 64),
    "prefix": ("voorvoegsel", 16),
    "surname": ("achternaam", 200),
    "year_group": ("jaargroep", 4),
}
_LINKS = {"groups": "groep", "subgroups": "samengestelde_groep"}
_COLUMN_OF = {element: COLUMNS[column] for column, (element, _) in _TEXTS.items()} | {
    element: COLUMNS[column] for column, element in _LINKS.items()
}
_MOST_GROUP_NAME = 64
BETWEEN_GROUPS = re.compile(r"[;,\n]")
# "1-2" and "3/4" typed as the name of a group, after a spreadsheet program thought of the first of February.
_DATE = re.compile(r"[0-9]{1,2}-(jan|feb|mrt|mar|apr|mei|may|jun|jul|aug|sep|okt|oct|nov|dec)\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet by its number there; cells by column, counted from 0, empty ones left out."""

    line: int
    cells: dict[int, str] = field(repr=False)


class Sheet(Protocol):
    """A sheet of either kind of file. Both methods raise `ImportRefused`; rows without any text are left out."""

    def top(self) -> Sequence[Row]:
        """The first two rows, or fewer where there are no more."""

    def below(self, columns: Collection[int]) -> Iterator[Row]:
        """The rows after those two, with these columns only."""


def read(sheet: Sheet) -> Administration:
    """The administration in a sheet. Raises `ImportRefused`."""
    top = sheet.top()
    assembly = Assembly(Counts())
    if not top:
        raise ImportRefused("empty")
    # Whoever hands in a photograph is not helped by a word about its first row.
    if not any(cleaned(cell).casefold() in _WORDS for row in top for cell in row.cells.values()):
        raise ImportRefused("not_table")
    _add(assembly, _school(top[0]))
    columns, ignored = _columns(top[1] if len(top) > 1 else Row(top[0].line + 1, {}))
    for _ in range(ignored):
        assembly.remark("column_ignored", top[1].line)
    groups = _Groups()
    for number, row in enumerate(sheet.below(columns.keys())):
        if number >= MOST_ROWS:
            raise ImportRefused("too_many", line=row.line)
        said = {columns[place]: text for place, cell in row.cells.items() if (text := plain(cell, row.line))}
        if said:
            _add(assembly, _person(said, row.line, groups))
    groups.check()
    for group in groups.drafts():
        _add(assembly, group)
    # R31: no table has a column for addresses, and none is missing because of it.
    return replace(assembly.whole(), addressed=False)


def _add(assembly: Assembly, draft: Draft) -> None:
    """Takes one record. What is wrong with it is said of the table: it has columns, and no elements."""
    try:
        assembly.add(draft)
    except ImportRefused as error:
        if draft.name == "school":
            # What the first row calls the school was read before: what is left is the year.
            raise ImportRefused(error.code, line=error.line, column=SCHOOL_YEAR) from None
        code = "table_number" if error.code == "duplicate_key" else error.code
        column = COLUMNS["number"] if code == "table_number" else _COLUMN_OF.get(error.element or "")
        raise ImportRefused(code, line=error.line, column=column) from None


def _school(row: Row) -> Draft:
    """The first row: `School`, its code, `Schooljaar`, the year."""
    said = [text for _, cell in sorted(row.cells.items()) if (text := cleaned(cell))]
    heads = [text.casefold() for text in said[::2]]
    if len(said) != 4 or not (_is(heads[0], SCHOOL) and _is(heads[1], SCHOOL_YEAR)):
        raise ImportRefused("table_school", line=row.line)
    draft = Draft("school", row.line, None, None)
    named = _reference(said[1])
    if named is None:
        raise ImportRefused("table_school", line=row.line)
    if named.brin is None:
        draft.texts["instelling_ref"] = [str(named.instelling_ref)]
    else:
        draft.texts |= {"brincode": [named.brin], "dependancecode": [named.location or ""]}
    draft.texts["schooljaar"] = [said[3]]
    return draft


def _reference(text: str) -> identifiers.SchoolReference | None:
    try:
        return identifiers.parse_school_reference(text)
    except ValueError:
        return None


def _columns(row: Row) -> tuple[dict[int, str], int]:
    """Where each column of ours is, and how many there are of others."""
    by_head = {name.casefold(): column for column, names in COLUMNS.items() for name in names}
    heads = {place: cleaned(text).casefold() for place, text in row.cells.items()}
    found = {place: by_head[head] for place, head in heads.items() if head in by_head}
    if len(set(found.values())) < len(found) or not set(found.values()) >= _NEEDED:
        raise ImportRefused("table_columns", line=row.line)
    return found, sum(1 for place, head in heads.items() if head and place not in found)


def plain(cell: str, line: int) -> str:
    """The text of a cell, empty where there is only a dash. Raises `ImportRefused` for a formula, or more than a cell holds.

    An apostrophe before a sign is how spreadsheet programs write "this is no formula".
    """
    if len(cell) > MOST_CELL:
        raise ImportRefused("too_long", line=line)
    text = "\n".join(filter(None, map(cleaned, cell.splitlines())))
    if len(text) > 1 and text[0] == "'" and text[1] in FORMULA_SIGNS:
        return text[1:]
    if text.strip("-") and text[0] in FORMULA_SIGNS:
        raise ImportRefused("formula", line=line)
    return text if text.strip("-") else ""


def _person(said: dict[str, str], line: int, groups: "_Groups") -> Draft:
    kind = next((kind for kind, words in KINDS.items() if _is(said.get("kind", "").casefold(), words)), None)
    if kind is None:
        raise ImportRefused("table_kind", line=line)
    key = said.get("number", "")
    if not key or len(key) > MOST_KEY:
        raise ImportRefused("too_long" if key else "missing", line=line, column=COLUMNS["number"])
    draft = Draft(kind, line, key, None)
    for column, (element, limit) in _TEXTS.items():
        text = said.get(column, "").replace("\n", " ")
        if column == "year_group":
            text = text.casefold().removeprefix("groep").strip().upper()
        if len(text) > limit:
            raise ImportRefused("too_long", line=line, column=COLUMNS[column])
        if text:
            draft.texts[element] = [text]
    for column, element in _LINKS.items():
        names = [name.strip() for name in BETWEEN_GROUPS.split(said.get(column, ""))]
        if kind == "leerling" and column == "groups" and len({name.casefold() for name in names if name}) > 1:
            raise ImportRefused("table_two_groups", line=line, column=COLUMNS[column])
        draft.links += [groups.link(element, name, line, of=draft) for name in names if name]
    return draft


class _Groups:
    """The groups that pupils sit in; staff may only be linked to one of those, so that a slip of the pen makes no group."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], tuple[Draft, set[str]]] = {}
        self._named: dict[tuple[str, str], tuple[str, int]] = {}

    def link(self, element: str, name: str, line: int, *, of: Draft) -> Draft:
        if _DATE.fullmatch(name):
            raise ImportRefused("date_cell", line=line)
        if len(name) > _MOST_GROUP_NAME:
            raise ImportRefused("too_long", line=line, column=_COLUMN_OF[element])
        key = name.casefold()
        if of.name == "leerling":
            group, years = self._found.setdefault((element, key), (Draft(element, line, key, None), set()))
            group.texts.setdefault("naam", [name])
            years.update(of.texts.get("jaargroep", ()))
        else:
            self._named.setdefault((element, key), (name, line))
        return Draft(element, line, key, None)

    def check(self) -> None:
        """Raises `ImportRefused` for the first group that staff are linked to and no pupil is in."""
        for place, (name, line) in self._named.items():
            if place not in self._found:
                raise ImportRefused("table_no_group", line=line, column=_COLUMN_OF[place[0]], group=name)

    def drafts(self) -> Iterator[Draft]:
        for group, years in self._found.values():
            if years and group.name == "groep":
                group.texts["jaargroep"] = [years.pop() if len(years) == 1 else COMBINATION]
            yield group


def _is(word: str, words: tuple[str, str]) -> bool:
    return word in {each.casefold() for each in words}
