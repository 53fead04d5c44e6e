"""The first page: what needs the coordinator today, most pressing first, and the school in numbers."""

from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response
from starlette.routing import Route

from directory import schools
from idp.core.db import Db
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, view


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for somebody: the key of its words, how many of it, where it is done, how pressing it is."""

    what: str
    count: int
    url: str
    tone: Literal["brick", "sun", "quiet"]


async def today(coordinator: Coordinator) -> Response:
    """What needs you today."""
    async with coordinator.floor.database.read() as db:
        counts = await schools.counts(db, coordinator.school.id)
        needs = await _needs(db, coordinator, counts)
    return frame.respond(coordinator, "today.html", at="today", needs=needs, counts=counts)


async def _needs(db: Db, coordinator: Coordinator, counts: dict[str, int]) -> list[Need]:
    base = coordinator.base
    found = [
        Need("no_pupils", 1, f"{base}/imports", "brick") if not counts["pupils"] else None,
        Need("no_networks", 1, f"{base}/networks", "brick") if not counts["addresses"] else None,
    ]
    return [need for need in found if need is not None]


ROUTES = [Route(f"{ADDRESS}/{{school}}", view(today))]
