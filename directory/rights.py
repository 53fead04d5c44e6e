"""Who may do what at which school: the one place where a role becomes a right (D20).

Two rights. To *manage* a school: its own ICT coordinators, and who coordinates all schools of its board. To *see* what the schools of a board agreed
and ticked: whoever has a role on that board. Which schools those are is asked each time, and nothing is remembered: a school that goes to another
board is out of their sight from the next statement on.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import CompoundSelect, Select, exists, or_, select, union_all

from directory import roles, schools
from directory.boards import KnownBoard
from directory.models import Board, BoardRole, Employment, EmploymentRole, Person, School
from directory.schools import KnownSchool
from idp.core.db import Db


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
    mine = select(School.id).where(School.id.in_(_managed(person_id, today)), School.closed_at.is_(None))
    ids = list((await db.execute(mine)).scalars())
    return tuple(await schools.by_ids(db, ids)) if ids else ()


async def manages(db: Db, person_id: int, school_id: int, *, today: date) -> bool:
    """Whether this person manages that school now."""
    here = School.id == school_id, School.id.in_(_managed(person_id, today))
    able = exists().where(Person.id == person_id, ~Person.disabled)
    return (await db.execute(select(School.id).where(*here, able))).scalar() is not None


async def decides_somewhere(db: Db, person_id: int, *, today: date) -> bool:
    """Whether this person coordinates any school, or has any role on a board: more hangs on such an account than on another."""
    on_a_board = select(BoardRole.board_id).where(BoardRole.person_id == person_id)
    anywhere = union_all(*_managing(person_id, today), on_a_board).subquery()
    able = Person.id == person_id, ~Person.disabled
    return (await db.execute(select(Person.id).where(*able, exists(select(anywhere))))).scalar() is not None


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


def _managed(person_id: int, today: date) -> CompoundSelect[int]:
    """The ids of the schools that this person manages, closed ones too."""
    return union_all(*_managing(person_id, today))


def _managing(person_id: int, today: date) -> tuple[Select[int], Select[int]]:
    """The same in two halves: by working there, and by the board."""
    own = (
        select(Employment.school_id)
        .join(EmploymentRole, EmploymentRole.employment_id == Employment.id)
        .where(Employment.person_id == person_id, Employment.active, ~Employment.unanswered)
        .where(EmploymentRole.role.in_(roles.MANAGING))
        .where(or_(Employment.ends_on.is_(None), Employment.ends_on >= today))
    )
    whole_board = (
        select(School.id)
        .join(BoardRole, BoardRole.board_id == School.board_id)
        .where(BoardRole.person_id == person_id, BoardRole.role == roles.BOARD_ICT_COORDINATOR)
    )
    return own, whole_board
