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
from idp.http.resources import Resources, resources_of
from idp.signin import networks
from idp.signin.assurance import ACR, Level
from idp.signin.attempts import Attempt
from idp.signin.networks import Wish
from idp.signin.question import Visitor
from metadata.oidc.issuers import IssuerRefused
from metadata.upstreams import KnownUpstream, OidcIssuer
from protocols.oidc.rp.addresses import START, callback_of


async def ask(
    resources: Resources, visitor: Visitor, attempt: Attempt, upstream: KnownUpstream, provider: OidcIssuer
) -> tuple[Attempt, Response]:
    """The attempt as it waits for the answer, to be kept, and the way to the provider; refused where nobody can be asked there now."""
    floor = resources.floor
    try:
        discovered = await resources.issuers.discovered(provider.issuer, now=floor.now)
    except IssuerRefused:
        # The school's other ways in go on; nobody stands before a closed door (C-325).
        return networks.refused(attempt, "network.away"), arriving.to_pages(attempt)
    name, nonce, verifier = networks.name_of(attempt), ids.token(), ids.token()
    wish = networks.wish(attempt, visitor)
    waits = networks.sent(attempt, visitor, name=name, now=floor.now, fresh=wish.fresh, nonce=nonce, verifier=verifier)
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": floor.settings.base_url + callback_of(provider.issuer),
        "scope": "openid eckid" if "eckid" in discovered.scopes else "openid",
        "state": name,
        "nonce": nonce,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
        **_wished(wish, upstream),
    }
    there = discovered.authorization_endpoint
    return waits, RedirectResponse(f"{there}{'&' if '?' in there else '?'}{urlencode(asked)}", status_code=303)


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
    target, posted = given.get("target_link_uri"), request.method == "POST"
    return await arriving.go_by(resources, visitor, upstream, target=target, cross_site=posted)


ROUTES = [Route(START, start, methods=["GET", "POST"])]
