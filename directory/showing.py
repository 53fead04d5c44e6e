"""What may be seen of children before a secret is given, as their school decides it: everybody by roepnaam, nobody by name, or one child not at all
(D24)."""

from datetime import datetime

from sqlalchemy import func, select, update

from directory.models import Enrolment, School
from idp.core import ledger
from idp.core.db import Db


async def show_child(db: Db, school_id: int, person_id: int, *, shown: bool) -> bool:
    """Whether this child has a tile in its group at this school from now on; False when it stood like that already. Who has none signs in with a
    card."""
    here = Enrolment.school_id == school_id, Enrolment.person_id == person_id, Enrolment.hidden == shown
    return (await db.execute(update(Enrolment).where(*here).values(hidden=not shown))).rowcount > 0


async def hidden(db: Db, school_id: int) -> int:
    """How many children of this school have no tile."""
    here = Enrolment.school_id == school_id, Enrolment.active, Enrolment.hidden
    return (await db.execute(select(func.count()).select_from(Enrolment).where(*here))).scalar_one()


async def show_names(db: Db, school_id: int, *, shown: bool, now: datetime, by: str) -> bool:
    """Whether tiles of this school say a roepnaam from now on, or only the picture; recorded. False when it stood like that already."""
    turned = update(School).where(School.id == school_id, School.hide_names == shown).values(hide_names=not shown)
    if (await db.execute(turned)).rowcount == 0:
        return False
    await ledger.record(
        db, "school.names_shown" if shown else "school.names_hidden", now=now, by=by, school_id=school_id
    )
    return True
