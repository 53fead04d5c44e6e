"""On to a network provider over OpenID Connect, and from its tiles to there (OIDC Core 3.1.2.1 and 4; D34, D35)."""

import base64
import hashlib
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.core import ids
from idp.core.errors import Problem
from idp.http import arriving, forms, visitors
from idp.http.resources import resources_of
from idp.signin import attempts, networks
from idp.signin.assurance import ACR, Level
from idp.signin.networks import ROADS, Wish
from metadata.oidc.issuers import IssuerRefused
from metadata.upstreams import KnownUpstream
from protocols.oidc.rp.addresses import START, callback_of


async def go(request: Request) -> Response:
    """Asks the provider of this attempt; the former question of the attempt is not waited for any more."""
    resources = resources_of(request)
    floor = resources.floor
    visitor = await visitors.visitor_of(request, floor)
    attempt = await attempts.find(floor.store, floor.keyring, request.path_params["attempt"], visitor.browser)
    upstream = await networks.provider_of(resources.upstreams, attempt)
    if upstream is None or upstream.oidc is None:
        await networks.refuse(floor, attempt, "network.disabled")
        return RedirectResponse(f"/signin/{attempt.id}", status_code=303)
    try:
        discovered = await resources.issuers.discovered(upstream.oidc.issuer, now=floor.now)
    except IssuerRefused:
        # The school's other ways in go on; nobody stands before a closed door (C-325).
        await networks.refuse(floor, attempt, "network.away")
        return RedirectResponse(f"/signin/{attempt.id}", status_code=303)
    sent, nonce, verifier = networks.name_of(attempt), ids.token(), ids.token()
    wish = networks.wish(attempt, visitor)
    await networks.send(floor, attempt, visitor, sent=sent, fresh=wish.fresh, nonce=nonce, verifier=verifier)
    asked = {
        "response_type": "code",
        "client_id": upstream.oidc.client_id,
        "redirect_uri": floor.settings.base_url + callback_of(upstream.oidc.issuer),
        "scope": "openid eckid" if "eckid" in discovered.scopes else "openid",
        "state": sent,
        "nonce": nonce,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
        **_wished(wish, upstream),
    }
    there = discovered.authorization_endpoint
    return RedirectResponse(f"{there}{'&' if '?' in there else '?'}{urlencode(asked)}", status_code=303)


def _wished(wish: Wish, upstream: KnownUpstream) -> dict[str, str]:
    fresh = {"prompt": "login", "max_age": "0"} if wish.fresh else {"prompt": "none"} if wish.passive else {}
    sure = {"acr_values": ACR[Level.TWO_FACTORS]} if wish.two_factors and upstream.trusted_for_mfa else {}
    return fresh | sure


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


async def start(request: Request) -> Response:
    """A tile in the provider's environment (`iss`, `target_link_uri`): a hint that leads to our own question there (D34)."""
    resources = resources_of(request)
    given = forms.query_of(request) if request.method == "GET" else await forms.form_of(request)
    if "iss" not in given:
        raise Problem("request.invalid", detail="login initiated by nobody")
    visitor = await visitors.visitor_of(request, resources.floor)
    upstream = await resources.upstreams.by_name(given["iss"])
    return await arriving.go_by(resources, visitor, upstream, target=given.get("target_link_uri"))


ROUTES = [
    Route(ROADS["oidc"] + "/{attempt}", go, methods=["GET"]),
    Route(START, start, methods=["GET", "POST"]),
]
