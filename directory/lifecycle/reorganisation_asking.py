"""Asking for a reorganisation, answering what is open about it, saying yes, and taking it back (R146-R152, D14).

One asks, and it needs a yes of a coordinator of every school it concerns and of the helpdesk; a pupil's transfer needs both schools only. Who
asked said yes already. Whoever changes what is asked makes everybody else say yes anew. What a yes is, is next door in `reorganisation_yes`.
Until a school says yes nothing of it changes, whoever names it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, insert, select, update

from directory.lifecycle import reorganisation_records as records
from directory.lifecycle import reorganisation_requests as requests
from directory.lifecycle import reorganisation_steps as steps
from directory.lifecycle import reorganisation_views as views
from directory.lifecycle import reorganisation_yes as yes
from directory.lifecycle import reorganisations, transfers
from directory.lifecycle.days import day_of
from directory.lifecycle.models import Reorganisation, ReorganisedSchool
from directory.lifecycle.refusals import Refused
from directory.lifecycle.reorganisation_records import OPEN, Asker, Known
from directory.lifecycle.reorganisation_requests import Choice, CodeChange, Merger, Split, Transfer, Wanted
from directory.models import School
from idp.core.crypto import Keyring
from idp.core.db import Db

MOST_SCHOOLS: Final = 12
"""So many schools at most in what a coordinator asks for; for more the helpdesk asks."""
ASKS_A_DAY: Final = {False: 3, True: 40}
"""What the coordinators of one school may ask for in 24 hours: reorganisations, and transfers of pupils to it. Every one is mailed to others."""
LONGEST_AHEAD: Final = timedelta(days=366)
LAPSES: Final = timedelta(days=396)
"""After so long nobody carries out any more what was asked."""


async def ask(
    db: Db, wanted: Wanted, *, by: Asker, effective_on: date | None, now: datetime, keyring: Keyring, contact: str
) -> int:
    """Asks for a reorganisation; returns its id. From now on the couplings of the asker's own schools are on manual (R152).

    Raises `Refused` for somebody who has nothing to do with it or asks too much, for a school that is in another one, and for what makes no sense.
    """
    ids = [school_id for school_id, _ in wanted.schools]
    _check_shape(wanted, ids)
    if not by.helpdesk and not by.coordinates & set(ids):
        raise Refused("not_yours", "only a coordinator of one of these schools or the helpdesk can ask for this")
    if isinstance(wanted, Transfer) and wanted.to_id not in by.coordinates and not by.helpdesk:
        raise Refused("not_yours", "the school where the pupil is now asks for the transfer")
    if effective_on is not None and effective_on > day_of(now) + LONGEST_AHEAD:
        raise Refused("too_far", "a year ahead at most")
    await steps.hold(db, ids)
    await _check_free(db, wanted, ids)
    if not by.helpdesk:
        await _check_pace(db, wanted, ids, by, now=now)
    if isinstance(wanted, Transfer):
        await transfers.check_enrolled(db, wanted.to_id, wanted.arrived_id)
    row: dict[str, Any] = {
        "kind": requests.kind_of(wanted),
        "state": "asked",
        "effective_on": effective_on,
        "asked_by": by.name,
        "asked_by_helpdesk": by.helpdesk,
        "asked_at": now,
        "detail": {"agreed": {}},
    }
    made = await db.execute(insert(Reorganisation).values(**row).returning(Reorganisation.id))
    reorganisation_id = made.scalar_one()
    parts = [{"reorganisation_id": reorganisation_id, "school_id": one, "part": part} for one, part in wanted.schools]
    await db.execute(insert(ReorganisedSchool), parts)
    await records.store(db, reorganisation_id, wanted, keyring)
    await records.note(db, "asked", await records.of(db, reorganisation_id), now=now, by=by.name)
    await records.tell_asked(db, row["kind"], ids, now=now, contact=contact)
    await yes.say(db, await records.of(db, reorganisation_id), by=by, now=now, keyring=keyring)
    return reorganisation_id


def _check_shape(wanted: Wanted, ids: Sequence[int]) -> None:
    few = {Merger: 2, Split: 2, Transfer: 2}.get(type(wanted), 1)
    if len(ids) < few or len(set(ids)) != len(ids):
        raise Refused("schools", "name each school once, and every school that it takes")
    if isinstance(wanted, Merger) and not all(requests.is_choice(choice) for choice in wanted.choices.values()):
        raise Refused("choice", "a doubt is answered with same or different")


async def _check_free(db: Db, wanted: Wanted, ids: Sequence[int]) -> None:
    """A school is in one reorganisation at a time; transfers of pupils go beside it and beside each other."""
    found = (await db.execute(select(func.count()).where(School.id.in_(ids)))).scalar_one()
    if found != len(ids):
        raise Refused("schools", "there is no such school")
    if isinstance(wanted, Transfer):
        return
    if await records.busy(db, ids):
        raise Refused("busy", "one of these schools is in another reorganisation already")


async def _check_pace(db: Db, wanted: Wanted, ids: Sequence[int], by: Asker, *, now: datetime) -> None:
    """Whom it concerns is mailed: one coordinator does not keep a whole country busy."""
    if len(ids) > MOST_SCHOOLS:
        raise Refused("too_many", f"at most {MOST_SCHOOLS} schools; for more the helpdesk asks")
    one_child = isinstance(wanted, Transfer)
    mine = [wanted.to_id] if isinstance(wanted, Transfer) else sorted(by.coordinates & set(ids))
    kinds = Reorganisation.kind == "transfer" if one_child else Reorganisation.kind != "transfer"
    lately = (
        select(func.count())
        .select_from(Reorganisation)
        .join(ReorganisedSchool, ReorganisedSchool.reorganisation_id == Reorganisation.id)
        .where(ReorganisedSchool.school_id.in_(mine), kinds, Reorganisation.asked_at > now - timedelta(days=1))
        .where(Reorganisation.asked_by_helpdesk.is_(False))
        .group_by(ReorganisedSchool.school_id)
    )
    if max((await db.execute(lately)).scalars(), default=0) >= ASKS_A_DAY[one_child]:
        raise Refused("too_many", "enough was asked for this school today")


async def choose(
    db: Db, reorganisation_id: int, choices: Mapping[str, Choice], *, by: Asker, now: datetime, keyring: Keyring
) -> None:
    """Answers doubts of a merger. What others agreed to before they agree to anew. Raises `Refused`, `LookupError`.

    Before all schools said yes nobody of them has seen a doubt, and nobody learns by guessing whether there is one (D14).
    """
    known = await _changeable(db, reorganisation_id, by)
    wanted = await records.wanted_of(db, reorganisation_id, keyring=keyring)
    if not isinstance(wanted, Merger):
        raise Refused("choice", "only a merger has doubts")
    if not views.is_open_to(known, by):
        raise Refused("not_together", "not every school said yes")
    whole = await reorganisations.rehearse(db, reorganisation_id, now=now, keyring=keyring)
    unknown = choices.keys() - {meeting.choice for meeting in whole.doubts}
    if unknown or not all(requests.is_choice(choice) for choice in choices.values()):
        raise Refused("choice", "that is no doubt of this merger, or no answer to it")
    changed = replace(wanted, choices={**wanted.choices, **choices})
    await _change(db, known, changed, by=by, now=now, keyring=keyring)


async def name_code(
    db: Db, reorganisation_id: int, brin: str, location: str, *, by: Asker, now: datetime, keyring: Keyring
) -> None:
    """Tells the BRIN that was not known yet (R164). What others agreed to before they agree to anew. Raises `Refused`, `LookupError`."""
    known = await _changeable(db, reorganisation_id, by)
    wanted = await records.wanted_of(db, reorganisation_id, keyring=keyring)
    if not isinstance(wanted, CodeChange):
        raise Refused("code", "only a change of code takes a code")
    await _change(db, known, replace(wanted, brin=brin, location=location), by=by, now=now, keyring=keyring)


async def name_pupil(
    db: Db, reorganisation_id: int, person_id: int, *, by: Asker, now: datetime, keyring: Keyring
) -> None:
    """The old school says which of its own pupils it was; that is its yes. Raises `Refused`, `LookupError`."""
    known = await _changeable(db, reorganisation_id, by)
    wanted = await records.wanted_of(db, reorganisation_id, keyring=keyring)
    if not isinstance(wanted, Transfer) or not (by.helpdesk or wanted.from_id in by.coordinates):
        raise Refused("not_yours", "the school that the pupil comes from says who it was")
    await transfers.check_enrolled(db, wanted.from_id, person_id)
    await records.store(db, reorganisation_id, replace(wanted, left_id=person_id), keyring)
    await yes.say(db, known, by=by, now=now, keyring=keyring)


async def _change(db: Db, known: Known, wanted: Wanted, *, by: Asker, now: datetime, keyring: Keyring) -> None:
    await records.store(db, known.id, wanted, keyring)
    await _ask_anew(db, known)
    await yes.say(db, await records.of(db, known.id), by=by, now=now, keyring=keyring)


async def _ask_anew(db: Db, known: Known) -> None:
    """Nobody has said yes to what it is now."""
    mine = update(Reorganisation).where(Reorganisation.id == known.id)
    await db.execute(mine.values(detail=yes.unanswered(known).detail, state="asked", checked_by=None, checked_at=None))


async def _changeable(db: Db, reorganisation_id: int, by: Asker) -> Known:
    known = await records.of(db, reorganisation_id, hold=True)
    if known.state not in OPEN:
        raise Refused("over", "this is not open any more")
    if not by.helpdesk and not by.coordinates & set(known.school_ids):
        raise Refused("not_yours", "only a coordinator of one of these schools or the helpdesk decides about this")
    return known


async def agree(
    db: Db, reorganisation_id: int, *, by: Asker, now: datetime, keyring: Keyring, fingerprint: str | None = None
) -> Known:
    """Somebody's yes to what was shown; with the last one that is needed it is `checked`. Raises `Refused`, `LookupError`."""
    known = await _changeable(db, reorganisation_id, by)
    return await yes.say(db, known, by=by, now=now, keyring=keyring, fingerprint=fingerprint)


async def agree_in_writing(
    db: Db, reorganisation_id: int, school_id: int, request_ref: str, *, by: Asker, now: datetime, keyring: Keyring
) -> Known:
    """A school's yes to a transfer as the helpdesk has it in writing; the reference is kept. Raises `Refused`, `LookupError`.

    Transfers only: what concerns a whole school its coordinator agrees to at the desk.
    """
    known = await _changeable(db, reorganisation_id, by)
    if known.kind != "transfer" or not by.helpdesk or school_id not in known.school_ids:
        raise Refused("not_yours", "only for a school of a transfer, and only by the helpdesk")
    written = {**known.detail.get("in_writing", {}), str(school_id): request_ref}
    known = replace(known, detail={**known.detail, "in_writing": written})
    return await yes.say(db, known, by=Asker(by.name, frozenset({school_id})), now=now, keyring=keyring)


async def check_again(
    db: Db, reorganisation_id: int, *, now: datetime, by: str, keyring: Keyring, contact: str
) -> bool:
    """Whether it would do something else by now than everybody agreed to: then nobody has said yes any more, and all are mailed."""
    known = await records.of(db, reorganisation_id, hold=True)
    if known.state != "checked" or known.kind == "transfer":
        return False
    whole = await reorganisations.rehearse(db, reorganisation_id, now=now, keyring=keyring)
    if whole.fingerprint == known.detail.get("fingerprint"):
        return False
    await _ask_anew(db, known)
    await records.note(db, "changed", known, now=now, by=by)
    await records.tell(db, "reorganisation_changed", known.school_ids, now=now, contact=contact)
    return True


async def withdraw(db: Db, reorganisation_id: int, *, by: Asker, now: datetime) -> None:
    """It does not go on. Couplings that a yes to it put on manual are automatic again. Raises `Refused`, `LookupError`."""
    await _end(db, await _changeable(db, reorganisation_id, by), by=by.name, now=now)


async def lapse(db: Db, reorganisation_id: int, *, now: datetime) -> bool:
    """Withdraws what was asked 13 months ago and never carried out (D40); whether it was so. Raises `LookupError`."""
    known = await records.of(db, reorganisation_id, hold=True)
    if known.state not in OPEN or known.asked_at > now - LAPSES:
        return False
    await _end(db, known, by="system", now=now)
    return True


async def _end(db: Db, known: Known, *, by: str, now: datetime) -> None:
    mine = update(Reorganisation).where(Reorganisation.id == known.id)
    await db.execute(mine.values(state="withdrawn", plan=None))
    await yes.take_back(db, known, now=now, by=by)
    await records.note(db, "withdrawn", known, now=now, by=by)
