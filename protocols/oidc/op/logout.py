"""RP-Initiated Logout 1.0. Only a hint that we signed ourselves ends a session without asking; only a registered address is redirected to."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from consent import known_as
from idp.core import ids
from idp.core.errors import Problem
from idp.http import forms, leaving, visitors
from idp.http.resources import Resources, resources_of
from idp.signin.sessions import Session
from protocols import subjects
from protocols.oidc.op import addresses
from protocols.oidc.tokens import TokenRefused, read_hint

PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")
AGAIN = "again"
"""The name of a request that is kept in the store while the browser asks once more."""
KEPT_SECONDS = 60


async def logout(request: Request) -> Response:
    """GET or POST. Without a hint the person confirms (C-064 to C-070)."""
    resources = resources_of(request)
    try:
        raw = await forms.body_of(request) if request.method == "POST" else request.scope["query_string"]
        form = forms.unique(forms.read_pairs(raw))
    except forms.Unreadable as error:
        raise Problem("request.invalid", detail=str(error)) from error
    if request.method == "GET" and AGAIN in form:
        form = await _kept(resources, form[AGAIN])
    hint = await _hint(resources, form)
    target = await _target(resources, form, hint)
    if request.method == "POST" and not visitors.carries_session(request):
        # The Lax cookie stayed behind at a cross-site POST: ask again from our own address, once (D25).
        again = {name: form[name] for name in PARAMETERS if name in form}
        again = {AGAIN: await _keep(resources, again)} if hint is not None else again
        return RedirectResponse(f"{addresses.LOGOUT}?{urlencode(again)}", status_code=303)
    visitor = await visitors.visitor_of(request, resources.floor)
    if visitor.session is not None and not await _about(resources, hint, visitor.session):
        return RedirectResponse("/signout", status_code=303)
    return await leaving.sign_out(resources, visitor, onwards=target)


async def _keep(resources: Resources, form: Mapping[str, str]) -> str:
    """Keeps a request whose hint is ours, and returns its name. What a client posts may hold an ECK-iD: we put it into no address (D40)."""
    floor, name = resources.floor, ids.token()
    await floor.store.put(("leaving", _key(resources, name), orjson.dumps(dict(form)), KEPT_SECONDS))
    return name


async def _kept(resources: Resources, name: str) -> dict[str, str]:
    """That request, once. Raises `Problem`."""
    raw = await resources.floor.store.take("leaving", _key(resources, name))
    if raw is None:
        raise Problem("request.expired", status=410, detail="a logout that is not kept any more")
    form: dict[str, str] = orjson.loads(raw)
    return form


def _key(resources: Resources, name: str) -> bytes:
    return resources.floor.keyring.mac("token", "logout again", name)[:16]


async def _hint(resources: Resources, form: Mapping[str, str]) -> dict[str, Any] | None:
    """The claims of the hint, None without one. Raises `Problem` for a hint that is not ours (C-065, C-066)."""
    if "id_token_hint" not in form:
        return None
    floor = resources.floor
    try:
        keys = await resources.keys.latest(now=floor.now)
        return read_hint(form["id_token_hint"], keys, issuer=floor.settings.base_url)
    except TokenRefused as error:
        raise Problem("request.invalid", detail=str(error)) from error


async def _target(resources: Resources, form: Mapping[str, str], hint: dict[str, Any] | None) -> str | None:
    """Where to go afterwards. Raises `Problem` for an address that the client did not register (C-062 to C-064)."""
    wanted = form.get("post_logout_redirect_uri")
    if wanted is None or hint is None:
        return None
    if form.get("client_id", hint["aud"]) != hint["aud"]:
        raise Problem("request.invalid", detail="client_id and id_token_hint name two clients")
    client = await resources.parties.reload_client(hint["aud"])
    if client is None or not client.enabled or wanted not in client.post_logout_redirect_uris:
        raise Problem("request.redirect_uri", detail="post_logout_redirect_uri is not registered")
    state = form.get("state")
    if state is None:
        return wanted
    return f"{wanted}{'&' if '?' in wanted else '?'}{urlencode({'state': state})}"


async def _about(resources: Resources, hint: dict[str, Any] | None, session: Session) -> bool:
    """Whether the hint names the person who is signed in here."""
    if hint is None:
        return False
    client = await resources.parties.client(hint["aud"])
    if client is None:
        return False
    async with resources.floor.database.read() as db:
        seed = await known_as.seed(db, session.person_id, session.school_id, client.party_id)
    return hint.get("sub") == subjects.pairwise(resources.floor.keyring, sector=client.sector, seed=seed)


ROUTES = [Route(addresses.LOGOUT, logout, methods=["GET", "POST"])]
