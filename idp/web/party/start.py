"""What to connect with, the way to try it now, and what came of it."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from directory import contacts
from idp.core import ids
from idp.core.db import Db
from idp.core.errors import Problem
from idp.sandbox import exchanges, explaining
from idp.web import guarding
from idp.web.party import frame
from idp.web.party.exchanges import summary
from idp.web.party.guards import ADDRESS, Contact, view
from metadata import connections
from metadata.connections import Connection
from metadata.oidc.clients import BY_KEY, BY_SECRET

ENDPOINTS: Final = {
    "issuer": "",
    "discovery": "/.well-known/openid-configuration",
    "metadata": "/saml/metadata",
}
"""What a developer copies; the discovery document and our metadata tell the rest."""
_CHALLENGE: Final = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""The one of RFC 7636, appendix B: nobody can redeem what our own example brings."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a sign-in begins: at the party's own software (`own`), or with a request that we make up (`made`)."""

    kind: str
    url: str


async def mine(request: Request) -> Response:
    """To the party of whoever is signed in."""
    come = await guarding.arrival(request, closed="not_found")
    if come.session is None:
        return await come.prove()
    async with come.resources.floor.database.read() as db:
        party_id = await contacts.party_of(db, come.session.person_id)
    if party_id is None:
        raise Problem("not_found", status=404, detail="nobody's contact")
    return RedirectResponse(f"{ADDRESS}/{party_id}", status_code=303)


async def start(contact: Contact) -> Response:
    """The first page."""
    async with contact.floor.database.read() as db:
        found = await connections.of_party(db, contact.party.id)
        newest = await _newest(db, contact)
    base_url = contact.floor.settings.base_url
    return frame.respond(
        contact,
        "start.html",
        at="start",
        tested=contact.party.under_test,
        connections=[_shown(contact, one, base_url) for one in found],
        newest=newest,
        asked_of=contact.floor.settings.support_contact,
    )


async def _newest(db: Db, contact: Contact) -> dict[str, Any] | None:
    if not contact.party.under_test:
        return None
    kept = await exchanges.listed(db, contact.floor.keyring, contact.party.id)
    return summary(kept[0], explaining.findings(kept[0], contact.language)) if kept else None


def _shown(contact: Contact, one: Connection, base_url: str) -> dict[str, Any]:
    names = ("issuer", "discovery") if one.protocol == "oidc" else ("metadata",)
    begins = beginning(one, contact.party.url, base_url=base_url)
    return {
        "protocol": one.protocol,
        "name": one.name,
        "enabled": one.enabled,
        "addresses": one.addresses,
        "copied": [(name, base_url + ENDPOINTS[name]) for name in names],
        "details": [(name, _written(one.details[name])) for name in _TOLD[one.protocol] if one.details.get(name)],
        "proves": _proves(one),
        "begins": {"kind": begins.kind, "url": begins.url} if begins else None,
    }


def _written(value: object) -> str:
    """A detail as it is registered; several with spaces between them."""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _proves(one: Connection) -> str | None:
    """How the party's server proves itself: by a secret, a key, or not at all; None where there is no such thing."""
    if one.protocol != "oidc":
        return None
    method = one.details["token_endpoint_auth_method"]
    return "key" if method == BY_KEY else "secret" if method in BY_SECRET else "none"


_TOLD: Final = {
    "oidc": ("token_endpoint_auth_method", "scope", "id_token_signed_response_alg", "grant_types"),
    "saml": ("name_id", "dialect", "alg", "valid_until"),
}


def beginning(one: Connection, url: str | None, *, base_url: str) -> Beginning | None:
    """Where somebody tries this connection; None where only the party knows."""
    if start_at := one.details.get("initiate_login_uri"):
        joint = "&" if "?" in start_at else "?"
        return Beginning("own", f"{start_at}{joint}{urlencode({'iss': base_url})}")
    if url:
        return Beginning("own", url)
    if one.protocol != "oidc" or one.details.get("require_pushed_authorization_requests"):
        return None
    asked = {
        "response_type": "code",
        "client_id": one.name,
        "redirect_uri": one.addresses[0],
        "scope": str(one.details["scope"]),
        "state": ids.token(),
        "nonce": ids.token(),
        "code_challenge": _CHALLENGE,
        "code_challenge_method": "S256",
    }
    return Beginning("made", f"{base_url}/oidc/authorize?{urlencode(asked)}")


ROUTES = [
    Route(ADDRESS, mine),
    Route(ADDRESS + "/{party}", view(start)),
]
