"""The token endpoint (OIDC Core 3.1.3, 12). Here a release is decided and recorded: in the one statement of D9, at redemption (D11)."""

import hashlib
import re
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consent.release import void
from idp.core.crypto import same
from idp.http.resources import Resources
from metadata.oidc.clients import Client
from protocols.oidc.op import addresses, codes, data_access, grants, issuing, possession, refreshing, scripts, watching
from protocols.oidc.op.answers import Form, TokenError, Work, answered
from protocols.oidc.op.clients import Presented, authenticated, authenticated_now
from protocols.oidc.op.codes import Code, Grant, Refresh
from protocols.oidc.tokens import b64


async def token(request: Request) -> Response:
    """POST only."""
    return await answered(request, _WATCHED)


async def _granted(resources: Resources, who: Presented, form: Form) -> bytes:
    grant_type = form.get("grant_type")
    if not grant_type:
        await authenticated(resources, who)
        raise TokenError("invalid_request", "grant_type is missing")
    if grant_type not in GRANTS:
        await authenticated(resources, who)
        raise TokenError("unsupported_grant_type", f"grant_type must be one of {', '.join(GRANTS)}")
    return await GRANTS[grant_type](resources, who, form)


_WATCHED: Work = watching.at("token", _granted)


async def _redeemed(resources: Resources, who: Presented, form: Form) -> bytes:
    client = await authenticated(resources, who)
    floor = resources.floor
    if "code" not in form:
        raise TokenError("invalid_request", "code is missing")
    code = codes.read_code(floor.keyring, form["code"])
    if code is None or code.grant.client_id != client.client_id:
        # Another client's code is nothing to this one: it neither gets it nor ends it (C-092).
        raise TokenError("invalid_grant", "the code is unknown")
    client = await possession.bound_or_not(resources, client, who)
    proof = possession.for_tokens(floor, who, addresses.TOKEN)
    grant = possession.bound(code.grant, proof)
    try:
        _check(code, form, grant, now=floor.now)
        if not code.challenge and not (await authenticated_now(resources, who)).without_pkce:
            raise TokenError("invalid_grant", "the exception from PKCE was withdrawn")
        await possession.spend_for_tokens(floor, proof)
        client, released = await grants.first_released(resources, who, client, code.grant, "authorization_code")
        if released is None:
            told = "the code was used, or nothing may be released about this person any more"
            raise TokenError("invalid_grant", told)
    except TokenError:
        # A code that comes back, late or with the wrong verifier, may have been stolen: it leads nowhere any more, and what it
        # brought stops working (RFC 6749 4.1.2; C-028, C-029).
        await void(floor.database.hot, code.grant.id, now=floor.now)
        raise
    refresh = _first_refresh(client, code, grant, now=floor.now)
    return await issuing.token_response(
        resources, client, grant, released, amr=code.amr, nonce=code.nonce, refresh=refresh
    )


def _first_refresh(client: Client, code: Code, grant: Grant, *, now: datetime) -> Refresh | None:
    if code.session is None or refreshing.GRANT_TYPE not in client.grant_types:
        return None
    return Refresh(grant, code.session, int(now.timestamp()), 0, code.amr)


_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def _check(code: Code, form: Form, grant: Grant, *, now: datetime) -> None:
    """Age, redirect URI, PKCE and key (RFC 6749 4.1.3, RFC 7636 4.6, RFC 9449 10; C-090 to C-093, C-104). One text: which one was wrong is nobody's
    business."""
    right = (
        codes.young(code, now=now)
        and same(code.redirect, codes.redirect_mark(form.get("redirect_uri", "")))
        and _verified(code, form.get("code_verifier"))
        and code.grant.key in {None, grant.key}
    )
    if not right:
        raise TokenError("invalid_grant", "age, redirect_uri, code_verifier or key do not fit the code")


def _verified(code: Code, verifier: str | None) -> bool:
    """Whether the verifier is the challenge's. Where there was no challenge there must be no verifier: somebody took it away (C-113)."""
    if not code.challenge or verifier is None:
        return not code.challenge and verifier is None
    challenge = b64(hashlib.sha256(verifier.encode()).digest())
    return _VERIFIER.fullmatch(verifier) is not None and same(challenge, code.challenge)


GRANTS: dict[str, Work] = {
    "authorization_code": _redeemed,
    refreshing.GRANT_TYPE: refreshing.refreshed,
    data_access.GRANT_TYPE: data_access.granted,
}

ROUTES = [
    Route(addresses.TOKEN, token, methods=["POST"]),
    Route(addresses.TOKEN, scripts.preflight, methods=["OPTIONS"]),
]
