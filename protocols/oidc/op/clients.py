"""Client authentication at the token endpoint (RFC 6749 2.3, RFC 7523, OIDC Core 9)."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from idp.core.frozen import replace
from idp.http.resources import Resources
from metadata import parties
from metadata.oidc.clients import BY_KEY, AuthMethod, Client
from protocols.oidc import assertions
from protocols.oidc.op import renewing
from protocols.oidc.tokens import TokenRefused


class ClientRefused(Exception):
    """`invalid_client`; `challenge` says whether to answer with WWW-Authenticate (RFC 6749 5.2)."""

    def __init__(self, *, challenge: bool) -> None:
        super().__init__("invalid_client")
        self.challenge = challenge


@dataclass(frozen=True, slots=True)
class Presented:
    """Which client a request says it comes from, and by which method; nothing of it is proven. One of `secrets` must be right, or the
    assertion. `proofs` are its DPoP headers."""

    method: AuthMethod
    client_id: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    assertion: str = field(default="", repr=False)
    proofs: tuple[str, ...] = field(default=(), repr=False)


async def authenticated(resources: Resources, who: Presented) -> Client:
    """The client, possibly as it was some time ago, proven by its registered method and no other (C-032, C-114). Raises `ClientRefused`.

    An assertion is good for one call of this (C-100); the store remembers it, and without the store nobody passes. Raises `Unavailable`.
    """
    client = await resources.parties.client(who.client_id)
    if who.method == BY_KEY:
        client = await _with_keys_of_this_hour(resources, client, who)
    if client is None or not _fits(resources, client, who):
        client = await authenticated_now(resources, who)
    if who.method == BY_KEY:
        await _spend(resources, who)
    return client


async def authenticated_now(resources: Resources, who: Presented) -> Client:
    """The client as it is registered at this moment, proven. Raises `ClientRefused`."""
    client = await resources.parties.reload_client(who.client_id)
    if who.method == BY_KEY:
        client = await _with_keys_of_this_hour(resources, client, who)
        if await _may_have_new_keys(resources, client, who):
            client = await resources.parties.reload_client(who.client_id)
    if client is None or not client.enabled or not _fits(resources, client, who):
        raise ClientRefused(challenge=who.method == "client_secret_basic")
    return client


async def authenticated_anew(resources: Resources, who: Presented) -> Client:
    """Like `authenticated`, for what no later statement checks: the client as it is at this moment. Raises `ClientRefused`, `Unavailable`."""
    client = await authenticated_now(resources, who)
    if who.method == BY_KEY:
        await _spend(resources, who)
    return client


async def _with_keys_of_this_hour(resources: Resources, client: Client | None, who: Presented) -> Client | None:
    """A client that keeps its keys at an address of its own, with those that stand there; any other as it is."""
    if client is None or client.jwks_uri is None:
        return client
    if await renewing.renewed_by_the_hour(resources, client):
        return await resources.parties.reload_client(who.client_id)
    return client


async def _may_have_new_keys(resources: Resources, client: Client | None, who: Presented) -> bool:
    """Whether a client whose assertion fits none of its keys has others by now, at the address where it keeps them (C-055)."""
    if client is None or client.jwks_uri is None or not client.enabled:
        return False
    return not _fits(resources, client, who) and await renewing.renewed(resources, client)


async def _spend(resources: Resources, who: Presented) -> None:
    floor, mark = resources.floor, assertions.mark(who.assertion)
    key = floor.keyring.mac("token", "assertion", who.client_id, mark.jti)
    if not await floor.store.first("assertion", key, max(1, mark.ends_at - int(floor.now.timestamp()))):
        raise ClientRefused(challenge=False)


def _fits(resources: Resources, client: Client, who: Presented) -> bool:
    if client.auth_method != who.method:
        return False
    floor = resources.floor
    keyring = floor.keyring
    if who.method == BY_KEY:
        now = int(floor.now.timestamp())
        return assertions.proves(who.assertion, client, issuer=floor.settings.base_url, now=now)
    return who.method == "none" or any(
        parties.secret_fits(keyring, client, secret, now=floor.now) for secret in who.secrets
    )


def presented(authorization: str | None, form: Mapping[str, str], proofs: Sequence[str] = ()) -> Presented:
    """What the request says. Raises `ClientRefused` where that is not one clear thing (RFC 6749 2.3: one method in a request)."""
    who = _presented(authorization, form)
    return replace(who, proofs=tuple(proofs)) if proofs else who


def _presented(authorization: str | None, form: Mapping[str, str]) -> Presented:
    if "client_assertion" in form or "client_assertion_type" in form:
        return _by_assertion(authorization, form)
    if authorization is None:
        client_id = form.get("client_id", "")
        if "client_secret" in form:
            return Presented("client_secret_post", client_id, (form["client_secret"],))
        return Presented("none", client_id)
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic" or "client_secret" in form:
        raise ClientRefused(challenge=True)
    who = _basic(value.strip())
    if form.get("client_id", who.client_id) != who.client_id:
        raise ClientRefused(challenge=True)
    return who


def _by_assertion(authorization: str | None, form: Mapping[str, str]) -> Presented:
    """RFC 7521 4.2: `client_id` may be left out, and must not differ."""
    assertion = form.get("client_assertion", "")
    if authorization is not None or "client_secret" in form or form.get("client_assertion_type") != assertions.TYPE:
        raise ClientRefused(challenge=authorization is not None)
    try:
        client_id = assertions.sender(assertion)
    except TokenRefused:
        raise ClientRefused(challenge=False) from None
    if form.get("client_id", client_id) != client_id or not _VSCHARS.fullmatch(client_id):
        raise ClientRefused(challenge=False)
    return Presented(BY_KEY, client_id, assertion=assertion)


_VSCHARS = re.compile(r"[\x20-\x7e]*")


def _basic(value: str) -> Presented:
    try:
        text = base64.b64decode(value, validate=True).decode("ascii")
    except ValueError:
        raise ClientRefused(challenge=True) from None
    name, colon, secret = text.partition(":")
    client_id = unquote_plus(name)
    # RFC 6749 A.1: a client_id is printable ASCII, so no database ever sees anything else.
    if not colon or not _VSCHARS.fullmatch(client_id):
        raise ClientRefused(challenge=True)
    # RFC 6749 2.3.1 wants both form-encoded first; much software leaves that out, so the secret may be meant as it stands.
    return Presented("client_secret_basic", client_id, (unquote_plus(secret), secret))
