"""School accounts: adding, finding by what people and protocols call them, listing (D13)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, Select, bindparam, func, insert, select, tuple_

from directory.models import Board, Device, Employment, Enrolment, Group, School, SchoolAddress
from idp.core import ids
from idp.core.db import Db


@dataclass(frozen=True, slots=True)
class KnownSchool:
    """A school account."""

    id: int
    name: str
    brin: str | None
    location: str
    instelling_ref: str
    board_id: int | None
    mfa_for_staff: bool
    hide_names: bool

    @property
    def code(self) -> str:
        """How commands and protocols call it: BRIN, BRIN with location code, or INSTELLING_REF."""
        return f"{self.brin}{self.location}" if self.brin else self.instelling_ref


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Since when there is a school account, and until when there was; `merged_into` is the account where its people went."""

    created_at: datetime
    closed_at: datetime | None
    merged_into: int | None


_COLUMNS = (
    School.id,
    School.name,
    School.brin,
    School.location,
    School.instelling_ref,
    School.board_id,
    School.mfa_for_staff,
    School.hide_names,
)

_EXISTS = School.reference_of.is_(None)
"""A reference school has no name for anybody but its party: no command, file, shortcut or invitation puts somebody there who exists."""


def by_name(*which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The statement for the schools of which this holds, by name; it is made once, and `found` asks it."""
    return select(*_COLUMNS).where(*which).order_by(School.name, School.id)


_BY_IDS: Final = by_name(School.id.in_(bindparam("ids", expanding=True)))


async def found(db: Db, statement: Executable, values: Mapping[str, object]) -> list[KnownSchool]:
    """The schools that a statement of `by_name` finds for these values."""
    return [KnownSchool(**row._mapping) for row in await db.execute(statement, values)]


async def hold(db: Db, *school_ids: int) -> None:
    """Makes others who hold one of these schools wait until this transaction ends. A weak lock: sign-ins and releases go on."""
    query = select(School.id).where(School.id.in_(school_ids)).order_by(School.id)
    await db.execute(query.with_for_update(key_share=True))


async def add(
    db: Db, *, name: str, brin: str | None, location: str, now: datetime, board: tuple[str, str] | None = None
) -> KnownSchool:
    """A new school account with a fresh INSTELLING_REF; `location` "00" is the main location and stored empty (domain rule).

    `board` is (funding number, name). Raises `ValueError` when BRIN and location exist already.
    """
    location = "" if location == "00" else location
    if brin and (await _one(db, select(*_COLUMNS).where(School.brin == brin, School.location == location))):
        raise ValueError(f"school {brin}{location} exists already")
    board_id = await _board(db, *board) if board else None
    values = {"name": name, "brin": brin, "location": location, "instelling_ref": ids.guid(), "board_id": board_id}
    school_id = (await db.execute(insert(School).values(created_at=now, **values).returning(School.id))).scalar_one()
    return await by_id(db, school_id)


async def by_id(db: Db, school_id: int) -> KnownSchool:
    """The school with this id. Raises `LookupError`."""
    found = await _one(db, select(*_COLUMNS).where(School.id == school_id))
    if found is None:
        raise LookupError("no such school")
    return found


async def by_ids(db: Db, school_ids: Sequence[int]) -> list[KnownSchool]:
    """The schools with these ids, by name."""
    return await found(db, _BY_IDS, {"ids": school_ids})


async def by_ref(db: Db, instelling_ref: str) -> KnownSchool | None:
    """The school with this INSTELLING_REF, or None."""
    return await _one(db, select(*_COLUMNS).where(School.instelling_ref == instelling_ref.lower(), _EXISTS))


async def by_brin(db: Db, brin: str | None, location: str) -> KnownSchool | None:
    """The account of exactly this location (`""` is the main one), or None."""
    here = School.brin == brin, School.location == location, _EXISTS
    return await _one(db, select(*_COLUMNS).where(*here)) if brin else None


async def by_code(db: Db, code: str) -> KnownSchool:
    """A school by BRIN, BRIN with location code, or INSTELLING_REF. Raises `LookupError` with a readable reason."""
    if len(code) == 36:
        found = await by_ref(db, code)
    else:
        brin, location = code[:4].upper(), "" if code[4:] == "00" else code[4:]
        found = await by_brin(db, brin, location)
        if found is None and not code[4:]:
            # A BRIN whose only account is a location with a code: there is no doubt whom it means.
            rows = (await db.execute(select(*_COLUMNS).where(School.brin == brin, _EXISTS))).all()
            if len(rows) > 1:
                raise LookupError(f"{code} has several locations: add the location code, such as {code}01")
            found = KnownSchool(**rows[0]._mapping) if rows else None
    if found is None:
        raise LookupError(f"no school {code}")
    return found


async def listed(db: Db, *, search: str = "", after: KnownSchool | None = None, limit: int = 50) -> list[KnownSchool]:
    """A page of schools by name, from the first one behind `after`, the last of the page before; schools may share a name."""
    query = select(*_COLUMNS).where(_EXISTS).order_by(School.name, School.id).limit(limit)
    if after is not None:
        query = query.where(tuple_(School.name, School.id) > (after.name, after.id))
    if search:
        like = f"%{search.lower()}%"
        query = query.where(func.lower(School.name).like(like) | func.lower(School.brin).like(like))
    return [KnownSchool(**row._mapping) for row in await db.execute(query)]


async def counts(db: Db, school_id: int) -> dict[str, int]:
    """How many active stamgroepen, pupils, staff, networks and enrolled devices a school has."""
    queries = {
        "groups": select(func.count())
        .select_from(Group)
        .where(Group.school_id == school_id, Group.active, Group.kind == "stamgroep"),
        "pupils": select(func.count()).select_from(Enrolment).where(Enrolment.school_id == school_id, Enrolment.active),
        "staff": select(func.count())
        .select_from(Employment)
        .where(Employment.school_id == school_id, Employment.active),
        "addresses": select(func.count()).select_from(SchoolAddress).where(SchoolAddress.school_id == school_id),
        "devices": select(func.count()).select_from(Device).where(Device.school_id == school_id),
    }
    together = select(*(query.scalar_subquery().label(name) for name, query in queries.items()))
    return dict((await db.execute(together)).one()._mapping)


async def board_of(db: Db, school: KnownSchool) -> tuple[str, str] | None:
    """Funding number and name of the school's board, or None."""
    row = (await db.execute(select(Board.number, Board.name).where(Board.id == school.board_id))).one_or_none()
    return (row.number, row.name) if row else None


async def lifetime_of(db: Db, school_id: int) -> Lifetime:
    """Since and until when this school is there. Raises `LookupError`."""
    columns = School.created_at, School.closed_at, School.merged_into_id
    row = (await db.execute(select(*columns).where(School.id == school_id))).one_or_none()
    if row is None:
        raise LookupError("no such school")
    return Lifetime(*row)


async def _one(db: Db, query: Executable) -> KnownSchool | None:
    row = (await db.execute(query)).one_or_none()
    return KnownSchool(**row._mapping) if row else None


async def _board(db: Db, number: str, name: str) -> int:
    found = (await db.execute(select(Board.id).where(Board.number == number))).scalar()
    if found is not None:
        return found
    return (await db.execute(insert(Board).values(number=number, name=name).returning(Board.id))).scalar_one()
