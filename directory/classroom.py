"""Which groups a member of staff sees, and the children in them (D20-D22).

Who teaches a group sees it, and so does the duo partner; a substitute sees the one group of the seat, somebody who only helps in a group that
group. IB'er, RT'er and ICT coordinator see every group of the school, and so does who coordinates all schools of its board. Groups are those of the
running school year, as on the pick list.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Final, cast

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, update

from directory import names, rights, roles
from directory.groups import SecretKind
from directory.models import Employment, EmploymentRole, Enrolment, Group, GroupTeacher, Person, SubgroupMember
from idp.core.db import Db

SEES_ALL: Final = frozenset({roles.IB, roles.RT, roles.ICT_COORDINATOR})
"""Roles that see every group of their school (D20)."""


@dataclass(frozen=True, slots=True)
class SeenGroup:
    """A group that somebody may see; `own`: linked to it, not only by a role. `kind` is `stamgroep` or `subgroep`."""

    id: int
    name: str
    kind: str
    secret_kind: SecretKind
    pupils: int
    own: bool


@dataclass(frozen=True, slots=True)
class GroupChild:
    """A child of a group as its teacher sees it; `home_id` is its stamgroep, in which its picture is nobody else's.

    `hidden`: the school keeps it off the pick list.
    """

    person_id: int
    ledger_id: str
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)
    picture: str
    hidden: bool
    home_id: int | None

    @property
    def full_name(self) -> str:
        """*roepnaam tussenvoegsel achternaam*."""
        return names.full_name(self.first_name, self.prefix, self.surname)


async def groups_seen(
    db: Db, school_id: int, person_id: int, *, school_year: str, today: date
) -> tuple[SeenGroup, ...]:
    """The groups of a school that this person may see today, stamgroepen first, youngest first; none for who has nothing to do there."""
    works_there = select(Employment.id).where(
        Employment.school_id == school_id,
        Employment.person_id == person_id,
        Employment.active,
        ~Employment.unanswered,
        or_(Employment.ends_on.is_(None), Employment.ends_on >= today),
    )
    employment_id = (await db.execute(works_there)).scalar()
    held = select(EmploymentRole.role).where(EmploymentRole.employment_id == employment_id)
    everything = bool(SEES_ALL & set((await db.execute(held)).scalars()))
    if not everything:
        everything = await rights.manages(db, person_id, school_id, today=today)
    if not everything and employment_id is None:
        return ()
    own = exists().where(GroupTeacher.employment_id == employment_id, GroupTeacher.group_id == Group.id)
    pupils = _here(today).with_only_columns(func.count(), maintain_column_froms=True).scalar_subquery()
    youngest = _here(today).with_only_columns(func.min(Enrolment.year_group)).scalar_subquery()
    query = (
        select(
            Group.id,
            Group.name,
            Group.kind,
            Group.secret_kind,
            pupils.label("pupils"),
            own.label("own"),
        )
        .where(Group.school_id == school_id, Group.school_year == school_year, Group.active)
        .order_by(Group.kind, func.coalesce(youngest, Group.year_group), Group.name, Group.id)
    )
    rows = await db.execute(query if everything else query.where(own))
    return tuple(
        SeenGroup(row.id, row.name, row.kind, cast(SecretKind, row.secret_kind), row.pupils, bool(row.own))
        for row in rows
    )


async def holds_a_seat(db: Db, school_id: int, person_id: int) -> bool:
    """Whether this person is at the school as a substitute: who sees the group, and nothing of home (D20)."""
    seat = select(Employment.seat_id).where(Employment.school_id == school_id, Employment.person_id == person_id)
    return (await db.execute(seat)).scalar() is not None


def _here(today: date) -> Select[int]:
    """The enrolments that count in the group of the query around this one."""
    return (
        select(Enrolment.id)
        .join(Person, Person.id == Enrolment.person_id)
        .where(*_present(today), _in_group(Group.id))
        .correlate(Group)
    )


def _present(today: date) -> tuple[ColumnElement[bool], ...]:
    # The same children as on the pick list, the hidden ones included.
    active: ColumnElement[bool] = Enrolment.active.is_(True)
    return active, ~Person.disabled, or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= today)


def _in_group(group_id: object) -> ColumnElement[bool]:
    # Both tables are those of the question around this one: a table of groups of its own would make every member of any subgroup one of this group.
    of_this = SubgroupMember.enrolment_id == Enrolment.id, SubgroupMember.group_id == group_id
    member = exists().where(*of_this).correlate(Enrolment, Group)
    return or_(Enrolment.group_id == group_id, member)


async def children(db: Db, school_id: int, group_id: int, *, today: date) -> list[GroupChild]:
    """The active children of a group of this school, hidden ones too, sorted on roepnaam (D22)."""
    query = (
        select(
            Person.id,
            Person.ledger_id,
            Person.first_name,
            Person.prefix,
            Person.surname,
            Enrolment.picture,
            Enrolment.hidden,
            Enrolment.group_id,
        )
        .select_from(Enrolment)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.school_id == school_id, *_present(today), _in_group(group_id))
    )
    found = [GroupChild(*row) for row in await db.execute(query)]
    return sorted(found, key=lambda c: (*names.child_order(c.first_name, c.prefix, c.surname), c.person_id))


def labels(found: list[GroupChild]) -> dict[int, str]:
    """What stands on the tiles of these children, by person id."""
    named = [names.Named(child.person_id, child.first_name, child.prefix, child.surname) for child in found]
    return names.display_names(named)


async def pictures_taken(db: Db, school_id: int, child: GroupChild) -> dict[str, int]:
    """Which picture other active children of the same stamgroep have, and who."""
    others = select(Enrolment.picture, Enrolment.person_id).where(
        Enrolment.school_id == school_id,
        Enrolment.group_id == child.home_id,
        Enrolment.active,
        Enrolment.person_id != child.person_id,
    )
    return {row.picture: row.person_id for row in await db.execute(others)}


async def change_picture(db: Db, school_id: int, child: GroupChild, picture: str) -> bool:
    """Gives a child another picture on its tile, at once; False and nothing changed when somebody of its stamgroep has it (D22)."""
    await db.execute(select(Group.id).where(Group.id == child.home_id).with_for_update())
    if picture in await pictures_taken(db, school_id, child):
        return False
    mine = Enrolment.school_id == school_id, Enrolment.person_id == child.person_id
    await db.execute(update(Enrolment).where(*mine).values(picture=picture))
    return True
