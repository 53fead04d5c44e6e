"""The checklist of the school year (R36-R42): what 1 August will do to whom as things stand now, and what is still to be done."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from starlette.responses import Response
from starlette.routing import Route

from directory import schools
from directory.imports import couplings, runs
from directory.lifecycle import review, school_year
from directory.lifecycle.school_year import Outlook
from idp.core.db import Db
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, view

State = Literal["done", "open", "later"]

NEAR: Final = timedelta(days=62)
"""So long before 1 August what is missing is pressing, and not before."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list: the key of its words, how it stands, where it is done, and a number that belongs to it."""

    what: str
    state: State
    url: str
    count: int = 0

    @property
    def said(self) -> str:
        """Which text tells how it stands: some say something else while they are not done."""
        return "undone" if self.state != "done" and self.what in {"raised", "coupling"} else "text"


async def checklist(coordinator: Coordinator) -> Response:
    """What will happen, and what is to be done before."""
    async with coordinator.floor.database.read() as db:
        coming = await school_year.outlook(db, coordinator.school.id, now=coordinator.now)
        checks = await _checks(db, coordinator, coming)
    near = coming.begins_on - coordinator.today <= NEAR
    return frame.respond(coordinator, "school_year.html", at="school-year", coming=coming, checks=checks, near=near)


async def _checks(db: Db, coordinator: Coordinator, coming: Outlook) -> list[Check]:
    base, school_id, now = coordinator.base, coordinator.school.id, coordinator.now
    coupled = await couplings.of(db, school_id)
    counts = await schools.counts(db, school_id)
    due = len(await review.due(db, school_id, now=now))
    near = coming.begins_on - coordinator.today <= NEAR
    run = f"{base}/imports/{coming.run_id}" if coming.run_id else f"{base}/imports"
    some, of = await _eckids(db, coordinator)
    return [
        Check("raised", _state(coming.state == "waiting", late=near), run),
        Check("coupling", _state(coupled is not None and coupled.active, late=near), f"{base}/imports/coupling"),
        Check("eckids", _state(some >= of, late=True), f"{base}/imports", of - some),
        Check("review", _state(not due, late=True), f"{base}/staff/review", due),
        Check("addresses", "later", f"{base}/staff/addresses"),
        Check("networks", _state(bool(counts["addresses"]), late=True), f"{base}/networks", counts["addresses"]),
    ]


def _state(done: object, *, late: bool) -> State:
    if done:
        return "done"
    return "open" if late else "later"


async def _eckids(db: Db, coordinator: Coordinator) -> tuple[int, int]:
    """How many pupils had an ECK-iD at the last import that told, and how many there were (R46)."""
    for run in await runs.listed(db, coordinator.school.id, now=coordinator.now):
        told = run.counts.get("eckids")
        if told and run.state in {"applied", "held"}:
            return told["some"], told["of"]
    return 0, 0


ROUTES = [Route(f"{ADDRESS}/{{school}}/school-year", view(checklist))]
