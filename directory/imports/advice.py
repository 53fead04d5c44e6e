"""What deserves a second look after an import that nobody looked at before: the sentences, and who the doubts are about (R28, R46).

A run keeps no names but these: sealed, for as long as it can be undone, and gone as soon as anybody of the school is deleted (D40).
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update

from directory.imports import history, kept
from directory.imports.brake import Braked
from directory.imports.models import ImportRun
from directory.imports.notable import Notable, full_name, warnings
from directory.imports.plan import Plan
from directory.imports.tally import MOST_DOUBTS
from idp.core.crypto import Keyring
from idp.core.db import Db

Whose = tuple[str, str]
"""`pupil` or `staff`, and the key."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Warnings, and the names in the file by what somebody is and the administration's key."""

    warnings: tuple[Notable, ...] = ()
    names: dict[Whose, str] = field(default_factory=dict, repr=False)


NONE = Advice()


def of_plan(plan: Plan, braked: Braked) -> Advice:
    """What a plan gives to look at. Pure."""
    doubted = {(doubt.about, doubt.key) for doubt in plan.doubts[:MOST_DOUBTS]}
    told: dict[Whose, str] = {}
    if doubted:
        for about, steps in (("pupil", plan.pupils), ("staff", plan.staff)):
            whose = (((about, step.record.key), step.record) for step in steps if step.record)
            told |= {key: full_name(record) for key, record in whose if key in doubted}
    return Advice(tuple(warnings(plan, braked)), told)


async def keep(db: Db, run_id: int, advice: Advice, *, keyring: Keyring) -> None:
    """Keeps it with its run, if there is anything."""
    if advice != NONE:
        await history.change(db, run_id, advice=_sealed(keyring, run_id, advice))


def _sealed(keyring: Keyring, run_id: int, advice: Advice) -> bytes:
    told = {
        "warnings": [(one.code, dict(one.values), one.names) for one in advice.warnings],
        "names": [(about, key, name) for (about, key), name in advice.names.items()],
    }
    return kept.seal_advice(keyring, run_id, told)


async def of_run(db: Db, school_id: int, run_id: int, *, keyring: Keyring) -> Advice:
    """What was kept of this school's run; nothing once its time is over."""
    mine = ImportRun.id == run_id, ImportRun.school_id == school_id
    sealed = (await db.execute(select(ImportRun.advice).where(*mine))).scalar()
    if sealed is None:
        return NONE
    told = kept.open_advice(keyring, run_id, sealed)
    return Advice(
        tuple(Notable(code, values, tuple(names)) for code, values, names in told["warnings"]),
        {(about, key): name for about, key, name in told["names"]},
    )


async def forget(db: Db, school_id: int) -> None:
    """Forgets all of it at this school: somebody was deleted for good, and may be named in it."""
    mine = ImportRun.school_id == school_id, ImportRun.advice.is_not(None)
    await db.execute(update(ImportRun).where(*mine).values(advice=None))


async def purge(db: Db, *, before: datetime, most: int) -> int:
    """Empties at most so many of the runs that began before then; returns how many (D40)."""
    old = select(ImportRun.id).where(ImportRun.advice.is_not(None), ImportRun.started_at < before)
    these = update(ImportRun).where(ImportRun.id.in_(old.order_by(ImportRun.id).limit(most)))
    return (await db.execute(these.values(advice=None))).rowcount
