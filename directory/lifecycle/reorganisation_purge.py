"""When a reorganisation cannot be undone any more: what was kept for that goes, and with it whom nobody needs (D40, R20, R156)."""

from datetime import date, datetime

from sqlalchemy import delete, select, update

from directory.lifecycle import closures
from directory.lifecycle import reorganisation_records as records
from directory.lifecycle.models import Reorganisation
from directory.lifecycle.refusals import Refused
from directory.lifecycle.reorganisation_records import Asker, Known
from directory.models import Person
from idp.core.db import Db


async def erase_now(db: Db, reorganisation_id: int, *, now: datetime, by: Asker) -> dict[str, int]:
    """Deletes the data of a closed school for good before the 30 days are over, at the school's own word. Nothing of it can be undone."""
    known = await records.of(db, reorganisation_id, hold=True)
    if known.kind != "closure" or known.state != "done" or not (by.helpdesk or by.coordinates & set(known.school_ids)):
        raise Refused("not_yours", "only of a school that closed, and by the helpdesk or its coordinator")
    counts = await _settle(db, known)
    await records.note(db, "erased", known, now=now, by=by.name, counts=counts)
    return counts


async def over(db: Db, *, today: date) -> list[int]:
    """Those that cannot be undone any more and of which something is kept for that, in the order of asking."""
    query = select(Reorganisation.id).where(
        Reorganisation.state == "done", Reorganisation.undo_until < today, Reorganisation.inverse.is_not(None)
    )
    return list((await db.execute(query.order_by(Reorganisation.id))).scalars())


async def purge(db: Db, reorganisation_id: int, *, now: datetime) -> dict[str, int]:
    """Ends one of those: inverse and plan go, accounts that went up in others too, and a closed school's people (D40). Returns counts."""
    known = await records.of(db, reorganisation_id, hold=True)
    counts = await _settle(db, known)
    await records.note(db, "settled", known, now=now, by="system", counts=counts)
    return {"settled": 1, "persons": counts.get("persons", 0)}


async def _settle(db: Db, known: Known) -> dict[str, int]:
    counts = {"persons": 0}
    if folded := known.detail.get("folded"):
        # Only who is still switched off and nowhere: whoever came back by other ways stays.
        gone = await db.execute(delete(Person).where(Person.id.in_(folded), Person.disabled))
        counts["persons"] = gone.rowcount
    if known.kind == "closure":
        counts = await closures.erase(db, known.source_ids[0])
    mine = update(Reorganisation).where(Reorganisation.id == known.id)
    detail = {name: value for name, value in known.detail.items() if name not in ("folded", "survivors")}
    await db.execute(mine.values(inverse=None, plan=None, detail=detail))
    return counts
