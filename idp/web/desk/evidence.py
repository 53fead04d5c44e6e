"""What is kept how long, and the evidence of what was deleted: days and numbers, nobody's name (R40, R54, D40)."""

from starlette.responses import Response
from starlette.routing import Route

from consent import counts
from directory.lifecycle import inactivity
from idp.core.clock import AMSTERDAM
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, view
from idp.web.desk.terms import TERMS


async def deleted(coordinator: Coordinator) -> Response:
    """Each deletion at this school, newest first; and the months of whose releases only the number is left."""
    async with coordinator.floor.database.read() as db:
        found = await inactivity.evidence(db, coordinator.school.id)
        counted = await counts.of_school(db, coordinator.school.id)
    rows = [{"at": one.at.astimezone(AMSTERDAM), "counts": one.counts} for one in found]
    return frame.respond(coordinator, "evidence.html", at="evidence", rows=rows, counted=counted, terms=TERMS)


ROUTES = [Route(f"{ADDRESS}/{{school}}/evidence", view(deleted))]
