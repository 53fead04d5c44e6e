"""Data access (RFC 6749 4.4): a party's server gets a token for itself, with nobody signed in and nobody in the token.

What it opens is decided at each call (`protocols.oidc.op.data`), by what the connection is registered for and which schools agreed (D11).
"""

from typing import Final

import orjson

from idp.http.resources import Resources
from metadata.oidc import clients
from metadata.oidc.clients import Client
from protocols.attributes import catalogue
from protocols.oidc.op import addresses, codes, possession
from protocols.oidc.op.answers import Form, TokenError
from protocols.oidc.op.clients import Presented, authenticated_anew
from protocols.oidc.op.codes import DataToken

GRANT_TYPE: Final = clients.FOR_DATA


async def granted(resources: Resources, who: Presented, form: Form) -> bytes:
    """A token response for a client that proved itself and is registered for data. Raises `ClientRefused`, `TokenError`."""
    # No later statement looks at the client before the first call: it is read as it is.
    client = await authenticated_anew(resources, who)
    if GRANT_TYPE not in client.grant_types or client.auth_method == "none":
        # RFC 6749 4.4: never for public clients (C-114), whatever stands in a registration.
        raise TokenError("unauthorized_client", f"this client is not registered for {GRANT_TYPE}")
    floor = resources.floor
    if form.get("resource", audience(resources)) != audience(resources):
        # RFC 8707 2: for another place we make no tokens.
        raise TokenError("invalid_target", "resource must be left out, or the address of the data")
    possession.check_bound(client, who)
    proof = possession.for_tokens(floor, who, addresses.TOKEN)
    scope = _scope(client, form.get("scope", "").split())
    await possession.spend_for_tokens(floor, proof)
    key = proof.key if proof is not None else None
    token = DataToken(codes.new_id(), client.client_id, scope, int(floor.now.timestamp()), key)
    answer = {
        "access_token": codes.write_data(floor.keyring, token),
        "token_type": "Bearer" if key is None else "DPoP",
        "expires_in": codes.TOKEN_LIFE,
        "scope": " ".join(scope),
    }
    return orjson.dumps(answer)


def audience(resources: Resources) -> str:
    """The one place where these tokens are good (C-126)."""
    return resources.floor.settings.base_url + addresses.DATA


def scope_of(client: Client, token: DataToken) -> tuple[str, ...]:
    """What is left of a token's scope for the client as it is registered now."""
    if GRANT_TYPE not in client.grant_types or client.auth_method == "none":
        return ()
    return tuple(name for name in token.scope if name in _registered(client))


def _registered(client: Client) -> frozenset[str]:
    """The scopes of data that the connection may have: who our pupils are is for network providers alone (D35)."""
    known = client.scopes & catalogue.DATA_SCOPES.keys()
    return known if client.party_kind == "network" else known - catalogue.PUPIL_SCOPES.keys()


def _scope(client: Client, asked: list[str]) -> tuple[str, ...]:
    """RFC 6749 4.4.2, 3.3: what was asked, or all that the connection may ask. Anything else is refused: a server should not think that it got it."""
    registered = _registered(client)
    may = [name for name in catalogue.DATA_SCOPES if name in registered]
    wanted = tuple(dict.fromkeys(asked)) or tuple(may)
    if not wanted or not set(wanted) <= set(may):
        raise TokenError("invalid_scope", "scope must hold names of data that this client is registered for")
    return wanted
