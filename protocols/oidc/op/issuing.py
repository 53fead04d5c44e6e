"""The answer that a grant leads to: an access token, an ID token about the person (OIDC Core 3.1.3.3, 12.2), and the next refresh token."""

from typing import Any

import orjson

from consent.release import Released
from idp.core import ids
from idp.http.resources import Resources
from metadata.oidc.clients import Client
from protocols import release, subjects
from protocols.attributes.outgoing import to_claims
from protocols.oidc.op import codes, grants
from protocols.oidc.op.codes import Grant, Refresh, Token
from protocols.oidc.tokens import left_half, signed

ID_TOKEN_LIFE = 300


async def token_response(
    resources: Resources,
    client: Client,
    grant: Grant,
    released: Released,
    *,
    amr: tuple[str, ...],
    nonce: str | None = None,
    refresh: Refresh | None = None,
) -> bytes:
    """A token response as JSON; `refresh` is what the client may come back with."""
    floor = resources.floor
    access_token = codes.write_token(floor.keyring, Token(grant, int(floor.now.timestamp()), released.recorded))
    answer = {
        "access_token": access_token,
        "token_type": "Bearer" if grant.key is None else "DPoP",
        "expires_in": codes.TOKEN_LIFE,
        "scope": " ".join(name for name in grant.scope if name in client.scopes),
        "id_token": await _id_token(resources, client, grant, released, access_token, amr=amr, nonce=nonce),
    }
    if refresh is not None:
        answer["refresh_token"] = codes.write_refresh(floor.keyring, refresh)
    return orjson.dumps(answer)


async def _id_token(
    resources: Resources,
    client: Client,
    grant: Grant,
    released: Released,
    access_token: str,
    *,
    amr: tuple[str, ...],
    nonce: str | None,
) -> str:
    floor = resources.floor
    now = floor.now
    issued_at = int(now.timestamp())
    keys = await resources.keys.at(released.keys_version)
    claims: dict[str, Any] = {
        "iss": floor.settings.base_url,
        "sub": subjects.pairwise(floor.keyring, sector=client.sector, seed=released.seed),
        "aud": client.client_id,
        "exp": issued_at + ID_TOKEN_LIFE,
        "iat": issued_at,
        "auth_time": grant.auth_time,
        "acr": grant.acr,
        "amr": list(amr),
        "at_hash": left_half(access_token),
        "jti": ids.short_id(),
        "sid": subjects.session_id(floor.keyring, grant.session_mark, client_id=client.client_id),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    if grant.id_token:
        claims |= to_claims(release.person(grants.in_id_token(released, grant), subject=claims["sub"]))
    return signed(keys.active(client.alg, now, kid=client.signing_kid), claims)
