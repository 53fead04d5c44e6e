"""What undo puts back: pictures of the rows that a plan may change, before and after, and the difference between the two (D17).

Undo restores a value only where it still is what the import made of it: whatever people changed since stays as they made it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select

from directory.imports.plan import Plan
from directory.imports.records import Once
from directory.imports.steps import Kind, Step, Told
from directory.models import (
    EckId,
    Employment,
    EmploymentRole,
    Enrolment,
    Group,
    GroupTeacher,
    Person,
    School,
    SubgroupMember,
)
from idp.core.db import Base, Db
from idp.core.portions import portions

ROWS: Final[Mapping[str, tuple[type[Base], tuple[str, ...]]]] = {
    "schools": (School, ("school_year",)),
    "groups": (Group, ("name", "year_group", "active")),
    "enrolments": (
        Enrolment,
        ("las_key", "group_id", "year_group", "picture", "active", "inactive_since", "ends_on"),
    ),
    "employments": (Employment, ("las_key", "active", "inactive_since")),
    "persons": (Person, ("first_name", "prefix", "surname")),
}
"""The columns that an import changes in rows that were there before it."""

LINKS: Final[Mapping[str, tuple[type[Base], tuple[str, ...]]]] = {
    "eck_ids": (EckId, ("person_id", "lookup")),
    "employment_roles": (EmploymentRole, ("employment_id", "role")),
    "subgroup_members": (SubgroupMember, ("enrolment_id", "group_id")),
    "group_teachers": (GroupTeacher, ("employment_id", "group_id", "source")),
}
"""The rows that an import adds and takes away as a whole."""

_TOUCHING: Final = frozenset({Kind.CHANGED, Kind.MOVED, Kind.GONE})


@dataclass(frozen=True, slots=True)
class Touched:
    """The ids of what a plan may change of what is there."""

    school: int
    groups: tuple[int, ...]
    enrolments: tuple[int, ...]
    employments: tuple[int, ...]
    persons: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """Rows by table and id, their values in the order of `ROWS`, and links by table."""

    rows: dict[str, dict[int, tuple[Any, ...]]]
    links: dict[str, frozenset[tuple[Any, ...]]]


def touched(school_id: int, plan: Plan) -> Touched:
    """What applying this plan may change."""
    pupils, staff = _known(plan.pupils), _known(plan.staff)
    return Touched(
        school=school_id,
        groups=tuple(group.id for group in _known(plan.groups)),
        enrolments=tuple(pupil.id for pupil in pupils),
        employments=tuple(known.id for known in staff),
        persons=tuple(person.person_id for person in (*pupils, *staff)),
    )


def _known(steps: Sequence[Step[Told, Any]]) -> list[Any]:
    return [step.current for step in steps if step.kind in _TOUCHING and step.current is not None]


async def image(db: Db, what: Touched, *, but_for: Image | None = None) -> Image:
    """What the database holds of it now. What is as in `but_for` shares its values: of a whole region one of the two is held."""
    ids = {
        "schools": (what.school,),
        "groups": what.groups,
        "enrolments": what.enrolments,
        "employments": what.employments,
        "persons": what.persons,
    }
    known = but_for.rows if but_for else {}
    rows = {name: await _rows(db, name, ids[name], known.get(name, {})) for name in ROWS}
    by = (
        ("eck_ids", EckId.person_id, what.persons),
        ("employment_roles", EmploymentRole.employment_id, what.employments),
        ("subgroup_members", SubgroupMember.enrolment_id, what.enrolments),
        ("subgroup_members", SubgroupMember.group_id, what.groups),
        ("group_teachers", GroupTeacher.employment_id, what.employments),
        ("group_teachers", GroupTeacher.group_id, what.groups),
    )
    links = dict.fromkeys(LINKS, frozenset[tuple[Any, ...]]())
    for name, column, of in by:
        links[name] |= await _links(db, name, column, of, but_for.links[name] if but_for else frozenset())
    return Image(rows, links)


async def _rows(
    db: Db, name: str, ids: Iterable[int], known: Mapping[int, tuple[Any, ...]]
) -> dict[int, tuple[Any, ...]]:
    table, columns = ROWS[name]
    chosen = [getattr(table, column) for column in ("id", *columns)]
    found: dict[int, tuple[Any, ...]] = {}
    once = Once()
    for portion in portions(ids):
        for id_, *values in await db.execute(select(*chosen).where(chosen[0].in_(portion))):
            row = tuple(once(text) if isinstance(text := _plain(value), str) else text for value in values)
            before = known.get(id_)
            found[id_] = before if before is not None and row == before else row
    return found


async def _links(
    db: Db, name: str, column: Any, ids: Iterable[int], known: frozenset[tuple[Any, ...]]
) -> frozenset[tuple[Any, ...]]:
    table, columns = LINKS[name]
    found, same = set[tuple[Any, ...]](), {link: link for link in known}
    for portion in portions(ids):
        rows = await db.execute(select(*(getattr(table, name) for name in columns)).where(column.in_(portion)))
        told = (tuple(_plain(value) for value in row) for row in rows)
        found |= {same.get(link, link) for link in told}
    return frozenset(found)


def _plain(value: Any) -> Any:
    """The value as JSON can hold it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value


def inverse(
    before: Image,
    after: Image,
    *,
    groups: Sequence[int],
    pupils: Sequence[int],
    staff: Sequence[int],
    places: Sequence[int],
) -> dict[str, Any]:
    """The way back from `after` to `before`. `groups`, `pupils` and `staff` are the ids of what is new; people by person id. Pure.

    `places` are the new employments to which the owner of an address was invited: by the time of undoing another person may have them.
    """
    return {
        "made": {"groups": list(groups), "pupils": list(pupils), "staff": list(staff), "places": list(places)},
        "rows": [
            [name, id_, column, was, then]
            for name, rows in before.rows.items()
            for id_, row in rows.items()
            if id_ in after.rows[name] and after.rows[name][id_] is not row
            for column, was, then in zip(ROWS[name][1], row, after.rows[name][id_], strict=True)
            if then != was
        ],
        "lost": {name: sorted(links - after.links[name]) for name, links in before.links.items()},
        "won": {name: sorted(links - before.links[name]) for name, links in after.links.items()},
    }


def composed(newer: dict[str, Any], older: dict[str, Any]) -> dict[str, Any]:
    """One way back out of two: first the newer, then the older. Pure."""
    won, lost = (
        {name: {tuple(link) for link in [*newer[side][name], *older[side][name]]} for name in LINKS}
        for side in ("won", "lost")
    )
    for name in LINKS:
        # What the older way takes away again, or puts back, is what counts in the end.
        lost[name] -= {tuple(link) for link in older["won"][name]} - {tuple(link) for link in older["lost"][name]}
        won[name] -= lost[name]
    return {
        "made": {name: [*newer["made"][name], *older["made"][name]] for name in newer["made"]},
        "rows": [*newer["rows"], *older["rows"]],
        "lost": {name: sorted(links) for name, links in lost.items()},
        "won": {name: sorted(links) for name, links in won.items()},
    }
