"""The connections of a party as whoever runs the product sees them, and what changes for all of them at once (D12)."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from sqlalchemy import select, update

from idp.core import ids
from idp.core.db import Db
from metadata.models import MetadataSource, OidcClient, Party, SamlEntity
from metadata.oidc.clients import PUBLIC
from metadata.saml.policy import Policy


@dataclass(frozen=True, slots=True)
class Connection:
    """An OIDC client or a SAML entity, each kind numbered by itself. `details` are its validated metadata, or how we answer it, without secrets."""

    id: int
    protocol: Literal["oidc", "saml"]
    name: str
    enabled: bool
    addresses: tuple[str, ...]
    details: dict[str, Any]
    created_at: datetime


async def of_party(db: Db, party_id: int) -> list[Connection]:
    """Every connection of a party, the oldest first."""
    oidc = (
        await db.execute(select(OidcClient).where(OidcClient.party_id == party_id).order_by(OidcClient.id))
    ).mappings()
    saml = (
        await db.execute(select(SamlEntity).where(SamlEntity.party_id == party_id).order_by(SamlEntity.id))
    ).mappings()
    published = (await db.execute(select(MetadataSource.id, MetadataSource.address))).all()
    sources = {row.id: row.address for row in published}
    found = [
        Connection(
            row["id"],
            "oidc",
            row["client_id"],
            row["enabled"],
            tuple(row["metadata"]["redirect_uris"]),
            {name: value for name, value in row["metadata"].items() if name != "redirect_uris"}
            | ({"pkce": "excepted"} if row["without_pkce"] else {})
            | ({"signing_kid": row["signing_kid"]} if row["signing_kid"] else {}),
            row["created_at"],
        )
        for row in oidc
    ]
    found += [
        Connection(
            row["id"],
            "saml",
            row["entity_id"],
            row["enabled"],
            tuple(consumer["location"] for consumer in row["read"]["consumers"]),
            {
                **row["policy"],
                "valid_until": row["read"]["valid_until"],
                "document_sha256": row["document_sha256"],
                "source": sources.get(row["source_id"]),
                "signing_kid": row["signing_kid"],
            },
            row["created_at"],
        )
        for row in saml
    ]
    return sorted(found, key=lambda connection: connection.created_at)


async def widen(db: Db, party_id: int, fields: Iterable[str]) -> None:
    """Lets a party ask for exactly these fields from now on. What schools ticked stays as it was: nothing more leaves by this alone."""
    await db.execute(update(Party).where(Party.id == party_id).values(fields=sorted(fields)))
    await _changed(db, party_id)


async def put_under_test(db: Db, party_id: int, *, under_test: bool) -> bool:
    """Whether the party's exchanges about reference people are kept from now on (`idp.sandbox`). False where that was so already."""
    other = update(Party).where(Party.id == party_id, Party.under_test != under_test)
    if (await db.execute(other.values(under_test=under_test))).rowcount == 0:
        return False
    await _changed(db, party_id)
    return True


async def _changed(db: Db, party_id: int) -> None:
    """Every process notices at the next statement (D10)."""
    await db.execute(update(OidcClient).where(OidcClient.party_id == party_id).values(version=OidcClient.version + 1))
    await db.execute(update(SamlEntity).where(SamlEntity.party_id == party_id).values(version=SamlEntity.version + 1))


async def answer_otherwise(db: Db, entity_id: str, **changed: Any) -> Policy:
    """Changes how a SAML entity is answered, for every process from its next statement on (D10). Raises `LookupError`."""
    one = SamlEntity.entity_id == entity_id
    stored = (await db.execute(select(SamlEntity.policy).where(one))).scalar()
    if stored is None:
        raise LookupError(f"no SAML connection {entity_id}")
    policy = replace(Policy(**stored), **changed)
    await db.execute(update(SamlEntity).where(one).values(policy=asdict(policy), version=SamlEntity.version + 1))
    return policy


class Unexceptional(ValueError):
    """A client that gets no exception; the text says why."""


async def except_from_pkce(db: Db, client_id: str, *, excepted: bool) -> int:
    """Lets a client ask without PKCE, or no longer; returns its party's id. Never a public client, which has nothing else (C-114).

    Raises `LookupError`, `Unexceptional`.
    """
    found = select(OidcClient.party_id, OidcClient.metadata_).where(OidcClient.client_id == client_id)
    row = (await db.execute(found)).one_or_none()
    if row is None:
        raise LookupError(f"no client {client_id}")
    party_id, metadata = row
    if excepted and metadata["token_endpoint_auth_method"] == PUBLIC:
        raise Unexceptional(f"{client_id} is a public client: nothing but PKCE tells it from others")
    changed = update(OidcClient).where(OidcClient.client_id == client_id)
    # Every process notices at the next statement (D10).
    await db.execute(changed.values(without_pkce=excepted, version=OidcClient.version + 1))
    return int(party_id)


async def new_sector(db: Db, address: str) -> str:
    """The sector under which a new party learns its pairwise subjects: the host of its address, or the address when it has none.

    Two parties never share one (D19: pairwise per party), also when they share a host.
    """
    sector = (urlsplit(address).hostname or address)[:200]
    taken = (await db.execute(select(Party.id).where(Party.sector == sector))).scalar() is not None
    return f"{sector}/{ids.short_id()}" if taken else sector
