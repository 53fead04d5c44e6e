"""The groups of a school as whoever runs it sees them, and which kind of secret each one's children get (D21, D28)."""

from dataclasses import dataclass
from typing import Literal, cast

from sqlalchemy import func, select, update

from directory.models import Enrolment, Group
from idp.core.db import Db

SecretKind = Literal["pin", "pictures"]


@dataclass(frozen=True, slots=True)
class KnownGroup:
    """A group in use; `pupils` counts the active ones for whom it is the stamgroep."""

    id: int
    school_year: str
    kind: str
    key: str
    name: str
    year_group: str | None
    secret_kind: SecretKind
    pupils: int


async def of_school(db: Db, school_id: int) -> list[KnownGroup]:
    """The groups that a school uses, stamgroepen first, by name."""
    pupils = (
        select(func.count())
        .select_from(Enrolment)
        .where(Enrolment.group_id == Group.id, Enrolment.active)
        .correlate(Group)
        .scalar_subquery()
    )
    rows = await db.execute(
        select(
            Group.id,
            Group.school_year,
            Group.kind,
            Group.las_key.label("key"),
            Group.name,
            Group.year_group,
            Group.secret_kind,
            pupils.label("pupils"),
        )
        .where(Group.school_id == school_id, Group.active)
        .order_by(Group.kind, Group.name, Group.id)
    )
    return [KnownGroup(**row._mapping) for row in rows]


async def choose_secret(db: Db, group_id: int, kind: SecretKind) -> None:
    """From now on whoever is new in this group gets this kind of secret."""
    await db.execute(update(Group).where(Group.id == group_id).values(secret_kind=kind))


async def pupils_of(db: Db, group_id: int) -> list[int]:
    """The ids of the active pupils for whom this is the stamgroep."""
    pupils = select(Enrolment.person_id).where(Enrolment.group_id == group_id, Enrolment.active)
    return list((await db.execute(pupils)).scalars())


async def secret_kinds(db: Db, school_id: int, *, after: int = 0, most: int | None = None) -> dict[int, SecretKind]:
    """Which kind of secret the group of each active pupil gives, by person id; without a group a PIN.

    `after` a person id, at most so many: for whoever goes through a whole region.
    """
    rows = await db.execute(
        select(Enrolment.person_id, Group.secret_kind)
        .outerjoin(Group, Group.id == Enrolment.group_id)
        .where(Enrolment.school_id == school_id, Enrolment.active, Enrolment.person_id > after)
        .order_by(Enrolment.person_id)
        .limit(most)
    )
    return {row.person_id: cast(SecretKind, row.secret_kind or "pin") for row in rows}
