"""People as the sign-in needs them: the groups and children of a school, staff by address, workplaces."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import and_, bindparam, insert, or_, select, update

from directory import roles as known_roles
from directory.models import BoardRole, Employment, EmploymentRole, Enrolment, Person, School, SubjectSeed
from directory.names import full_name
from idp.core import crypto, endings, ids
from idp.core.db import Db
from idp.core.hot import Hot, Statement

LEDGER_ID: Final = 36
"""Characters of the ledger id of a person; what acts by itself has a shorter one."""
# Most pages of staff ask these: what is said once need not be made for each.
_THIS: Final = Person.id == bindparam("person_id")
_IDENTITY: Final = select(Person.epoch, Person.ledger_id).where(_THIS)
_FIRST_NAME: Final = select(Person.first_name).where(_THIS)
_EMAIL: Final = select(Person.email).where(_THIS)
_WORKS_AT: Final = (
    select(School.id, School.name, EmploymentRole.role)
    .select_from(Employment)
    .join(School, and_(School.id == Employment.school_id, School.closed_at.is_(None)))
    .outerjoin(EmploymentRole, EmploymentRole.employment_id == Employment.id)
    .where(
        Employment.person_id == bindparam("person_id"),
        Employment.active,
        ~Employment.unanswered,
        or_(Employment.ends_on.is_(None), Employment.ends_on >= bindparam("today")),
    )
    .order_by(School.name, EmploymentRole.role)
)


@dataclass(frozen=True, slots=True)
class Workplace:
    """A school where a member of staff works, with the roles held there."""

    school_id: int
    school_name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """A member of staff as an account."""

    person_id: int
    ledger_id: str
    first_name: str | None
    email: str
    epoch: int


async def account(db: Db, email: str) -> Account | None:
    """The staff account with this address, unless disabled."""
    row = (
        await db.execute(
            select(Person.id, Person.ledger_id, Person.first_name, Person.email, Person.epoch).where(
                Person.email == normal_email(email), Person.kind == "staff", ~Person.disabled
            )
        )
    ).one_or_none()
    return Account(row.id, row.ledger_id, row.first_name, row.email or "", row.epoch) if row else None


async def account_of(db: Db, person_id: int) -> Account | None:
    """The staff account of this person, unless disabled or without an address."""
    columns = Person.id, Person.ledger_id, Person.first_name, Person.email, Person.epoch
    mine = Person.id == person_id, Person.kind == "staff", Person.email.is_not(None), ~Person.disabled
    row = (await db.execute(select(*columns).where(*mine))).one_or_none()
    return Account(row.id, row.ledger_id, row.first_name, row.email or "", row.epoch) if row else None


async def address_in_use(db: Db, email: str) -> bool:
    """Whether a staff account has this address, disabled ones included."""
    return (await db.execute(select(Person.id).where(Person.email == normal_email(email)))).scalar() is not None


async def coordinator_addresses(db: Db, school_id: int, *, today: date) -> list[str]:
    """The addresses of everybody who is ICT coordinator of this school now; of one that has none, those of its board's (D20)."""
    rows = await db.execute(
        select(Person.email)
        .join(Employment, Employment.person_id == Person.id)
        .join(EmploymentRole, EmploymentRole.employment_id == Employment.id)
        .where(
            Employment.school_id == school_id,
            EmploymentRole.role == known_roles.ICT_COORDINATOR,
            Employment.active,
            ~Person.disabled,
            or_(Employment.ends_on.is_(None), Employment.ends_on >= today),
        )
        .order_by(Person.email)
    )
    return [email for email in rows.scalars() if email] or await board_coordinator_addresses(db, school_id)


async def coordinated(db: Db, school_ids: Sequence[int], *, today: date) -> frozenset[int]:
    """Those of these schools that have an ICT coordinator of their own now."""
    rows = await db.execute(
        select(Employment.school_id)
        .join(Person, Person.id == Employment.person_id)
        .join(EmploymentRole, EmploymentRole.employment_id == Employment.id)
        .where(Employment.school_id.in_(school_ids), EmploymentRole.role == known_roles.ICT_COORDINATOR)
        .where(Employment.active, ~Employment.unanswered, ~Person.disabled)
        .where(or_(Employment.ends_on.is_(None), Employment.ends_on >= today))
    )
    return frozenset(rows.scalars())


async def board_coordinator_addresses(db: Db, school_id: int) -> list[str]:
    """The addresses of everybody who coordinates all schools of the board that this school has now."""
    held = BoardRole.person_id == Person.id, BoardRole.role == known_roles.BOARD_ICT_COORDINATOR
    rows = await db.execute(
        select(Person.email)
        .join(BoardRole, and_(*held))
        .join(School, School.board_id == BoardRole.board_id)
        .where(School.id == school_id, ~Person.disabled)
        .order_by(Person.email)
    )
    return [email for email in rows.scalars() if email]


async def pupil_by_key(db: Db, school_id: int, las_key: str) -> int:
    """The active pupil of this school whom its administration knows by this key. Raises `LookupError`."""
    here = Enrolment.school_id == school_id, Enrolment.las_key == las_key, Enrolment.active
    found = (await db.execute(select(Enrolment.person_id).where(*here))).scalar()
    if found is None:
        raise LookupError("no active pupil of this school has that key")
    return found


async def identity(db: Db, person_id: int) -> tuple[int, str]:
    """The present epoch and the ledger id of a person. Raises `LookupError`."""
    row = (await db.execute(_IDENTITY, {"person_id": person_id})).one_or_none()
    if row is None:
        raise LookupError("no such person")
    return row.epoch, row.ledger_id


async def called(db: Db, ledger_ids: Iterable[str]) -> dict[str, str]:
    """What the people with these ledger ids are called; who is gone is not in it."""
    wanted = {one for one in ledger_ids if len(one) == LEDGER_ID}
    if not wanted:
        return {}
    columns = Person.ledger_id, Person.first_name, Person.prefix, Person.surname, Person.email
    rows = await db.execute(select(*columns).where(Person.ledger_id.in_(sorted(wanted))))
    return {row[0]: full_name(*row[1:4]) or row[4] or "–" for row in rows}


async def hold(db: Db, person_id: int) -> None:
    """Makes others who hold the same person wait until this transaction ends."""
    await db.execute(select(Person.id).where(Person.id == person_id).with_for_update())


async def first_name_of(db: Db, person_id: int) -> str | None:
    """How a person is addressed, or None."""
    return (await db.execute(_FIRST_NAME, {"person_id": person_id})).scalar()


async def names_of(db: Db, person_id: int) -> tuple[str, ...]:
    """The first name and the surname of a person, as far as there are."""
    row = (await db.execute(select(Person.first_name, Person.surname).where(Person.id == person_id))).one_or_none()
    return tuple(name for name in row or () if name)


async def email_of(db: Db, person_id: int) -> str | None:
    """The address of a person, or None."""
    return (await db.execute(_EMAIL, {"person_id": person_id})).scalar()


def normal_email(email: str) -> str:
    """An address as it is stored and compared: lower case, no white space around it."""
    return email.strip().lower()


async def workplaces(db: Db, person_id: int, *, today: date) -> list[Workplace]:
    """The schools where this person works now, by name."""
    rows = await db.execute(_WORKS_AT, {"person_id": person_id, "today": today})
    places: dict[int, tuple[str, list[str]]] = {}
    for row in rows:
        held = places.setdefault(row.id, (row.name, []))[1]
        if row.role is not None:
            held.append(row.role)
    return [Workplace(school_id, name, tuple(held)) for school_id, (name, held) in places.items()]


_WORKPLACES = Statement(
    """SELECT s.id FROM employments em JOIN schools s ON s.id = em.school_id AND s.closed_at IS NULL
    WHERE em.person_id = $1 AND em.active AND NOT em.unanswered AND (em.ends_on IS NULL OR em.ends_on >= $2) ORDER BY s.name, s.id"""
)


async def workplace_ids(hot: Hot, person_id: int, *, today: date) -> tuple[int, ...]:
    """The ids of the schools where this person works now, by name."""
    return tuple(row[0] for row in await hot.rows(_WORKPLACES, person_id, today))


async def new_person(
    db: Db,
    *,
    kind: str,
    first_name: str | None,
    prefix: str | None,
    surname: str | None,
    email: str | None,
    now: datetime,
) -> int:
    """A person with a subject seed of their own; returns the id."""
    values = {"kind": kind, "first_name": first_name, "prefix": prefix, "surname": surname, "email": email}
    row = insert(Person).values(**values, ledger_id=ids.guid(), created_at=now).returning(Person.id)
    person_id = (await db.execute(row)).scalar_one()
    await db.execute(insert(SubjectSeed).values(person_id=person_id, seed=crypto.new_secret()))
    return person_id


async def employ(db: Db, school_id: int, person_id: int, held: Iterable[str], *, source: str = "platform") -> None:
    """Lets a person work at a school with at least these roles. Raises `ValueError` for an unknown role."""
    wanted = set(held)
    if unknown := wanted - set(known_roles.ROLES):
        raise ValueError(f"unknown role {sorted(unknown)[0]!r}; known are {', '.join(known_roles.ROLES)}")
    here = Employment.school_id == school_id, Employment.person_id == person_id
    employment_id = (await db.execute(select(Employment.id).where(*here))).scalar()
    if employment_id is None:
        row = (
            insert(Employment).values(school_id=school_id, person_id=person_id, source=source).returning(Employment.id)
        )
        employment_id = (await db.execute(row)).scalar_one()
    else:
        await db.execute(update(Employment).where(*here).values(active=True, inactive_since=None, unanswered=False))
    held_now = set(
        (await db.execute(select(EmploymentRole.role).where(EmploymentRole.employment_id == employment_id))).scalars()
    )
    new = [{"employment_id": employment_id, "role": role} for role in sorted(wanted - held_now)]
    if new:
        await db.execute(insert(EmploymentRole), new)


async def end_sessions(db: Db, *person_ids: int, but: bytes | None = None) -> None:
    """Ends every session of these people, on every node, with the commit (D26); the parties that know one hear of it (C-078).

    `but` is the mark of the session that goes on under another key.
    """
    await db.execute(update(Person).where(Person.id.in_(person_ids)).values(epoch=Person.epoch + 1))
    await endings.note(db, people=person_ids, but=but)


async def bounced(db: Db, email: str, *, now: datetime) -> bool:
    """A mail to this address of staff came back: their coordinators see it (R169). False when no account has the address."""
    theirs = update(Person).where(Person.email == normal_email(email)).values(bounced_at=now)
    return (await db.execute(theirs)).rowcount > 0


async def forget_bounces(db: Db, person_ids: Sequence[int]) -> None:
    """Another mail is on its way to these people, or one has arrived: whether the next comes back is to be seen."""
    stained = Person.id.in_(person_ids), Person.bounced_at.is_not(None)
    await db.execute(update(Person).where(*stained).values(bounced_at=None))
