"""What a coordinator does about one member of staff: roles, the right to coordinate, groups, last day, the end, a return, the address.

Each act has a page of its own that says what will happen, and a form that does it. Rules and refusals are those of `directory.lifecycle`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory import groups, roles, schools
from directory.lifecycle import days
from directory.lifecycle import roles as giving
from directory.lifecycle import staff as working
from directory.lifecycle.refusals import Refused
from directory.lifecycle.staff_list import Colleague
from idp.core.db import Db
from idp.core.errors import Problem
from idp.web.desk import frame, mailing
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, opens
from idp.web.desk.staff import colleague_page, found, row_of

EVERYDAY: Final = tuple(role for role in giving.GIVEN_HERE if role != roles.ICT_COORDINATOR)
"""Roles that are given and taken by ticking; the right to coordinate has a sheet of its own."""


def refusal(error: ValueError) -> str:
    """The key of the sentence for what a rule refused, or for an address or day that is none."""
    return f"desk.staff.refused.{error.code if isinstance(error, Refused) else 'malformed'}"


def read_day(text: str) -> date | None:
    """A day as browsers send it; None for no day. Raises `ValueError`."""
    return date.fromisoformat(text.strip()) if text.strip() else None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page before an act: the name of its words, and the field to fill in (`email`, `date`, or none). `tone` is how grave it is."""

    what: str
    field: str = ""
    tone: str = ""


APPOINT: Final = "appoint"

Done = Callable[[Db, Coordinator, Colleague, Form], Awaitable[str]]


async def show(coordinator: Coordinator, sheet: Sheet, one: Colleague, *, error: str | None, values: Form) -> Response:
    """The page of an act, before it or after a mistake; before somebody becomes coordinator, with what he will see in numbers (R56)."""
    counts = None
    if sheet.what == APPOINT:
        async with coordinator.floor.database.read() as db:
            counts = await schools.counts(db, coordinator.school.id)
    return frame.respond(
        coordinator,
        "colleague_sheet.html",
        at="staff",
        error=error,
        values=values,
        sheet=sheet,
        counts=counts,
        one=row_of(one),
        latest=days.latest_end(coordinator.today),
    )


def _pages(path: str, sheet: Sheet, does: Done) -> list[Route]:
    """The page that asks, and the form that does it; after a refusal the page stands there again with the reason."""

    @wraps(does)
    async def asked(coordinator: Coordinator) -> Response:
        async with coordinator.floor.database.read() as db:
            one = await found(db, coordinator)
        ends_on = one.ends_on.isoformat() if one.ends_on else ""
        return await show(coordinator, sheet, one, error=None, values={"ends_on": ends_on})

    @wraps(does)
    async def done(coordinator: Coordinator, form: Form) -> Response:
        one = None
        try:
            async with coordinator.floor.database.begin() as db:
                one = await found(db, coordinator)
                said = await does(db, coordinator, one, form)
        except LookupError:
            raise Problem("not_found", status=404, detail="not of this school") from None
        except ValueError as error:
            if one is None:
                raise
            return await show(coordinator, sheet, one, error=refusal(error), values=form)
        return frame.back(coordinator, f"/staff/{one.employment_id}", done=said)

    where = f"{_ONE}/{path}"
    return [Route(where, opens(asked)), Route(where, act(done), methods=["POST"])]


def _by(coordinator: Coordinator) -> dict[str, Any]:
    return {"by": coordinator.by, "now": coordinator.now}


async def appoint(db: Db, coordinator: Coordinator, one: Colleague, _: Form) -> str:
    """Makes somebody ICT coordinator: with the next sign-in, and with a second factor."""
    contact = coordinator.floor.settings.support_contact
    await giving.give(
        db, coordinator.school.id, one.employment_id, roles.ICT_COORDINATOR, contact=contact, **_by(coordinator)
    )
    return "appointed"


async def dismiss(db: Db, coordinator: Coordinator, one: Colleague, _: Form) -> str:
    """Ends somebody's right to coordinate, at once."""
    contact = coordinator.floor.settings.support_contact
    await giving.take(
        db, coordinator.school.id, one.employment_id, roles.ICT_COORDINATOR, contact=contact, **_by(coordinator)
    )
    return "dismissed"


async def change_last_day(db: Db, coordinator: Coordinator, one: Colleague, form: Form) -> str:
    """Until which day somebody works here."""
    ends_on = read_day(form.get("ends_on", ""))
    await working.change_last_day(db, coordinator.school.id, one.employment_id, ends_on, **_by(coordinator))
    return "last_day_changed"


async def end(db: Db, coordinator: Coordinator, one: Colleague, _: Form) -> str:
    """Somebody works here no more, from this minute."""
    await working.end(db, coordinator.school.id, one.employment_id, **_by(coordinator))
    return "ended"


async def take_up(db: Db, coordinator: Coordinator, one: Colleague, form: Form) -> str:
    """Somebody who left works here again."""
    ends_on = read_day(form.get("ends_on", ""))
    await working.take_up(db, coordinator.school.id, one.employment_id, ends_on, **_by(coordinator))
    return "taken_up"


async def give_address(db: Db, coordinator: Coordinator, one: Colleague, form: Form) -> str:
    """An address for somebody without one, or a proposal where there is one (D15, R32)."""
    return await mailing.enter_address(db, coordinator, one, form.get("email", ""))


async def send_activation(coordinator: Coordinator, _: Form) -> Response:
    """Mails the link to make a password once more; the one before stops working."""
    try:
        async with coordinator.floor.database.begin() as db:
            one = await found(db, coordinator)
            await mailing.send_activation(db, coordinator, one)
    except Refused as error:
        return await colleague_page(coordinator, error=refusal(error))
    return frame.back(coordinator, f"/staff/{one.employment_id}", done="activation_sent")


async def ticked_roles(coordinator: Coordinator) -> Response:
    """The roles somebody has here, to tick and untick (R79)."""
    async with coordinator.floor.database.read() as db:
        one = await found(db, coordinator)
    return _roles_page(coordinator, one, error=None)


def _roles_page(coordinator: Coordinator, one: Colleague, *, error: str | None) -> Response:
    return frame.respond(
        coordinator, "colleague_roles.html", at="staff", error=error, one=row_of(one), everyday=EVERYDAY
    )


async def change_roles(coordinator: Coordinator, form: Form) -> Response:
    """Gives what was ticked and takes what was unticked."""
    contact = coordinator.floor.settings.support_contact
    one = None
    try:
        async with coordinator.floor.database.begin() as db:
            one = await found(db, coordinator)
            wanted = [role for role in EVERYDAY if f"role_{role}" in form]
            await giving.choose(
                db, coordinator.school.id, one.employment_id, wanted, contact=contact, **_by(coordinator)
            )
    except Refused as error:
        if one is None:
            raise
        return _roles_page(coordinator, one, error=refusal(error))
    return frame.back(coordinator, f"/staff/{one.employment_id}", done="roles_changed")


async def ticked_groups(coordinator: Coordinator) -> Response:
    """The groups of this school, with the ones somebody is linked to by hand."""
    async with coordinator.floor.database.read() as db:
        one = await found(db, coordinator)
        known = await groups.of_school(db, coordinator.school.id)
    return _groups_page(coordinator, one, known, error=None)


def _groups_page(coordinator: Coordinator, one: Colleague, known: list[Any], *, error: str | None) -> Response:
    shown = [{"id": group.id, "name": group.name, "linked": group.name in one.groups} for group in known]
    return frame.respond(coordinator, "colleague_groups.html", at="staff", error=error, one=row_of(one), groups=shown)


async def change_groups(coordinator: Coordinator, form: Form) -> Response:
    """Links exactly the ticked groups; what the administration linked stays linked."""
    one, known = None, []
    try:
        async with coordinator.floor.database.begin() as db:
            one = await found(db, coordinator)
            known = await groups.of_school(db, coordinator.school.id)
            wanted = [group.id for group in known if f"group_{group.id}" in form]
            await working.link_groups(db, coordinator.school.id, one.employment_id, wanted, **_by(coordinator))
    except Refused as error:
        if one is None:
            raise
        return _groups_page(coordinator, one, known, error=refusal(error))
    return frame.back(coordinator, f"/staff/{one.employment_id}", done="groups_changed")


_ONE = f"{ADDRESS}/{{school}}/staff/{{colleague:int}}"

ROUTES = [
    *_pages("appoint", Sheet(APPOINT, tone="sun"), appoint),
    *_pages("dismiss", Sheet("dismiss", tone="brick"), dismiss),
    *_pages("last-day", Sheet("last_day", field="date"), change_last_day),
    *_pages("end", Sheet("end", tone="brick"), end),
    *_pages("return", Sheet("return", field="date"), take_up),
    *_pages("address", Sheet("address", field="email"), give_address),
    Route(_ONE + "/activation", act(send_activation), methods=["POST"]),
    Route(_ONE + "/roles", opens(ticked_roles)),
    Route(_ONE + "/roles", act(change_roles), methods=["POST"]),
    Route(_ONE + "/groups", opens(ticked_groups)),
    Route(_ONE + "/groups", act(change_groups), methods=["POST"]),
]
