"""The demonstration's network provider, as an operator would register it: over both protocols, for the large school, with people whom it knows."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select

from consent import ticks
from directory import names
from directory.models import Person
from directory.schools import KnownSchool
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.demo import network_list, purposes
from idp.demo.network_oidc import CLIENT_ID
from idp.demo.notes import NetworkNote
from idp.demo.schools import BY
from idp.demo.sites import Sites
from metadata import connections, decryption_keys, parties, targets, upstreams
from metadata.oidc import clients
from metadata.saml import provider_reader
from metadata.upstreams import OidcIssuer
from protocols.attributes import catalogue

NAME: Final = "Demo Netwerk"
SECOND: Final = "Demo Netwerk Noord"
"""A second provider that the school ticks, so that it has something to choose for each group. It has no site of its own."""
FIELDS: Final = catalogue.asked_by_scopes(network_list.SCOPE.split())
LESSON: Final = "/lessen/breuken"
"""Learning material of Rekenrijk to which the provider's tiles lead."""


async def register(
    db: Db,
    keyring: Keyring,
    sites: Sites,
    saml_metadata: bytes,
    school: KnownSchool,
    person_ids: Sequence[int],
    *,
    now: datetime,
) -> dict[str, str]:
    """Adds the provider twice under one party, ticked by the school, and a second one; the secrets, by whose client they are of."""
    sector, secret = await connections.new_sector(db, sites.netwerk), secrets.token_urlsafe(32)
    contact = {"contact_name": None, "contact_email": None, "url": sites.netwerk}
    party_id = await parties.add_party(
        db, name=NAME, kind="network", fields=FIELDS, sector=sector, now=now, contact=contact
    )
    await purposes.publish(db, party_id, NAME, FIELDS, now=now)
    listing = secrets.token_urlsafe(32)
    given = {
        "client_id": network_list.CLIENT_ID,
        "client_secret": listing,
        "grant_types": ["client_credentials"],
        "scope": network_list.SCOPE,
    }
    valid = clients.validated(given, scopes=catalogue.SCOPES, data_scopes=catalogue.DATA_SCOPES, loopback_allowed=True)
    await parties.add_client(db, keyring, party_id, valid, now=now)
    idp = provider_reader.read_idp(saml_metadata, loopback_http=True)
    ours = OidcIssuer(sites.netwerk, CLIENT_ID, secret)
    ways = (
        await upstreams.add_saml(db, party_id, idp, saml_metadata, now=now, trusted_for_mfa=False),
        await upstreams.add_oidc(db, keyring, party_id, ours, now=now, trusted_for_mfa=False),
    )
    await decryption_keys.make(db, keyring, now=now, unless_there=True)
    await ticks.give(db, school.id, party_id, FIELDS, now=now, by=BY)
    apart = await connections.new_sector(db, f"{sites.netwerk}/noord")
    second = await parties.add_party(
        db, name=SECOND, kind="network", fields={"subject"}, sector=apart, now=now, contact=contact
    )
    await ticks.give(db, school.id, second, {"subject"}, now=now, by=BY)
    for number in ways:
        for person_id in person_ids:
            await upstreams.link(db, keyring, number, person_id, subject_of(person_id), now=now)
    await targets.add(db, "rekenrijk", sites.rekenrijk + LESSON, now=now, loopback_allowed=True)
    return {CLIENT_ID: secret, network_list.CLIENT_ID: listing}


def subject_of(person_id: int) -> str:
    """By what the provider calls a person."""
    return f"netwerk-{person_id}"


async def people_of(db: Db, person_ids: Sequence[int]) -> tuple[NetworkNote, ...]:
    """Those people as the provider's page names them: children by their first name."""
    columns = Person.id, Person.kind, Person.first_name, Person.prefix, Person.surname
    rows = await db.execute(select(*columns).where(Person.id.in_(list(person_ids))))
    called = {
        row.id: row.first_name if row.kind == "pupil" else names.full_name(row.first_name, row.prefix, row.surname)
        for row in rows
    }
    return tuple(NetworkNote(subject_of(person_id), called[person_id]) for person_id in person_ids)
