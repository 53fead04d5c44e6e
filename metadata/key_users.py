"""Which of our keys signs for which connection now, by whose choice, and who changes when: what a rollover waits for (C-232)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select, update

from idp.core.db import Db
from metadata.key_material import Alg
from metadata.keys import XML_ALGS, Signer, SigningKeys
from metadata.models import OidcClient, Party, SamlEntity


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
    found = [*await _of_clients(db), *await _of_entities(db)]
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

    Returns the party's id. Raises `LookupError` for a connection or a published key that does not exist, `ValueError` for a key that the
    protocol has no use for.
    """
    signer = next((one for one in keys.published(now) if one.kid == kid), None)
    if kid is not None and signer is None:
        raise LookupError(f"no published signing key {kid}")
    found = await _chosen_for_client(db, connection, signer) or await _chosen_for_entity(db, connection, signer)
    if found is None:
        raise LookupError(f"no client_id or entityID {connection}")
    return found


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
