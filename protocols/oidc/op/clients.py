"""Client authentication at the token endpoint (RFC 6749 2.3, OIDC Core 9)."""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import unquote_plus

from idp.http.resources import Resources
from metadata import parties
from metadata.oidc.clients import Client


class ClientRefused(Exception):
    """`invalid_client`; `challenge` says whether to answer with WWW-Authenticate (RFC 6749 5.2)."""

    def __init__(self, *, challenge: bool) -> None:
        super().__init__("invalid_client")
        self.challenge = challenge


async def authenticated(resources: Resources, authorization: str | None, form: Mapping[str, str]) -> Client:
    """The client, proven by its registered method and no other (C-032, C-114). Raises `ClientRefused`."""
    method, client_id, secret = _presented(authorization, form)
    challenge = method == "client_secret_basic"
    client = await resources.parties.client(client_id)
    if client is not None and not _fits(resources, client, method, secret):
        client = await resources.parties.reload_client(client_id)
    if client is None or not client.enabled or not _fits(resources, client, method, secret):
        raise ClientRefused(challenge=challenge)
    return client


def _fits(resources: Resources, client: Client, method: str, secret: str) -> bool:
    if client.auth_method != method:
        return False
    return method == "none" or parties.secret_fits(resources.floor.keyring, client, secret)


def _presented(authorization: str | None, form: Mapping[str, str]) -> tuple[str, str, str]:
    if authorization is not None:
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() != "basic" or "client_secret" in form:
            # RFC 6749 2.3: not more than one method in a request.
            raise ClientRefused(challenge=True)
        client_id, secret = _basic(value.strip())
        if form.get("client_id", client_id) != client_id:
            raise ClientRefused(challenge=True)
        return "client_secret_basic", client_id, secret
    client_id = form.get("client_id", "")
    if "client_secret" in form:
        return "client_secret_post", client_id, form["client_secret"]
    return "none", client_id, ""


def _basic(value: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        raise ClientRefused(challenge=True) from None
    client_id, colon, secret = text.partition(":")
    if not colon:
        raise ClientRefused(challenge=True)
    return unquote_plus(client_id), unquote_plus(secret)
