"""Which connections of parties know a session, and which of them still have to hear that it ended (C-077, C-078).

Nobody keeps a list of them beside the hot path: every release record carries the mark of its session. A logout reads them by person and day, which
is an index of the records; who ends a session writes, in his own transaction, one row for each connection that must hear of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import (
    ColumnElement,
    Insert,
    LargeBinary,
    Row,
    Select,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from consent.models import FieldSet, Logout, Release
from directory.lifecycle.models import SubstituteBinding, SubstituteSeat
from directory.models import EckId, Person, School, SubjectAlias, SubjectSeed
from idp.core.crypto import Keyring
from idp.core.db import Database, Db, Moment
from idp.core.endings import Ended
from idp.core.hot import Hot, Statement
from metadata.models import OidcClient, Party, SamlEntity

State = Literal["waiting", "told", "asked", "failed", "mute"]

LONGEST: Final = timedelta(hours=13)
"""No session is older, and no release in it."""
AT_HAND: Final = timedelta(seconds=30)
"""So long a row is left to whoever wrote it, before a worker takes it up."""
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection of a party. `protocol` is `oidc` or `saml`."""

    protocol: str
    id: int


@dataclass(frozen=True, slots=True)
class Known:
    """By what a connection knows a person and a session. `named` is what its release record says of the name that it was given.

    `seed` is None when the person is gone. `eckid` is there only where it left.
    """

    session_mark: bytes
    named: str
    seed: bytes | None = field(repr=False)
    eckid: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Leaving:
    """A connection that must hear that a session ended. `name` is its client_id or entityID, None when it is gone."""

    id: int
    protocol: str
    connection_id: int
    name: str | None
    party_name: str
    known: Known
    state: State
    attempts: int
    created_at: datetime


async def enter_session(
    db: Db,
    person_id: int,
    session_mark: bytes,
    *,
    run: bytes | None,
    now: datetime,
    but: Connection | None = None,
) -> None:
    """Every connection that knows this session is to hear that it ended, `but` one, which knows. With a `run` somebody is about to tell them."""
    conditions = [Release.person_id == person_id, Release.session_mark == session_mark]
    if but is not None:
        conditions.append(~and_(_over(but.protocol), Release.connection_id == but.id))
    await db.execute(_entered(conditions, run=run, now=now, next_at=now + AT_HAND if run else now))


async def enter_ended(db: Db, ended: Ended, *, now: datetime) -> None:
    """Every connection that knows a session of whom an ending is about is to hear of it."""
    await db.execute(_entered([Release.id <= ended.upto, *_meant(ended)], run=None, now=now, next_at=now))


@dataclass(frozen=True, slots=True)
class Later:
    """A session by which something left after an ending was noted. It ended too, unless it began under `epoch`, the person's present one."""

    person_id: int
    session_mark: bytes
    epoch: int | None


async def later(db: Db, ended: Ended, *, now: datetime) -> list[Later]:
    """The sessions of whom an ending is about by which something left since: an answer that was under way when it was written, which no lock held up,
    or one to whoever signed in again.
    """
    query = (
        select(Release.person_id, Release.session_mark, Person.epoch)
        .outerjoin(Person, Person.id == Release.person_id)
        .where(Release.id > ended.upto, Release.at >= now - LONGEST, *_meant(ended))
        .distinct()
    )
    rows = await db.execute(query)
    return [Later(person_id, mark, epoch) for person_id, mark, epoch in rows if mark is not None]


def _meant(ended: Ended) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if ended.person_id is not None:
        conditions.append(Release.person_id == ended.person_id)
    if ended.school_id is not None:
        conditions.append(Release.school_id == ended.school_id)
    if ended.party_id is not None:
        conditions.append(Release.party_id == ended.party_id)
    if ended.but is not None:
        conditions.append(Release.session_mark != ended.but)
    return conditions


def _over(protocol: str) -> ColumnElement[bool]:
    return or_(Release.wire == protocol, Release.wire.startswith(protocol + " ", autoescape=True))


def _entered(
    conditions: Iterable[ColumnElement[bool]], *, run: bytes | None, now: datetime, next_at: datetime
) -> Insert:
    same = and_(
        Logout.session_mark == Release.session_mark,
        Logout.connection_id == Release.connection_id,
        Logout.wire == Release.wire,
    )
    # Told already, and nothing left for it since.
    heard = exists().where(same, Logout.release_id >= Release.id)
    whose = Release.person_id, Release.party_id, Release.connection_id, Release.wire, Release.session_mark
    found = (
        select(
            func.max(Release.id),
            *whose,
            literal(run, LargeBinary(16)),
            literal("waiting"),
            literal(0),
            literal(now, Moment),
            literal(next_at, Moment),
        )
        .where(Release.session_mark.is_not(None), Release.at >= now - LONGEST, ~heard, *conditions)
        .group_by(*whose)
    )
    names = ["release_id", "person_id", "party_id", "connection_id", "wire", "session_mark"]
    return insert(Logout).from_select([*names, "run", "state", "attempts", "created_at", "next_at"], found)


async def names_of(db: Db, person_id: int, session_mark: bytes, *, now: datetime) -> list[str]:
    """The names of the parties that know a session, each once."""
    here = Release.person_id == person_id, Release.session_mark == session_mark, Release.at >= now - LONGEST
    known = select(Party.name).join(Release, Release.party_id == Party.id).where(*here).distinct().order_by(Party.name)
    return list((await db.execute(known)).scalars())


_KNOWS_ANY = Statement("SELECT 1 FROM releases WHERE person_id = $1 AND session_mark = $2 AND at >= $3 LIMIT 1")


async def any_knows(hot: Hot, person_id: int, session_mark: bytes, *, now: datetime) -> bool:
    """Whether any connection knows this session. Raises `Unavailable`."""
    return await hot.row(_KNOWS_ANY, person_id, session_mark, now - LONGEST) is not None


async def known_to(
    db: Db, keyring: Keyring, person_id: int, session_mark: bytes, connection: Connection
) -> list[Known]:
    """By what one connection knows a session of this person, the latest first; nothing when it does not."""
    here = Release.person_id == person_id, Release.session_mark == session_mark
    there = _over(connection.protocol), Release.connection_id == connection.id
    query = _with_names(select(*_KNOWN_BY).select_from(Release)).where(*here, *there).order_by(Release.id.desc())
    return [_known(keyring, row) for row in await db.execute(query)]


async def of_run(db: Db, keyring: Keyring, run: bytes) -> list[Leaving]:
    """Those of one run, by the party's name."""
    return await _read(db, keyring, _LEAVING.where(Logout.run == run))


async def one(db: Db, keyring: Keyring, leaving_id: int) -> Leaving | None:
    """The one with this id."""
    found = await _read(db, keyring, _LEAVING.where(Logout.id == leaving_id))
    return found[0] if found else None


async def claimed(database: Database, keyring: Keyring, *, now: datetime, most: int) -> list[Leaving]:
    """Those that are due. Each is put off before it is tried: whoever stops half-way holds up neither the others nor the next try."""
    async with database.begin() as db:
        due = select(Logout.id, Logout.attempts).where(Logout.next_at <= now).order_by(Logout.next_at).limit(most)
        rows = (await db.execute(due.with_for_update(skip_locked=True))).all()
        for row in rows:
            values = {"attempts": row.attempts + 1, "next_at": now + pause(row.attempts)}
            await db.execute(update(Logout).where(Logout.id == row.id).values(**values))
        return await _read(db, keyring, _LEAVING.where(Logout.id.in_([row.id for row in rows])))


def pause(attempts: int) -> timedelta:
    """How long after so many tries the next one comes: half a minute, doubling to an hour."""
    return min(FIRST_PAUSE * int(2 ** min(attempts, 20)), LONGEST_PAUSE)


async def settle(db: Db, outcomes: Sequence[tuple[int, State]], *, now: datetime) -> None:
    """Notes what became of each. `waiting` leaves it to a worker, half a minute from now or when it was due anyway."""
    for leaving_id, state in outcomes:
        values: dict[str, object] = {"state": state, "next_at": None}
        if state == "waiting":
            soon = case((Logout.next_at > now, Logout.next_at), else_=literal(now + FIRST_PAUSE, Moment))
            values = {"state": state, "next_at": soon}
        await db.execute(update(Logout).where(Logout.id == leaving_id).values(**values))


async def answered(db: Db, leaving_id: int, *, told: bool) -> None:
    """A connection that was asked by way of the browser has answered."""
    waiting = Logout.id == leaving_id, Logout.state == "asked"
    await db.execute(update(Logout).where(*waiting).values(state="told" if told else "failed"))


async def any_due(db: Db, *, now: datetime) -> bool:
    """Whether anything is due."""
    return (await db.execute(select(Logout.id).where(Logout.next_at <= now).limit(1))).scalar() is not None


_ASKED, _TICKED = aliased(FieldSet, name="asked"), aliased(FieldSet, name="ticked")
_SAT = (
    select(SubstituteSeat.seed)
    .join(SubstituteBinding, SubstituteBinding.seat_id == SubstituteSeat.id)
    .join(School, School.id == Release.school_id)
    .where(
        SubstituteBinding.person_id == Release.person_id,
        # A merger takes who sits there along to the school that stays.
        or_(SubstituteBinding.school_id == School.id, SubstituteBinding.school_id == School.merged_into_id),
        SubstituteBinding.starts_at <= Release.at,
        or_(SubstituteBinding.ended_at.is_(None), SubstituteBinding.ended_at >= Release.at),
    )
    .order_by(case((SubstituteBinding.school_id == School.id, 0), else_=1), SubstituteBinding.id.desc())
    .limit(1)
    .correlate(Release)
    .scalar_subquery()
)
"""The seed of the seat that the person sat in when it left, and may have got up from since: that is what ended the session (D4)."""
_KNOWN_BY = (
    Release.person_id,
    Release.wire,
    Release.session_mark,
    func.coalesce(_SAT, SubjectAlias.seed, SubjectSeed.seed).label("seed"),
    case((_SAT.is_(None), EckId.sealed)).label("sealed"),
    _ASKED.fields.label("asked"),
    _TICKED.fields.label("ticked"),
)
"""What a record of a release, the seats of that day and the person's present names tell of the name under which it left (D4, D18, D19)."""


def _with_names(query: Select) -> Select:  # type: ignore[type-arg]
    merged = SubjectAlias.person_id == Release.person_id, SubjectAlias.party_id == Release.party_id
    return (
        query.outerjoin(SubjectSeed, SubjectSeed.person_id == Release.person_id)
        .outerjoin(SubjectAlias, and_(*merged))
        .outerjoin(EckId, EckId.person_id == Release.person_id)
        .outerjoin(_ASKED, _ASKED.id == Release.asked_set_id)
        .outerjoin(_TICKED, _TICKED.id == Release.ticked_set_id)
    )


_LEAVING: Select = _with_names(  # type: ignore[type-arg]
    select(
        Logout.id,
        Logout.connection_id,
        func.coalesce(OidcClient.client_id, SamlEntity.entity_id).label("name"),
        Party.name.label("party_name"),
        Logout.state,
        Logout.attempts,
        Logout.created_at,
        *_KNOWN_BY,
    )
    .select_from(Logout)
    .join(Release, Release.id == Logout.release_id)
    .outerjoin(Party, Party.id == Logout.party_id)
    .outerjoin(OidcClient, and_(Logout.wire == "oidc", OidcClient.id == Logout.connection_id))
    .outerjoin(SamlEntity, and_(Logout.wire != "oidc", SamlEntity.id == Logout.connection_id))
    .order_by(Party.name, Logout.id)
)


async def _read(db: Db, keyring: Keyring, query: Select) -> list[Leaving]:  # type: ignore[type-arg]
    found = []
    for row in await db.execute(query):
        known = _known(keyring, row)
        found.append(
            Leaving(
                id=row.id,
                protocol=row.wire.partition(" ")[0],
                connection_id=row.connection_id,
                name=row.name,
                party_name=row.party_name or "",
                known=known,
                state=row.state,
                attempts=row.attempts,
                created_at=row.created_at,
            )
        )
    return found


def _known(keyring: Keyring, row: Row[Any]) -> Known:
    left = "eckid" in (row.asked or "").split() and "eckid" in (row.ticked or "").split()
    eckid = keyring.open(row.sealed, bound_to=f"eck_ids.sealed.{row.person_id}") if left and row.sealed else None
    named = row.wire.partition(" ")[2]
    return Known(row.session_mark, named, row.seed, eckid.decode() if eckid is not None else None)
