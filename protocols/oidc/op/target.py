"""On to registered learning material by way of its own client: login initiated by a third party (OIDC Core 4, D36)."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.core.errors import Problem
from idp.http import visitors
from idp.http.resources import Resources, resources_of
from idp.signin import flow
from idp.signin.attempts import Attempt
from idp.signin.question import ON_TO_A_TARGET, Question, Ready, Refused, Visitor
from metadata import targets

PLACE = ON_TO_A_TARGET["oidc"]


async def resume(request: Request) -> Response:
    """Back from the sign-in of a shortcut: the client is told where to, asks us in its own way, and is answered by the session."""
    resources = resources_of(request)
    floor, attempt_id = resources.floor, request.path_params["attempt"]
    question, answer = await flow.resume(floor, attempt_id, await visitors.visitor_of(request, floor))
    if isinstance(answer, Attempt):
        return RedirectResponse(f"/signin/{attempt_id}", status_code=303)
    if isinstance(answer, Refused):
        return RedirectResponse("/", status_code=303)
    return await _on(resources, question, answer)


async def finish(_: Request, resources: Resources, _visitor: Visitor, question: Question, answer: Ready) -> Response:
    """`idp.http.resources.Finish`: a redirect to the client."""
    return await _on(resources, question, answer)


async def _on(resources: Resources, question: Question, answer: Ready) -> Response:
    floor, target = resources.floor, question.request["target"]
    client = await resources.parties.client(question.request["connection"])
    if client is None or not client.version == question.request["version"] == answer.facts.connection_version:
        # The target, or the client's address for this, may have gone during the sign-in (D10).
        known = await targets.find(floor.database.hot, target)
        client = await resources.parties.reload_client(known.connection) if known else None
    if client is None or client.id != question.connection_id or client.initiate_login_uri is None:
        raise Problem("target.unknown", status=404, detail="the target went during the sign-in")
    uri = client.initiate_login_uri
    told = urlencode({"iss": floor.settings.base_url, "target_link_uri": target})
    return RedirectResponse(f"{uri}{'&' if '?' in uri else '?'}{told}", status_code=303)


ROUTES = [Route(PLACE + "/{attempt}", resume)]
