"""What the endpoints that a client's server calls have in common: a form in, a proven client, JSON or an error of RFC 6749 5.2 out."""

from collections.abc import Awaitable, Callable, Mapping

import orjson
from starlette.requests import Request
from starlette.responses import Response

from idp.core.errors import Problem
from idp.http import forms
from idp.http.resources import Resources, resources_of
from protocols.oidc.op import scripts
from protocols.oidc.op.clients import ClientRefused, Presented, presented

HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache"}

Form = Mapping[str, str]
Work = Callable[[Resources, Presented, Form], Awaitable[bytes]]


class TokenError(Exception):
    """An error response of RFC 6749 5.2; `description` is one of our own sentences."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.description, self.status = error, description, status


async def answered(request: Request, work: Work, *, status: int = 200) -> Response:
    """The response with what `work` makes of the form; `work` proves the client itself. Every refusal becomes its error response.

    A script of a public client may read what is answered to that client.
    """
    try:
        response, who = await _answered(request, work, status)
    except Problem as problem:
        return await scripts.unanswered(request, problem)
    client = resources_of(request).parties.remembered_client(who.client_id) if who is not None else None
    return await scripts.readable(request, response, client)


async def _answered(request: Request, work: Work, status: int) -> tuple[Response, Presented | None]:
    who: Presented | None = None
    try:
        form = await _form(request)
        who = presented(_authorization(request), form, request.headers.getlist("dpop"))
        body = await work(resources_of(request), who, form)
        return Response(body, status_code=status, media_type="application/json", headers=HEADERS), who
    except ClientRefused as refused:
        challenge = {"WWW-Authenticate": 'Basic realm="token"'} if refused.challenge else {}
        return _error(TokenError("invalid_client", "client authentication failed", status=401), challenge), who
    except TokenError as error:
        return _error(error, {}), who


def _authorization(request: Request) -> str | None:
    """The one header of that name. Of two, a proxy before us may have looked at the other (RFC 9110 5.3; C-112). Raises `ClientRefused`."""
    given = request.headers.getlist("authorization")
    if len(given) > 1:
        raise ClientRefused(challenge=True)
    return given[0] if given else None


async def _form(request: Request) -> Form:
    try:
        return forms.unique(forms.read_pairs(await forms.body_of(request)))
    except forms.Unreadable as error:
        raise TokenError("invalid_request", str(error)) from error


def _error(error: TokenError, more: Mapping[str, str]) -> Response:
    body = orjson.dumps({"error": error.error, "error_description": error.description})
    return Response(body, status_code=error.status, media_type="application/json", headers={**HEADERS, **more})
