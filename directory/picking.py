"""What a child may pick from before its secret: the groups of a school, the tiles of one group (D24).

Every child passes here every morning, so these are prepared statements (ADR 2). Nothing but roepnaam, picture and what tells two Noors apart is read.
"""

from dataclasses import dataclass, field
from datetime import date

from directory import names
from directory.names import Named
from directory.standing import AT_SCHOOL, Standing, as_parameters
from idp.core.hot import Hot, Row, Statement

WITHIN, BETWEEN = "\x1e", "\x1f"
"""What stands between the parts of a name, and between names, in one column."""
_NAME = f" || '{WITHIN}' || ".join(f"coalesce({{person}}.{part}, '')" for part in ("first_name", "prefix", "surname"))

_FROM = f"({{address}}::bytea IS NULL OR {AT_SCHOOL.format(school='$1', address='{address}', device='{device}')})"

_GROUPS = Statement(
    f"""SELECT g.id, g.name FROM groups g JOIN schools s ON s.id = g.school_id AND s.closed_at IS NULL
    WHERE g.school_id = $1 AND g.school_year = $2 AND g.kind = 'stamgroep' AND g.active AND {_FROM.format(address="$3", device="$4")}
    ORDER BY CASE WHEN g.year_group = 'C' THEN (SELECT MIN(en.year_group) FROM enrolments en
        WHERE en.group_id = g.id AND en.active) ELSE g.year_group END, g.name, g.id"""  # noqa: S608 - constants of this module only
)

_FROM_CHILDREN = """FROM enrolments en JOIN persons per ON per.id = en.person_id JOIN schools s ON s.id = en.school_id AND s.closed_at IS NULL
LEFT JOIN pupil_secrets sec ON sec.person_id = per.id
WHERE en.school_id = $1 AND en.active AND NOT per.disabled
    AND (en.ends_on IS NULL OR en.ends_on >= $3)"""
_CHILDREN = f"""SELECT per.id, per.first_name, per.prefix, per.surname, en.picture, en.group_id, sec.kind, en.hidden, s.hide_names
{_FROM_CHILDREN}"""

_OF_GROUP = Statement(
    f"{_CHILDREN} AND NOT en.hidden AND en.group_id = $2 AND {_FROM.format(address='$4', device='$5')}"
)
_CLASSMATES = Statement(
    f"{_CHILDREN} AND {_FROM.format(address='$4', device='$5')}"  # noqa: S608 - constants of this module only
    " AND (per.id = $2 OR (NOT en.hidden AND en.group_id = (SELECT own.group_id FROM enrolments own"
    " WHERE own.school_id = $1 AND own.person_id = $2 AND own.active)))"
)

_GROUP_HERE = Statement(
    f"""SELECT g.school_id FROM groups g JOIN schools s ON s.id = g.school_id AND s.closed_at IS NULL
    WHERE g.id = $1 AND g.school_year = $2 AND g.kind = 'stamgroep' AND g.active
        AND {AT_SCHOOL.format(school="g.school_id", address="$3", device="$4")}"""  # noqa: S608 - constants of this module only
)

ONE = f"""per.id, per.first_name, per.prefix, per.surname, en.picture, en.group_id, sec.kind, en.hidden, s.hide_names,
    (SELECT string_agg({_NAME.format(person="mate")}, '{BETWEEN}') FROM enrolments beside JOIN persons mate ON mate.id = beside.person_id
        WHERE beside.school_id = $1 AND beside.group_id = en.group_id AND beside.active AND NOT beside.hidden AND NOT mate.disabled
            AND (beside.ends_on IS NULL OR beside.ends_on >= $3) AND mate.id <> per.id)"""  # noqa: S608 - constants of this module only
FROM_ONE = f"{_FROM_CHILDREN} AND per.id = $2 AND {_FROM.format(address='$4', device='$5')}"
"""The columns that `read_one` reads, and where they come from, for statements that ask for more beside: of the child $2 at the school $1 on the
day $3; $4 and $5 are where it stands, or NULL."""

_ONE = Statement(f"SELECT {ONE} {FROM_ONE}")
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


async def groups(hot: Hot, school_id: int, *, school_year: str, standing: Standing | None = None) -> list[PickGroup]:
    """The stamgroepen of a school in a school year, youngest first; a combinatiegroep stands where its youngest children are (D21).

    Here and below: none where there is a `standing` to ask about that is not at the school.
    """
    found = await hot.rows(_GROUPS, school_id, school_year, *as_parameters(standing))
    return [PickGroup(row[0], row[1]) for row in found]


async def school_of_group(hot: Hot, group_id: int, *, school_year: str, standing: Standing) -> int | None:
    """The school of a group that is on its pick list this year, if somebody stands there; else None."""
    row = await hot.row(_GROUP_HERE, group_id, school_year, *as_parameters(standing))
    return int(row[0]) if row else None


async def children(
    hot: Hot, school_id: int, group_id: int, *, today: date, standing: Standing | None = None
) -> list[PickChild]:
    """The active, unhidden children of one group of this school, sorted on roepnaam; always in the same order, whoever is called the same."""
    rows = await hot.rows(_OF_GROUP, school_id, group_id, today, *as_parameters(standing))
    found = [PickChild(*row) for row in rows]
    return sorted(found, key=lambda c: (*names.child_order(c.first_name, c.prefix, c.surname), c.person_id))


async def classmates(
    hot: Hot, school_id: int, person_id: int, *, today: date, standing: Standing | None = None
) -> list[PickChild]:
    """A child, hidden or not, together with the unhidden children of its group; empty when the child is not active at this school."""
    found = [
        PickChild(*row) for row in await hot.rows(_CLASSMATES, school_id, person_id, today, *as_parameters(standing))
    ]
    return found if any(child.person_id == person_id for child in found) else []


@dataclass(frozen=True, slots=True)
class OneChild:
    """A child, hidden or not, and the unhidden others of its group: roepnaam, tussenvoegsel, surname, each '' for what is absent."""

    child: PickChild
    others: tuple[tuple[str, str, str], ...] = field(repr=False)

    @property
    def first_name(self) -> str:
        """How the child itself is greeted; its label only where it has no roepnaam."""
        return self.child.first_name or self.label

    @property
    def label(self) -> str:
        """What stands on its tile where the school shows names (D22)."""
        own = Named(-1, self.child.first_name, self.child.prefix, self.child.surname)
        return names.display_name(own, [Named(place, *name) for place, name in enumerate(self.others)])


async def one(
    hot: Hot, school_id: int, person_id: int, *, today: date, standing: Standing | None = None
) -> OneChild | None:
    """A child of this school with what tells it apart from its classmates; None when it is not active there."""
    row = await hot.row(_ONE, school_id, person_id, today, *as_parameters(standing))
    return read_one(row) if row is not None else None


def read_one(row: Row) -> OneChild:
    """The child of the columns `ONE`."""
    *of_child, told = row
    others = [name.split(WITHIN) for name in told.split(BETWEEN)] if told is not None else []
    return OneChild(PickChild(*of_child), tuple((name[0], name[1], name[2]) for name in others))
