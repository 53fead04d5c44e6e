"""The demonstration's publishers, as an operator would register them, and what each may ask for."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from idp.core import ledger
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.demo import purposes
from idp.demo.schools import BY
from idp.demo.sites import Sites
from metadata import connections, parties
from metadata.oidc import clients
from metadata.saml import reader
from protocols.attributes import catalogue

CALLBACK: Final = "/callback"
START: Final = "/start"
SIGNED_OUT: Final = "/uitgelogd"
SIGNED_OUT_ELSEWHERE: Final = "/elders-uitgelogd"
"""Where the publishers over OpenID Connect hear that the person signed out elsewhere."""

SCOPES: Final = {
    "rekenrijk": "openid profile eckid school groups roles",
    "wereldwijs": "openid profile school",
}
"""What the publishers over OpenID Connect ask for, by client_id."""

TOLD_BY: Final = {"rekenrijk": "backchannel_logout_uri", "wereldwijs": "frontchannel_logout_uri"}

TAALPALEIS_FIELDS: Final = frozenset({"subject", "first_name", "affiliation", "year_group", "groups", "school_name"})


@dataclass(frozen=True, slots=True)
class Publishers:
    """The parties by id, and the client secrets by client_id."""

    rekenrijk: int
    taalpaleis: int
    wereldwijs: int
    client_secrets: dict[str, str]


async def register(db: Db, keyring: Keyring, sites: Sites, saml_metadata: bytes, *, now: datetime) -> Publishers:
    """Adds all three publishers; no school has ticked any of them yet."""
    client_secrets = {client_id: secrets.token_urlsafe(32) for client_id in SCOPES}
    addresses = {"rekenrijk": sites.rekenrijk, "wereldwijs": sites.wereldwijs}
    found = {
        client_id: await _over_oidc(db, keyring, client_id, addresses[client_id], secret, now=now)
        for client_id, secret in client_secrets.items()
    }
    taalpaleis = await _party(db, "Taalpaleis", sites.taalpaleis, TAALPALEIS_FIELDS, now=now)
    sp = reader.read_sp(saml_metadata, loopback_http=True)
    await parties.add_entity(db, taalpaleis, sp, saml_metadata, now=now)
    return Publishers(found["rekenrijk"], taalpaleis, found["wereldwijs"], client_secrets)


async def _over_oidc(db: Db, keyring: Keyring, client_id: str, address: str, secret: str, *, now: datetime) -> int:
    scope = SCOPES[client_id]
    party_id = await _party(db, client_id.title(), address, catalogue.asked_by_scopes(scope.split()), now=now)
    given = {
        "client_id": client_id,
        "client_secret": secret,
        "client_name": client_id.title(),
        "redirect_uris": [address + CALLBACK],
        "post_logout_redirect_uris": [address + SIGNED_OUT],
        "initiate_login_uri": address + START,
        # One is told by our server, the other by the person's browser, so that both can be seen.
        TOLD_BY[client_id]: address + SIGNED_OUT_ELSEWHERE,
        "scope": scope,
    }
    valid = clients.validated(given, scopes=catalogue.SCOPES, loopback_allowed=True)
    await parties.add_client(db, keyring, party_id, valid, now=now)
    return party_id


async def _party(db: Db, name: str, address: str, fields: frozenset[str], *, now: datetime) -> int:
    contact = {
        "contact_name": f"Helpdesk {name}",
        "contact_email": f"helpdesk@{name.lower()}.example",
        "url": address + START,
    }
    sector = await connections.new_sector(db, address)
    party_id = await parties.add_party(
        db, name=name, kind="publisher", fields=fields, sector=sector, now=now, contact=contact
    )
    await ledger.record(db, "party.connected", now=now, by=BY, detail={"party": party_id, "fields": sorted(fields)})
    await purposes.publish(db, party_id, name, fields, now=now)
    return party_id
