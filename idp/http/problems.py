"""What a person or a program sees when a request cannot go on: a page or JSON with a reference, never a trace (C-302)."""

import logging
from typing import Final, Literal

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from idp.core.errors import Problem
from idp.http import anew, headers, soap
from idp.http.anew import Anew
from idp.http.announced import known_notice
from idp.http.resources import resources_of

log = logging.getLogger("poortwachter.http")

_BARE: Final = """<!doctype html>
<html lang="nl"><meta charset="utf-8"><title>Poortwachter</title>
<h1>Er ging bij ons iets mis</h1><p>Probeer het zo nog eens.</p>
<p lang="en">Something went wrong on our side. Please try again in a moment.</p>
<p>{reference}</p></html>
"""
"""Where no page can be made any more, of what file or text whatever: it needs none."""

_BY_STATUS = {404: "not_found", 405: "method_not_allowed"}


async def on_problem(request: Request, error: Exception) -> Response:
    """The response for a broken rule."""
    if not isinstance(error, Problem):
        raise error
    _log(error)
    if error.code not in anew.CODES or not _for_people(request):
        return respond(request, error)
    place = await anew.place_of(request, error)
    if place is not None and place.inside:
        error = Problem("signin.inside", status=error.status, reference=error.reference)
    if place is None or not place.by_itself:
        if place is not None and place.pupil:
            speak_to(request, "pupil")
        return respond(request, error, place=place)
    request.app.measures.problem(error.code)
    return RedirectResponse(place.url, status_code=303)


def note(request: Request, error: Problem) -> None:
    """Logs and counts a broken rule that is told in a protocol's own words."""
    _log(error)
    request.app.measures.problem(error.code)


def _log(error: Problem) -> None:
    level = logging.ERROR if error.status >= 500 else logging.INFO
    told = {"code": error.code, "status": error.status, "reference": error.reference, "why": error.detail}
    log.log(level, "problem", extra=told)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """The response for what the router refuses: no such page, no such method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return respond(request, Problem(_BY_STATUS.get(status, "request.invalid"), status=status, headers=headers))


async def on_crash(request: Request, error: Exception) -> Response:
    """The response for what nobody foresaw; the log has the trace, the page has the reference. It never fails itself."""
    problem = Problem("internal", status=500)
    log.error("crash", exc_info=error, extra={"reference": problem.reference})
    try:
        response = respond(request, problem)
    except Exception as worse:
        log.error("crash of the page of a crash", exc_info=worse, extra={"reference": problem.reference})
        response = HTMLResponse(_BARE.format(reference=problem.reference), status_code=500)
    # This handler stands outside every middleware.
    for name, value in headers.BASE:
        response.headers.setdefault(name.decode(), value.decode())
    return response


def speak_to(request: Request, register: Literal["pupil", "staff"]) -> None:
    """Whoever knows who stands there says so; if a problem follows, its page speaks to that person."""
    request.state.register = register


def _for_people(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") or not request.scope["path"].startswith(("/oidc/", "/api/"))


def respond(request: Request, problem: Problem, *, place: Anew | None = None) -> Response:
    """A page for browsers, JSON or a SOAP fault for programs. `place`: where the page leads on to, in the place of the front door."""
    request.app.measures.problem(problem.code)
    if soap.spoken(request):
        return soap.fault(problem)
    if not _for_people(request):
        body = {"error": problem.code, "reference": problem.reference}
        return JSONResponse(body, status_code=problem.status, headers=problem.headers)
    pages = resources_of(request).pages
    rest = "internal" if problem.status >= 500 else "request.invalid"
    code = problem.code if pages.has_text(f"problem.{problem.code}.staff") else rest
    return pages.respond(
        request,
        "error.html",
        status=problem.status,
        headers=problem.headers,
        code=code,
        register=getattr(request.state, "register", "staff"),
        reference=problem.reference,
        notice=known_notice(request),
        status_code=problem.status,
        onwards=place or anew.from_a_room(problem),
    )
