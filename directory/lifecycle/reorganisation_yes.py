"""A yes to a reorganisation: to what, by whom, and what a school's own yes does to its coupling (R146-R152, D14).

A yes is to what was shown: it is kept with the fingerprint of that. Once all schools said yes they see the whole, and a yes to less than that does
not count any more. A school's coupling goes on manual with its own yes and never with somebody else's.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from directory.imports import couplings
from directory.imports.models import Coupling, ImportRun
from directory.lifecycle import reorganisation_records as records
from directory.lifecycle import reorganisation_steps as steps
from directory.lifecycle import reorganisation_views as views
from directory.lifecycle import reorganisations
from directory.lifecycle.models import Reorganisation
from directory.lifecycle.refusals import Refused
from directory.lifecycle.reorganisation_records import HELPDESK, Asker, Known
from idp.core.crypto import Keyring
from idp.core.db import Db


async def say(
    db: Db, known: Known, *, by: Asker, now: datetime, keyring: Keyring, fingerprint: str | None = None
) -> Known:
    """Somebody's yes, with the row of `known` held; with the last one that is needed it is `checked`.

    `fingerprint` is that of what the page showed; without one the yes is to what would be shown now. The yes of one person counts once: whoever is
    coordinator and helpdesk at once is not two people. Raises `Refused` when it would be something else, and for a school that is in another one.
    """
    given = {str(school_id) for school_id in by.coordinates & set(known.school_ids)} or (
        {HELPDESK} if by.helpdesk else set()
    )
    agreed = {**known.detail["agreed"], **dict.fromkeys(given, by.name)}
    detail = {**known.detail, "agreed": agreed}
    if known.kind != "transfer":
        detail |= await _to_what(db, known, given, agreed, by=by, now=now, keyring=keyring, fingerprint=fingerprint)
        detail |= await _by_hand(db, known, detail, given, by=by, now=now)
    state = "asked" if await records.missing(db, known, detail["agreed"]) else "checked"
    checked = {"checked_by": by.name, "checked_at": now} if state == "checked" else {}
    mine = update(Reorganisation).where(Reorganisation.id == known.id)
    await db.execute(mine.values(detail=detail, state=state, **checked))
    if given - known.detail["agreed"].keys():
        await records.note(db, "agreed", known, now=now, by=by.name)
    if lapsed := agreed.keys() - detail["agreed"].keys() - {HELPDESK}:
        # They see the whole of it from now on, and their yes was to less.
        to = [int(school_id) for school_id in lapsed]
        await records.tell(db, "reorganisation_second_yes", known.school_ids, to=to, now=now)
    return await records.of(db, known.id)


async def _to_what(
    db: Db,
    known: Known,
    given: Collection[str],
    agreed: Mapping[str, str],
    *,
    by: Asker,
    now: datetime,
    keyring: Keyring,
    fingerprint: str | None,
) -> dict[str, Any]:
    view = await views.shown(db, known, by=by, now=now, keyring=keyring)
    if fingerprint is not None and fingerprint != view.fingerprint:
        raise Refused("changed", "it would do something else now than was shown: look again")
    seen = {**known.detail.get("seen", {}), **dict.fromkeys(given, view.fingerprint)}
    spoken = await records.spoken_for(db, known, agreed)
    together = bool(known.detail.get("together")) or spoken == set(known.school_ids)
    told = {"together": together, "seen": seen}
    if not together:
        return told
    whole = await reorganisations.rehearse(db, known.id, now=now, keyring=keyring)
    still = {one: name for one, name in agreed.items() if seen.get(one) == whole.fingerprint}
    return told | {"agreed": still, "fingerprint": whole.fingerprint}


async def _by_hand(
    db: Db, known: Known, detail: Mapping[str, Any], given: Collection[str], *, by: Asker, now: datetime
) -> dict[str, Any]:
    """The couplings of those for whom this person speaks: on manual from now on (R152)."""
    speaks_for = await records.spoken_for(db, known, dict.fromkeys(given, by.name))
    await steps.hold(db, speaks_for)
    if await records.busy(db, speaks_for, but=known.id):
        raise Refused("busy", "one of these schools is in another reorganisation already")
    changed = await steps.couplings_by_hand(db, speaks_for, now=now, by=by.name)
    return {"by_hand": sorted({*detail.get("by_hand", ()), *changed})}


async def take_back(db: Db, known: Known, *, now: datetime, by: str) -> None:
    """It does not go on: whose coupling its yes put on manual is automatic again, unless something else asks for manual by now (D17)."""
    for school_id in known.detail.get("by_hand", ()):
        await steps.hold(db, (school_id,))
        mode = (await db.execute(select(Coupling.mode).where(Coupling.school_id == school_id))).scalar()
        undone = select(ImportRun.id).where(
            ImportRun.school_id == school_id, ImportRun.state == "undone", ImportRun.ended_at >= known.asked_at
        )
        kept = (await db.execute(undone.limit(1))).first() or await records.busy(db, (school_id,), but=known.id)
        if mode == "manual" and not kept:
            await couplings.set_mode(db, school_id, "automatic", now=now, by=by)


def unanswered(known: Known) -> Known:
    """The same without anybody's yes; who has seen the whole of it may go on seeing it."""
    kept = {name: value for name, value in known.detail.items() if name not in ("seen", "fingerprint")}
    return replace(known, detail={**kept, "agreed": {}})
