"""Who may do what at which school: the one place where a role becomes a right (D20).

Two rights. To *manage* a school: its own ICT coordinators, and who coordinates all schools of its board. To *see* what the schools of a board agreed
and ticked: whoever has a role on that board. Which schools those are is asked each time, and nothing is remembered: a school that goes to another
board is out of their sight from the next statement on.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import BindParameter, bindparam, exists, or_, select, union_all

from directory import roles, schools
from directory.boards import KnownBoard
from directory.models import Board, BoardRole, Employment, EmploymentRole, Person, School
from directory.schools import KnownSchool
from idp.core.db import Db

# Every page of a desk asks these, so they are made once.
_PERSON: Final[BindParameter[int]] = bindparam("person")
_ABLE: Final = (Person.id == _PERSON, ~Person.disabled)
_BY_WORKING_THERE: Final = (
    select(Employment.school_id)
    .join(EmploymentRole, EmploymentRole.employment_id == Employment.id)
    .where(Employment.person_id == _PERSON, Employment.active, ~Employment.unanswered)
    .where(EmploymentRole.role.in_(roles.MANAGING))
    .where(or_(Employment.ends_on.is_(None), Employment.ends_on >= bindparam("today")))
)
_BY_THE_BOARD: Final = (
    select(School.id)
    .join(BoardRole, BoardRole.board_id == School.board_id)
    .where(BoardRole.person_id == _PERSON, BoardRole.role == roles.BOARD_ICT_COORDINATOR)
)
_MINE: Final = School.id.in_(union_all(_BY_WORKING_THERE, _BY_THE_BOARD))
"""The schools that a person manages, closed ones too."""
_MANAGED: Final = schools.by_name(_MINE, School.closed_at.is_(None))
_MANAGES: Final = select(School.id).where(School.id == bindparam("school"), _MINE, exists().where(*_ABLE))
_ON_A_BOARD: Final = select(BoardRole.board_id).where(BoardRole.person_id == _PERSON)
_ANYWHERE: Final = union_all(_BY_WORKING_THERE, _BY_THE_BOARD, _ON_A_BOARD).subquery()
_DECIDES: Final = select(Person.id).where(*_ABLE, exists(select(_ANYWHERE)))


@dataclass(frozen=True, slots=True)
class OnBoard:
    """A board on which somebody has roles."""

    board: KnownBoard
    roles: frozenset[str]

    @property
    def coordinates(self) -> bool:
        """Whether this person acts for every school of the board; who does not only looks."""
        return roles.BOARD_ICT_COORDINATOR in self.roles


async def managed(db: Db, person_id: int, *, today: date) -> tuple[KnownSchool, ...]:
    """The open schools that this person manages now, by name."""
    return tuple(await schools.found(db, _MANAGED, {"person": person_id, "today": today}))


async def manages(db: Db, person_id: int, school_id: int, *, today: date) -> bool:
    """Whether this person manages that school now."""
    asked = {"person": person_id, "today": today, "school": school_id}
    return (await db.execute(_MANAGES, asked)).scalar() is not None


async def decides_somewhere(db: Db, person_id: int, *, today: date) -> bool:
    """Whether this person coordinates any school, or has any role on a board: more hangs on such an account than on another."""
    return (await db.execute(_DECIDES, {"person": person_id, "today": today})).scalar() is not None


async def boards(db: Db, person_id: int) -> list[OnBoard]:
    """The boards on which this person has a role, by name."""
    query = select(Board.id, Board.number, Board.name, BoardRole.role).join(BoardRole, BoardRole.board_id == Board.id)
    rows = await db.execute(query.where(BoardRole.person_id == person_id).order_by(Board.name, Board.id))
    held: dict[KnownBoard, set[str]] = {}
    for number, code, name, role in rows:
        held.setdefault(KnownBoard(number, code, name), set()).add(role)
    return [OnBoard(board, frozenset(found)) for board, found in held.items()]


async def acts_for(db: Db, person_id: int, board_id: int, school_id: int) -> bool:
    """Whether this person coordinates the schools of that board and the school is one of them, open, at this moment."""
    held = BoardRole.board_id == board_id, BoardRole.person_id == person_id
    coordinates = exists().where(*held, BoardRole.role == roles.BOARD_ICT_COORDINATOR)
    here = School.id == school_id, School.board_id == board_id, School.closed_at.is_(None)
    able = exists().where(Person.id == person_id, ~Person.disabled)
    return (await db.execute(select(School.id).where(*here, coordinates, able))).scalar() is not None


async def outranks(db: Db, person_id: int, other_id: int) -> bool:
    """Whether somebody may decide about the account of another as far as boards go: the other has no role on any, or this person coordinates the
    schools of each of those boards.
    """
    theirs = select(BoardRole.board_id).where(BoardRole.person_id == other_id)
    mine = select(BoardRole.board_id).where(
        BoardRole.person_id == person_id, BoardRole.role == roles.BOARD_ICT_COORDINATOR
    )
    beyond = theirs.where(BoardRole.board_id.not_in(mine)).limit(1)
    return (await db.execute(beyond)).scalar() is None
