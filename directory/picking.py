"""What a child may pick from before its secret: the schools at an address, the groups, the tiles of one group (D24).

Every child passes here every morning, so these are prepared statements (ADR 2). Nothing but roepnaam, picture and what tells two Noors apart is read.
"""

from dataclasses import dataclass, field
from datetime import date

from directory.addresses import AT_SCHOOL, Address, lowest, packed, plain
from idp.core.hot import Hot, Statement

_HERE = Statement(
    """SELECT s.id FROM schools s WHERE s.closed_at IS NULL AND EXISTS (SELECT 1 FROM school_addresses ad
    WHERE ad.school_id = s.id AND ad.first <= $1 AND ad.last >= $1 AND ad.first >= $2) ORDER BY s.name, s.id"""
)

_FROM = f"({{address}}::bytea IS NULL OR {AT_SCHOOL.format(school='$1', address='{address}')})"

_GROUPS = Statement(
    f"""SELECT g.id, g.name FROM groups g JOIN schools s ON s.id = g.school_id AND s.closed_at IS NULL
    WHERE g.school_id = $1 AND g.school_year = $2 AND g.kind = 'stamgroep' AND g.active AND {_FROM.format(address="$3")}
    ORDER BY CASE WHEN g.year_group = 'C' THEN (SELECT MIN(en.year_group) FROM enrolments en
        WHERE en.group_id = g.id AND en.active) ELSE g.year_group END, g.name, g.id"""  # noqa: S608 - constants of this module only
)

_CHILDREN = """SELECT per.id, per.first_name, per.prefix, per.surname, en.picture, en.group_id, sec.kind, en.hidden, s.hide_names
FROM enrolments en JOIN persons per ON per.id = en.person_id JOIN schools s ON s.id = en.school_id AND s.closed_at IS NULL
LEFT JOIN pupil_secrets sec ON sec.person_id = per.id
WHERE en.school_id = $1 AND en.active AND NOT per.disabled
    AND (en.ends_on IS NULL OR en.ends_on >= $3)"""

_OF_GROUP = Statement(f"{_CHILDREN} AND NOT en.hidden AND en.group_id = $2 AND {_FROM.format(address='$4')}")
_CLASSMATES = Statement(
    f"{_CHILDREN} AND {_FROM.format(address='$4')} AND (per.id = $2 OR (NOT en.hidden AND en.group_id = (SELECT own.group_id FROM enrolments own"  # noqa: S608 - constants of this module only
    " WHERE own.school_id = $1 AND own.person_id = $2 AND own.active)))"
)


_SHOWN = Statement(f"SELECT EXISTS ({_CHILDREN} AND NOT en.hidden AND en.group_id = $2 AND per.id = $4)")
_SHORTCUT = Statement(
    "SELECT s.id, s.closed_at IS NULL, s.merged_into_id IS NULL FROM schools s WHERE s.instelling_ref = $1"
)


@dataclass(frozen=True, slots=True)
class PickGroup:
    """A group on the pick list."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class PickChild:
    """A child on the pick list. `secret_kind` is None when nobody gave it a secret yet.

    `hidden`: the school does not show this child; `names_hidden`: it shows no child's name, only pictures.
    """

    person_id: int
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)
    picture: str
    group_id: int | None
    secret_kind: str | None
    hidden: bool
    names_hidden: bool


@dataclass(frozen=True, slots=True)
class ShortcutSchool:
    """Where a shortcut leads: to a school that is `open`, or to one that closed or `merged` into another."""

    id: int
    open: bool
    merged: bool


async def school_of_shortcut(hot: Hot, instelling_ref: str) -> ShortcutSchool | None:
    """The school with this INSTELLING_REF, or None."""
    row = await hot.row(_SHORTCUT, instelling_ref.lower())
    return ShortcutSchool(row[0], open=bool(row[1]), merged=not row[2]) if row else None


async def schools_here(hot: Hot, address: Address) -> tuple[int, ...]:
    """The ids of the schools that registered this address, by name."""
    here = plain(address)
    return tuple(row[0] for row in await hot.rows(_HERE, packed(here), lowest(here)))


async def groups(hot: Hot, school_id: int, *, school_year: str, address: Address | None = None) -> list[PickGroup]:
    """The stamgroepen of a school in a school year, youngest first; a combinatiegroep stands where its youngest children are (D21).

    Here and below: none where there is an `address` to ask about that is not one of the school's.
    """
    found = await hot.rows(_GROUPS, school_id, school_year, _packed(address))
    return [PickGroup(row[0], row[1]) for row in found]


async def children(
    hot: Hot, school_id: int, group_id: int, *, today: date, address: Address | None = None
) -> list[PickChild]:
    """The active, unhidden children of one group of this school."""
    return [PickChild(*row) for row in await hot.rows(_OF_GROUP, school_id, group_id, today, _packed(address))]


async def shows(hot: Hot, school_id: int, group_id: int, person_id: int, *, today: date) -> bool:
    """Whether the pick list of this group shows this child."""
    row = await hot.row(_SHOWN, school_id, group_id, today, person_id)
    return row is not None and bool(row[0])


async def classmates(
    hot: Hot, school_id: int, person_id: int, *, today: date, address: Address | None = None
) -> list[PickChild]:
    """A child, hidden or not, together with the unhidden children of its group; empty when the child is not active at this school."""
    found = [PickChild(*row) for row in await hot.rows(_CLASSMATES, school_id, person_id, today, _packed(address))]
    return found if any(child.person_id == person_id for child in found) else []


def _packed(address: Address | None) -> bytes | None:
    return packed(plain(address)) if address is not None else None
