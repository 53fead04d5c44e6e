"""Who may be at the helpdesk's pages: the platform's own people, proven with a password and a second factor of our own (D7, D37)."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from directory import operators
from directory.operators import Duty
from idp.core import ledger
from idp.core.db import Db
from idp.core.errors import Problem
from idp.signin import sessions
from idp.web import guarding
from idp.web.guarding import Door, Form, Sitting

__all__ = [
    "ADDRESS",
    "Attendant",
    "Form",
    "act",
    "asks",
    "at_once",
    "decides",
    "decides_at_once",
    "opens",
    "operators_open",
    "operators_view",
    "view",
]

ADDRESS: Final = "/helpdesk"
_ROOM: Final = 3
"""A form that came too late leads back to the first so many parts of its address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendant(Sitting):
    """Somebody of the platform at work."""

    duty: Duty

    @property
    def decides(self) -> bool:
        """Whether this is an operator, who also does what holds for everybody."""
        return self.duty == "operator"

    @property
    def base(self) -> str:
        """Where the helpdesk's pages begin."""
        return ADDRESS

    @property
    def ticket(self) -> str:
        """Of this session."""
        return self.floor.keyring.mac("ticket", "helpdesk", self.session.key).hex()[:32]

    async def note(
        self, db: Db, action: str, *, school_id: int | None = None, subject: str | None = None, **detail: object
    ) -> None:
        """The entry in the ledger, under this person's own ledger id; it stands or falls with what it tells of."""
        await ledger.record(db, action, now=self.now, by=self.by, school_id=school_id, subject=subject, detail=detail)


async def at_the_helpdesk(request: Request, within: int | None) -> Attendant | Response:
    """Who works there, or the way to prove oneself (again). Raises `Problem("not_found")` for everybody else: there is no such place (C-324)."""
    come = await guarding.arrival(request, closed="not_found")
    if come.session is None:
        return await come.prove(segments=_ROOM)
    floor, session = come.resources.floor, come.session
    async with floor.database.read() as db:
        duty = await operators.duty_of(db, session.person_id)
    if duty is None:
        raise Problem("not_found", status=404, detail="nobody of the platform")
    # Nobody else's word counts here: a session that a network provider opened, or one that began before the duty did, is proven anew.
    own = session.second_at is not None and sessions.ON_DUTY in session.ways and sessions.NETWORK not in session.ways
    if not own or not guarding.fresh(session, within=within, now=floor.now):
        return await come.prove(segments=_ROOM)
    return Attendant(**await come.sitting(session), duty=duty)


async def _operator(request: Request, within: int | None) -> Attendant | Response:
    """Like `at_the_helpdesk`, for what only operators do. Raises `Problem("helpdesk.not_yours")` for the helpdesk itself."""
    found = await at_the_helpdesk(request, within)
    if isinstance(found, Attendant) and not found.decides:
        raise Problem("helpdesk.not_yours", status=403, detail="the helpdesk at a page of operators")
    return found


_DOOR: Final = Door(at_the_helpdesk, to_open=guarding.STEP_UP)
view, opens, act, asks, at_once = _DOOR.view, _DOOR.opens, _DOOR.act, _DOOR.asks, _DOOR.acts_at_once
"""For the helpdesk and operators alike."""
_OPERATORS: Final = Door(_operator, to_open=guarding.STEP_UP)
operators_view, operators_open, decides = _OPERATORS.view, _OPERATORS.opens, _OPERATORS.act
decides_at_once = _OPERATORS.acts_at_once
"""For operators only."""
