"""The table for a school without an administration system: what to do, the empty template, and the school as it is (R31)."""

import asyncio
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from directory.imports import tables_people, tables_template
from directory.imports.tables_template import EXPLANATION, Form
from idp.core import clock
from idp.core.errors import Problem
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, view

TYPES: Final[dict[Form, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FILLED: Final = {"empty": False, "filled": True}


async def table(coordinator: Coordinator) -> Response:
    """How it works, and what to download."""
    place = 0 if coordinator.language == "nl" else 1
    return frame.respond(coordinator, "table.html", at="imports", steps=[texts[place] for texts in EXPLANATION])


async def download(coordinator: Coordinator) -> Response:
    """The template, empty or with the school's people as they are now."""
    name, _, ending = coordinator.request.path_params["file"].rpartition(".")
    form = next((form for form in TYPES if form == ending), None)
    if form is None or name not in FILLED:
        raise Problem("not_found", status=404, detail="no such table")
    year = clock.school_year(coordinator.now)
    people: list[dict[str, str]] = []
    if FILLED[name]:
        async with coordinator.floor.database.read() as db:
            people = await tables_people.people_of(db, coordinator.school.id, year)
    content = await asyncio.to_thread(
        tables_template.write,
        form,
        school=coordinator.school.code,
        school_year=year,
        people=people,
        language=coordinator.language,
    )
    headers = {"Content-Disposition": f'attachment; filename="tabel-{year}.{ending}"'}
    return Response(content, media_type=TYPES[form], headers=headers)


_HERE = f"{ADDRESS}/{{school}}/imports/table"

ROUTES = [Route(_HERE, view(table)), Route(_HERE + "/{file}", view(download))]
