"""The shortcuts on a school's devices (R107, R108, R114): for pupils, on to learning material (D36), or by way of a network provider."""

from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from directory import picking
from directory.picking import ShortcutSchool
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.core.frozen import replace
from idp.http import arriving, cookies, forms, headers, problems, visitors
from idp.http.anew import SHORTCUT
from idp.http.resources import resources_of
from idp.signin import attempts, flow, logout
from idp.signin.question import Visitor
from idp.web import signin

BY_NETWORK: Final = "/login/snelkoppelaar"
LENGTH_OF_REFERENCE: Final = 36


async def shortcut(request: Request) -> Response:
    """The pupil shortcut of a school: always starts anew on a shared device (D23), and ends at the TARGET if it names one."""
    problems.speak_to(request, "pupil")
    query, resources = forms.query_of(request), resources_of(request)
    floor = resources.floor
    if "NETWERKBEHEERDER" in query:
        return await by_network(request)
    school = await _school(floor, query.get("INSTELLING_REF", ""))
    question = await arriving.question_of(floor, query["TARGET"]) if query.get("TARGET") else None
    visitor = await visitors.visitor_of(request, floor)
    session = visitor.session
    binding = visitors.bind(visitor, floor.keyring)
    # A member of staff who is signed in here is set aside: the child neither gets nor ends that session.
    now = int(floor.now.timestamp())
    began = attempts.at_school(school.id)
    attempt = attempts.begin(
        floor.keyring, binding.key, now=now, question=question, card_device=visitor.by_card, began=began
    )
    attempt = replace(attempt, way="pupil", school_id=school.id, shared=True)
    if session is not None and session.kind == "pupil" and session.school_id == school.id:
        attempt = await flow.remember_child(floor, attempt, session.person_id)
    attempt = await flow.recall_group(floor, attempt, visitor)
    await attempts.keep_new(floor.store, floor.keyring, attempt, network=visitor.network)
    # The first page stands at the shortcut itself: who keeps that address, or comes back to it, begins anew.
    page = await signin.present(request, resources, replace(visitor, session=None), attempt)
    return await _without_pupil(binding.attach(page), floor, visitor)


async def by_network(request: Request) -> Response:
    """The shortcut by way of a network provider: on to it where the school ticked it, else a page that says so and offers the school's own."""
    problems.speak_to(request, "pupil")
    query, resources = forms.query_of(request), resources_of(request)
    floor, number, reference = (
        resources.floor,
        _number(query.get("NETWERKBEHEERDER", "")),
        query.get("INSTELLING_REF", ""),
    )
    found = await resources.upstreams.by_shortcut(number, reference) if number is not None else None
    if found is None:
        await _school(floor, reference)
        return _no_provider(request, query)
    upstream, school_id = found
    visitor = await visitors.visitor_of(request, floor)
    # Who is set aside here did not send anybody there.
    child = visitor.session is not None and visitor.session.kind == "pupil"
    here = replace(visitor, session=None) if child else visitor
    response = await arriving.go_by(resources, here, upstream, target=query.get("TARGET"), school_id=school_id)
    return await _without_pupil(response, floor, visitor)


async def _without_pupil(response: Response, floor: Floor, visitor: Visitor) -> Response:
    """A shortcut begins anew: the child that was here before is signed out (D23)."""
    if visitor.session is not None and visitor.session.kind == "pupil":
        await logout.set_aside(floor, visitor.session)
        response.headers.append("set-cookie", cookies.gone(cookies.SESSION))
    return response


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


async def _school(floor: Floor, reference: str) -> ShortcutSchool:
    school = await picking.school_of_shortcut(floor.database.hot, reference)
    if school is None:
        whole = len(reference) == LENGTH_OF_REFERENCE
        raise Problem("school.unknown" if whole else "shortcut.unknown", status=404, detail="unknown INSTELLING_REF")
    if not school.open:
        # R155: last year's shortcuts go on working, except after a merger.
        raise Problem("school.merged" if school.merged else "school.closed", status=410)
    return school


def _no_provider(request: Request, query: dict[str, str]) -> Response:
    kept = {name: query[name] for name in ("INSTELLING_REF", "TARGET") if query.get(name)}
    onwards = f"{SHORTCUT}?{urlencode(kept)}"
    pages = resources_of(request).pages
    context: dict[str, Any] = {"party": None, "error": None, "onwards": onwards, "lang_switch_url": None}
    return pages.respond(request, "signin/no_provider.html", status=404, headers=headers.PAGE, **context)


ROUTES = [Route(SHORTCUT, shortcut, methods=["GET"]), Route(BY_NETWORK, by_network, methods=["GET"])]
