"""Signing out at a network provider over OpenID Connect, when the session that it opened ends here (RP-Initiated Logout 1.0, 2).

With the ID token as the hint, so that the provider need not ask: at a shared tablet nobody may stay to answer. It tells who somebody is, so it is
kept sealed, for a provider that has a page for signing out and no longer than the session; and it goes there in a form, never in an address, which
stands in histories and logs.
"""

import base64
from typing import Final
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from idp.core import ids
from idp.core.crypto import CannotOpen
from idp.core.floor import Floor
from idp.http import headers, visitors
from idp.http.leaving import KEPT_SECONDS
from idp.http.resources import Resources, resources_of
from idp.signin.logout import Exit
from idp.signin.network_sessions import NetworkSession
from metadata.oidc.issuers import IssuerRefused
from metadata.upstreams import KnownUpstream
from protocols.oidc.rp.addresses import AFTER, OUT

LONGEST: Final = 8 * 1024
"""A longer ID token is not kept: the provider asks, then."""


def hint_of(floor: Floor, upstream: KnownUpstream, token: str) -> str | None:
    """An ID token as it is kept with the session; None for one that is too long to keep."""
    if len(token) > LONGEST:
        return None
    day = int(floor.now.timestamp()) // 86_400
    sealed = floor.keyring.seal_for_today(token.encode(), bound_to=_place(upstream.id), day=day)
    return base64.b64encode(sealed).decode()


async def exit_by(resources: Resources, upstream: KnownUpstream, at: NetworkSession) -> Exit:
    """The provider's page that signs somebody out and comes back to ours; nothing where it has none, or cannot be asked."""
    ours, floor = upstream.oidc, resources.floor
    if ours is None:
        return Exit()
    try:
        ending = (await resources.issuers.discovered(ours.issuer, now=floor.now)).end_session_endpoint
    except IssuerRefused:
        return Exit()
    if ending is None:
        return Exit()
    told = {"client_id": ours.client_id, "post_logout_redirect_uri": floor.settings.base_url + AFTER}
    if at.hint is None:
        return Exit(page=f"{ending}{'&' if '?' in ending else '?'}{urlencode(told)}")
    name = ids.token()
    kept = orjson.dumps((upstream.id, ending, told, at.hint))
    await floor.store.put(("hint", _key(floor, name), kept, KEPT_SECONDS))
    return Exit(page=f"{OUT}/{name}")


async def out(request: Request) -> Response:
    """The form that takes a person on to the provider, once; whoever comes again is signed out here in any case."""
    resources = resources_of(request)
    floor = resources.floor
    raw = await floor.store.take("hint", _key(floor, request.path_params["run"]))
    if raw is None:
        return RedirectResponse(AFTER, status_code=303)
    upstream_id, ending, told, hint = orjson.loads(raw)
    try:
        token = floor.keyring.open_of_a_day(base64.b64decode(hint), bound_to=_place(upstream_id)).decode()
    except CannotOpen:
        return RedirectResponse(AFTER, status_code=303)
    visitor = await visitors.visitor_of(request, floor)
    carried = [*told.items(), ("id_token_hint", token)]
    page = resources.pages.html(
        visitor.lang, "signout/forward.html", target=ending, carried=carried, party=None, lang_switch_url=None
    )
    return HTMLResponse(page, headers=headers.LEAVING)


def _place(upstream_id: int) -> str:
    return f"network.hint.{upstream_id}"


def _key(floor: Floor, name: str) -> bytes:
    return floor.keyring.mac("token", "network hint", name)


ROUTES = [Route(OUT + "/{run}", out, methods=["GET"])]
