"""Two steps, as a coordinator decides about them: for everybody of the school (R101, R102), and for a colleague who lost the factor (D7)."""

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from directory.lifecycle import two_steps
from directory.lifecycle.refusals import Refused
from idp.core.errors import Problem
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, opens
from idp.web.desk.staff import found, row_of
from mfa import resets


async def ask_switch(coordinator: Coordinator) -> Response:
    """How it stands, and in numbers what turning it would do."""
    floor, school = coordinator.floor, coordinator.school
    async with floor.database.read() as db:
        staff = await two_steps.staff_count(db, school.id, now=coordinator.now)
        without = staff - await two_steps.with_factor(db, school.id, now=coordinator.now)
    on = school.mfa_for_staff
    return frame.respond(coordinator, "two_steps.html", at="staff", on=on, staff=staff, without=without)


async def turn_switch(coordinator: Coordinator, form: Form) -> Response:
    """On or off, as the form says; at once (R102)."""
    wanted = form.get("wanted") == "on"
    contact = coordinator.floor.settings.support_contact
    async with coordinator.floor.database.begin() as db:
        await two_steps.switch(
            db, coordinator.school.id, wanted=wanted, by=coordinator.by, contact=contact, now=coordinator.now
        )
    return frame.back(coordinator, "/two-steps", done="two_steps_on" if wanted else "two_steps_off")


async def ask_reset(coordinator: Coordinator) -> Response:
    """What taking a colleague's second step away means, and how to be sure that it is that colleague who asks."""
    return await _reset_page(coordinator, error=None)


async def _reset_page(coordinator: Coordinator, *, error: str | None) -> Response:
    async with coordinator.floor.database.read() as db:
        one = await found(db, coordinator)
    myself = one.person_id == coordinator.session.person_id
    return frame.respond(
        coordinator, "colleague_second_step.html", at="staff", error=error, one=row_of(one), myself=myself
    )


async def reset(coordinator: Coordinator, form: Form) -> Response:
    """Takes the factors away; only after the coordinator says who was seen or heard."""
    if not form.get("sure"):
        return await _reset_page(coordinator, error="desk.second_step.refused.not_sure")
    employment_id = coordinator.number("colleague")
    contact = coordinator.floor.settings.support_contact
    try:
        async with coordinator.floor.database.begin() as db:
            await found(db, coordinator)
            await resets.by_coordinator(
                db,
                coordinator.school.id,
                employment_id,
                coordinator=coordinator.session.person_id,
                contact=contact,
                by=coordinator.by,
                now=coordinator.now,
            )
    except LookupError:
        raise Problem("not_found", status=404, detail="not of this school") from None
    except Refused as error:
        return await _reset_page(coordinator, error=f"desk.second_step.refused.{error.code}")
    return frame.back(coordinator, f"/staff/{employment_id}", done="second_step_reset")


_HERE: Final = f"{ADDRESS}/{{school}}/two-steps"
_ONE: Final = f"{ADDRESS}/{{school}}/staff/{{colleague:int}}/second-step"

ROUTES = [
    Route(_HERE, opens(ask_switch)),
    Route(_HERE, act(turn_switch), methods=["POST"]),
    Route(_ONE, opens(ask_reset)),
    Route(_ONE, act(reset), methods=["POST"]),
]
