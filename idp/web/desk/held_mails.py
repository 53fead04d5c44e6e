"""The second look at very many new colleagues: who they are, and the button that mails them."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory.lifecycle import held_mails, staff_list
from directory.lifecycle.refusals import Refused
from idp.core import ledger
from idp.web.desk import frame, mailing
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, opens
from idp.web.desk.staff import name_of
from idp.web.desk.staff_acts import refusal

AT_ONCE: Final = 100
"""So many mails for one press: a browser waits for them."""


async def waiting(coordinator: Coordinator) -> Response:
    """Whom the last imports brought, and who was mailed nothing yet."""
    return await _page(coordinator, error=None)


async def _page(coordinator: Coordinator, *, error: str | None) -> Response:
    async with coordinator.floor.database.read() as db:
        places = await held_mails.of_school(db, coordinator.school.id)
        found = [
            await staff_list.one(db, coordinator.school.id, place, today=coordinator.today)
            for place in places[: frame.PAGE_OF]
        ]
    shown: list[dict[str, Any]] = [{"name": name_of(one), "email": one.email, "groups": one.groups} for one in found]
    more = len(places) - len(shown)
    return frame.respond(
        coordinator, "staff_held.html", at="staff", error=error, rows=shown, more=more, count=len(places)
    )


async def send(coordinator: Coordinator, _: Form) -> Response:
    """Mails everybody who waits; what the school may not have sent today stays."""
    async with coordinator.floor.database.read() as db:
        places = await held_mails.of_school(db, coordinator.school.id)
    sent, error = 0, None
    for place in places[:AT_ONCE]:
        try:
            sent += await _mail(coordinator, place)
        except Refused as refused:
            error = refusal(refused)
            break
    async with coordinator.floor.database.begin() as db:
        about = {"sent": sent}
        here: dict[str, Any] = {"by": coordinator.by, "school_id": coordinator.school.id, "now": coordinator.now}
        await ledger.record(db, "staff.newcomers_mailed", detail=about, **here)
    if error is not None or len(places) > AT_ONCE:
        return await _page(coordinator, error=error)
    return frame.back(coordinator, "/staff", done="newcomers_mailed")


async def _mail(coordinator: Coordinator, place: int) -> int:
    """Mails one of them. Raises `Refused` where this school has had too many mails sent."""
    try:
        async with coordinator.floor.database.begin() as db:
            if not await held_mails.release(db, place):
                # The button was pressed twice, or by two of them: a second link would end the first one.
                return 0
            one = await staff_list.one(db, coordinator.school.id, place, today=coordinator.today)
            await mailing.send_activation(db, coordinator, one)
        return 1
    except Refused as refused:
        if refused.code == mailing.TOO_MANY_OF_A_SCHOOL:
            raise
        # Somebody got this address in another way by now: nobody is to be mailed any more, as after any import.
        async with coordinator.floor.database.begin() as db:
            await held_mails.release(db, place)
        return 0


_HERE = f"{ADDRESS}/{{school}}/staff/held"

ROUTES = [Route(_HERE, opens(waiting)), Route(_HERE, act(send), methods=["POST"])]
