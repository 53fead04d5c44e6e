"""The yearly look at everything that is ticked, on one page (R77)."""

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import Route

from consent import offers, reviews
from consent.offers import Offer
from idp.core.crypto import same
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, opens
from idp.web.desk.parties import told


async def ask(coordinator: Coordinator) -> Response:
    """Every yes of the school with what goes along."""
    async with coordinator.floor.database.read() as db:
        given = await offers.given_by(db, coordinator.school.id)
    return _page(coordinator, given, error=None)


def _page(coordinator: Coordinator, given: Sequence[Offer], *, error: str | None) -> Response:
    rows = [{**told(one, coordinator.language), "url": f"{coordinator.base}/parties/{one.party.id}"} for one in given]
    seen = reviews.shown(given)
    return frame.respond(coordinator, "party_review.html", at="parties", error=error, rows=rows, seen=seen)


async def done(coordinator: Coordinator, form: Form) -> Response:
    """All that was shown is right; recorded, and asked again in a year. What changed while the page stood open is shown first."""
    async with coordinator.floor.database.begin() as db:
        given = await offers.given_by(db, coordinator.school.id)
        if not same(reviews.shown(given), form.get("seen", "")):
            return _page(coordinator, given, error="desk.party.review_changed")
        await reviews.done(db, coordinator.school.id, given, now=coordinator.now, by=coordinator.by)
    return frame.back(coordinator, "/parties", done="parties_reviewed")


_HERE = f"{ADDRESS}/{{school}}/parties/review"

ROUTES = [Route(_HERE, opens(ask)), Route(_HERE, act(done), methods=["POST"])]
