"""The checkers' side, to look: what waits, and one application with everything that is known beside it (R9, R10)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from directory import people, schools
from directory.lifecycle import memberships
from directory.lifecycle.days import day_of
from directory.models import School
from directory.onboarding import answers, asking, letters
from directory.onboarding.answers import Answers, Kind
from directory.onboarding.compared import Account, Compared, Known, compare
from directory.onboarding.models import Application
from directory.onboarding.steps import TO_CHECK, Standing, State, refused
from directory.register import readings
from directory.register.models import RegisterLocation
from directory.register.reader import ListedLocation
from directory.roles import ICT_COORDINATOR
from directory.schools import KnownSchool
from idp.core import ledger
from idp.core.crypto import Keyring
from idp.core.db import Db


@dataclass(frozen=True, slots=True)
class Waiting:
    """An application in the list: no name of anybody. `school_name` is empty when the form is gone."""

    id: int
    kind: Kind
    state: State
    code: str | None
    school_name: str
    asked_at: datetime
    received_at: datetime | None
    approved_by: str | None


@dataclass(frozen=True, slots=True)
class Looked:
    """One application with everything that is known beside it."""

    id: int
    kind: Kind
    lang: str
    standing: Standing
    asked_at: datetime
    received_at: datetime | None
    approved_at: datetime | None
    decided_at: datetime | None
    decided_by: str | None
    school_id: int | None
    letter_size: int | None
    answers: Answers | None = field(repr=False)
    reason: str = field(repr=False)
    compared: Compared | None = field(repr=False)


async def listed(
    db: Db, keyring: Keyring, states: Sequence[State] = TO_CHECK, *, before: int | None = None, limit: int = 50
) -> list[Waiting]:
    """Applications in these states, the newest first, from the one behind number `before`."""
    query = select(
        Application.id,
        Application.kind,
        Application.state,
        Application.code,
        Application.answers,
        Application.asked_at,
        Application.received_at,
        Application.approved_by,
    ).where(Application.state.in_(states))
    if before is not None:
        query = query.where(Application.id < before)
    found = []
    for row in await db.execute(query.order_by(Application.id.desc()).limit(limit)):
        told = {name: value for name, value in row._mapping.items() if name != "answers"}
        name = answers.unseal(keyring, row.id, row.answers).school_name if row.answers else ""
        found.append(Waiting(**told, school_name=name))
    return found


async def counts(db: Db) -> dict[str, int]:
    """How many applications wait for a first and for a second yes, by state."""
    query = select(Application.state, func.count()).where(Application.state.in_(TO_CHECK)).group_by(Application.state)
    return {**dict.fromkeys(TO_CHECK, 0), **{row.state: row[1] for row in await db.execute(query)}}


async def one(db: Db, keyring: Keyring, application_id: int, *, now: datetime, held: bool = False) -> Looked:
    """An application; `held` makes others who hold it wait until this transaction ends. Raises `LookupError`."""
    query = select(Application).where(Application.id == application_id)
    row = (await db.execute(query.with_for_update() if held else query)).one_or_none()
    if row is None:
        raise LookupError("no such application")
    asked = answers.unseal(keyring, row.id, row.answers) if row.answers else None
    decided = row.decided_at is not None
    return Looked(
        id=row.id,
        kind=row.kind,
        lang=row.lang,
        standing=Standing(row.state, row.version, row.approved_by),
        asked_at=row.asked_at,
        received_at=row.received_at,
        approved_at=row.approved_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        school_id=row.school_id,
        letter_size=await letters.size(db, row.id),
        answers=asked,
        reason=asking.open_reason(keyring, row.id, row.reason),
        # What was decided is not judged again by what the register says today.
        compared=compare(asked, await known(db, row.id, asked, now=now)) if asked and not decided else None,
    )


async def letter(db: Db, keyring: Keyring, application_id: int, *, by: str, now: datetime) -> bytes:
    """The signed letter, for who checks; that he took it is recorded. Raises `LookupError`, `Refused`."""
    query = select(Application.state).where(Application.id == application_id)
    state = (await db.execute(query)).scalar()
    found = await letters.content(db, keyring, application_id)
    if state is None or found is None:
        raise LookupError("no such letter")
    if state == "asked":
        raise refused("not_now")
    await ledger.record(db, "application.letter_read", now=now, by=by, detail={"application": application_id})
    return found


async def known(db: Db, application_id: int, asked: Answers, *, now: datetime) -> Known:
    """What register and accounts say of what a form names."""
    others = _OTHERS.where(Application.id != application_id)
    if asked.kind == "abroad":
        same = func.lower(School.name) == asked.school_name.lower()
        query = select(School.id).where(same, School.brin.is_(None), School.reference_of.is_(None))
        found = list((await db.execute(query.order_by(School.id).limit(5))).scalars())
        namesakes = tuple([school.code for school in await schools.by_ids(db, found)])
        return Known(register_read=True, namesakes=namesakes)
    account = await schools.by_brin(db, asked.brin, asked.location)
    address = await readings.address_of(db, asked.board_number)
    return Known(
        register_read=await readings.last(db) is not None,
        listed=await _listed(db, asked.code or ""),
        board_listed_as=await _board_name(db, asked.board_number),
        board_address=str(address) if address else None,
        account=await _account(db, account, now=now) if account else None,
        others=tuple((await db.execute(others.where(Application.code == asked.code))).scalars()),
    )


async def _listed(db: Db, code: str) -> ListedLocation | None:
    query = select(RegisterLocation).where(RegisterLocation.code == code, RegisterLocation.current)
    row = (await db.execute(query)).one_or_none()
    return ListedLocation(row.code, row.name, row.place, row.board_number, row.board_name) if row else None


async def _board_name(db: Db, number: str) -> str | None:
    """What the register calls the board with this number; None where it names no such board."""
    query = select(RegisterLocation.board_name).where(RegisterLocation.board_number == number, RegisterLocation.current)
    return (await db.execute(query.where(RegisterLocation.board_name.is_not(None)).limit(1))).scalar()


async def _account(db: Db, school: KnownSchool, *, now: datetime) -> Account:
    board = await schools.board_of(db, school)
    closed = (await db.execute(select(School.closed_at).where(School.id == school.id))).scalar() is not None
    invited = [one for one in await memberships.of_school(db, school.id) if one.expires_at > now]
    return Account(
        school_id=school.id,
        code=school.code,
        name=school.name,
        board_number=board[0] if board else None,
        board_name=board[1] if board else None,
        closed=closed,
        coordinators=len(await people.coordinator_addresses(db, school.id, today=day_of(now))),
        invited=sum(ICT_COORDINATOR in invitation.roles for invitation in invited),
    )


_OTHERS: Final = select(Application.id).where(Application.state.in_(TO_CHECK)).order_by(Application.id).limit(20)
