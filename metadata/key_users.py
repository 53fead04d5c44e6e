"""Which of our keys signs for which connection now, by whose choice, and who changes when: what a rollover waits for (C-232)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import select, update

from idp.core.db import Db
from metadata.key_material import Alg
from metadata.keys import XML_ALGS, Signer, SigningKeys
from metadata.models import OidcClient, Party, SamlEntity, Upstream

ASKED_WITH: Final = "RS256"
"""What our questions to network providers are signed with."""


@dataclass(frozen=True, slots=True)
class KeyUser:
    """A connection and the key that signs for it. `chosen`: somebody chose that key; `until`: when it signs for this connection no more.

    `newest`: no later key of that algorithm is published.
    """

    party_id: int
    party: str
    protocol: Literal["oidc", "saml"]
    connection: str
    alg: str
    kid: str
    chosen: bool
    newest: bool
    until: datetime | None


async def listed(db: Db, keys: SigningKeys, *, now: datetime) -> list[KeyUser]:
    """Every connection that is switched on, by party."""
    found = [*await _of_clients(db), *await _of_entities(db), *await _of_providers(db)]
    return [_user(keys, *connection, now=now) for connection in sorted(found, key=lambda one: (one[1].lower(), one[3]))]


_Connection = tuple[int, str, Literal["oidc", "saml"], str, str, str | None]


async def _of_clients(db: Db) -> Iterator[_Connection]:
    columns = select(Party.id, Party.name, OidcClient.client_id, OidcClient.metadata_, OidcClient.signing_kid)
    rows = await db.execute(
        columns.join(OidcClient, OidcClient.party_id == Party.id).where(Party.enabled, OidcClient.enabled)
    )
    return (
        (id_, name, "oidc", known, read["id_token_signed_response_alg"], kid) for id_, name, known, read, kid in rows
    )


async def _of_entities(db: Db) -> Iterator[_Connection]:
    columns = select(Party.id, Party.name, SamlEntity.entity_id, SamlEntity.policy, SamlEntity.signing_kid)
    rows = await db.execute(
        columns.join(SamlEntity, SamlEntity.party_id == Party.id).where(Party.enabled, SamlEntity.enabled)
    )
    return ((id_, name, "saml", known, policy["alg"], kid) for id_, name, known, policy, kid in rows)


async def _of_providers(db: Db) -> Iterator[_Connection]:
    """Network providers, which check our questions by the keys of our metadata."""
    columns = select(Party.id, Party.name, Upstream.name, Upstream.signing_kid)
    saml = Party.enabled, Upstream.enabled, Upstream.protocol == "saml"
    rows = await db.execute(columns.join(Upstream, Upstream.party_id == Party.id).where(*saml))
    return ((id_, name, "saml", known, ASKED_WITH, kid) for id_, name, known, kid in rows)


def _user(
    keys: SigningKeys,
    party_id: int,
    party: str,
    protocol: Literal["oidc", "saml"],
    connection: str,
    alg: str,
    kid: str | None,
    *,
    now: datetime,
) -> KeyUser:
    signer = keys.active(alg, now, kid=kid)
    later = [one for one in keys.published(now) if one.alg == alg and one.active_from > signer.active_from]
    chosen = signer.kid == kid
    return KeyUser(
        party_id=party_id,
        party=party,
        protocol=protocol,
        connection=connection,
        alg=alg,
        kid=signer.kid,
        chosen=chosen,
        newest=not later,
        until=_until(signer, later, chosen=chosen),
    )


def _until(signer: Signer, later: list[Signer], *, chosen: bool) -> datetime | None:
    if chosen or not later:
        return signer.retired_at
    return min(one.active_from for one in later)


async def choose(db: Db, keys: SigningKeys, connection: str, kid: str | None, *, now: datetime) -> int:
    """From now on this key signs for a connection (a client_id or an entityID), for as long as it is published; None: the one whose turn it is.

    An entity that is both publisher and network provider gets the choice in both roles.

    Returns the party's id. Raises `LookupError` for a connection or a published key that does not exist, `ValueError` for a key that the
    protocol has no use for.
    """
    signer = next((one for one in keys.published(now) if one.kid == kid), None)
    if kid is not None and signer is None:
        raise LookupError(f"no published signing key {kid}")
    ways = (_chosen_for_client, _chosen_for_entity, _chosen_for_provider)
    found = [party for way in ways if (party := await way(db, connection, signer)) is not None]
    if not found:
        raise LookupError(f"no client_id or entityID {connection}")
    return found[0]


async def _chosen_for_client(db: Db, connection: str, signer: Signer | None) -> int | None:
    row = (await db.execute(select(OidcClient.metadata_).where(OidcClient.client_id == connection))).scalar()
    if row is None:
        return None
    alg = row["id_token_signed_response_alg"]
    if signer is not None and signer.alg != alg:
        raise ValueError(f"the client registered {alg}, and that key is for {signer.alg}")
    change = update(OidcClient).where(OidcClient.client_id == connection)
    chosen = change.values(signing_kid=signer and signer.kid, version=OidcClient.version + 1)
    return (await db.execute(chosen.returning(OidcClient.party_id))).scalar_one()


async def _chosen_for_entity(db: Db, connection: str, signer: Signer | None) -> int | None:
    policy = (await db.execute(select(SamlEntity.policy).where(SamlEntity.entity_id == connection))).scalar()
    if policy is None:
        return None
    if signer is not None and signer.alg not in XML_ALGS:
        raise ValueError(f"SAML has no use for keys of {signer.alg}")
    # An entity registers no algorithm: with the key of another one its answers change to that.
    alg: Alg | str = signer.alg if signer else policy["alg"]
    change = update(SamlEntity).where(SamlEntity.entity_id == connection)
    chosen = change.values(
        signing_kid=signer and signer.kid, policy={**policy, "alg": alg}, version=SamlEntity.version + 1
    )
    return (await db.execute(chosen.returning(SamlEntity.party_id))).scalar_one()


async def _chosen_for_provider(db: Db, connection: str, signer: Signer | None) -> int | None:
    of = Upstream.name == connection, Upstream.protocol == "saml"
    party = (await db.execute(select(Upstream.party_id).where(*of))).scalar()
    if party is not None and signer is not None and signer.alg != ASKED_WITH:
        raise ValueError(f"network providers are asked with {ASKED_WITH}, which each of them can check")
    await db.execute(update(Upstream).where(*of).values(signing_kid=signer and signer.kid))
    return party
