"""Asking for a reorganisation, answering what is open about it, saying yes, and taking it back (R146-R152, D14).

One asks, and it needs a yes of a coordinator of every school it concerns and of the helpdesk; a pupil's transfer needs both schools only. Who
asked said yes already. Whoever changes what is asked makes everybody else say yes anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from directory.lifecycle import reorganisation_records as records
from directory.lifecycle import reorganisation_requests as requests
from directory.lifecycle import reorganisation_steps as steps
from directory.lifecycle import reorganisations, transfers
from directory.lifecycle.models import Reorganisation, ReorganisedSchool
from directory.lifecycle.refusals import Refused
from directory.lifecycle.reorganisation_records import HELPDESK, OPEN, Asker, Known
from directory.lifecycle.reorganisation_requests import Choice, CodeChange, Merger, Split, Transfer, Wanted
from directory.models import School
from idp.core.crypto import Keyring
from idp.core.db import Db


async def ask(
    db: Db, wanted: Wanted, *, by: Asker, effective_on: date | None, now: datetime, keyring: Keyring, contact: str
) -> int:
    """Asks for a reorganisation; returns its id. From now on the couplings of all its schools are on manual (R152).

    Raises `Refused` for somebody who has nothing to do with it, for a school that is in another one, and for one that makes no sense.
    """
    ids = [school_id for school_id, _ in wanted.schools]
    _check_shape(wanted, ids)
    if not by.helpdesk and not by.coordinates & set(ids):
        raise Refused("not_yours", "only a coordinator of one of these schools or the helpdesk can ask for this")
    if isinstance(wanted, Transfer) and wanted.to_id not in by.coordinates and not by.helpdesk:
        raise Refused("not_yours", "the school where the pupil is now asks for the transfer")
    await steps.hold(db, ids)
    await _check_free(db, wanted, ids)
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
    if not isinstance(wanted, Transfer):
        await steps.couplings_by_hand(db, ids)
    await records.note(db, "asked", await records.of(db, reorganisation_id), now=now, by=by.name)
    await records.tell(db, f"{records.mailed_as(row['kind'])}_asked", ids, now=now, contact=contact)
    await _say_yes(db, await records.of(db, reorganisation_id), by=by, now=now)
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
    busy = (
        select(Reorganisation.id)
        .join(ReorganisedSchool, ReorganisedSchool.reorganisation_id == Reorganisation.id)
        .where(ReorganisedSchool.school_id.in_(ids), Reorganisation.state.in_(OPEN), Reorganisation.kind != "transfer")
    )
    if (await db.execute(busy)).first() is not None:
        raise Refused("busy", "one of these schools is in another reorganisation already")


async def choose(
    db: Db, reorganisation_id: int, choices: Mapping[str, Choice], *, by: Asker, now: datetime, keyring: Keyring
) -> None:
    """Answers doubts of a merger. What others agreed to before they agree to anew. Raises `Refused`, `LookupError`."""
    wanted = await records.wanted_of(db, reorganisation_id, keyring=keyring)
    if not isinstance(wanted, Merger):
        raise Refused("choice", "only a merger has doubts")
    unknown = choices.keys() - {
        meeting.choice
        for meeting in (await reorganisations.rehearse(db, reorganisation_id, now=now, keyring=keyring)).doubts
    }
    if unknown or not all(requests.is_choice(choice) for choice in choices.values()):
        raise Refused("choice", "that is no doubt of this merger, or no answer to it")
    changed = replace(wanted, choices={**wanted.choices, **choices})
    await _change(db, reorganisation_id, changed, by=by, now=now, keyring=keyring)


async def name_code(
    db: Db, reorganisation_id: int, brin: str, location: str, *, by: Asker, now: datetime, keyring: Keyring
) -> None:
    """Tells the BRIN that was not known yet (R164). What others agreed to before they agree to anew. Raises `Refused`, `LookupError`."""
    wanted = await records.wanted_of(db, reorganisation_id, keyring=keyring)
    if not isinstance(wanted, CodeChange):
        raise Refused("code", "only a change of code takes a code")
    await _change(db, reorganisation_id, replace(wanted, brin=brin, location=location), by=by, now=now, keyring=keyring)


async def name_pupil(
    db: Db, reorganisation_id: int, person_id: int, *, by: Asker, now: datetime, keyring: Keyring
) -> None:
    """The old school says which of its own pupils it was; that is its yes. Raises `Refused`, `LookupError`."""
    wanted = await records.wanted_of(db, reorganisation_id, keyring=keyring)
    if not isinstance(wanted, Transfer) or not (by.helpdesk or wanted.from_id in by.coordinates):
        raise Refused("not_yours", "the school that the pupil comes from says who it was")
    await transfers.check_enrolled(db, wanted.from_id, person_id)
    known = await _changeable(db, reorganisation_id, by)
    await records.store(db, reorganisation_id, replace(wanted, left_id=person_id), keyring)
    await _say_yes(db, known, by=by, now=now)


async def _change(
    db: Db, reorganisation_id: int, wanted: Wanted, *, by: Asker, now: datetime, keyring: Keyring
) -> None:
    known = await _changeable(db, reorganisation_id, by)
    await records.store(db, reorganisation_id, wanted, keyring)
    detail = {**known.detail, "agreed": {}}
    mine = update(Reorganisation).where(Reorganisation.id == reorganisation_id)
    await db.execute(mine.values(detail=detail, state="asked", checked_by=None, checked_at=None))
    await _say_yes(db, await records.of(db, reorganisation_id), by=by, now=now)


async def _changeable(db: Db, reorganisation_id: int, by: Asker) -> Known:
    known = await records.of(db, reorganisation_id, hold=True)
    if known.state not in OPEN:
        raise Refused("over", "this is not open any more")
    if not by.helpdesk and not by.coordinates & set(known.school_ids):
        raise Refused("not_yours", "only a coordinator of one of these schools or the helpdesk decides about this")
    return known


async def agree(db: Db, reorganisation_id: int, *, by: Asker, now: datetime) -> Known:
    """Somebody's yes; with the last one that is needed it is `checked`. Raises `Refused`, `LookupError`."""
    known = await _changeable(db, reorganisation_id, by)
    return await _say_yes(db, known, by=by, now=now)


async def agree_in_writing(
    db: Db, reorganisation_id: int, school_id: int, request_ref: str, *, by: Asker, now: datetime
) -> Known:
    """A school's yes to a transfer as the helpdesk has it in writing; the reference is kept. Raises `Refused`, `LookupError`.

    Transfers only: what concerns a whole school its coordinator agrees to at the desk.
    """
    known = await _changeable(db, reorganisation_id, by)
    if known.kind != "transfer" or not by.helpdesk or school_id not in known.school_ids:
        raise Refused("not_yours", "only for a school of a transfer, and only by the helpdesk")
    written = {**known.detail.get("in_writing", {}), str(school_id): request_ref}
    known = replace(known, detail={**known.detail, "in_writing": written})
    return await _say_yes(db, known, by=Asker(by.name, frozenset({school_id})), now=now)


async def _say_yes(db: Db, known: Known, *, by: Asker, now: datetime) -> Known:
    """The yes of one person counts once: whoever is coordinator and helpdesk at once is not two people."""
    given = {str(school_id) for school_id in by.coordinates & set(known.school_ids)} or (
        {HELPDESK} if by.helpdesk else set()
    )
    agreed = {**known.detail["agreed"], **dict.fromkeys(given, by.name)}
    state = "asked" if await records.missing(db, known, agreed) else "checked"
    checked = {"checked_by": by.name, "checked_at": now} if state == "checked" else {}
    values = {"detail": {**known.detail, "agreed": agreed}, "state": state, **checked}
    await db.execute(update(Reorganisation).where(Reorganisation.id == known.id).values(**values))
    if given - known.detail["agreed"].keys():
        await records.note(db, "agreed", known, now=now, by=by.name)
    return await records.of(db, known.id)


async def withdraw(db: Db, reorganisation_id: int, *, by: Asker, now: datetime) -> None:
    """It does not go on. The couplings stay on manual until somebody sets them otherwise. Raises `Refused`, `LookupError`."""
    known = await _changeable(db, reorganisation_id, by)
    mine = update(Reorganisation).where(Reorganisation.id == reorganisation_id)
    await db.execute(mine.values(state="withdrawn", plan=None))
    await records.note(db, "withdrawn", known, now=now, by=by.name)
