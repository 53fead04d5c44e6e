"""The yearly look at everything that is ticked, on one page (R77)."""

from starlette.responses import Response
from starlette.routing import Route

from consent import offers, reviews
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, opens
from idp.web.desk.parties import told


async def ask(coordinator: Coordinator) -> Response:
    """Every yes of the school with what goes along."""
    async with coordinator.floor.database.read() as db:
        given = await offers.given_by(db, coordinator.school.id)
    rows = [{**told(one, coordinator.language), "url": f"{coordinator.base}/parties/{one.party.id}"} for one in given]
    return frame.respond(coordinator, "party_review.html", at="parties", rows=rows)


async def done(coordinator: Coordinator, _: Form) -> Response:
    """All of it is right; recorded, and asked again in a year."""
    async with coordinator.floor.database.begin() as db:
        count = len(await offers.given_by(db, coordinator.school.id))
        await reviews.done(db, coordinator.school.id, count=count, now=coordinator.now, by=coordinator.by)
    return frame.back(coordinator, "/parties", done="parties_reviewed")


_HERE = f"{ADDRESS}/{{school}}/parties/review"

ROUTES = [Route(_HERE, opens(ask)), Route(_HERE, act(done), methods=["POST"])]
