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
from idp.demo.network_oidc import CLIENT_ID
from idp.demo.notes import NetworkNote
from idp.demo.schools import BY
from idp.demo.sites import Sites
from metadata import connections, decryption_keys, parties, targets, upstreams
from metadata.saml import provider_reader
from metadata.upstreams import OidcIssuer

NAME: Final = "Demo Netwerk"
FIELDS: Final = frozenset({"subject"})
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
) -> str:
    """Adds the provider twice under one party, ticked by the school; the secret that the gate has there."""
    sector, secret = await connections.new_sector(db, sites.netwerk), secrets.token_urlsafe(32)
    party_id = await parties.add_party(db, name=NAME, kind="network", fields=FIELDS, sector=sector, now=now)
    idp = provider_reader.read_idp(saml_metadata, loopback_http=True)
    ours = OidcIssuer(sites.netwerk, CLIENT_ID, secret)
    ways = (
        await upstreams.add_saml(db, party_id, idp, saml_metadata, now=now, trusted_for_mfa=False),
        await upstreams.add_oidc(db, keyring, party_id, ours, now=now, trusted_for_mfa=False),
    )
    await decryption_keys.make(db, keyring, now=now, unless_there=True)
    await ticks.give(db, school.id, party_id, FIELDS, now=now, by=BY)
    for number in ways:
        for person_id in person_ids:
            await upstreams.link(db, keyring, number, person_id, subject_of(person_id), now=now)
    await targets.add(db, "rekenrijk", sites.rekenrijk + LESSON, now=now, loopback_allowed=True)
    return secret


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
