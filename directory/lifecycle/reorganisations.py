"""A reorganisation is rehearsed as often as somebody likes, carried out once, and undone within 30 days (R146-R156, D14, D19).

It is rehearsed again in the transaction that carries it out: what differs from what was agreed to, or shown, is not done.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select, update

from directory.lifecycle import closures, code_changes, mergers, reorganisation_return, splits, transfers
from directory.lifecycle import reorganisation_records as records
from directory.lifecycle import reorganisation_requests as requests
from directory.lifecycle import reorganisation_steps as steps
from directory.lifecycle.days import day_of
from directory.lifecycle.models import Reorganisation, ReorganisedSchool
from directory.lifecycle.other_rooms import RELEASES
from directory.lifecycle.refusals import Refused
from directory.lifecycle.rehearsal import Rehearsal, asked_as
from directory.lifecycle.reorganisation_records import Asker, Known
from directory.lifecycle.reorganisation_requests import Closure, CodeChange, Merger, Split, Transfer, Wanted
from directory.lifecycle.trail import Trail
from directory.models import Enrolment, Group, Person
from directory.placeless import delete_placeless
from idp.core.crypto import Keyring
from idp.core.db import Db

UNDO: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Between:
    """That a child who was made one signed in at a party while it was so: what it did there stands under the subject that was kept."""

    person_id: int = field(repr=False)
    party_id: int
    first_at: datetime
    last_at: datetime
    times: int


async def rehearse(db: Db, reorganisation_id: int, *, now: datetime, keyring: Keyring) -> Rehearsal:
    """What it would do now, with the names of everybody it is about: `reorganisation_views` makes it fit for a page. Raises `LookupError`."""
    return await _rehearse(db, await records.wanted_of(db, reorganisation_id, keyring=keyring), today=day_of(now))


async def _rehearse(db: Db, wanted: Wanted, *, today: date) -> Rehearsal:
    return asked_as(await _of_its_kind(db, wanted, today=today), requests.digest(wanted))


async def _of_its_kind(db: Db, wanted: Wanted, *, today: date) -> Rehearsal:
    match wanted:
        case CodeChange():
            return await code_changes.rehearse(db, wanted)
        case Merger():
            return await mergers.rehearse(db, wanted, today=today)
        case Split():
            return await splits.rehearse(db, wanted, today=today)
        case Closure():
            return await closures.rehearse(db, wanted)
        case Transfer():
            return await transfers.rehearse(db, wanted)


async def carry_out(
    db: Db,
    reorganisation_id: int,
    *,
    fingerprint: str | None = None,
    now: datetime,
    by: str,
    keyring: Keyring,
    contact: str,
) -> Rehearsal:
    """Does it, all or nothing, in the caller's transaction. Returns what was done. `fingerprint` is that of the rehearsal that was shown.

    Raises `Refused` when a yes is missing, its day has not come, something stands in the way, or it would do something else than was agreed to.
    """
    known = await records.of(db, reorganisation_id, hold=True)
    await steps.hold(db, known.school_ids)
    if known.state != "checked":
        raise Refused("not_checked", "not everybody agreed, or this is not open any more")
    if known.effective_on is not None and day_of(now) < known.effective_on:
        raise Refused("too_early", f"this is for {known.effective_on}")
    wanted = await records.wanted_of(db, reorganisation_id, keyring=keyring)
    rehearsed = await _rehearse(db, wanted, today=day_of(now))
    if rehearsed.obstacles:
        raise Refused(rehearsed.obstacles[0], f"something stands in the way: {', '.join(rehearsed.obstacles)}")
    agreed_to = known.detail.get("fingerprint", rehearsed.fingerprint)
    if {rehearsed.fingerprint} != {agreed_to, agreed_to if fingerprint is None else fingerprint}:
        raise Refused("changed", "it would do something else now than was shown: look again")
    followed = Trail(db)
    if not isinstance(wanted, Transfer):
        await steps.couplings_by_hand(db, known.school_ids, now=now, by=by)
        # What waits was planned for the school as it is now, and names its present code.
        await steps.settle_imports(db, known.school_ids, now=now)
    folded = await _do(followed, wanted, rehearsed, now=now, by=by, keyring=keyring, contact=contact)
    inverse = keyring.seal(followed.packed(), bound_to=f"reorganisations.inverse.{reorganisation_id}")
    done = {"state": "done", "done_at": now, "undo_until": day_of(now) + UNDO, "inverse": inverse}
    detail = {**known.detail, **folded, "counts": dict(rehearsed.counts)}
    mine = update(Reorganisation).where(Reorganisation.id == reorganisation_id)
    await db.execute(mine.values(**done, detail=detail))
    await records.note(db, "carried_out", known, now=now, by=by, counts=dict(rehearsed.counts))
    await records.tell(db, f"{records.mailed_as(known.kind)}_done", known.school_ids, now=now, contact=contact)
    return rehearsed


async def _do(
    followed: Trail,
    wanted: Wanted,
    rehearsed: Rehearsal,
    *,
    now: datetime,
    by: str,
    keyring: Keyring,
    contact: str,
) -> dict[str, list[int]]:
    match wanted:
        case CodeChange():
            return await code_changes.carry_out(followed, wanted)
        case Merger():
            return await mergers.carry_out(followed, wanted, rehearsed, now=now, keyring=keyring)
        case Split():
            return await splits.carry_out(followed, wanted, now=now, keyring=keyring)
        case Closure():
            return await closures.carry_out(followed, wanted, now=now, by=by, contact=contact)
        case Transfer():
            return await transfers.carry_out(followed, wanted, keyring=keyring)


async def undo(
    db: Db, reorganisation_id: int, *, now: datetime, by: Asker, keyring: Keyring, contact: str
) -> tuple[Between, ...]:
    """Puts back what it changed, within 30 days; the couplings stay on manual. Returns the sign-ins in between of those who were made one.

    What happened otherwise since then stays. Raises `Refused`, `LookupError`.
    """
    known = await records.of(db, reorganisation_id, hold=True)
    if not by.helpdesk and not by.coordinates & set(known.school_ids):
        raise Refused("not_yours", "only a coordinator of one of these schools or the helpdesk can undo this")
    sealed = (await db.execute(select(Reorganisation.inverse).where(Reorganisation.id == known.id))).scalar_one()
    if known.state != "done" or sealed is None or known.undo_until is None or day_of(now) > known.undo_until:
        raise Refused("over", "this cannot be undone (any more)")
    await steps.hold(db, known.school_ids)
    await _check_last(db, known)
    between = await signins_between(db, known, until=now)
    packed = keyring.open(sealed, bound_to=f"reorganisations.inverse.{known.id}")
    since = known.done_at or now
    back = await reorganisation_return.put_back(db, packed, known.school_ids, keyring=keyring, since=since, now=now)
    await reorganisation_return.keep_away(db, known, back)
    if known.kind != "transfer":
        await steps.couplings_by_hand(db, known.school_ids, now=now, by=by.name)
        # Imports since then were about schools that are not so any more: what one of them would put back is elsewhere now.
        await steps.settle_imports(db, known.school_ids, now=now)
    joined = [*known.detail.get("survivors", ()), *known.detail.get("folded", ())]
    await steps.end_sessions(db, back.union(joined))
    # Whose place was deleted for good in between has none to go back to.
    await delete_placeless(db, joined)
    mine = update(Reorganisation).where(Reorganisation.id == known.id)
    await db.execute(mine.values(state="undone", inverse=None, plan=None))
    await records.note(db, "undone", known, now=now, by=by.name)
    await records.tell(db, f"{records.mailed_as(known.kind)}_undone", known.school_ids, now=now, contact=contact)
    return between


async def _check_last(db: Db, known: Known) -> None:
    """What came later stands on this one: the newest is undone first."""
    later = (
        select(Reorganisation.id)
        .join(ReorganisedSchool, ReorganisedSchool.reorganisation_id == Reorganisation.id)
        .where(
            ReorganisedSchool.school_id.in_(known.school_ids),
            Reorganisation.state == "done",
            Reorganisation.done_at >= known.done_at,
            Reorganisation.id != known.id,
            Reorganisation.inverse.is_not(None),
        )
    )
    if (await db.execute(later.limit(1))).first() is not None:
        raise Refused("not_last", "another one was carried out at these schools since then: undo that first")


async def signins_between(db: Db, known: Known, *, until: datetime) -> tuple[Between, ...]:
    """Which children who were made one were signed in where since then. For a coordinator's eyes: it says who uses what (D37)."""
    survivors = known.detail.get("survivors", ())
    if not survivors or known.done_at is None:
        return ()
    at = RELEASES.c.at
    query = (
        select(RELEASES.c.person_id, RELEASES.c.party_id, func.min(at), func.max(at), func.count())
        .where(RELEASES.c.person_id.in_(survivors), at >= known.done_at, at <= until)
        .group_by(RELEASES.c.person_id, RELEASES.c.party_id)
        .order_by(RELEASES.c.person_id, RELEASES.c.party_id)
    )
    return tuple([Between(*row) for row in await db.execute(query)])


async def names_of(db: Db, person_ids: Iterable[int]) -> dict[int, str]:
    """How people are called, by id."""
    query = select(Person.id, Person.first_name, Person.prefix, Person.surname).where(Person.id.in_(list(person_ids)))
    rows = await db.execute(query)
    return {row.id: " ".join(filter(None, (row.first_name, row.prefix, row.surname))) for row in rows}


async def groups_by_name(db: Db, school_id: int) -> dict[str, int]:
    """The active groups of a school: ids by name; of equal names the newest."""
    query = select(Group.name, Group.id).where(Group.school_id == school_id, Group.active).order_by(Group.id)
    return {row.name: row.id for row in await db.execute(query)}


async def keys_of(db: Db, rehearsal: Rehearsal) -> dict[tuple[int, int], str]:
    """What the schools' administrations call those whom a rehearsal doubts about, by school and person: what people on the telephone know."""
    doubted = {who for meeting in rehearsal.doubts for who in (meeting.person_id, meeting.other_id)}
    query = select(Enrolment.school_id, Enrolment.person_id, Enrolment.las_key)
    here = query.where(Enrolment.school_id.in_(rehearsal.school_ids), Enrolment.person_id.in_(doubted))
    return {(row.school_id, row.person_id): row.las_key for row in await db.execute(here)}
