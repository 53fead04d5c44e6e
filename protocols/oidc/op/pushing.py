"""Pushed authorization requests (RFC 9126): a client's server hands over the parameters, proven, and the browser carries a name for them only."""

from collections.abc import Mapping
from functools import partial
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from directory.addresses import subscriber
from idp.core import ids
from idp.core.crypto import Keyring
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.core.store import Counter, Entry
from idp.http import client
from idp.http.resources import Resources, resources_of
from idp.signin import attempts
from metadata.oidc.clients import Client
from protocols.oidc.op import addresses, possession, scripts, watching
from protocols.oidc.op.answers import Form, TokenError, answered
from protocols.oidc.op.asked import AuthorizeError, Unverified, addressed, client_id_of, narrowed
from protocols.oidc.op.clients import Presented, authenticated_anew
from protocols.oidc.tokens import TokenRefused

PREFIX: Final = "urn:ietf:params:oauth:request_uri:"
LIFE: Final = 90
"""Seconds in which the browser must arrive; how long the person then takes is another matter (C-080, C-084)."""

_READ: Final = frozenset(
    [
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "response_mode",
        "nonce",
        "code_challenge",
        "code_challenge_method",
        "prompt",
        "max_age",
        "id_token_hint",
        "login_hint",
        "ui_locales",
        "acr_values",
        "claims",
        "dpop_jkt",
        "request",
        "registration",
    ]
)
"""What a request is judged by; nothing else is kept, secrets least of all."""


LARGEST: Final = 16 * 1024
"""Bytes of a request: each of its long values at its longest, and room."""
MOST_UNPROVEN: Final = 10_000
"""Within one life, by clients that prove nothing: all children behind one address, and no flood that fills the store."""


async def push(request: Request) -> Response:
    """POST only."""
    trusted = resources_of(request).floor.settings.trusted_proxies
    network = str(subscriber(client.address_of(request, trusted)))
    return await answered(request, watching.at("par", partial(_kept, network=network)), status=201)


async def _kept(resources: Resources, who: Presented, form: Form, *, network: str) -> bytes:
    # No later statement looks at who pushed it.
    client = await authenticated_anew(resources, who)
    if "request_uri" in form:
        # RFC 9126 2.1, point 2 (C-086).
        raise TokenError("invalid_request", "request_uri has no place in a pushed request")
    said = {name: value for name, value in form.items() if value and name in _READ}
    values = {**said, "client_id": client.client_id}
    _check(client, values)
    if who.proofs:
        values = _bound(resources.floor, who, values)
    floor, name, raw = resources.floor, ids.token(), orjson.dumps(values)
    if len(raw) > LARGEST:
        raise TokenError("invalid_request", "the request is too long")
    entry: Entry = "pushed", _key(floor.keyring, name), raw, LIFE
    if who.method == "none":
        await _keep_unproven(floor, entry, network=network)
    else:
        await floor.store.put(entry)
    return orjson.dumps({"request_uri": PREFIX + name, "expires_in": LIFE})


async def _keep_unproven(floor: Floor, entry: Entry, *, network: str) -> None:
    """Stores it and counts it. Raises `TokenError` (RFC 9126 2.3)."""
    if await floor.store.put_counted(entry, unproven(floor.keyring, network)) > MOST_UNPROVEN:
        await floor.store.delete(*entry[:2])
        raise TokenError("temporarily_unavailable", "too many requests from this network", status=429)


def unproven(keyring: Keyring, network: str) -> Counter:
    """The counter of requests from a network by clients that prove nothing."""
    return "begun", keyring.mac("token", "pushed by", network), LIFE


def _bound(floor: Floor, who: Presented, values: dict[str, str]) -> dict[str, str]:
    """With the key that this call shows: the code is good for its holder alone (RFC 9449 10.1; C-104).

    Whoever sends such a proof once more gets a request that serves nobody but that holder: it is not remembered, so nobody fills the store with it.
    """
    try:
        key = possession.read(floor, who.proofs, method="POST", path=addresses.PAR).key
    except TokenRefused as refused:
        raise TokenError("invalid_dpop_proof", str(refused)) from refused
    if values.get("dpop_jkt", key) != key:
        raise TokenError("invalid_dpop_proof", "dpop_jkt is of another key than the DPoP proof")
    return {**values, "dpop_jkt": key}


def _check(client: Client, values: Mapping[str, str]) -> None:
    """Everything that would be refused later is refused now (RFC 9126 2.1, point 3), by the registration as it is (D10)."""
    given = Unverified(values, frozenset(), pushed="")
    try:
        narrowed(addressed(given, client), given, client)
    except AuthorizeError as error:
        raise TokenError(error.error, error.description) from error
    except Problem as problem:
        raise TokenError("invalid_request", "redirect_uri is not registered, or state is too long") from problem


async def pulled(floor: Floor, given: Unverified) -> Unverified:
    """The request behind the name that a browser brings, or the one it brings itself where there is no such name. Raises `Problem`.

    What stands beside the name counts for nothing (C-087); a name is good for its own client, and until it led to a code (C-082 to C-085).
    """
    uri = given.values.get("request_uri", "")
    if not uri.startswith(PREFIX):
        return given
    name, client_id = uri.removeprefix(PREFIX), client_id_of(given)
    raw = await floor.store.get("pushed", _key(floor.keyring, name)) if "request_uri" not in given.twice else None
    values = orjson.loads(raw) if raw is not None else {}
    if values.get("client_id") != client_id:
        raise Problem("request.invalid", status=400, detail="request_uri is unknown, used or over")
    return Unverified(values, frozenset(), pushed=name)


async def spend(floor: Floor, name: str) -> None:
    """Called when a pushed request leads to its code: of all who opened it, one gets there. Raises `Problem` for the others."""
    key = _key(floor.keyring, name)
    first = await floor.store.first("pushed", floor.keyring.mac("token", "pushed and used", name), attempts.LIFETIME)
    await floor.store.delete("pushed", key)
    if not first:
        raise Problem("request.invalid", status=400, detail="request_uri was used")


def _key(keyring: Keyring, name: str) -> bytes:
    return keyring.mac("token", "pushed", name)


ROUTES = [
    Route(addresses.PAR, push, methods=["POST"]),
    Route(addresses.PAR, scripts.preflight, methods=["OPTIONS"]),
]
