"""The first page: what waits for the helpdesk or an operator, most pressing first."""

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from idp.web.helpdesk import applications, frame, lost_factors, mails, reorganisations
from idp.web.helpdesk.guards import ADDRESS, Attendant, view
from idp.web.helpdesk.needs import Looks, Tone

LOOKS: Final[tuple[Looks, ...]] = (lost_factors.waits, applications.waits, reorganisations.waits, mails.stuck)
"""Every page that may have something waiting."""


async def today(attendant: Attendant) -> Response:
    """What waits."""
    async with attendant.floor.database.read() as db:
        needs = [need for looks in LOOKS for need in await looks(db, attendant)]
    pressing: dict[Tone, int] = {"brick": 0, "sun": 1, "quiet": 2}
    needs.sort(key=lambda need: pressing[need.tone])
    return frame.respond(attendant, "today.html", at="today", needs=needs)


ROUTES = [Route(ADDRESS, view(today))]
