"""Who goes where in a merger or a split, for people who decide about it: names of the own school's, numbers of the other's (R150, R153, D14).

Numbers of another school only once everybody said yes: before that nobody learns anything about it here.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import select

from directory import names
from directory.lifecycle import reorganisation_records as records
from directory.lifecycle import reorganisation_views as views
from directory.lifecycle import splits
from directory.lifecycle.reorganisation_records import Asker, Known
from directory.lifecycle.reorganisation_requests import Merger, Split
from directory.models import Employment, Enrolment, Group, Person
from idp.core.crypto import Keyring
from idp.core.db import Db

Who = Literal["pupils", "staff"]


@dataclass(frozen=True, slots=True)
class Going:
    """Pupils of one group (or of none), or staff, who go from one school to another. `names` is empty for whoever may see numbers only."""

    from_id: int
    to_id: int
    who: Who
    group: str | None
    number: int
    names: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class _Row:
    who: Who
    id: int
    school_id: int
    group: str | None
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)


_Goes = Mapping[tuple[Who, int], Collection[int]]
"""Where somebody goes, by what he is and the number of the place."""


async def shown(db: Db, known: Known, *, by: Asker, keyring: Keyring) -> tuple[Going, ...]:
    """Who would go where now, as far as this person may see it; empty for what moves nobody. Raises `LookupError`."""
    wanted = await records.wanted_of(db, known.id, keyring=keyring)
    if not isinstance(wanted, Merger | Split):
        return ()
    sources = wanted.source_ids if isinstance(wanted, Merger) else (wanted.source_id,)
    mine = by.coordinates & set(sources)
    seen = sources if views.is_open_to(known, by) else tuple(one for one in sources if one in mine)
    if not seen:
        return ()
    goes = await _divided(db, wanted) if isinstance(wanted, Split) else None
    target = wanted.target_id if isinstance(wanted, Merger) else 0
    found: dict[tuple[int, int, Who, str | None], list[tuple[tuple[str, ...], str]]] = defaultdict(list)
    for row in [*await _pupils(db, seen), *await _staff(db, seen)]:
        who: Who = row.who
        order = names.child_order if who == "pupils" else names.staff_order
        called = row.first_name, row.prefix, row.surname
        for to_id in (target,) if goes is None else goes.get((who, row.id), ()):
            found[row.school_id, to_id, who, row.group].append((order(*called), names.full_name(*called)))
    return tuple(
        Going(
            from_id,
            to_id,
            who,
            group,
            len(people),
            tuple(name for _, name in sorted(people)) if from_id in mine else (),
        )
        for (from_id, to_id, who, group), people in sorted(
            found.items(), key=lambda one: (one[0][0], one[0][1], one[0][2], one[0][3] or "\uffff")
        )
    )


async def _divided(db: Db, wanted: Split) -> _Goes:
    division = await splits.divide(db, wanted)
    goes: dict[tuple[Who, int], Collection[int]] = {("pupils", one): (to,) for one, to in division.enrolments.items()}
    goes |= {("staff", one): places - {wanted.source_id} for one, places in division.employments.items()}
    return goes


async def _pupils(db: Db, school_ids: Collection[int]) -> list[_Row]:
    called = Person.first_name, Person.prefix, Person.surname
    query = (
        select(Enrolment.id, Enrolment.school_id, Group.name, *called)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Group, (Group.id == Enrolment.group_id) & Group.active)
        .where(Enrolment.school_id.in_(school_ids), Enrolment.active)
    )
    return [_Row("pupils", *row) for row in await db.execute(query)]


async def _staff(db: Db, school_ids: Collection[int]) -> list[_Row]:
    query = (
        select(Employment.id, Employment.school_id, Person.first_name, Person.prefix, Person.surname)
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.school_id.in_(school_ids), Employment.active, Employment.seat_id.is_(None))
    )
    return [_Row("staff", row.id, row.school_id, None, *row[2:]) for row in await db.execute(query)]
