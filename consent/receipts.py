"""The bevestiging van toestemming: every change of a tick, and of who is kept away, is mailed to all coordinators (R72, C-318)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select

from consent.models import Exclusion
from consent.offers import Wanted
from directory import people
from directory.schools import KnownSchool
from idp.core import heads, mail
from idp.core.clock import AMSTERDAM
from idp.core.db import Db

Receipt = Literal["consent_given", "consent_withdrawn"]
AboutOne = Literal["consent_person_excluded", "consent_person_admitted"]


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
    told = "\n".join(f"- {field}" for field in fields)
    await _mail(db, kind, school, party, who=who, contact=contact, now=now, fields=told)


async def send_about_one(
    db: Db,
    kind: AboutOne,
    school: KnownSchool,
    party: tuple[int, str],
    *,
    base_url: str,
    who: str,
    contact: str,
    now: datetime,
) -> None:
    """As `send`, when a single person was kept away from a party (its number and name) or is no longer: who that is stands at the desk only."""
    number, name = party
    here = Exclusion.school_id == school.id, Exclusion.party_id == number
    count = (await db.execute(select(func.count()).select_from(Exclusion).where(*here))).scalar_one()
    more = {"count": str(count), "link": f"{base_url}/desk/{school.code}/parties/{number}/people"}
    await _mail(db, kind, school, name, who=who, contact=contact, now=now, **more)


def words(meaning: str, one: Wanted) -> str:
    """A field as a receipt has it: what it is, and for which service and what the party wants it."""
    uses = "; ".join(f"{use.service}: {use.purpose_nl}" for use in one.uses)
    return f"{meaning} ({uses})" if uses else meaning


async def _mail(
    db: Db, kind: str, school: KnownSchool, party: str, *, who: str, contact: str, now: datetime, **more: str
) -> None:
    values = {
        "school": school.name,
        "party": party,
        "who": who,
        "contact": contact,
        **more,
        # Whoever keeps this mail can prove later that nothing before it was rewritten (D41).
        "head": str(await heads.newest(db) or "-"),
    }
    own = await people.coordinator_addresses(db, school.id, today=now.astimezone(AMSTERDAM).date())
    for address in sorted({*own, *await people.board_coordinator_addresses(db, school.id)}):
        await mail.queue(db, kind, address, now=now, when=now, **values)
