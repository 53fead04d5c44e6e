"""Asking a party to erase what it got, after the tick is gone; and writing down what it answered (R73)."""

from starlette.responses import Response
from starlette.routing import Route

from consent import deletions
from consent.offers import Offer
from directory.lifecycle.refusals import Refused
from idp.core.db import Db
from idp.core.errors import Problem
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, opens
from idp.web.desk.mailing import check_pace
from idp.web.desk.parties import found, page, told


async def ask(coordinator: Coordinator) -> Response:
    """What is asked of whom, and what it can and cannot bring about."""
    async with coordinator.floor.database.read() as db:
        one = await _gone(db, coordinator)
    here = f"{coordinator.base}/parties/{one.party.id}"
    party = told(one, coordinator.language)
    return frame.respond(coordinator, "party_deletion.html", at="parties", party=party, here=here)


async def send(coordinator: Coordinator, _: Form) -> Response:
    """Asks: on record, and by mail to the party's contact where we know one."""
    try:
        async with coordinator.floor.database.begin() as db:
            one, who = await _gone(db, coordinator), coordinator
            asked = await deletions.send(db, who.school, one.party, today=who.today, now=who.now, by=who.by)
            if asked and one.party.contact_email is not None:
                await check_pace(who.floor, who.school.id, one.party.contact_email)
    except Refused:
        return await page(coordinator, error="desk.party.asked_too_often", values={})
    return frame.back(coordinator, f"/parties/{one.party.id}", done="deletion_asked")


async def answer(coordinator: Coordinator, form: Form) -> Response:
    """Writes down what the party said."""
    try:
        async with coordinator.floor.database.begin() as db:
            one = await found(db, coordinator)
            text, by = form.get("answer", ""), coordinator.by
            known = await deletions.answer(db, coordinator.school.id, one.party.id, text, now=coordinator.now, by=by)
    except ValueError:
        return await page(coordinator, error="desk.party.no_answer", values=form)
    if not known:
        raise Problem("not_found", status=404, detail="no request without an answer")
    return frame.back(coordinator, f"/parties/{one.party.id}", done="deletion_answered")


async def _gone(db: Db, coordinator: Coordinator) -> Offer:
    one = await found(db, coordinator)
    if one.given or one.tick is None:
        raise Problem("not_found", status=404, detail="asked only of a party that had a yes and has none now")
    return one


_HERE = f"{ADDRESS}/{{school}}/parties/{{party:int}}"

ROUTES = [
    Route(f"{_HERE}/deletion", opens(ask)),
    Route(f"{_HERE}/deletion", act(send), methods=["POST"]),
    Route(f"{_HERE}/answer", act(answer), methods=["POST"]),
]
