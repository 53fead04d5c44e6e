"""The bevestiging van toestemming: every change of a tick is mailed to all coordinators of the school and of its board (R72, C-318)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from directory import people
from directory.schools import KnownSchool
from idp.core import heads, mail
from idp.core.clock import AMSTERDAM
from idp.core.db import Db

Receipt = Literal["consent_given", "consent_withdrawn"]


async def send(
    db: Db,
    kind: Receipt,
    school: KnownSchool,
    party: str,
    *,
    fields: Iterable[str],
    who: str,
    contact: str,
    now: datetime,
) -> None:
    """Tells every coordinator, in the transaction in which it happens. `fields` are Dutch words for what was ticked, `who` did it."""
    local = now.astimezone(AMSTERDAM)
    values = {
        "school": school.name,
        "party": party,
        "when": f"{local:%d-%m-%Y %H:%M:%S}",
        "fields": "\n".join(f"- {field}" for field in fields),
        "who": who,
        "contact": contact,
        # Whoever keeps this mail can prove later that nothing before it was rewritten (D41).
        "head": str(await heads.newest(db) or "-"),
    }
    own = await people.coordinator_addresses(db, school.id, today=local.date())
    for address in sorted({*own, *await people.board_coordinator_addresses(db, school.id)}):
        await mail.queue(db, kind, address, now=now, **values)
