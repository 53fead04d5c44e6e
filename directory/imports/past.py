"""What an import did, person by person, for as long as it can be undone: read from its sealed way back and today's names (D17, R29).

Afterwards only the run's numbers are left. Whoever was deleted since does not appear.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlalchemy import select

from directory import names
from directory.imports import history, kept
from directory.imports.describe import Change
from directory.imports.inverse import merged
from directory.models import Employment, Enrolment, Group, Person
from directory.schools import KnownSchool
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.portions import portions

_FIELD_OF: Final[Mapping[tuple[str, str], str]] = {
    ("enrolments", "las_key"): "key",
    ("enrolments", "year_group"): "year_group",
    ("enrolments", "ends_on"): "last_day",
    ("enrolments", "group_id"): "group",
    ("employments", "las_key"): "key",
    ("persons", "first_name"): "name",
    ("persons", "prefix"): "name",
    ("persons", "surname"): "name",
}
_FIELD_OF_LINK: Final[Mapping[str, str]] = {
    "eck_ids": "eckid",
    "subgroup_members": "subgroups",
    "group_teachers": "groups",
}
_OWNER: Final[Mapping[str, str]] = {
    "eck_ids": "persons",
    "subgroup_members": "enrolments",
    "group_teachers": "employments",
}


_Key = tuple[str, str]
_Who = tuple[Literal["pupil", "staff"], int]


@dataclass(slots=True)
class _Told:
    """What happened to one person."""

    kind: str = ""
    fields: set[str] = field(default_factory=set)
    groups: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True, slots=True)
class _Someone:
    """Somebody of this school as they are now."""

    about: Literal["pupil", "staff"]
    person_id: int
    key: str
    names: tuple[str | None, str | None, str | None] = field(repr=False)
    group: str | None


async def changes_made(db: Db, school: KnownSchool, run_id: int, *, keyring: Keyring) -> tuple[Change, ...]:
    """Who came, moved, changed and left with this import, pupils first; empty when its time is over. Raises `LookupError`, `RunRefused`."""
    row = await history.stored(db, school.id, run_id, "applied", "held", otherwise="not_undoable")
    if row.inverse is None:
        return ()
    back = merged(kept.open_inverse(keyring, run_id, row.inverse))
    people = await _people(db, school.id)
    told = _told(back, people)
    called = await _group_names(db, school.id, [id_ for one in told.values() for id_ in one.groups if id_])
    found = [
        _change(one, told[one.about, one.person_id], called)
        for one in sorted(people.values(), key=_order)
        if (one.about, one.person_id) in told
    ]
    return tuple(found)


async def named(db: Db, school_id: int, keys: Iterable[_Key]) -> dict[_Key, str]:
    """The names of this school's own people of now, by what they are and their key; who is not here is not in it."""
    wanted: dict[str, list[str]] = {"pupil": [], "staff": []}
    for about, key in keys:
        wanted[about].append(key)
    found: dict[_Key, str] = {}
    for about, table in (("pupil", Enrolment), ("staff", Employment)):
        of = select(table.las_key, *_NAMES).join(Person, Person.id == table.person_id)
        for portion in portions(wanted[about]):
            here = table.school_id == school_id, table.las_key.in_(portion)
            for row in await db.execute(of.where(*here)):
                found[about, row.las_key] = names.full_name(row.first_name, row.prefix, row.surname)
    return found


def _told(back: Mapping[str, Any], people: Mapping[tuple[str, int], _Someone]) -> dict[_Who, _Told]:
    """What happened, by kind of person and person id. Pure."""
    found: dict[_Who, _Told] = defaultdict(_Told)
    places: dict[tuple[str, int], list[_Who]] = defaultdict(list)
    for place, one in people.items():
        places[place].append((one.about, one.person_id))
        places["persons", one.person_id].append((one.about, one.person_id))
    for name, id_, column, was, then in back["rows"]:
        for who in places.get((name, id_), ()):
            _note(found[who], name, column, was, then)
    for name, changed in _FIELD_OF_LINK.items():
        for link in (*back["won"][name], *back["lost"][name]):
            for who in places.get((_OWNER[name], link[0]), ()):
                found[who].fields.add(changed)
    for person in back["made"]["pupils"]:
        found["pupil", person].kind = "new"
    for person in back["made"]["staff"]:
        found["staff", person].kind = "new"
    return found


def _note(one: _Told, name: str, column: str, was: Any, then: Any) -> None:
    if column == "active":
        one.kind = "gone" if was else one.kind
        one.fields |= set() if was else {"returned"}
    if column == "group_id":
        # Newer changes come first: the last one is where it came from.
        one.groups = (was, one.groups[1] or then)
    if changed := _FIELD_OF.get((name, column)):
        one.fields.add(changed)


async def _people(db: Db, school_id: int) -> dict[tuple[str, int], _Someone]:
    """Everybody of this school, by where they stand."""
    found: dict[tuple[str, int], _Someone] = {}
    pupils = (
        select(Enrolment.id, Enrolment.person_id, Enrolment.las_key, Group.name.label("group"), *_NAMES)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Group, Group.id == Enrolment.group_id)
        .where(Enrolment.school_id == school_id)
    )
    for row in await db.execute(pupils):
        called = (row.first_name, row.prefix, row.surname)
        found["enrolments", row.id] = _Someone("pupil", row.person_id, row.las_key, called, row.group)
    staff = (
        select(Employment.id, Employment.person_id, Employment.las_key, *_NAMES)
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.school_id == school_id)
    )
    for job in await db.execute(staff):
        called = (job.first_name, job.prefix, job.surname)
        found["employments", job.id] = _Someone("staff", job.person_id, job.las_key or "", called, None)
    return found


_NAMES: Final = (Person.first_name, Person.prefix, Person.surname)


async def _group_names(db: Db, school_id: int, ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for portion in portions(ids):
        rows = await db.execute(select(Group.id, Group.name).where(Group.school_id == school_id, Group.id.in_(portion)))
        found |= {row.id: row.name for row in rows}
    return found


def _change(one: _Someone, told: _Told, called: Mapping[int, str]) -> Change:
    was, then = told.groups
    moved = bool({"group", "groups"} & told.fields)
    return Change(
        about=one.about,
        kind=told.kind or ("moved" if moved else "changed"),
        key=one.key,
        name=names.full_name(*one.names),
        fields=() if told.kind else tuple(sorted(told.fields)),
        from_groups=(called[was],) if was in called and was is not None else (),
        to_groups=(called[then],)
        if then in called and then is not None
        else (one.group,)
        if one.group and told.kind == "new"
        else (),
        reasons=(),
    )


def _order(one: _Someone) -> tuple[Any, ...]:
    order = names.child_order if one.about == "pupil" else names.staff_order
    return (one.about != "pupil", *order(*one.names))
