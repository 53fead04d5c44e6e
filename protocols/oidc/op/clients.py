"""Client authentication at the token endpoint (RFC 6749 2.3, OIDC Core 9)."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from idp.http.resources import Resources
from metadata import parties
from metadata.oidc.clients import AuthMethod, Client


class ClientRefused(Exception):
    """`invalid_client`; `challenge` says whether to answer with WWW-Authenticate (RFC 6749 5.2)."""

    def __init__(self, *, challenge: bool) -> None:
        super().__init__("invalid_client")
        self.challenge = challenge


@dataclass(frozen=True, slots=True)
class Presented:
    """Which client a request says it comes from, and by which method; nothing of it is proven. One of `secrets` must be right."""

    method: AuthMethod
    client_id: str
    secrets: tuple[str, ...] = field(default=(), repr=False)


async def authenticated(resources: Resources, who: Presented) -> Client:
    """The client, possibly as it was some time ago, proven by its registered method and no other (C-032, C-114). Raises `ClientRefused`."""
    client = await resources.parties.client(who.client_id)
    if client is not None and _fits(resources, client, who):
        return client
    return await authenticated_now(resources, who)


async def authenticated_now(resources: Resources, who: Presented) -> Client:
    """The client as it is registered at this moment, proven. Raises `ClientRefused`."""
    client = await resources.parties.reload_client(who.client_id)
    if client is None or not client.enabled or not _fits(resources, client, who):
        raise ClientRefused(challenge=who.method == "client_secret_basic")
    return client


def _fits(resources: Resources, client: Client, who: Presented) -> bool:
    if client.auth_method != who.method:
        return False
    keyring = resources.floor.keyring
    return who.method == "none" or any(parties.secret_fits(keyring, client, secret) for secret in who.secrets)


def presented(authorization: str | None, form: Mapping[str, str]) -> Presented:
    """What the request says. Raises `ClientRefused` where that is not one clear thing (RFC 6749 2.3: one method in a request)."""
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
