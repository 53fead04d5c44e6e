"""The substitutes of today (R86-R90, D4): one seat per group, given to a person for 2, 7 or 14 days, at once; and who had it before."""

from datetime import date, datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from directory.lifecycle import pages, seats, staff_list, substitutes
from directory.lifecycle.refusals import Refused
from directory.lifecycle.seats import Seat
from directory.lifecycle.substitutes import DURATIONS, Substitute
from directory.schools import KnownSchool
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.credentials import activation
from idp.http import forms
from idp.web.desk import frame, mailing
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, number, opens, view
from idp.web.desk.staff import name_of
from idp.web.desk.staff_acts import refusal


def _by(coordinator: Coordinator) -> dict[str, Any]:
    return {"by": coordinator.by, "now": coordinator.now}


async def today(coordinator: Coordinator) -> Response:
    """Every group with its substitute of today, if there is one."""
    school_id = coordinator.school.id
    async with coordinator.floor.database.read() as db:
        known = await seats.of_school(db, school_id, today=coordinator.today)
        chosen = await seats.delegate_of(db, school_id)
        helper = await _name(db, coordinator, chosen) if chosen is not None else None
    return frame.respond(coordinator, "substitutes.html", at="substitutes", seats=known, helper=helper)


async def _name(db: Db, coordinator: Coordinator, employment_id: int) -> str | None:
    try:
        return name_of(await staff_list.one(db, coordinator.school.id, employment_id, today=coordinator.today))
    except LookupError:
        return None


async def ask(coordinator: Coordinator) -> Response:
    """The form for who comes today."""
    async with coordinator.floor.database.read() as db:
        seat = await _seat(db, coordinator)
    return _form(coordinator, seat, error=None, values={})


async def _seat(db: Db, coordinator: Coordinator) -> Seat:
    return await seat_of(db, coordinator.school, coordinator.number("group"), today=coordinator.today)


async def seat_of(db: Db, school: KnownSchool, group_id: int, *, today: date) -> Seat:
    """The seat of a group of this school. Raises `Problem("not_found")`, also for a group of another one."""
    known = await seats.of_school(db, school.id, today=today)
    found = next((seat for seat in known if seat.group_id == group_id), None)
    if found is None:
        raise Problem("not_found", status=404, detail="no such group at this school")
    return found


def _form(coordinator: Coordinator, seat: Seat, *, error: str | None, values: Form) -> Response:
    return frame.respond(
        coordinator,
        "substitute_new.html",
        at="substitutes",
        error=error,
        values=values,
        seat=seat,
        durations=DURATIONS,
        phone_needed=coordinator.school.mfa_for_staff,
    )


async def bind(coordinator: Coordinator, form: Form) -> Response:
    """Gives the seat: access from this moment; who has no password yet is mailed a link to make one."""
    async with coordinator.floor.database.read() as db:
        seat = await _seat(db, coordinator)
    try:
        await give_seat(coordinator.floor, coordinator.school, seat, form, **_by(coordinator))
    except ValueError as error:
        return _form(coordinator, seat, error=refusal(error), values=form)
    return frame.back(coordinator, "/substitutes", done="substitute_bound")


async def give_seat(floor: Floor, school: KnownSchool, seat: Seat, form: Form, *, by: str, now: datetime) -> None:
    """Binds a seat as a form says, in a transaction of its own. Raises `ValueError`, `Refused`, and `Problem` for a group that just went."""
    settings = floor.settings
    days = form.get("days", "")
    who = Substitute(
        form.get("email", ""),
        " ".join(form.get("first_name", "").split())[:64],
        " ".join(form.get("prefix", "").split())[:16] or None,
        " ".join(form.get("surname", "").split())[:200],
    )
    try:
        async with floor.database.begin() as db:
            bound = await substitutes.bind(
                db,
                school.id,
                seat.group_id,
                who,
                days=int(days) if days in {str(each) for each in DURATIONS} else 0,
                contact=settings.support_contact,
                by=by,
                now=now,
            )
            mails = {"base_url": settings.base_url, "contact": settings.support_contact}
            await activation.invite(db, floor.keyring, [bound.person_id], now=now, **mails)
            await mailing.check_pace(floor, school.id, who.email)
    except LookupError:
        raise Problem("not_found", status=404, detail="no such group at this school") from None


async def end(coordinator: Coordinator, form: Form) -> Response:
    """The substitution is over now."""
    await end_seat(coordinator.floor, coordinator.school, form, **_by(coordinator))
    return frame.back(coordinator, "/substitutes", done="substitute_ended")


async def end_seat(floor: Floor, school: KnownSchool, form: Form, *, by: str, now: datetime) -> None:
    """Ends the substitution that a form names, in a transaction of its own. Raises `Problem("not_found")` for one of another school."""
    try:
        async with floor.database.begin() as db:
            await substitutes.end(db, school.id, number(form.get("binding", "")), by=by, now=now)
    except LookupError:
        raise Problem("not_found", status=404, detail="no such substitution at this school") from None


async def history(coordinator: Coordinator) -> Response:
    """Who had which seat, newest first."""
    before = forms.query_of(coordinator.request).get("before", "")
    async with coordinator.floor.database.read() as db:
        found = await seats.history(
            db, coordinator.school.id, before=number(before) if before else None, limit=frame.PAGE_OF + 1
        )
    shown = found[: frame.PAGE_OF]
    further = None
    if len(found) > frame.PAGE_OF:
        further = frame.address(coordinator, "/substitutes/history", before=str(shown[-1].id))
    rows = [
        {"group": one.group_name, "email": one.email, "name": one.name, "from": one.starts_at.astimezone(AMSTERDAM)}
        | {"until": one.ended_at.astimezone(AMSTERDAM) if one.ended_at else one.ends_on}
        for one in shown
    ]
    return frame.respond(
        coordinator, "substitute_history.html", at="substitutes", rows=rows, further=further, later=bool(before)
    )


async def choose_deputy(coordinator: Coordinator) -> Response:
    """The one colleague who may give seats beside the coordinators (D4)."""
    return await _deputy_page(coordinator, error=None)


async def _deputy_page(coordinator: Coordinator, *, error: str | None) -> Response:
    async with coordinator.floor.database.read() as db:
        people = await staff_list.page(db, coordinator.school.id, today=coordinator.today, limit=pages.LONGEST)
        chosen = await seats.delegate_of(db, coordinator.school.id)
    shown = [{"id": one.employment_id, "name": name_of(one)} for one in people]
    return frame.respond(
        coordinator, "substitute_helper.html", at="substitutes", error=error, people=shown, chosen=chosen
    )


async def give_to_deputy(coordinator: Coordinator, form: Form) -> Response:
    """Chooses that colleague, or nobody."""
    wanted = form.get("colleague", "")
    try:
        async with coordinator.floor.database.begin() as db:
            chosen = number(wanted) if wanted else None
            await seats.delegate(
                db,
                coordinator.school.id,
                chosen,
                contact=coordinator.floor.settings.support_contact,
                **_by(coordinator),
            )
    except LookupError:
        raise Problem("not_found", status=404, detail="not of this school") from None
    except Refused as error:
        return await _deputy_page(coordinator, error=refusal(error))
    return frame.back(coordinator, "/substitutes", done="helper_chosen")


_HERE = f"{ADDRESS}/{{school}}/substitutes"

ROUTES = [
    Route(_HERE, view(today)),
    Route(f"{_HERE}/history", view(history)),
    Route(f"{_HERE}/helper", opens(choose_deputy)),
    Route(f"{_HERE}/helper", act(give_to_deputy), methods=["POST"]),
    Route(f"{_HERE}/end", act(end), methods=["POST"]),
    Route(_HERE + "/{group:int}", opens(ask)),
    Route(_HERE + "/{group:int}", act(bind), methods=["POST"]),
]
