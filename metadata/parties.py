"""Parties and their connections: adding, finding, and what one process knows of them (D10, D12)."""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar, cast

import orjson
from sqlalchemy import ColumnElement, func, insert, or_, select
from sqlalchemy import Row as Found

from idp.core import crypto, ids
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.hot import Hot, Row, Statement
from metadata.models import OidcClient, Party, SamlEntity
from metadata.oidc import clients
from metadata.oidc.clients import Client
from metadata.oidc.origins import KnownOrigins
from metadata.saml.party import SamlParty
from metadata.saml.policy import USUAL, Policy

T = TypeVar("T")

PartyKind = Literal["publisher", "network"]


@dataclass(frozen=True, slots=True)
class KnownParty:
    """A party without its connections."""

    id: int
    name: str
    kind: PartyKind
    fields: frozenset[str]
    contact_name: str | None
    contact_email: str | None
    contact_phone: str | None
    url: str | None
    enabled: bool
    under_test: bool = False
    unseen_since: datetime | None = None

    @property
    def offered(self) -> bool:
        """Whether a school may say yes to it: it is there, and somebody looked at where its data would go."""
        return self.enabled and self.unseen_since is None


@dataclass(frozen=True, slots=True)
class Entity:
    """A SAML service provider as the protocol needs it: what its metadata says, and how it is answered."""

    id: int
    version: int
    enabled: bool
    party_id: int
    party_name: str
    party_url: str | None
    fields: frozenset[str]
    sector: str
    sp: SamlParty
    policy: Policy
    signing_kid: str | None = None
    tried_at: int | None = None

    def over(self, now: datetime) -> bool:
        """Whether the validUntil of its metadata has passed: then it is unusable, also from what was kept (C-206)."""
        return self.sp.valid_until is not None and self.sp.valid_until <= now


class KnownParties:
    """The connections that this process has read. A statement of the hot path tells their version; who sees another one reloads.

    `origins` are those of all public clients, for questions that name no client.
    """

    def __init__(self, hot: Hot) -> None:
        self._hot = hot
        self.origins = KnownOrigins(hot)
        self._clients: dict[str, tuple[Row, Client]] = {}
        self._entities: dict[str, tuple[Row, Entity]] = {}

    async def client(self, client_id: str) -> Client | None:
        """A client, possibly as it was some time ago."""
        known = self._clients.get(client_id)
        return known[1] if known else await self.reload_client(client_id)

    def remembered_client(self, client_id: str) -> Client | None:
        """A client that this process has read, as it was then; asks nobody."""
        known = self._clients.get(client_id)
        return known[1] if known else None

    async def reload_client(self, client_id: str) -> Client | None:
        """A client as it is now. Raises `Unavailable`."""
        return await _renewed(self._hot, _CLIENT, client_id, self._clients, clients.from_row)

    async def entity(self, entity_id: str) -> Entity | None:
        """A SAML entity, possibly as it was some time ago."""
        known = self._entities.get(entity_id)
        return known[1] if known else await self.reload_entity(entity_id)

    def remembered_entity(self, entity_id: str) -> Entity | None:
        """A SAML entity that this process has read, as it was then; asks nobody."""
        known = self._entities.get(entity_id)
        return known[1] if known else None

    async def reload_entity(self, entity_id: str) -> Entity | None:
        """A SAML entity as it is now. Raises `Unavailable`."""
        return await _renewed(self._hot, _ENTITY, entity_id, self._entities, _entity)


async def _renewed(
    hot: Hot, statement: Statement, name: str, known: dict[str, tuple[Row, T]], read: Callable[[Mapping[str, Any]], T]
) -> T | None:
    """What the row says now; a row that is as it was is not read again."""
    row = await hot.row(statement, name)
    if row is None:
        known.pop(name, None)
        return None
    had = known.get(name)
    if had is None or had[0] != row:
        named = dict(zip(_COLUMNS[statement], row, strict=True))
        # JSON columns arrive as text on both databases.
        read_out = {column: orjson.loads(named[column]) for column in _JSON & named.keys()}
        had = known[name] = (row, read(named | read_out))
    return had[1]


_JSON = frozenset({"metadata", "read", "policy", "fields"})
_OF_PARTY = {
    "party_name": "name",
    "party_url": "url",
    "party_enabled": "enabled",
    "party_kind": "kind",
    "fields": "fields",
    "sector": "sector",
}
_TRIED_AT = "CASE WHEN pa.under_test THEN (SELECT s.id FROM schools s WHERE s.reference_of = pa.id) END"
"""The reference school of a party under test: which exchanges may be kept is known without asking (`idp.sandbox`)."""


def _statement(table: str, key: str, own: Iterable[str]) -> tuple[Statement, tuple[str, ...]]:
    names = (*own, *_OF_PARTY, "tried_at")
    columns = ", ".join([*(f"c.{name}" for name in own), *(f"pa.{name}" for name in _OF_PARTY.values()), _TRIED_AT])
    text = f"SELECT {columns} FROM {table} c JOIN parties pa ON pa.id = c.party_id WHERE c.{key} = $1"  # noqa: S608 - constants
    return Statement(text), names


_CLIENT, _CLIENT_COLUMNS = _statement(
    "oidc_clients",
    "client_id",
    (
        "id",
        "version",
        "enabled",
        "party_id",
        "client_id",
        "secret_hash",
        "former_hash",
        "former_until",
        "metadata",
        "without_pkce",
        "signing_kid",
    ),
)
_ENTITY, _ENTITY_COLUMNS = _statement(
    "saml_entities", "entity_id", ("id", "version", "enabled", "party_id", "read", "policy", "signing_kid")
)
_COLUMNS = {_CLIENT: _CLIENT_COLUMNS, _ENTITY: _ENTITY_COLUMNS}


def _entity(row: Mapping[str, Any]) -> Entity:
    return Entity(
        id=row["id"],
        version=row["version"],
        enabled=row["enabled"] and row["party_enabled"],
        party_id=row["party_id"],
        party_name=row["party_name"],
        party_url=row["party_url"],
        fields=frozenset(row["fields"]),
        sector=row["sector"],
        sp=SamlParty.from_json(row["read"]),
        policy=Policy(**row["policy"]),
        signing_kid=row["signing_kid"],
        tried_at=row["tried_at"],
    )


async def add_party(
    db: Db,
    *,
    name: str,
    kind: PartyKind,
    fields: Iterable[str],
    sector: str,
    now: datetime,
    contact: Mapping[str, str | None] | None = None,
) -> int:
    """A new party; returns its id. `contact` may hold `contact_name`, `contact_email`, `contact_phone`, `url`."""
    values = {"name": name, "kind": kind, "fields": sorted(fields), "sector": sector, **(contact or {})}
    return (await db.execute(insert(Party).values(**values, created_at=now).returning(Party.id))).scalar_one()


async def add_client(
    db: Db, keyring: Keyring, party_id: int, metadata: Mapping[str, Any], *, now: datetime
) -> tuple[str, str | None]:
    """Hangs an OIDC client under a party; `metadata` is validated. Returns (client_id, secret, None for clients that prove themselves otherwise).

    A given client_id and client_secret are kept, missing ones are made; the secret is stored as a keyed hash only. Raises `ValueError`.
    """
    client_id = str(metadata.get("client_id") or ids.guid())
    if (await db.execute(select(OidcClient.id).where(OidcClient.client_id == client_id))).scalar() is not None:
        raise ValueError(f"client_id {client_id} exists already")
    secret = None
    if metadata["token_endpoint_auth_method"] in clients.BY_SECRET:
        secret = str(metadata.get("client_secret") or secrets.token_urlsafe(32))
    stored = {name: value for name, value in metadata.items() if name not in {"client_id", "client_secret"}}
    await db.execute(
        insert(OidcClient).values(
            party_id=party_id,
            client_id=client_id,
            secret_hash=secret_hash(keyring, client_id, secret) if secret else None,
            metadata_=stored,
            created_at=now,
        )
    )
    return client_id, secret


def secret_hash(keyring: Keyring, client_id: str, secret: str) -> bytes:
    """How a client secret is kept (D28)."""
    return keyring.mac("token", "client secret", client_id, secret)


def secret_fits(keyring: Keyring, client: Client, secret: str, *, now: datetime) -> bool:
    """Whether this is the client's secret, or the one before it while that still counts; never for a public client (C-114)."""
    if client.secret_hash is None:
        return False
    given = secret_hash(keyring, client.client_id, secret)
    if crypto.same(client.secret_hash, given):
        return True
    former = client.former_hash if client.former_until > now.timestamp() else None
    return former is not None and crypto.same(former, given)


async def add_entity(
    db: Db,
    party_id: int,
    sp: SamlParty,
    document: bytes,
    *,
    now: datetime,
    policy: Policy = USUAL,
    source_id: int | None = None,
) -> None:
    """Hangs a SAML entity under a party; the document's hash is kept as the operator's act of trust (D31). Raises `ValueError`."""
    if (await db.execute(select(SamlEntity.id).where(SamlEntity.entity_id == sp.entity_id))).scalar() is not None:
        raise ValueError(f"entityID {sp.entity_id} exists already")
    await db.execute(
        insert(SamlEntity).values(
            party_id=party_id,
            entity_id=sp.entity_id,
            document=document,
            document_sha256=hashlib.sha256(document).hexdigest(),
            source_id=source_id,
            read=sp.to_json(),
            policy=asdict(policy),
            created_at=now,
        )
    )


_KNOWN = (
    Party.id,
    Party.name,
    Party.kind,
    Party.fields,
    Party.contact_name,
    Party.contact_email,
    Party.contact_phone,
    Party.url,
    Party.enabled,
    Party.under_test,
    Party.unseen_since,
)


async def find(db: Db, text: str) -> KnownParty:
    """A party by its id, a client_id or an entityID. Raises `LookupError`, also where these are of several: a party may bring its own name along."""
    by_client = select(OidcClient.party_id).where(OidcClient.client_id == text)
    by_entity = select(SamlEntity.party_id).where(SamlEntity.entity_id == text)
    named: list[ColumnElement[bool]] = [Party.id.in_(by_client), Party.id.in_(by_entity)]
    if text.isascii() and text.isdigit() and len(text) < 19:
        named.append(Party.id == int(text))
    rows = (await db.execute(select(*_KNOWN).where(or_(*named)).limit(2))).mappings().all()
    if not rows:
        raise LookupError(f"no party with id, client_id or entityID {text}")
    if len(rows) > 1:
        raise LookupError(f"several parties are called {text}: name the one that is meant by its id")
    return _party(cast(Mapping[str, Any], rows[0]))


async def by_id(db: Db, party_id: int) -> KnownParty:
    """The party with this id. Raises `LookupError`."""
    row = (await db.execute(select(*_KNOWN).where(Party.id == party_id))).mappings().one_or_none()
    if row is None:
        raise LookupError(f"no party {party_id}")
    return _party(cast(Mapping[str, Any], row))


async def hold(db: Db, party_id: int) -> None:
    """Of those who change where a party is reached, or say that it is right, one waits for the other until the end of the transaction."""
    await db.execute(select(Party.id).where(Party.id == party_id).with_for_update(key_share=True))


async def hold_offered(db: Db, party_id: int) -> bool:
    """Whether a school may say yes to the party (`KnownParty.offered`), until the end of the transaction: who changes where it is reached waits."""
    columns = Party.enabled, Party.unseen_since.is_(None)
    row = (await db.execute(select(*columns).where(Party.id == party_id).with_for_update(read=True))).one_or_none()
    return row is not None and all(row)


async def known(db: Db, ids: Iterable[int]) -> list[KnownParty]:
    """The parties with these ids, by name."""
    rows = (
        await db.execute(select(*_KNOWN).where(Party.id.in_(sorted(ids))).order_by(Party.name, Party.id))
    ).mappings()
    return [_party(cast(Mapping[str, Any], row)) for row in rows]


async def in_short(db: Db) -> Sequence[Found[int, str, str, bool, list[str]]]:
    """Number, name, kind, whether it is offered to schools (`KnownParty.offered`), and what it may ask: of every party, by name."""
    offered = (Party.enabled & Party.unseen_since.is_(None)).label("offered")
    columns = Party.id, Party.name, Party.kind, offered, Party.fields
    return (await db.execute(select(*columns).order_by(func.lower(Party.name), Party.id))).all()


async def listed(db: Db) -> list[tuple[KnownParty, list[str]]]:
    """Every party by name, with the client_ids and entityIDs of its connections."""
    parties = [
        _party(cast(Mapping[str, Any], row))
        for row in (await db.execute(select(*_KNOWN).order_by(Party.name))).mappings()
    ]
    names: dict[int, list[str]] = {}
    for party_id, name in await db.execute(select(OidcClient.party_id, OidcClient.client_id)):
        names.setdefault(party_id, []).append(name)
    for party_id, name in await db.execute(select(SamlEntity.party_id, SamlEntity.entity_id)):
        names.setdefault(party_id, []).append(name)
    return [(party, sorted(names.get(party.id, []))) for party in parties]


def _party(row: Mapping[str, Any]) -> KnownParty:
    return KnownParty(**{**row, "fields": frozenset(row["fields"])})
