"""Variant 1: the school goes on under another BRIN or location code; its people and everything else stay (R148, R164)."""

from sqlalchemy import select

from directory.lifecycle import present
from directory.lifecycle.rehearsal import Notable, Rehearsal
from directory.lifecycle.reorganisation_requests import CodeChange
from directory.lifecycle.trail import Trail
from directory.models import School
from idp.core.db import Db


async def rehearse(db: Db, wanted: CodeChange) -> Rehearsal:
    """What it would do now. Changes nothing."""
    obstacles = []
    if await present.any_closed(db, (wanted.school_id,)):
        obstacles.append("closed")
    if wanted.brin is None:
        obstacles.append("code_unknown")
    elif await _holder(db, wanted, closed=False):
        obstacles.append("code_taken")
    return Rehearsal(
        kind="codes",
        counts={"schools": 1},
        notable=(Notable("couplings_by_hand"), Notable("both_sides")),
        obstacles=tuple(obstacles),
        school_ids=(wanted.school_id,),
    )


async def carry_out(trail: Trail, wanted: CodeChange) -> dict[str, list[int]]:
    """Does it. A school that closed or merged lets go of a code that another takes over."""
    if former := await _holder(trail.db, wanted, closed=True):
        await trail.update(School, School.id == former, brin=None, location="")
    await trail.update(School, School.id == wanted.school_id, brin=wanted.brin, location=wanted.location)
    return {}


async def _holder(db: Db, wanted: CodeChange, *, closed: bool) -> int | None:
    """Which other school has the code, of those that are closed or of those that are not."""
    is_closed = School.closed_at.is_not(None) if closed else School.closed_at.is_(None)
    query = select(School.id).where(School.brin == wanted.brin, School.location == wanted.location, is_closed)
    return (await db.execute(query.where(School.id != wanted.school_id))).scalar()
