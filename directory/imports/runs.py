"""Imports as runs: received, looked at, carried out, held (D17, R29, R37). Undoing is next door, in `undo`.

    receive --> planned --carry_out--> applied --undo--> undone
            '-> applied | held --let_go--> applied
            '-> waiting --carry_out_waiting, from 1 August--> applied | held
            '-> nothing

Everything here happens in the caller's one transaction, behind one lock per school: of two imports of a school the second waits, and a
process that dies in the middle leaves the school as it was. What waits is kept sealed, the file never (D17, D39).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from directory import people
from directory.imports import advice, history, inverse, kept, tally
from directory.imports.apply import Applied, apply
from directory.imports.brake import Braked
from directory.imports.history import NOBODY_NEW, Origin, Run, Source, failed, listed, nothing, of, today
from directory.imports.models import ImportRun
from directory.imports.plan import Plan
from directory.imports.preview import Planned, preview, replan
from directory.imports.records import Administration
from directory.imports.refusals import ImportRefused
from directory.imports.staff_steps import proposals
from directory.imports.words import RunRefused
from directory.models import School
from directory.schools import KnownSchool
from idp.core import ledger, mail
from idp.core.clock import school_year as school_year_at
from idp.core.crypto import Keyring
from idp.core.db import Db

__all__ = [
    "UNDO_FOR",
    "Origin",
    "Planned",
    "Run",
    "Source",
    "carry_out",
    "carry_out_waiting",
    "discard",
    "failed",
    "let_go",
    "listed",
    "nothing",
    "of",
    "preview",
    "receive",
    "replan",
]

_RECORDED: Final = {"planned": "import.planned", "held": "import.held", "waiting": "import.waiting"}
UNDO_FOR: Final = timedelta(days=14)
"""How long an import can be undone (D17)."""


async def receive(
    db: Db,
    school: KnownSchool,
    administration: Administration,
    *,
    source: Source,
    origin: Origin,
    by: str,
    now: datetime,
    keyring: Keyring,
    pictures: Sequence[str],
) -> Run:
    """Takes a school's data in: an upload waits for its yes, everything else is carried out at once, under the brake.

    Data of a school year that has not begun wait for its 1 August. Raises `ImportRefused`; then nothing was changed.
    """
    await lock(db, school.id)
    made = await preview(db, school, administration, now=now, keyring=keyring)
    state, counted = _state(made, origin), tally.counts(made.whole, made.braked)
    run_id = await history.begin(
        db,
        school.id,
        state,
        source=source,
        origin=origin,
        by=by,
        now=now,
        year=administration.school.school_year,
        counts=counted,
        doubts=tally.doubts(made.whole),
        fingerprint=made.fingerprint,
    )
    if state in ("applied", "held", "nothing"):
        await advice.keep(db, run_id, advice.of_plan(made.whole, made.braked), keyring=keyring)
    asked_before = await history.put_aside_older(db, school.id, run_id, state=state)
    # An address that changed is for its owner to confirm, whatever else the file says or does not say.
    applied = NOBODY_NEW
    if state == "nothing":
        applied = replace(NOBODY_NEW, proposed=proposals(made.whole.staff))
    if state in ("applied", "held"):
        applied = await _apply(db, school, run_id, made.braked.plan, by=by, now=now, keyring=keyring, pictures=pictures)
    if state == "held" and not asked_before:
        await _tell_of_held(db, school, made.braked, now=now)
    # Of a whole region the plan is not held beside what is sealed.
    del made
    if state in _RECORDED:
        await history.change(db, run_id, content=kept.seal_content(keyring, run_id, administration))
        await ledger.record(
            db, _RECORDED[state], now=now, by=by, school_id=school.id, detail={"run": run_id, **counted}
        )
    return await of(db, school.id, run_id, now=now, applied=applied)


def _state(made: Planned, origin: Origin) -> str:
    if not made.begun:
        return "waiting"
    if made.whole.changes_nothing:
        return "nothing"
    if origin == "upload":
        return "planned"
    return "held" if made.braked.holds else "applied"


async def carry_out(
    db: Db,
    school: KnownSchool,
    run_id: int,
    *,
    fingerprint: str,
    by: str,
    now: datetime,
    keyring: Keyring,
    pictures: Sequence[str],
) -> Applied:
    """Carries out what waited for a yes, all of it: whoever says yes has seen how many leave.

    `fingerprint` is that of the plan that was shown. Raises `LookupError`, `RunRefused`, `ImportRefused`.
    """
    await lock(db, school.id)
    row = await history.stored(db, school.id, run_id, "planned", otherwise="not_waiting")
    administration = kept.open_content(keyring, run_id, row.content)
    made = await preview(db, school, administration, now=now, keyring=keyring)
    if made.fingerprint != fingerprint:
        raise RunRefused("plan_changed")
    counted = tally.counts(made.whole)
    state = "nothing" if made.whole.changes_nothing else "applied"
    await history.put_aside_older(db, school.id, run_id, state=state)
    await history.change(db, run_id, state=state, ended_at=now, content=None, counts=counted)
    # Whoever said yes saw who leaves: of that nothing is left to say.
    await advice.keep(
        db, run_id, advice.of_plan(made.whole, replace(made.braked, held={"pupils": 0, "staff": 0})), keyring=keyring
    )
    return await _apply(db, school, run_id, made.whole, by=by, now=now, keyring=keyring, pictures=pictures)


async def let_go(
    db: Db,
    school: KnownSchool,
    run_id: int,
    *,
    fingerprint: str,
    by: str,
    now: datetime,
    keyring: Keyring,
    pictures: Sequence[str],
) -> Applied:
    """Lets those go whose departure the brake held. `fingerprint` and errors as `carry_out`."""
    await lock(db, school.id)
    row = await history.stored(db, school.id, run_id, "held", otherwise="not_waiting")
    administration = kept.open_content(keyring, run_id, row.content)
    made = await preview(db, school, administration, now=now, keyring=keyring)
    if made.fingerprint != fingerprint:
        raise RunRefused("plan_changed")
    await ledger.record(db, "import.let_go", now=now, by=by, school_id=school.id, detail={"run": run_id})
    await history.change(db, run_id, state="applied", content=None, counts={**row.counts, "held": {}})
    return await _apply(
        db, school, run_id, made.whole, by=by, now=now, keyring=keyring, pictures=pictures, after=row.inverse
    )


async def carry_out_waiting(
    db: Db, school: KnownSchool, *, by: str, now: datetime, keyring: Keyring, pictures: Sequence[str]
) -> Run | None:
    """Carries out the data of a school year that has begun by now, if such data wait; None where none do (R37). Raises `ImportRefused`."""
    await lock(db, school.id)
    waiting = (
        select(ImportRun.id, ImportRun.content)
        .where(ImportRun.school_id == school.id, ImportRun.state == "waiting")
        .where(ImportRun.school_year <= school_year_at(now), ImportRun.content.is_not(None))
        .order_by(ImportRun.id.desc())
        .limit(1)
    )
    row = (await db.execute(waiting)).one_or_none()
    if row is None or row.content is None:
        return None
    run_id, administration = row.id, kept.open_content(keyring, row.id, row.content)
    # Neither what was sealed nor what was in it is held beside the plan that is made of it.
    del row
    made = await preview(db, school, administration, now=now, keyring=keyring)
    del administration
    state = _state(made, "new-year")
    told: dict[str, Any] = {"state": state, "ended_at": now, "counts": tally.counts(made.whole, made.braked)}
    await history.put_aside_older(db, school.id, run_id, state=state)
    await history.change(db, run_id, **told if state == "held" else told | {"content": None})
    await advice.keep(db, run_id, advice.of_plan(made.whole, made.braked), keyring=keyring)
    if state == "held":
        await _tell_of_held(db, school, made.braked, now=now)
    applied = await _apply(db, school, run_id, made.braked.plan, by=by, now=now, keyring=keyring, pictures=pictures)
    return await of(db, school.id, run_id, now=now, applied=applied)


async def discard(db: Db, school: KnownSchool, run_id: int, *, by: str, now: datetime) -> None:
    """Puts aside what waits for a yes or for its year. Raises `LookupError`, `RunRefused`."""
    await lock(db, school.id)
    await history.stored(db, school.id, run_id, "planned", "waiting", otherwise="not_waiting")
    await history.change(db, run_id, state="discarded", ended_at=now, content=None)
    await ledger.record(db, "import.discarded", now=now, by=by, school_id=school.id, detail={"run": run_id})


async def lock(db: Db, school_id: int) -> None:
    """Makes every other import of this school wait until this transaction ends. Raises `ImportRefused` for a school that closed."""
    # NO KEY: releases and sign-ins that only point to the school need not wait.
    held = select(School.closed_at).where(School.id == school_id).with_for_update(key_share=True)
    if (await db.execute(held)).scalar_one() is not None:
        raise ImportRefused("school_closed")


async def _apply(
    db: Db,
    school: KnownSchool,
    run_id: int,
    plan: Plan,
    *,
    by: str,
    now: datetime,
    keyring: Keyring,
    pictures: Sequence[str],
    after: bytes | None = None,
) -> Applied:
    """Carries a plan out and keeps the way back; `after` is the way back that the run has already: it comes second."""
    if plan.changes_nothing:
        return NOBODY_NEW
    may_change = inverse.touched(school.id, plan)
    before = await inverse.image(db, may_change)
    applied = await apply(db, school, plan, now=now, by=by, keyring=keyring, pictures=pictures)
    places = [place for place, _ in applied.invited]
    new = inverse.New(applied.new_groups, applied.new_pupils, applied.new_staff, places)
    parts = kept.Lines()
    if after:
        back = inverse.merged([part async for part in inverse.way_back(db, may_change, before, new)])
        parts.add(inverse.composed(back, inverse.merged(kept.open_inverse(keyring, run_id, after))))
    else:
        async for part in inverse.way_back(db, may_change, before, new):
            parts.add(part)
    sealed = kept.seal_inverse(keyring, run_id, parts)
    await history.change(db, run_id, inverse=sealed, undo_until=today(now) + UNDO_FOR)
    return applied


async def _tell_of_held(db: Db, school: KnownSchool, braked: Braked, *, now: datetime) -> None:
    """Asks the coordinators to look at the departures that wait."""
    many = str(braked.held["pupils"] + braked.held["staff"])
    for address in await people.coordinator_addresses(db, school.id, today=today(now)):
        await mail.queue(db, "departures_held", address, now=now, school=school.name, many=many)
