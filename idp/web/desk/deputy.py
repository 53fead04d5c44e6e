"""The page of the colleague whom the coordinator lets give substitute accounts (D4): the groups of one school, and nothing else of the desk.

It is a right and no role, so D7 asks of this colleague what it asks of every member of staff: a second factor where the school switched it on, or
where there is one already; and, as everywhere at the desk, a fresh proof before something is given. The right is read anew at every request.
"""

from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from directory.lifecycle import seats
from directory.lifecycle.seats import Seat
from directory.lifecycle.substitutes import DURATIONS
from directory.schools import KnownSchool
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.signin import flow
from idp.signin.sessions import Session
from idp.web import guarding, room
from idp.web.desk.guards import ADDRESS, TO_OPEN
from idp.web.desk.staff_acts import refusal
from idp.web.desk.substitutes import end_seat, give_seat, seat_of
from idp.web.guarding import Door, Form, Sitting

PLACE: Final = "deputy"
CLOSED: Final = "desk.not_yours"
"""The same as for whoever comes to the desk without the right to sit there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deputy(Sitting):
    """Somebody who may give the seats of a school's substitutes."""

    school: KnownSchool

    @property
    def base(self) -> str:
        """Where this page is."""
        return f"{ADDRESS}/{self.school.code}/{PLACE}"

    @property
    def ticket(self) -> str:
        """Of this session, this school and this page: good for nothing else at the desk."""
        return self.floor.keyring.mac("ticket", "deputy", self.session.key, str(self.school.id)).hex()[:32]


async def lets_in(request: Request, within: int | None) -> Deputy | Response:
    """Who may give seats here, or the way to prove oneself (again). Raises `Problem("desk.not_yours")` for everybody else."""
    come = await guarding.arrival(request, closed=CLOSED)
    if come.session is None:
        return await come.prove()
    floor = come.resources.floor
    school = await _school(floor, come.session, str(request.path_params["school"]))
    vouched = await guarding.vouched(come.resources, come.session, school.id)
    if not vouched or not guarding.enough(come.session, school, within=within, now=floor.now):
        return await come.prove(school_id=school.id)
    return Deputy(**await come.sitting(come.session), school=school)


async def _school(floor: Floor, session: Session, code: str) -> KnownSchool:
    found = await guarding.place(floor, session, code)
    school = found[0] if found else None
    async with floor.database.read() as db:
        if school is None or not await seats.may_give(db, school.id, session.person_id, today=flow.today(floor.now)):
            # The same for a school of somebody else's and for one that does not exist (C-324).
            raise Problem(CLOSED, status=403, detail="gives no seats of that school")
    return school


async def today(deputy: Deputy) -> Response:
    """Every group with its substitute of today, if there is one."""
    async with deputy.floor.database.read() as db:
        known = await seats.of_school(db, deputy.school.id, today=deputy.today)
    return _respond(deputy, "deputy.html", seats=known)


async def ask(deputy: Deputy) -> Response:
    """The form for who comes today."""
    async with deputy.floor.database.read() as db:
        seat = await seat_of(db, deputy.school, deputy.number("group"), today=deputy.today)
    return _form(deputy, seat, error=None, values={})


def _form(deputy: Deputy, seat: Seat, *, error: str | None, values: Form) -> Response:
    about = {"seat": seat, "durations": DURATIONS, "phone_needed": deputy.school.mfa_for_staff}
    return _respond(deputy, "deputy_new.html", error=error, values=values, **about)


def _respond(deputy: Deputy, template: str, **context: Any) -> Response:
    """A page in the frame of the desk, without its nouns."""
    school = {"name": deputy.school.name, "code": deputy.school.code, "many": False}
    return room.respond(
        deputy, f"desk/{template}", base=f"{ADDRESS}/{deputy.school.code}", at=PLACE, school=school, **context
    )


async def bind(deputy: Deputy, form: Form) -> Response:
    """Gives the seat as the coordinator would, under this colleague's own name in the ledger."""
    async with deputy.floor.database.read() as db:
        seat = await seat_of(db, deputy.school, deputy.number("group"), today=deputy.today)
    try:
        await give_seat(deputy.floor, deputy.school, seat, form, by=deputy.by, now=deputy.now)
    except ValueError as error:
        return _form(deputy, seat, error=refusal(error), values=form)
    return room.back(deputy, "", done="substitute_bound")


async def end(deputy: Deputy, form: Form) -> Response:
    """The substitution is over now: also who gave a seat to a wrong address takes it back at once."""
    await end_seat(deputy.floor, deputy.school, form, by=deputy.by, now=deputy.now)
    return room.back(deputy, "", done="substitute_ended")


_DOOR: Final = Door(lets_in, to_open=TO_OPEN)
_HERE: Final = f"{ADDRESS}/{{school}}/{PLACE}"

ROUTES = [
    Route(_HERE, _DOOR.view(today)),
    Route(f"{_HERE}/end", _DOOR.act(end), methods=["POST"]),
    Route(_HERE + "/{group:int}", _DOOR.opens(ask)),
    Route(_HERE + "/{group:int}", _DOOR.act(bind), methods=["POST"]),
]
