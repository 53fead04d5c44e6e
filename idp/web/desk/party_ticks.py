"""The school's yes to a party, and taking it back: asked on a sheet of its own after a fresh proof (C-318), with a receipt to all coordinators.

A yes is to what stood on the sheet: when the party asked for something else meanwhile, the sheet is shown anew (R70). Which optional fields go
along is the school's choice (R59).
"""

from datetime import timedelta
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from consent import offers, ticks
from consent.offers import NotAsked, Offer
from consent.receipts import Receipt
from directory import schools
from idp.core.crypto import same
from idp.core.db import Db
from idp.core.errors import Problem
from idp.web import tick_receipts
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, opens
from idp.web.desk.parties import found, told
from metadata import parties

CHOSEN: Final = "field_"
"""Before the name of a field in a form."""
RECENTLY: Final = timedelta(days=30)


async def ask_tick(coordinator: Coordinator) -> Response:
    """What leaves to whom, for what, about how many; and which optional fields go along."""
    async with coordinator.floor.database.read() as db:
        one = await found(db, coordinator)
        return await _sheet(db, coordinator, one, error=None)


async def _sheet(db: Db, coordinator: Coordinator, one: Offer, *, error: str | None) -> Response:
    if not one.party.offered:
        raise Problem("not_found", status=404, detail="a party that is away gets no yes")
    counts = await schools.counts(db, coordinator.school.id)
    here = f"{coordinator.base}/parties/{one.party.id}"
    party = told(one, coordinator.language)
    context: dict[str, Any] = {"party": party, "counts": counts, "here": here, "prefix": CHOSEN}
    return frame.respond(coordinator, "party_tick.html", at="parties", error=error, **context)


async def tick(coordinator: Coordinator, form: Form) -> Response:
    """Says yes for this school; holds from the commit."""
    floor, school = coordinator.floor, coordinator.school
    chosen = {name.removeprefix(CHOSEN) for name in form if name.startswith(CHOSEN)}
    async with floor.database.begin() as db:
        one = await found(db, coordinator)
        try:
            fields = offers.covered(one, chosen)
        except NotAsked:
            fields = None
        if fields is None or not same(one.fingerprint, form.get("seen", "")):
            return await _sheet(db, coordinator, one, error="desk.party.changed")
        if not await parties.hold_offered(db, one.party.id) or not fields:
            raise Problem("not_found", status=404, detail="a party that is away or asks nothing gets no yes")
        if await ticks.give(db, school.id, one.party.id, fields, now=coordinator.now, by=coordinator.by):
            await _receipt(db, coordinator, "consent_given", one, fields)
    return frame.back(coordinator, f"/parties/{one.party.id}", done="party_ticked")


async def ask_untick(coordinator: Coordinator) -> Response:
    """What stops, for how many, and what does not: what the party has already (R73)."""
    async with coordinator.floor.database.read() as db:
        one = await found(db, coordinator)
        _refuse_without(one)
        reached = await ticks.reached(db, coordinator.school.id, one.party.id, since=coordinator.now - RECENTLY)
    here = f"{coordinator.base}/parties/{one.party.id}"
    party = told(one, coordinator.language)
    return frame.respond(coordinator, "party_untick.html", at="parties", party=party, here=here, reached=reached)


async def untick(coordinator: Coordinator, _: Form) -> Response:
    """Takes the yes back: nothing leaves after the commit (D9), and sessions at the party are ended."""
    async with coordinator.floor.database.begin() as db:
        one = await found(db, coordinator)
        if await ticks.withdraw(db, coordinator.school.id, one.party.id, now=coordinator.now, by=coordinator.by):
            await _receipt(db, coordinator, "consent_withdrawn", one, ())
    return frame.back(coordinator, f"/parties/{one.party.id}", done="party_unticked")


def _refuse_without(one: Offer) -> None:
    if not one.given:
        raise Problem("not_found", status=404, detail="there is no yes to take back")


async def _receipt(
    db: Db, coordinator: Coordinator, kind: Receipt, one: Offer, fields: frozenset[str] | tuple[str, ...]
) -> None:
    resources, school = coordinator.resources, coordinator.school
    await tick_receipts.send(db, resources, kind, school, one, fields, by=coordinator.by, now=coordinator.now)


_HERE = f"{ADDRESS}/{{school}}/parties/{{party:int}}"

ROUTES = [
    Route(f"{_HERE}/tick", opens(ask_tick)),
    Route(f"{_HERE}/tick", act(tick), methods=["POST"]),
    Route(f"{_HERE}/untick", opens(ask_untick)),
    Route(f"{_HERE}/untick", act(untick), methods=["POST"]),
]
