"""Revocation (RFC 7009) and introspection (RFC 7662): a client about its own tokens, and never about another's (C-125)."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from consent.release import Released, spent, void, voided
from idp.http.resources import Resources
from metadata.oidc.clients import Client
from protocols import subjects
from protocols.oidc.op import addresses, codes, data_access, grants, scripts
from protocols.oidc.op.answers import Form, TokenError, answered
from protocols.oidc.op.clients import ClientRefused, Presented, authenticated, authenticated_now
from protocols.oidc.op.codes import DataToken, Refresh, Token
from protocols.oidc.op.refreshing import in_session


async def revoke(request: Request) -> Response:
    """POST only. Whatever the token was, the answer is the same (RFC 7009 2.2)."""
    return await answered(request, _revoked)


async def introspect(request: Request) -> Response:
    """POST only."""
    return await answered(request, _told)


async def _revoked(resources: Resources, who: Presented, form: Form) -> bytes:
    client = await authenticated(resources, who)
    found = _own(resources, client, form)
    if found is not None:
        # What one sign-in brought ends as a whole: access tokens and the chain of refresh tokens.
        grant_id = found.id if isinstance(found, DataToken) else found.grant.id
        await void(resources.floor.database.hot, grant_id, now=resources.floor.now)
    return b"{}"


async def _told(resources: Resources, who: Presented, form: Form) -> bytes:
    if who.method == "none":
        # Whoever knows the name of a public client has proven nothing (C-114, C-125).
        raise ClientRefused(challenge=False)
    client = await authenticated(resources, who)
    found = _own(resources, client, form)
    if isinstance(found, DataToken):
        return await _told_of_data(resources, who, found)
    released = await _standing(resources, who, client, found) if found is not None else None
    if found is None or released is None:
        return orjson.dumps({"active": False})
    floor = resources.floor
    told: dict[str, Any] = {
        "active": True,
        "iss": floor.settings.base_url,
        "client_id": client.client_id,
        "sub": subjects.pairwise(floor.keyring, sector=client.sector, seed=released.seed),
        "scope": " ".join(name for name in found.grant.scope if name in client.scopes),
        "iat": found.issued_at,
    }
    if isinstance(found, Token):
        told |= {"token_type": "Bearer", "exp": found.issued_at + codes.TOKEN_LIFE}
    return orjson.dumps(told | _binding(found.grant.key, used=isinstance(found, Token)))


def _binding(key: str | None, *, used: bool) -> dict[str, Any]:
    """RFC 9449 6.2: which key; an access token is used with a proof of it."""
    if key is None:
        return {}
    return {"cnf": {"jkt": key}} | ({"token_type": "DPoP"} if used else {})


async def _told_of_data(resources: Resources, who: Presented, found: DataToken) -> bytes:
    client = await authenticated_now(resources, who)
    floor = resources.floor
    scope = data_access.scope_of(client, found)
    if not scope or await voided(floor.database.hot, found.id):
        return orjson.dumps({"active": False})
    told = {
        "active": True,
        "iss": floor.settings.base_url,
        "client_id": client.client_id,
        "aud": floor.settings.base_url + addresses.DATA,
        "scope": " ".join(scope),
        "token_type": "Bearer",
        "iat": found.issued_at,
        "exp": found.issued_at + codes.TOKEN_LIFE,
    }
    return orjson.dumps(told | _binding(found.key, used=True))


def _own(resources: Resources, client: Client, form: Form) -> Token | Refresh | DataToken | None:
    """The token, if it is one of ours for this client. A hint of its type is not needed: each opens as what it is."""
    if "token" not in form:
        raise TokenError("invalid_request", "token is missing")
    floor, text = resources.floor, form["token"]
    found = codes.read_token(floor.keyring, text, now=floor.now) or codes.read_refresh(floor.keyring, text)
    if found is not None:
        return found if found.grant.client_id == client.client_id else None
    data = codes.read_data(floor.keyring, text, now=floor.now)
    return data if data is not None and data.client_id == client.client_id else None


async def _standing(resources: Resources, who: Presented, client: Client, found: Token | Refresh) -> Released | None:
    """What the token would open at this moment; None when it opens nothing."""
    if isinstance(found, Refresh):
        this, floor = codes.mark(found), resources.floor
        if not await in_session(resources, found) or await spent(floor.database.hot, this, this, since=floor.now):
            return None
    released = await grants.permitted_now(resources, client, found.grant)
    if released is None:
        # Perhaps only because this process knew the client as it was (D10).
        newer = await authenticated_now(resources, who)
        released = (
            await grants.permitted_now(resources, newer, found.grant) if newer.version != client.version else None
        )
    return released


ROUTES = [
    Route(addresses.REVOKE, revoke, methods=["POST"]),
    Route(addresses.REVOKE, scripts.preflight, methods=["OPTIONS"]),
    Route(addresses.INTROSPECT, introspect, methods=["POST"]),
]
