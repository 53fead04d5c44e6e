"""Reorganisations as they are kept: who said what, whose yes is missing, what was asked for, who is told (R146-R156, D14)."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import bindparam, exists, select, update

from directory import people, roles
from directory.lifecycle import reorganisation_requests as requests
from directory.lifecycle.days import day_of
from directory.lifecycle.models import Reorganisation, ReorganisedSchool
from directory.lifecycle.reorganisation_requests import Wanted
from directory.models import Employment, EmploymentRole, School
from idp.core import ledger, mail
from idp.core.crypto import Keyring
from idp.core.db import Db

HELPDESK: Final = "helpdesk"
OPEN: Final = ("asked", "checked")
_COORDINATES: Final = (
    select(Employment.id)
    .join(EmploymentRole, EmploymentRole.employment_id == Employment.id)
    .where(Employment.school_id == bindparam("school_id"), Employment.active)
    .where(EmploymentRole.role == roles.ICT_COORDINATOR)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who says something: by ledger id or `operator:cli`, coordinator of these schools, or the helpdesk."""

    name: str
    coordinates: frozenset[int] = frozenset()
    helpdesk: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """A reorganisation. `needed` are the schools (as text) and `helpdesk` whose yes is missing; `detail` holds ids, codes and counts."""

    id: int
    kind: str
    state: str
    effective_on: date | None
    asked_by: str
    asked_at: datetime
    done_at: datetime | None
    undo_until: date | None
    detail: Mapping[str, Any]
    source_ids: tuple[int, ...]
    target_ids: tuple[int, ...]
    needed: tuple[str, ...] = ()

    @property
    def school_ids(self) -> tuple[int, ...]:
        """Every school that it concerns."""
        return (*self.source_ids, *self.target_ids)


async def missing(db: Db, known: Known, agreed: Mapping[str, str]) -> list[str]:
    """Whose yes is needed and missing. A school that has no coordinator (any more) is spoken for by the helpdesk."""
    wanted = [] if known.kind == "transfer" else [HELPDESK]
    for school_id in known.school_ids:
        has_one = await _coordinated(db, school_id)
        wanted.append(str(school_id) if has_one else HELPDESK)
    return [one for one in dict.fromkeys(wanted) if one not in agreed]


async def spoken_for(db: Db, known: Known, agreed: Mapping[str, str]) -> frozenset[int]:
    """Of which schools somebody said yes: a coordinator, or the helpdesk where there is none."""
    own = {school_id for school_id in known.school_ids if str(school_id) in agreed}
    others = [school_id for school_id in known.school_ids if school_id not in own] if HELPDESK in agreed else []
    return frozenset(own | {school_id for school_id in others if not await _coordinated(db, school_id)})


async def busy(db: Db, school_ids: Collection[int], *, but: int | None = None) -> bool:
    """Whether one of these schools said yes to another reorganisation that is open. What others ask of a school does not keep it busy."""
    query = (
        select(Reorganisation.id)
        .join(ReorganisedSchool, ReorganisedSchool.reorganisation_id == Reorganisation.id)
        .where(ReorganisedSchool.school_id.in_(school_ids), Reorganisation.state.in_(OPEN))
        .where(Reorganisation.kind != "transfer", Reorganisation.id != (but or 0))
    )
    for reorganisation_id in (await db.execute(query.distinct())).scalars().all():
        known = await of(db, reorganisation_id)
        if await spoken_for(db, known, known.detail["agreed"]) & set(school_ids):
            return True
    return False


async def _coordinated(db: Db, school_id: int) -> bool:
    return (await db.execute(_COORDINATES, {"school_id": school_id})).first() is not None


async def due(db: Db, *, today: date) -> list[int]:
    """Those that everybody agreed to for a day that has come, in the order of asking."""
    query = select(Reorganisation.id).where(Reorganisation.state == "checked", Reorganisation.effective_on <= today)
    return list((await db.execute(query.order_by(Reorganisation.id))).scalars())


async def folded(db: Db) -> frozenset[int]:
    """The accounts that went up in others and come back when somebody undoes that."""
    done = Reorganisation.state == "done", Reorganisation.inverse.is_not(None)
    rows = await db.execute(select(Reorganisation.detail).where(*done, Reorganisation.kind.in_(("merger", "transfer"))))
    return frozenset(person_id for detail in rows.scalars() for person_id in detail.get("folded", ()))


async def open_since(db: Db, *, before: datetime) -> list[int]:
    """Those asked before that moment which are still open, in the order of asking."""
    query = select(Reorganisation.id).where(Reorganisation.state.in_(OPEN), Reorganisation.asked_at <= before)
    return list((await db.execute(query.order_by(Reorganisation.id))).scalars())


async def listed(
    db: Db,
    school_ids: Iterable[int] | None = None,
    *,
    kinds: Collection[str] | None = None,
    states: Collection[str] | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Known]:
    """A page, the newest first, from the one behind `before`: of these schools, kinds and states, or of all."""
    query = select(Reorganisation.id).order_by(Reorganisation.id.desc()).limit(limit)
    if school_ids is not None:
        mine = select(ReorganisedSchool.reorganisation_id).where(ReorganisedSchool.school_id.in_(list(school_ids)))
        query = query.where(Reorganisation.id.in_(mine))
    if kinds is not None:
        query = query.where(Reorganisation.kind.in_(kinds))
    if states is not None:
        query = query.where(Reorganisation.state.in_(states))
    if before is not None:
        query = query.where(Reorganisation.id < before)
    return [await of(db, reorganisation_id) for reorganisation_id in (await db.execute(query)).scalars().all()]


async def of(db: Db, reorganisation_id: int, *, at: int | None = None, hold: bool = False) -> Known:
    """One of them; with `hold` nobody else changes it until this transaction ends. Raises `LookupError`.

    With `at` one that this school takes part in: another one is not there, and finding that out takes no longer (C-324).
    """
    query = select(Reorganisation).where(Reorganisation.id == reorganisation_id)
    if at is not None:
        part = ReorganisedSchool.reorganisation_id == reorganisation_id, ReorganisedSchool.school_id == at
        query = query.where(exists().where(*part))
    row = (await db.execute(query.with_for_update() if hold else query)).one_or_none()
    if row is None:
        raise LookupError("no such reorganisation")
    parts = select(ReorganisedSchool.school_id, ReorganisedSchool.part)
    parts = parts.where(ReorganisedSchool.reorganisation_id == row.id).order_by(ReorganisedSchool.school_id)
    schools = (await db.execute(parts)).all()
    known = Known(
        id=row.id,
        kind=row.kind,
        state=row.state,
        effective_on=row.effective_on,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        done_at=row.done_at,
        undo_until=row.undo_until,
        detail=row.detail,
        source_ids=tuple(one.school_id for one in schools if one.part == "from"),
        target_ids=tuple(one.school_id for one in schools if one.part == "to"),
    )
    if known.state not in OPEN:
        return known
    return replace(known, needed=tuple(await missing(db, known, known.detail["agreed"])))


async def wanted_of(db: Db, reorganisation_id: int, *, keyring: Keyring) -> Wanted:
    """What was asked for. Raises `LookupError` also when that is not kept any more."""
    query = select(Reorganisation.kind, Reorganisation.plan).where(Reorganisation.id == reorganisation_id)
    row = (await db.execute(query)).one_or_none()
    if row is None or row.plan is None:
        raise LookupError("no such reorganisation, or it is over")
    return requests.unseal(keyring, reorganisation_id, row.kind, row.plan)


async def store(db: Db, reorganisation_id: int, wanted: Wanted, keyring: Keyring) -> None:
    """Keeps what is asked for, sealed."""
    sealed = requests.seal(keyring, reorganisation_id, wanted)
    await db.execute(update(Reorganisation).where(Reorganisation.id == reorganisation_id).values(plan=sealed))


async def note(
    db: Db, what: str, known: Known, *, now: datetime, by: str, counts: Mapping[str, int] | None = None
) -> None:
    """One entry per school, so that each finds its own."""
    detail = {"reorganisation": known.id, "kind": known.kind, **({"counts": dict(counts)} if counts else {})}
    for school_id in known.school_ids:
        await ledger.record(db, f"reorganisation.{what}", now=now, by=by, school_id=school_id, detail=detail)


def mailed_as(kind: str) -> str:
    """What the mails about it are called: a transfer is about one child, and leaves couplings alone."""
    return "transfer" if kind == "transfer" else "reorganisation"


_ASKED_FOR: Final = {
    "codes": ("een andere BRIN of vestiging", "another BRIN or location code"),
    "merger": ("een fusie", "a merger"),
    "split": ("een splitsing", "a split"),
    "closure": ("de opheffing", "a closure"),
    "transfer": ("een overstap", "a transfer"),
}
"""What was asked for, as the mail about it says it in both languages."""


async def tell_asked(db: Db, kind: str, school_ids: Collection[int], *, now: datetime, contact: str) -> None:
    """Mails every coordinator of these schools, once, that this kind of reorganisation was asked for."""
    dutch, english = _ASKED_FOR[kind]
    kind = f"{mailed_as(kind)}_asked"
    await tell(db, kind, school_ids, now=now, contact=contact, what_nl=dutch, what_en=english)


async def tell(
    db: Db, kind: str, school_ids: Collection[int], *, now: datetime, to: Collection[int] | None = None, **values: str
) -> None:
    """Mails every coordinator of these schools, or only of those that it is sent `to`, once."""
    told: set[str] = set()
    for school_id in school_ids if to is None else to:
        told.update(await people.coordinator_addresses(db, school_id, today=day_of(now)))
    rows = await db.execute(select(School.name).where(School.id.in_(list(school_ids))).order_by(School.id))
    names = ", ".join(rows.scalars())
    for email in sorted(told):
        await mail.queue(db, kind, email, now=now, schools=names, **values)
