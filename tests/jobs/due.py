"""A country in which every purge there is has something to do: three rows each, whose terms are over."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Date,
    LargeBinary,
    String,
    func,
    insert,
    select,
    true,
    update,
)

import idp.tables
from consent.models import Logout, Release, VoidGrant
from directory import people, schools
from directory.imports.models import ImportRun, MovedKey
from directory.lifecycle.models import (
    AddressProposal,
    BoardInvitation,
    Notice,
    PendingMembership,
    Reorganisation,
    SubstituteBinding,
    SubstituteSeat,
)
from directory.models import Board, Device, DeviceLink, EckIdAlias, Enrolment, Group, School
from directory.onboarding.models import Application, ApplicationLetter
from idp.core import seals
from idp.core.db import Base, Db, Moment
from idp.core.heads import HeadKeys
from idp.core.models import LedgerEntry, Mail
from idp.credentials.models import HomeCode, MailedLink, Parent
from idp.jobs.models import JobRun
from idp.jobs.shift import Shift
from idp.sandbox.models import ExchangeStep
from idp.support.models import Announcement
from metadata.models import OidcClient, Party, SigningKey
from mfa.models import LostFactor

EACH: Final = 3
DAY: Final = timedelta(days=1)
YEARS: Final = timedelta(days=1000)


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of one purge: so old, with these values; `left` says which rows of the table it still has to purge, before it did so."""

    table: type[Base]
    age: timedelta = YEARS
    given: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    left: ColumnElement[bool] = field(default_factory=true)


def _run(left: ColumnElement[bool], age: timedelta, **given: object) -> Kind:
    row = {"source": "uwlr", "origin": "night", "state": "applied", **given}
    return Kind(ImportRun, age, row, left)


KINDS: Final[Mapping[str, Kind]] = {
    "releases": Kind(Release),
    "signing_keys_private": Kind(
        SigningKey, DAY, {"kid": "recent", "sealed": b"x"}, SigningKey.sealed.is_not(None) & SigningKey.kid.like("re%")
    ),
    "signing_keys": Kind(SigningKey, YEARS, {"kid": "old"}, SigningKey.kid.like("old%")),
    "void_grants": Kind(VoidGrant),
    "logouts": Kind(Logout, YEARS, {"state": "told"}),
    "imports_unanswered": _run(ImportRun.state.in_(("held", "planned")), 15 * DAY, state="held", content=b"x"),
    "imports_of_closed_schools": _run(ImportRun.state == "waiting", DAY, state="waiting", content=b"x"),
    "import_contents": _run(
        ImportRun.content.is_not(None) & (ImportRun.state == "undone"), DAY, state="undone", content=b"x"
    ),
    "import_inverses": _run(ImportRun.inverse.is_not(None), 2 * DAY, inverse=b"x"),
    "import_advice": _run(ImportRun.advice.is_not(None), 15 * DAY, advice=b"x"),
    "lost_factors": Kind(LostFactor),
    "import_doubts": _run(ImportRun.doubts != {}, 93 * DAY, doubts={"doubts": []}),
    "import_runs": _run(ImportRun.state == "failed", YEARS, state="failed"),
    "address_proposals": Kind(AddressProposal),
    "pending_memberships": Kind(PendingMembership),
    "board_invitations": Kind(BoardInvitation),
    "mailed_links": Kind(MailedLink, YEARS, {"purpose": "reset"}),
    "former_secrets": Kind(
        OidcClient, DAY, {"former_hash": b"f" * 32, "former_until": 1}, OidcClient.former_hash.is_not(None)
    ),
    "application_letters": Kind(
        Application, 100 * DAY, {"kind": "nl", "state": "done", "answers": b"x"}, Application.answers.is_not(None)
    ),
    "applications": Kind(
        Application, YEARS, {"kind": "nl", "state": "asked", "decided_at": None}, Application.state == "asked"
    ),
    "home_codes": Kind(HomeCode),
    "parents": Kind(Parent),
    "substitute_bindings": Kind(SubstituteBinding),
    "reorganisation_plans": Kind(
        Reorganisation, DAY, {"kind": "merger", "state": "undone", "plan": b"x"}, Reorganisation.plan.is_not(None)
    ),
    "devices": Kind(Device),
    "device_links": Kind(DeviceLink),
    "moved_keys": Kind(MovedKey, YEARS, {"about": "pupil"}),
    "groups": Kind(
        Group, YEARS, {"kind": "subgroep", "active": False, "school_year": "2019-2020"}, Group.kind == "subgroep"
    ),
    "notices": Kind(Notice),
    "announcements": Kind(Announcement, YEARS, {"kind": "news"}),
    "mails": Kind(Mail),
    "exchange_steps": Kind(ExchangeStep),
    "job_runs": Kind(JobRun, YEARS, {"job": "long ago"}, JobRun.job == "long ago"),
    "ledger": Kind(LedgerEntry, 3 * YEARS, {}, LedgerEntry.action == "old"),
    "eckids": Kind(EckIdAlias),
    "reorganisations": Kind(
        Reorganisation, YEARS, {"kind": "merger", "state": "done", "inverse": b"x"}, Reorganisation.inverse.is_not(None)
    ),
}
"""By the name of the purge or the job: everything that a night is to purge, people whose three months are over left out."""


async def fill(shift: Shift) -> None:
    """Rows that every purge and job of `KINDS` has to do something about, and a school and three people for them to point to."""
    await _sealed_ledger(shift)
    async with shift.floor.database.begin() as db:
        known = await _world(db, shift.now)
        for name, kind in KINDS.items():
            if kind.table is not LedgerEntry:
                await _insert(db, kind.table, shift.now - kind.age, known, {**kind.given, **_marked(name)})
        letters = (await db.execute(select(Application.id).where(KINDS["application_letters"].left))).scalars().all()
        await _insert(db, ApplicationLetter, shift.now - YEARS, known | {"applications": letters}, {})


async def left(db: Db) -> dict[str, int]:
    """How many rows each purge still has to do something about."""
    counts = {
        name: select(func.count()).select_from(kind.table).where(kind.left).scalar_subquery().label(name)
        for name, kind in KINDS.items()
    }
    return dict((await db.execute(select(*counts.values()))).one()._mapping)


def _marked(name: str) -> dict[str, Any]:
    return {"by": name} if name.startswith("import") else {}


async def _sealed_ledger(shift: Shift) -> None:
    """A seal for each old entry, and a newest one, which keeps its own."""
    keys, at = HeadKeys(shift.floor.settings.secrets), shift.now - KINDS["ledger"].age
    for action in ("old",) * EACH + ("kept",):
        async with shift.floor.database.begin() as db:
            await db.execute(insert(LedgerEntry).values(at=at, action=action, actor="x", detail={}))
        await seals.seal_all(shift.floor.database, keys, now=at)


async def _world(db: Db, now: datetime) -> dict[str, list[int]]:
    """Ids of what rows point to, by table."""
    here = (await schools.add(db, name="School", brin="99XX", location="", now=now)).id
    closed = (await schools.add(db, name="Dicht", brin="98XX", location="", now=now)).id
    await db.execute(update(School).where(School.id == closed).values(closed_at=now))
    known = {"schools": [here] * EACH, "closed": [closed] * EACH}
    known["persons"] = [await _pupil(db, f"Kind {number}", now) for number in range(EACH)]
    ours: list[tuple[type[Base], dict[str, Any]]] = [
        (Board, {}),
        (Party, {"kind": "publisher", "under_test": True}),
        (Group, {"kind": "stamgroep", "school_year": "2026-2027"}),
        (Enrolment, {}),
        (SubstituteSeat, {}),
    ]
    for table, given in ours:
        known[table.__tablename__] = await _insert(db, table, now, known, given)
    return known


async def _pupil(db: Db, name: str, now: datetime) -> int:
    return await people.new_person(db, kind="pupil", first_name=name, prefix=None, surname="Beek", email=None, now=now)


async def _insert(
    db: Db, table: type[Base], at: datetime, known: Mapping[str, Any], given: Mapping[str, Any]
) -> list[int]:
    named = idp.tables.metadata_of_all.tables[table.__tablename__]
    told = [column for column in named.columns if _told(column, given)]
    rows = [{column.name: _value(column, number, at, known, given) for column in told} for number in range(EACH)]
    key = next(iter(named.primary_key))
    return list((await db.execute(insert(named).values(rows).returning(key))).scalars())


def _told(column: Column[Any], given: Mapping[str, Any]) -> bool:
    """Given, a moment, or wanted and without a value of its own."""
    if column.name in given or isinstance(column.type, Date | Moment):
        return True
    numbered = column is column.table.autoincrement_column
    return not (column.nullable or numbered or column.default is not None or column.server_default is not None)


def _value(column: Column[Any], number: int, at: datetime, known: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    if column.name in given:
        value = given[column.name]
        return f"{value}{number}" if column.unique else value
    if column.foreign_keys:
        (key,) = column.foreign_keys
        target = "closed" if given.get("state") == "waiting" else key.column.table.name
        return known[target][number]
    match column.type:
        case Moment():
            return at
        case Date():
            return at.date()
        case Boolean():
            return False
        case String():
            return str(number)
        case LargeBinary():
            return secrets.token_bytes(16)
        case JSON():
            return {}
        case _:
            return number
