"""A parent of two of the children that the guide shows: the address stands at both, the mail to choose a password lies in the mailbox (R128-R131)."""

from typing import Final

from directory import people, picking
from directory.schools import KnownSchool
from idp.core.clock import AMSTERDAM
from idp.core.floor import Floor
from idp.credentials import parent_links, parents
from idp.credentials.forgotten import Told
from idp.credentials.pupil_acts import Act
from idp.demo.notes import PupilNote
from idp.demo.schools import BY

PARENT: Final = "ouder@gezin.example"


async def enter(floor: Floor, school: KnownSchool, family: tuple[PupilNote, ...]) -> None:
    """As if a teacher had entered the address at these children, with the parent's permission; one mail, of which every link works."""
    now, today = floor.now, floor.now.astimezone(AMSTERDAM).date()
    async with floor.database.begin() as db:
        for note in family:
            await parents.enter(db, school.id, note.person_id, PARENT, permission_on=today, now=now)
            _, ledger_id = await people.identity(db, note.person_id)
            classmates = await picking.classmates(floor.database.hot, school.id, note.person_id, today=today)
            act = Act(school.id, classmates[0].group_id or 0, BY, now)
            await act.note(db, "home.parent_entered", [ledger_id], permission_on=today.isoformat())
    await invite(floor, school)


async def invite(floor: Floor, school: KnownSchool) -> None:
    """Writes to the parent who has no password yet: at every start, for the mailbox begins empty."""
    known = await parents.account(floor.database.hot, PARENT)
    if known is None or known.hash is not None:
        return
    told = Told(floor.settings.base_url, floor.settings.support_contact, network="", lang="nl")
    async with floor.database.begin() as db:
        await parent_links.invite(db, floor.keyring, known.id, school=school.name, told=told, now=floor.now)
