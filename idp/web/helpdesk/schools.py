"""Finding a school, and what everybody may know of it: name, codes, board, whether it goes on (R48, R50). Of its people only how many coordinate."""

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from consent import agreements
from directory import people, schools
from directory.schools import KnownSchool
from idp.core.errors import Problem
from idp.http import forms
from idp.web.helpdesk import frame
from idp.web.helpdesk.guards import ADDRESS, Attendant, view

PAGE_OF: Final = 25
LONGEST: Final = 100


async def find(attendant: Attendant) -> Response:
    """The schools with these words in their name, or with this code."""
    asked = forms.query_of(attendant.request)
    q = " ".join(asked.get("q", "").split())[:LONGEST]
    async with attendant.floor.database.read() as db:
        after = await _named(attendant, asked["after"]) if asked.get("after") else None
        page = await schools.listed(db, search=q, after=after, limit=PAGE_OF + 1) if q else []
        found = [
            {"name": one.name, "code": one.code, "url": _url(one), "board": await schools.board_of(db, one)}
            for one in page[:PAGE_OF]
        ]
    further = frame.address(attendant, "/schools", q=q, after=page[PAGE_OF - 1].code) if len(page) > PAGE_OF else None
    return frame.respond(
        attendant, "schools.html", at="schools", q=q, found=found, shown={"previous": None, "next": further}
    )


async def show(attendant: Attendant) -> Response:
    """One school."""
    school = await _named(attendant, str(attendant.request.path_params["school"]))
    async with attendant.floor.database.read() as db:
        lifetime = await schools.lifetime_of(db, school.id)
        into = await schools.by_id(db, lifetime.merged_into) if lifetime.merged_into is not None else None
        board = await schools.board_of(db, school)
        signed = await agreements.in_force(db, school.id, school.board_id, today=attendant.today)
        coordinators = await people.coordinator_addresses(db, school.id, today=attendant.today)
    return frame.respond(
        attendant,
        "school.html",
        at="schools",
        school=school,
        board=board,
        lifetime=lifetime,
        into={"name": into.name, "url": _url(into)} if into else None,
        signed=signed,
        coordinators=len(coordinators),
    )


def _url(school: KnownSchool) -> str:
    return f"{ADDRESS}/schools/{school.code}"


async def _named(attendant: Attendant, code: str) -> KnownSchool:
    try:
        async with attendant.floor.database.read() as db:
            return await schools.by_code(db, code)
    except LookupError as error:
        raise Problem("not_found", status=404, detail=str(error)) from None


ROUTES = [
    Route(ADDRESS + "/schools", view(find)),
    Route(ADDRESS + "/schools/{school}", view(show)),
]
