"""The learning material to which a shortcut may lead a child: addresses that a party registered, and no other (D36, C-304).

A TARGET is read once. It equals a registered one in scheme, host, port and path, its query names only what is registered with it and each once,
and it is handed on as it was written. Everything that two readers could take for two addresses is refused: user-info, a fragment, a backslash,
a dot segment in any writing, a second way to part parameters, an escaped name.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

import orjson
from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select, update

from idp.core.db import Db
from idp.core.hot import Hot, Statement
from idp.core.settings import is_loopback
from metadata import connections
from metadata.models import OidcClient, Party, SamlEntity, Target

LONGEST: Final = 2000
MOST_NAMES: Final = 20
_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?",
    re.IGNORECASE,
)
_FORBIDDEN: Final = re.compile(r"[^\x21-\x7e]|[\\\"<>^`{|}#;]")
_NAME: Final = re.compile(r"[A-Za-z0-9_.~-]{1,64}")
_USUAL_PORTS: Final = {"https": 443, "http": 80}


class TargetRefused(ValueError):
    """An address that can be no target; the text says why and holds nothing of it."""


@dataclass(frozen=True, slots=True)
class Read:
    """An address as it is compared: scheme, host, port and path in one writing, and the names of its query."""

    address: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class KnownTarget:
    """A registered target, and the connection of the party that takes people there. `connection` is a client_id or an entityID.

    As long as `version` is that of the connection, what is said here is true.
    """

    id: int
    address: str
    names: frozenset[str]
    protocol: Literal["oidc", "saml"]
    connection_id: int
    connection: str
    version: int
    party_id: int
    party_name: str


def _no_dots(found: re.Match[str]) -> str | None:
    segments = re.split(r"[/\\]", unquote(found["path"] or ""))
    return "has a dot segment" if {".", ".."} & set(segments) else None


def _clear_names(found: re.Match[str]) -> str | None:
    names = _names_of(found["query"])
    clear = all(_NAME.fullmatch(name) for name in names) and len(names) == len(set(names)) <= MOST_NAMES
    return None if clear else "has a query that two readers may read differently"


def _port(found: re.Match[str]) -> str | None:
    return "has no port that exists" if found["port"] and not 0 < int(found["port"]) < 65536 else None


_CHECKS: Final[tuple[Callable[[re.Match[str]], str | None], ...]] = (_port, _no_dots, _clear_names)


def read(text: str) -> Read:
    """A TARGET, read this once. Raises `TargetRefused`."""
    if len(text) > LONGEST or _FORBIDDEN.search(text):
        raise TargetRefused("the address holds a character that no address needs, or too many")
    # User-info falls here too: no host has an @ in it.
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise TargetRefused("this is no absolute address of the web, or it names a person")
    for check in _CHECKS:
        if reason := check(found):
            raise TargetRefused(f"the address {reason}")
    scheme, port = found["scheme"].lower(), found["port"]
    told = f":{int(port)}" if port and int(port) != _USUAL_PORTS[scheme] else ""
    return Read(f"{scheme}://{found['host'].lower()}{told}{found['path'] or '/'}", frozenset(_names_of(found["query"])))


def _names_of(query: str | None) -> list[str]:
    return [part.partition("=")[0] for part in query.split("&")] if query else []


async def add(db: Db, connection: str, text: str, *, now: datetime, loopback_allowed: bool) -> KnownTarget:
    """Registers a target of a connection (a client_id or an entityID); its query says which names may come along.

    Raises `TargetRefused` also for an address that is another connection's, that is not https, or of a client that cannot begin a sign-in;
    `LookupError` for an unknown connection. A SAML party takes unasked answers from now on.
    """
    wanted = read(text)
    parts = urlsplit(wanted.address)
    if parts.scheme != "https" and not (loopback_allowed and is_loopback(parts.hostname or "")):
        raise TargetRefused("the address must begin with https://")
    taken = (await db.execute(select(Target.id).where(Target.address == wanted.address))).scalar()
    if taken is not None:
        raise TargetRefused("the address is registered already: remove it first")
    client = await db.execute(select(OidcClient.id, OidcClient.metadata_).where(OidcClient.client_id == connection))
    entity = await db.execute(select(SamlEntity.id).where(SamlEntity.entity_id == connection))
    row, entity_id = client.one_or_none(), entity.scalar()
    if row is None and entity_id is None:
        raise LookupError(f"no connection {connection}")
    if row is not None and not row.metadata.get("initiate_login_uri"):
        raise TargetRefused("the client has no initiate_login_uri, so nobody can be sent there")
    of = {"oidc_client_id": row.id if row else None, "saml_entity_id": None if row else entity_id}
    values = {"address": wanted.address, "names": sorted(wanted.names), "added_at": now}
    await db.execute(insert(Target).values(**values, **of))
    if entity_id is not None:
        # C-234: off for every party until its first target is registered.
        await connections.answer_otherwise(db, connection, unsolicited=True)
    return (await _found(db, Target.address == wanted.address))[0]


async def remove(db: Db, text: str) -> KnownTarget:
    """No shortcut leads there any more. Raises `TargetRefused`, and `LookupError` for an address that is not registered."""
    known = await _found(db, Target.address == read(text).address)
    if not known:
        raise LookupError("no such target")
    await db.execute(delete(Target).where(Target.id == known[0].id))
    connected: type[OidcClient] | type[SamlEntity] = OidcClient if known[0].protocol == "oidc" else SamlEntity
    changed = update(connected).where(connected.id == known[0].connection_id)
    await db.execute(changed.values(version=connected.version + 1))
    return known[0]


async def of_party(db: Db, party_id: int) -> list[KnownTarget]:
    """The targets of a party, by address."""
    return await _found(db, Party.id == party_id)


async def of_parties(db: Db, party_ids: Collection[int], *, after: str = "", limit: int) -> list[KnownTarget]:
    """A page of the targets of these parties, by address, from the first one behind `after`."""
    return await _found(db, and_(Party.id.in_(list(party_ids)), Target.address > after, _REACHABLE), limit=limit)


async def find(hot: Hot, text: str) -> KnownTarget | None:
    """The registered target that this TARGET equals; None for every other text. Raises `Unavailable`."""
    try:
        asked = read(text)
    except TargetRefused:
        return None
    row = await hot.row(_EQUAL, asked.address)
    if row is None:
        return None
    number, address, names, client_row, client_id, entity_row, entity_id, policy, version, party_id, party_name = row
    if entity_row is not None and not orjson.loads(policy)["unsolicited"]:
        return None
    allowed = frozenset(orjson.loads(names))
    connection = (client_row, client_id) if client_row is not None else (entity_row, entity_id)
    protocol: Literal["oidc", "saml"] = "oidc" if client_row is not None else "saml"
    known = KnownTarget(number, address, allowed, protocol, *connection, version, party_id, party_name)
    return known if asked.names <= known.names else None


_EQUAL: Final = Statement(
    """SELECT t.id, t.address, t.names, c.id, c.client_id, e.id, e.entity_id, e.policy, coalesce(c.version, e.version), pa.id, pa.name
    FROM targets t LEFT JOIN oidc_clients c ON c.id = t.oidc_client_id LEFT JOIN saml_entities e ON e.id = t.saml_entity_id
    JOIN parties pa ON pa.id = coalesce(c.party_id, e.party_id) WHERE t.address = $1"""
)

_REACHABLE: Final = or_(Target.saml_entity_id.is_(None), SamlEntity.policy["unsolicited"].as_boolean())
"""Not those of a SAML party that takes answers to its own requests only (C-234)."""


async def _found(db: Db, where: ColumnElement[bool], *, limit: int | None = None) -> list[KnownTarget]:
    rows = await db.execute(
        select(
            Target.id,
            Target.address,
            Target.names,
            OidcClient.id.label("client_row"),
            OidcClient.client_id,
            SamlEntity.id.label("entity_row"),
            SamlEntity.entity_id,
            func.coalesce(OidcClient.version, SamlEntity.version).label("version"),
            Party.id.label("party_id"),
            Party.name.label("party_name"),
        )
        .outerjoin(OidcClient, OidcClient.id == Target.oidc_client_id)
        .outerjoin(SamlEntity, SamlEntity.id == Target.saml_entity_id)
        .join(Party, (Party.id == OidcClient.party_id) | (Party.id == SamlEntity.party_id))
        .where(where)
        .order_by(Target.address)
        .limit(limit)
    )
    return [
        KnownTarget(
            row.id,
            row.address,
            frozenset(row.names),
            "oidc" if row.client_row else "saml",
            row.client_row or row.entity_row,
            row.client_id or row.entity_id,
            row.version,
            row.party_id,
            row.party_name,
        )
        for row in rows
    ]
