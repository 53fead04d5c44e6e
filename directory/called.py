"""What those are called here whom a school's ledger names by their ledger id: this school's people by their name, and nobody else's (D40, C-324)."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, exists, or_, select

from directory.models import BoardRole, Employment, Enrolment, Group, Person, School
from directory.names import full_name
from directory.people import LEDGER_ID
from idp.core.db import Db


async def here(db: Db, school_id: int, ledger_ids: Iterable[str]) -> dict[str, str]:
    """The names of who is or was a pupil or a member of staff of this school, or acts for its board now; everybody else is not in it."""
    wanted = sorted({one for one in ledger_ids if len(one) == LEDGER_ID})
    if not wanted:
        return {}
    columns = Person.ledger_id, Person.first_name, Person.prefix, Person.surname, Person.email
    for_the_board = (
        exists()
        .where(BoardRole.person_id == Person.id, BoardRole.board_id == School.board_id, School.id == school_id)
        .correlate(Person)
    )
    mine = or_(belongs(school_id), for_the_board)
    rows = await db.execute(select(*columns).where(Person.ledger_id.in_(wanted), mine))
    return {row[0]: full_name(*row[1:4]) or row[4] or "–" for row in rows}


async def of_the_platform(db: Db, ledger_ids: Iterable[str]) -> frozenset[str]:
    """Who of these works for the platform itself: a school reads that, and not who it was."""
    wanted = sorted({one for one in ledger_ids if len(one) == LEDGER_ID})
    if not wanted:
        return frozenset()
    theirs = select(Person.ledger_id).where(Person.ledger_id.in_(wanted), Person.duty.is_not(None))
    return frozenset((await db.execute(theirs)).scalars())


async def groups(db: Db, school_id: int, group_ids: Iterable[int]) -> dict[int, str]:
    """The names of groups of this school, of former years too."""
    if not (wanted := sorted(set(group_ids))):
        return {}
    found = select(Group.id, Group.name).where(Group.school_id == school_id, Group.id.in_(wanted))
    return {row.id: row.name for row in await db.execute(found)}


def belongs(school_id: int) -> ColumnElement[bool]:
    """That a person is or was a pupil or a member of staff of this school."""
    return or_(
        exists().where(Enrolment.school_id == school_id, Enrolment.person_id == Person.id),
        exists().where(Employment.school_id == school_id, Employment.person_id == Person.id),
    )
