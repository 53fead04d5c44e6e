"""Back from a network provider over OpenID Connect: state, issuer and browser first, then the code, then the ID token (OIDC Core 3.1.2.7, C-134)."""

import base64
import logging
from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.core.errors import Problem
from idp.core.frozen import replace
from idp.http import arriving, forms, visitors
from idp.http.resources import Resources, resources_of
from idp.signin import networks
from idp.signin.attempts import Network
from idp.signin.recognition import Brought
from metadata.oidc.issuers import Discovered, IssuerRefused
from metadata.upstreams import KnownUpstream, OidcIssuer
from protocols.oidc.rp import id_token, leaving
from protocols.oidc.rp.addresses import CALLBACK, callback_of
from protocols.oidc.rp.id_token import Expected, IdTokenRefused

LOG = logging.getLogger("poortwachter.network")
LONGEST_CODE = 4096


class NotAnswered(Problem):
    """An answer that is not the asked provider's, or not to what was asked. Nothing of it is repeated."""

    def __init__(self, detail: str) -> None:
        super().__init__("network.answer", status=400, detail=detail)


async def callback(request: Request) -> Response:
    """The provider's answer to a question that waits in this browser."""
    resources = resources_of(request)
    floor = resources.floor
    answer = forms.query_of(request)
    visitor = await visitors.visitor_of(request, floor)
    attempt, network = await networks.waiting(floor, answer.get("state"), visitor)
    upstream = await resources.upstreams.by_id(network.upstream_id)
    if upstream is None or not upstream.enabled or upstream.oidc is None:
        # C-279: what was switched off lets nobody in, asked or not.
        attempt = await networks.refuse(floor, attempt, "network.disabled")
        return RedirectResponse(f"/signin/{attempt.id}", status_code=303)
    if callback_of(upstream.oidc.issuer) != f"{CALLBACK}/{request.path_params['issuer']}":
        # C-116: the way back of another provider than the one that was asked.
        raise NotAnswered("an answer on the way back of another provider")
    known = None
    try:
        discovered = await resources.issuers.discovered(upstream.oidc.issuer, now=floor.now)
        _check_issuer(answer, discovered)
        if "code" not in answer:
            LOG.info("a provider declined", extra={"upstream": upstream.id, "status": answer.get("error", "")[:40]})
            attempt = await networks.refuse(floor, attempt, "network.declined")
        else:
            await networks.once(floor, upstream, network.sent or "")
            brought = await _redeemed(resources, upstream, discovered, network, answer["code"])
            attempt, known = await networks.bring(floor, attempt, upstream, brought)
    except IssuerRefused as refused:
        LOG.warning("a provider cannot be used", extra={"upstream": upstream.id, "why": str(refused)})
        attempt = await networks.refuse(floor, attempt, "network.away")
    return await arriving.go_on(request, resources, visitor, attempt, known)


def _check_issuer(answer: Mapping[str, str], discovered: Discovered) -> None:
    """RFC 9207, 2.4: who answers says so, and is who was asked; also in what is declined."""
    told = answer.get("iss")
    if told is None and discovered.names_itself:
        raise NotAnswered("no iss, which this provider promises")
    if told is not None and told != discovered.issuer:
        raise NotAnswered("an answer of another issuer")


async def _redeemed(
    resources: Resources, upstream: KnownUpstream, discovered: Discovered, network: Network, code: str
) -> Brought:
    floor, ours = resources.floor, upstream.oidc
    if ours is None or not 0 < len(code) <= LONGEST_CODE:
        raise NotAnswered("a code that is none")
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": floor.settings.base_url + callback_of(ours.issuer),
        "code_verifier": network.verifier,
    }
    headers = {} if discovered.posts_secret else {"Authorization": _basic(ours)}
    if discovered.posts_secret:
        form |= {"client_id": ours.client_id, "client_secret": ours.secret}
    token = (await resources.issuers.redeem(discovered, form, headers=headers, now=floor.now)).get("id_token")
    now = floor.now
    expected = Expected(
        ours.issuer,
        ours.client_id,
        discovered.algs,
        network.nonce,
        network.sent_at,
        fresh=network.fresh,
        now=int(now.timestamp()),
    )
    try:
        keys = await resources.issuers.keys(ours.issuer, now=now)
        kid = id_token.key_of(token)
        if kid is not None and all(key.kid != kid for key in keys.keys):
            keys = await resources.issuers.keys(ours.issuer, now=now, lacking=True)
        brought = id_token.read(token, keys, expected)
    except IdTokenRefused as refused:
        raise NotAnswered(f"ID token: {refused}") from None
    if discovered.end_session_endpoint is None:
        return brought
    return replace(brought, hint=leaving.hint_of(floor, upstream, str(token)))


def _basic(ours: OidcIssuer) -> str:
    """RFC 6749 2.3.1: both halves form-encoded before they are joined."""
    pair = f"{quote(ours.client_id, safe='')}:{quote(ours.secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


ROUTES = [Route(CALLBACK + "/{issuer}", callback, methods=["GET"])]
