"""The pupils of a school as a network provider's list may tell of them at this moment (D35): who, and which of their fields."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, text

from consent.fields import Fields, written
from consent.models import Exclusion
from directory import eckid
from directory.environments import CHOSEN
from directory.models import EckId, Enrolment, Group, Person, SubjectAlias, SubjectSeed
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.portions import portions


@dataclass(frozen=True, slots=True)
class Pupil:
    """A pupil as the list may tell of it; what does not leave is None. `seed` is what its subject at the party derives from."""

    person_id: int
    seed: bytes = field(repr=False)
    first_name: str | None = field(default=None, repr=False)
    prefix: str | None = field(default=None, repr=False)
    surname: str | None = field(default=None, repr=False)
    group: str | None = None
    year_group: str | None = None
    eckid: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """A pupil with what tells whether it changed: keyed, over all that leaves. `sealed` is its ECK-iD, to be opened where it leaves."""

    pupil: Pupil
    digest: bytes
    sealed: bytes | None


async def current(
    db: Db, keyring: Keyring, school_id: int, party_id: int, fields: Fields, *, today: date
) -> Mapping[int, Found]:
    """The pupils of a school who go by this provider now, by number: active, not kept away from it, and of no group that goes by another one."""
    kept_away = exists().where(
        Exclusion.school_id == school_id, Exclusion.party_id == party_id, Exclusion.person_id == Person.id
    )
    query = (
        select(
            Person.id,
            func.coalesce(SubjectAlias.seed, SubjectSeed.seed).label("seed"),
            Person.first_name,
            Person.prefix,
            Person.surname,
            Group.name.label("group"),
            Enrolment.year_group,
            EckId.sealed,
            EckId.lookup,
        )
        .select_from(Enrolment)
        .join(Person, Person.id == Enrolment.person_id)
        .join(SubjectSeed, SubjectSeed.person_id == Person.id)
        .outerjoin(SubjectAlias, and_(SubjectAlias.person_id == Person.id, SubjectAlias.party_id == party_id))
        .outerjoin(EckId, EckId.person_id == Person.id)
        .outerjoin(Group, Group.id == Enrolment.group_id)
        .where(Enrolment.school_id == school_id, Enrolment.active, ~Person.disabled, ~kept_away)
        .where(or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= today), _goes_by(party_id))
    )
    told = written(fields)
    return {row.id: _found(keyring, row, fields, told) for row in await db.execute(query)}


def _goes_by(party_id: int) -> ColumnElement[bool]:
    chosen = f"COALESCE({CHOSEN.format(group='groups')}, :goes_by) = :goes_by"
    return text(chosen).bindparams(goes_by=party_id)  # type: ignore[return-value]


def _found(keyring: Keyring, row: Row[*tuple[Any, ...]], fields: Fields, told: str) -> Found:
    pupil = Pupil(
        row.id,
        row.seed,
        first_name=row.first_name if "first_name" in fields else None,
        prefix=row.prefix if "prefix" in fields else None,
        surname=row.surname if "surname" in fields else None,
        group=row.group if "groups" in fields else None,
        year_group=row.year_group if "year_group" in fields else None,
    )
    sealed, lookup = (row.sealed, row.lookup) if "eckid" in fields else (None, None)
    says = pupil.first_name, pupil.prefix, pupil.surname, pupil.group, pupil.year_group
    digest = keyring.mac("token", "listed pupil", row.seed, told, *(text or "" for text in says), lookup or b"")
    return Found(pupil, digest, sealed)


def opened(keyring: Keyring, found: Found) -> Pupil:
    """The pupil with its ECK-iD, where that leaves."""
    if found.sealed is None:
        return found.pupil
    one = found.pupil
    value = eckid.unseal(keyring, one.person_id, found.sealed)
    names = one.first_name, one.prefix, one.surname
    return Pupil(one.person_id, one.seed, *names, one.group, one.year_group, value)


async def seeds(db: Db, party_id: int, person_ids: Collection[int]) -> Mapping[int, bytes]:
    """What the party's subjects of these people derive from, whether they are still pupils or not."""
    known: dict[int, bytes] = {}
    for portion in portions(person_ids):
        query = (
            select(SubjectSeed.person_id, func.coalesce(SubjectAlias.seed, SubjectSeed.seed))
            .outerjoin(
                SubjectAlias, and_(SubjectAlias.person_id == SubjectSeed.person_id, SubjectAlias.party_id == party_id)
            )
            .where(SubjectSeed.person_id.in_(portion))
        )
        known.update((row[0], row[1]) for row in await db.execute(query))
    return known
