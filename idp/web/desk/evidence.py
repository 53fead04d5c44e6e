"""What is kept how long, and the evidence of what was deleted: days and numbers, nobody's name (R40, R54, D40)."""

from datetime import timedelta
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from consent import counts
from directory.lifecycle import inactivity
from idp.core import purging
from idp.core.clock import AMSTERDAM
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, view
from idp.web.desk.terms import TERMS

LATE: Final = timedelta(days=2)
"""It is done every night: after two without it somebody ought to look."""


async def deleted(coordinator: Coordinator) -> Response:
    """When everything whose term was over was last purged; each deletion at this school, newest first; and the months of whose releases only the
    number is left."""
    async with coordinator.floor.database.read() as db:
        found = await inactivity.evidence(db, coordinator.school.id)
        counted = await counts.of_school(db, coordinator.school.id)
        purged_at = await purging.last_whole(db)
    rows = [{"at": one.at.astimezone(AMSTERDAM), "counts": one.counts} for one in found]
    told = {"rows": rows, "counted": counted, "terms": TERMS}
    late = purged_at is None or coordinator.now - purged_at > LATE
    told |= {"purged_at": purged_at and purged_at.astimezone(AMSTERDAM), "late": late}
    return frame.respond(coordinator, "evidence.html", at="evidence", **told)


ROUTES = [Route(f"{ADDRESS}/{{school}}/evidence", view(deleted))]
