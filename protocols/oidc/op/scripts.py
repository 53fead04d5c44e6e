"""Which scripts in a browser may read an answer: those of the public client that it is for (Fetch 3.2; C-122).

No cookie counts at these endpoints, and no answer lets one be sent along: a script gets what it could get from anywhere by what it holds. So the
headers keep nobody out; they let nobody else's page read on behalf of who happens to have it open.
"""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from idp.core.errors import Problem
from idp.http import problems
from idp.http.resources import resources_of
from metadata.oidc import origins
from metadata.oidc.clients import Client

ANYBODY: Final = {"Access-Control-Allow-Origin": "*"}
"""For what is public: discovery and keys."""
_WHAT_MAY_BE_SENT: Final = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "authorization, content-type, dpop",
    "Access-Control-Max-Age": "600",
}
_WHAT_MAY_BE_SEEN: Final = "WWW-Authenticate, Retry-After"


async def readable(request: Request, response: Response, client: Client | None) -> Response:
    """The same response, with the headers that say who may read it; untouched where no script of another origin asked.

    An answer about a client is read at that client's own origins. A refusal from before any client is known (`None`) is about nobody, and may be read
    at those of every public client. `null`, and whatever else is no registered origin to the letter, reads nothing.
    """
    if "origin" in request.headers:
        response.headers.update(await _readers(request, client, request.headers["origin"]))
    return response


async def unanswered(request: Request, problem: Problem) -> Response:
    """The response where nothing could be decided, the database or the store away (D26): a script is told to come back, as a server is.

    It is about nobody, so what this process remembers of all public clients says who reads it: the registration itself cannot be looked up now, and
    an origin that was struck off meanwhile learns that we are away, which everybody may know.
    """
    return await readable(request, await problems.on_problem(request, problem), None)


async def _readers(request: Request, client: Client | None, origin: str) -> Mapping[str, str]:
    told = {"Vary": "Origin"}
    if await _reads(request, client, origin):
        told |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _WHAT_MAY_BE_SEEN}
    return told


async def _reads(request: Request, client: Client | None, origin: str) -> bool:
    if client is not None:
        return origins.runs_at(client, origin)
    resources = resources_of(request)
    return await resources.parties.origins.hold(origin, now=resources.floor.now)


async def preflight(request: Request) -> Response:
    """OPTIONS before a script's own request, which names no client yet (Fetch 4.8): what it may send, if it is one of a public client."""
    response = await readable(request, Response(status_code=204), None)
    if "access-control-allow-origin" in response.headers:
        response.headers.update(_WHAT_MAY_BE_SENT)
    return response


async def open_preflight(_: Request) -> Response:
    """OPTIONS where anybody may read."""
    return Response(status_code=204, headers={**ANYBODY, **_WHAT_MAY_BE_SENT})
