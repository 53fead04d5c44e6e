"""The substitutes of today (R86-R90, D4): one seat per group, given to a person for 2, 7 or 14 days, at once; and who had it before."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from directory.lifecycle import seats, staff_list, substitutes
from directory.lifecycle.refusals import Refused
from directory.lifecycle.seats import Seat
from directory.lifecycle.substitutes import DURATIONS, Substitute
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.errors import Problem
from idp.credentials import activation
from idp.http import forms
from idp.web.desk import frame
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
    group_id = coordinator.number("group")
    known = await seats.of_school(db, coordinator.school.id, today=coordinator.today)
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
    floor = coordinator.floor
    settings = floor.settings
    days = form.get("days", "")
    who = Substitute(
        form.get("email", ""),
        " ".join(form.get("first_name", "").split())[:64],
        " ".join(form.get("prefix", "").split())[:16] or None,
        " ".join(form.get("surname", "").split())[:200],
    )
    async with floor.database.read() as db:
        seat = await _seat(db, coordinator)
    try:
        async with floor.database.begin() as db:
            bound = await substitutes.bind(
                db,
                coordinator.school.id,
                seat.group_id,
                who,
                days=int(days) if days in {str(each) for each in DURATIONS} else 0,
                contact=settings.support_contact,
                **_by(coordinator),
            )
            mails = {"base_url": settings.base_url, "contact": settings.support_contact}
            await activation.invite(db, floor.keyring, [bound.person_id], now=coordinator.now, **mails)
    except LookupError:
        raise Problem("not_found", status=404, detail="no such group at this school") from None
    except ValueError as error:
        return _form(coordinator, seat, error=refusal(error), values=form)
    return frame.back(coordinator, "/substitutes", done="substitute_bound")


async def end(coordinator: Coordinator, form: Form) -> Response:
    """The substitution is over now."""
    try:
        async with coordinator.floor.database.begin() as db:
            await substitutes.end(db, coordinator.school.id, number(form.get("binding", "")), **_by(coordinator))
    except LookupError:
        raise Problem("not_found", status=404, detail="no such substitution at this school") from None
    return frame.back(coordinator, "/substitutes", done="substitute_ended")


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
        {"group": one.group_name, "email": one.email, "from": one.starts_at.astimezone(AMSTERDAM)}
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
        people = await staff_list.page(
            db, coordinator.school.id, today=coordinator.today, limit=staff_list.LONGEST_PAGE
        )
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
            await seats.delegate(db, coordinator.school.id, chosen, **_by(coordinator))
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
