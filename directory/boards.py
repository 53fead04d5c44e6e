"""Boards: what they are called, and which schools they run."""

from dataclasses import dataclass

from sqlalchemy import func, select, union, update

from directory import schools
from directory.models import Board, BoardRole, Person, School
from directory.schools import KnownSchool
from idp.core.db import Db


@dataclass(frozen=True, slots=True)
class KnownBoard:
    """A board, known by its funding number (R50)."""

    id: int
    number: str
    name: str


_COLUMNS = Board.id, Board.number, Board.name


async def by_number(db: Db, number: str) -> KnownBoard:
    """The board with this funding number. Raises `LookupError`."""
    row = (await db.execute(select(*_COLUMNS).where(Board.number == number))).one_or_none()
    if row is None:
        raise LookupError(f"no board {number}")
    return KnownBoard(*row)


async def hold(db: Db, board_id: int) -> None:
    """Makes others who hold the same board wait until this transaction ends. A weak lock, as `schools.hold`."""
    await db.execute(select(Board.id).where(Board.id == board_id).with_for_update(key_share=True))


async def listed(db: Db) -> list[tuple[KnownBoard, int, str | None]]:
    """Every board by name, with how many open schools it runs and where it is written to about agreements."""
    counted, columns = func.count(School.id), (*_COLUMNS, Board.email)
    query = select(*columns, counted).outerjoin(School, (School.board_id == Board.id) & School.closed_at.is_(None))
    rows = await db.execute(query.group_by(*columns).order_by(Board.name, Board.number))
    return [(KnownBoard(row.id, row.number, row.name), row[4], row.email) for row in rows]


async def write_to(db: Db, board_id: int, email: str | None) -> None:
    """Where the board is written to about agreements from now on (R65); None for nowhere but to those with a role on it."""
    await db.execute(update(Board).where(Board.id == board_id).values(email=email))


async def schools_of(db: Db, board_id: int) -> list[KnownSchool]:
    """The open schools that this board runs at this moment, by name."""
    here = School.board_id == board_id, School.closed_at.is_(None), School.reference_of.is_(None)
    ids = list((await db.execute(select(School.id).where(*here))).scalars())
    return await schools.by_ids(db, ids) if ids else []


async def addresses(db: Db, board_id: int) -> list[str]:
    """Where a board is written to about agreements: who coordinates its schools, its directors, and its own address (R65)."""
    query = select(Person.email).join(BoardRole, BoardRole.person_id == Person.id)
    people = query.where(BoardRole.board_id == board_id, ~Person.disabled)
    rows = await db.execute(union(people, select(Board.email).where(Board.id == board_id)))
    return sorted({email for email in rows.scalars() if email})
