"""What undo puts back: pictures of the rows that a plan may change, before and after, and the difference between the two (D17).

Undo restores a value only where it still is what the import made of it: whatever people changed since stays as they made it.
"""

import zlib
from array import array
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import orjson
from sqlalchemy import select

from directory.imports.plan import Plan
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
    """The ids of what a plan may change of what is there, by the tables of `ROWS`."""

    schools: Sequence[int] = ()
    groups: Sequence[int] = ()
    enrolments: Sequence[int] = ()
    employments: Sequence[int] = ()
    persons: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class New:
    """The ids of what is new; people by person id. `places` are the new employments to which the owner of an address was invited: by the time of
    undoing another person may have them."""

    groups: Sequence[int] = ()
    pupils: Sequence[int] = ()
    staff: Sequence[int] = ()
    places: Sequence[int] = ()


NOBODY: Final = New()


@dataclass(frozen=True, slots=True)
class Image:
    """Rows by table and id, their values in the order of `ROWS`, and links by table."""

    rows: dict[str, dict[int, tuple[Any, ...]]]
    links: dict[str, frozenset[tuple[Any, ...]]]


NOTHING: Final = Image({name: {} for name in ROWS}, dict.fromkeys(LINKS, frozenset()))


def touched(school_id: int, plan: Plan) -> Touched:
    """What applying this plan may change."""
    # Whole numbers side by side: of a region a list of them would weigh five times as much.
    enrolments, persons = array("q"), array("q")
    for pupil in _known(plan.pupils):
        enrolments.append(pupil.id)
        persons.append(pupil.person_id)
    staff = tuple(_known(plan.staff))
    persons.extend({known.person_id for known in staff}.difference(persons))
    return Touched(
        schools=(school_id,),
        groups=tuple(group.id for group in _known(plan.groups)),
        enrolments=enrolments,
        employments=tuple(known.id for known in staff),
        persons=persons,
    )


def _known(steps: Sequence[Step[Told, Any]]) -> Iterator[Any]:
    return (step.current for step in steps if step.kind in _TOUCHING and step.current is not None)


def _pieces(what: Touched) -> Iterator[Touched]:
    """The same in parts, each of some rows of one table."""
    for name in ROWS:
        for some in portions(getattr(what, name)):
            yield Touched(**{name: tuple(some)})


async def image(db: Db, what: Touched) -> list[bytes]:
    """What the database holds of it now, packed piece by piece: of a whole region nobody unpacks it all at once."""
    return [_packed(await _image(db, piece)) for piece in _pieces(what)]


async def way_back(db: Db, what: Touched, before: Sequence[bytes], new: New) -> AsyncIterator[dict[str, Any]]:
    """The way back from what the database holds now to what it held `before`, as `image` told it: in parts, for `merged`."""
    yield inverse(NOTHING, NOTHING, new)
    for piece, packed in zip(_pieces(what), before, strict=True):
        yield inverse(_unpacked(packed), await _image(db, piece), NOBODY)


def merged(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """One way back out of parts that were taken at one moment: a link that two of them tell of is one link. Pure."""
    whole = inverse(NOTHING, NOTHING, NOBODY)
    links: dict[str, dict[str, set[tuple[Any, ...]]]] = {
        side: {name: set() for name in LINKS} for side in ("lost", "won")
    }
    for part in parts:
        whole["rows"] += part["rows"]
        for name, ids in part["made"].items():
            whole["made"][name] += ids
        for side, found in links.items():
            for name in LINKS:
                found[name].update(map(tuple, part[side][name]))
    return whole | {side: {name: sorted(told) for name, told in found.items()} for side, found in links.items()}


async def _image(db: Db, what: Touched) -> Image:
    by = (
        ("eck_ids", EckId.person_id, what.persons),
        ("employment_roles", EmploymentRole.employment_id, what.employments),
        ("subgroup_members", SubgroupMember.enrolment_id, what.enrolments),
        ("subgroup_members", SubgroupMember.group_id, what.groups),
        ("group_teachers", GroupTeacher.employment_id, what.employments),
        ("group_teachers", GroupTeacher.group_id, what.groups),
    )
    rows = {name: await _rows(db, name, getattr(what, name)) for name in ROWS}
    links = dict.fromkeys(LINKS, frozenset[tuple[Any, ...]]())
    for name, column, of in by:
        links[name] |= await _links(db, name, column, of)
    return Image(rows, links)


def _packed(pictured: Image) -> bytes:
    rows = {name: list(found.items()) for name, found in pictured.rows.items()}
    return zlib.compress(orjson.dumps((rows, {name: list(links) for name, links in pictured.links.items()})), 1)


def _unpacked(packed: bytes) -> Image:
    rows, links = orjson.loads(zlib.decompress(packed))
    return Image(
        {name: {id_: tuple(row) for id_, row in found} for name, found in rows.items()},
        {name: frozenset(map(tuple, found)) for name, found in links.items()},
    )


async def _rows(db: Db, name: str, ids: Sequence[int]) -> dict[int, tuple[Any, ...]]:
    if not ids:
        return {}
    table, columns = ROWS[name]
    chosen = [getattr(table, column) for column in ("id", *columns)]
    rows = await db.execute(select(*chosen).where(chosen[0].in_(ids)))
    return {id_: tuple(map(_plain, values)) for id_, *values in rows}


async def _links(db: Db, name: str, column: Any, ids: Sequence[int]) -> frozenset[tuple[Any, ...]]:
    if not ids:
        return frozenset()
    table, columns = LINKS[name]
    rows = await db.execute(select(*(getattr(table, name) for name in columns)).where(column.in_(ids)))
    return frozenset(tuple(map(_plain, row)) for row in rows)


def _plain(value: Any) -> Any:
    """The value as JSON can hold it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else value


def inverse(before: Image, after: Image, new: New) -> dict[str, Any]:
    """The way back from `after` to `before`. Pure."""
    made = {name: list(getattr(new, name)) for name in ("groups", "pupils", "staff", "places")}
    return {
        "made": made,
        "rows": [
            [name, id_, column, was, then]
            for name, rows in before.rows.items()
            for id_, row in rows.items()
            if id_ in after.rows[name]
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
