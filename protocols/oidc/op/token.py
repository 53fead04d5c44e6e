"""The token endpoint (OIDC Core 3.1.3). Here a release is decided and recorded: in the one statement of D9, at redemption (D11)."""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consent.release import Released, void
from idp.core import ids
from idp.core.crypto import same
from idp.http import forms
from idp.http.resources import Resources, resources_of
from metadata.oidc.clients import Client
from protocols import subjects
from protocols.oidc.op import addresses, codes, grants
from protocols.oidc.op.clients import ClientRefused, Presented, authenticated, authenticated_now, presented
from protocols.oidc.op.codes import Code, Grant, Token
from protocols.oidc.tokens import b64, left_half, signed

ID_TOKEN_LIFE = 300
HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class TokenError(Exception):
    """An error response of RFC 6749 5.2; `description` is one of our own sentences."""

    def __init__(self, error: str, description: str, *, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.description, self.status = error, description, status


async def token(request: Request) -> Response:
    """POST only."""
    resources = resources_of(request)
    try:
        form = await _form(request)
        who = presented(request.headers.get("authorization"), form)
        return Response(await _redeemed(resources, who, form), media_type="application/json", headers=HEADERS)
    except ClientRefused as refused:
        challenge = {"WWW-Authenticate": 'Basic realm="token"'} if refused.challenge else {}
        return _error(TokenError("invalid_client", "client authentication failed", status=401), challenge)
    except TokenError as error:
        return _error(error, {})


async def _form(request: Request) -> Mapping[str, str]:
    try:
        return forms.unique(forms.read_pairs(await forms.body_of(request)))
    except forms.Unreadable as error:
        raise TokenError("invalid_request", str(error)) from error


async def _redeemed(resources: Resources, who: Presented, form: Mapping[str, str]) -> bytes:
    client = await authenticated(resources, who)
    floor = resources.floor
    code = codes.read_code(floor.keyring, _code(form))
    if code is None or code.grant.client_id != client.client_id:
        # Another client's code is nothing to this one: it neither gets it nor ends it (C-092).
        raise TokenError("invalid_grant", "the code is unknown")
    try:
        _check(code, form, now=floor.now)
        client, released = await _released(resources, who, client, code.grant)
    except TokenError:
        # A code that comes back, late or with the wrong verifier, may have been stolen: it leads nowhere any more, and what it
        # brought stops working (RFC 6749 4.1.2; C-028, C-029).
        await void(floor.database.hot, code.grant.id, now=floor.now)
        raise
    token = Token(code.grant, int(floor.now.timestamp()), released.recorded)
    access_token = codes.write_token(floor.keyring, token)
    answer = {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": codes.TOKEN_LIFE,
        "scope": " ".join(name for name in code.grant.scope if name in client.scopes),
        "id_token": await _id_token(resources, client, code, released, access_token),
    }
    return orjson.dumps(answer)


def _code(form: Mapping[str, str]) -> str:
    grant_type, code = form.get("grant_type"), form.get("code")
    if not grant_type:
        raise TokenError("invalid_request", "grant_type is missing")
    if grant_type != "authorization_code":
        raise TokenError("unsupported_grant_type", "grant_type must be authorization_code")
    if not code:
        raise TokenError("invalid_request", "code is missing")
    return code


_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def _check(code: Code, form: Mapping[str, str], *, now: datetime) -> None:
    """Age, redirect URI and PKCE (RFC 6749 4.1.3, RFC 7636 4.6; C-090 to C-093). One text: which one was wrong is nobody's business."""
    verifier = form.get("code_verifier", "")
    challenge = b64(hashlib.sha256(verifier.encode()).digest())
    right = (
        codes.young(code, now=now)
        and same(code.redirect, codes.redirect_mark(form.get("redirect_uri", "")))
        and _VERIFIER.fullmatch(verifier) is not None
        and same(challenge, code.challenge)
    )
    if not right:
        raise TokenError("invalid_grant", "age, redirect_uri or code_verifier do not fit the code")


async def _released(resources: Resources, who: Presented, client: Client, grant: Grant) -> tuple[Client, Released]:
    released = await grants.redeemed(resources, client, grant)
    if released is None:
        # Perhaps only because this process knew the client as it was: once more with what is true now, its secret included (D10).
        newer = await authenticated_now(resources, who)
        if newer.version != client.version:
            client, released = newer, await grants.redeemed(resources, newer, grant)
    if released is None:
        raise TokenError("invalid_grant", "the code was used, or nothing may be released about this person any more")
    return client, released


async def _id_token(resources: Resources, client: Client, code: Code, released: Released, access_token: str) -> str:
    floor = resources.floor
    now = floor.now
    issued_at = int(now.timestamp())
    keys = await resources.keys.at(released.keys_version)
    claims = {
        "iss": floor.settings.base_url,
        "sub": subjects.pairwise(floor.keyring, sector=client.sector, seed=released.seed),
        "aud": client.client_id,
        "exp": issued_at + ID_TOKEN_LIFE,
        "iat": issued_at,
        "auth_time": code.grant.auth_time,
        "acr": code.grant.acr,
        "amr": list(code.amr),
        "at_hash": left_half(access_token),
        "jti": ids.short_id(),
    }
    if code.nonce is not None:
        claims["nonce"] = code.nonce
    return signed(keys.active(client.alg, now), claims)


def _error(error: TokenError, more: Mapping[str, str]) -> Response:
    body = orjson.dumps({"error": error.error, "error_description": error.description})
    return Response(body, status_code=error.status, media_type="application/json", headers={**HEADERS, **more})


ROUTES = [Route(addresses.TOKEN, token, methods=["POST"])]
