"""Who may sit at the desk: whoever manages the school in the address (`directory.rights`), proven with two factors, and freshly where something
can be changed: its own ICT coordinators, and those of its whole board.
"""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from directory import rights
from directory.schools import KnownSchool
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.signin import flow
from idp.signin.sessions import Session
from idp.web import guarding
from idp.web.guarding import TO_SEND, Door, Form, Sitting, number
from mfa import factors

__all__ = ["ADDRESS", "TO_OPEN", "TO_SEND", "Coordinator", "Form", "act", "asks", "number", "opens", "receives", "view"]

ADDRESS: Final = "/desk"
TO_OPEN: Final = guarding.STEP_UP


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordinator(Sitting):
    """An ICT coordinator at the desk of one school; `schools` are all schools with that right, by name."""

    school: KnownSchool
    schools: tuple[KnownSchool, ...]

    @property
    def base(self) -> str:
        """Where the pages of this school begin."""
        return f"{ADDRESS}/{self.school.code}"

    @property
    def ticket(self) -> str:
        """Of this session and this school."""
        return self.floor.keyring.mac("ticket", "desk", self.session.key, str(self.school.id)).hex()[:32]


async def at_the_desk(request: Request, within: int | None) -> Coordinator | Response:
    """The coordinator, or the way to prove oneself (again). Raises `Problem("desk.not_yours")` for everybody else."""
    come = await guarding.arrival(request, closed="desk.not_yours")
    floor = come.resources.floor
    if come.session is None or not await _fresh(floor, come.session, within=within):
        return await come.prove()
    managed = await managed_schools(floor, come.session)
    code = request.path_params["school"]
    school = next((school for school in managed if school.code == code), None)
    if school is None:
        # The same for a school of somebody else's and for one that does not exist (C-324).
        raise Problem("desk.not_yours", status=403, detail="not a coordinator of that school")
    counts = [one for one in managed if await guarding.vouched(come.resources, come.session, one.id)]
    if school not in counts:
        return await come.prove()
    return Coordinator(**await come.sitting(come.session), school=school, schools=tuple(counts))


async def _fresh(floor: Floor, session: Session, *, within: int | None) -> bool:
    """Whether the proof is fresh enough. Without a second factor a member of staff is nobody here, whatever the facts say (C-317)."""
    if session.second_at is None and not await _chose_one_step(floor, session):
        # Who has none yet and is no coordinator is refused a line further on; a coordinator's session without one does not stand.
        return True
    return guarding.fresh(session, within=within, now=floor.now)


async def _chose_one_step(floor: Floor, session: Session) -> bool:
    """Whether this coordinator signs in with one step where the operator allows it (D7)."""
    if not floor.settings.mfa_coordinator_opt_out:
        return False
    async with floor.database.read() as db:
        return await factors.opted_out(db, session.person_id)


async def managed_schools(floor: Floor, session: Session) -> tuple[KnownSchool, ...]:
    """The schools that this person manages now, by name; none without a second factor in this session where one is due."""
    if session.second_at is None and not await _chose_one_step(floor, session):
        return ()
    async with floor.database.read() as db:
        return await rights.managed(db, session.person_id, today=flow.today(floor.now))


_DOOR: Final = Door(at_the_desk, to_open=TO_OPEN)
view, opens, act, asks, receives = _DOOR.view, _DOOR.opens, _DOOR.act, _DOOR.asks, _DOOR.receives
