"""Who may be in a party's test environment: a contact of that very party, proven with two factors (D7)."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from directory import contacts
from idp.core.errors import Problem
from idp.web import guarding
from idp.web.guarding import Door, Form, Sitting, number
from metadata import parties
from metadata.parties import KnownParty

__all__ = ["ADDRESS", "Contact", "Form", "act", "acts", "opens", "view", "while_tested"]

ADDRESS: Final = "/party"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Sitting):
    """A contact in the test environment of his party."""

    party: KnownParty

    @property
    def base(self) -> str:
        """Where the pages of this party begin."""
        return f"{ADDRESS}/{self.party.id}"

    @property
    def ticket(self) -> str:
        """Of this session and this party."""
        return self.floor.keyring.mac("ticket", "party", self.session.key, str(self.party.id)).hex()[:32]


async def in_the_room(request: Request, within: int | None) -> Contact | Response:
    """The contact, or the way to prove oneself (again). Raises `Problem("not_found")` for everybody else: no party is there for them (C-324)."""
    come = await guarding.arrival(request, closed="not_found")
    if come.session is None:
        return await come.prove()
    floor = come.resources.floor
    async with floor.database.read() as db:
        mine = await contacts.party_of(db, come.session.person_id)
        if mine is None or mine != number(str(request.path_params["party"])):
            raise Problem("not_found", status=404, detail="not a contact of that party")
        party = await parties.by_id(db, mine)
    if come.session.second_at is None or not guarding.fresh(come.session, within=within, now=floor.now):
        return await come.prove()
    return Contact(**await come.sitting(come.session), party=party)


async def _tested(request: Request, within: int | None) -> Contact | Response:
    """Like `in_the_room`, for pages that a party has only while it is under test."""
    found = await in_the_room(request, within)
    if isinstance(found, Contact) and not found.party.under_test:
        raise Problem("not_found", status=404, detail="the party is not under test")
    return found


_DOOR: Final = Door(in_the_room, to_open=guarding.STEP_UP)
view, opens, acts = _DOOR.view, _DOOR.opens, _DOOR.act
_TESTED: Final = Door(_tested, to_open=guarding.TO_SEND)
while_tested, act = _TESTED.view, _TESTED.act
