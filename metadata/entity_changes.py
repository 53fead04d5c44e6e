"""What new metadata means for what is known of each entity, publishers and network providers alike: compare, then apply (C-204, C-206, C-280)."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import or_, select, update

from idp.core.db import Db
from metadata.models import SamlEntity, Upstream
from metadata.saml import difference, provider_reader, reader
from metadata.saml.aggregate import Read
from metadata.saml.difference import Difference
from metadata.saml.document import METADATA, Malformed, parse
from metadata.saml.party import SamlParty
from metadata.saml.provider import SamlProvider

Role = Literal["sp", "idp"]
Said = SamlParty | SamlProvider

_ELSEWHERE: Final = "another source, or the operator's file, vouches for it"


@dataclass(frozen=True, slots=True)
class Change:
    """What a document means for one entity in one role. `said` is what it says, `why` for what is refused; `differs` for what changed."""

    kind: Literal["new", "changed", "same", "gone", "refused"]
    entity_id: str
    role: Role = "sp"
    said: Said | None = None
    octets: bytes = field(default=b"", repr=False)
    differs: Difference = field(default_factory=dict)
    why: str | None = None


@dataclass(frozen=True, slots=True)
class _Before:
    role: Role
    entity_id: str
    said: Said
    source_id: int | None


async def compare(
    db: Db, read: Read, *, ends: datetime, source_id: int | None, loopback_http: bool, take_over: bool = False
) -> list[Change]:
    """What the document means for each entity that is wanted or was known from this source, by entityID.

    `take_over`: entities that the operator once handed over as files may come from here from now on. Publishers can be new; a network
    provider, by whose word people sign in, is added by the operator first (D35).
    """
    known = await _known(db, list(read.entities), source_id)
    mine = (source_id, None) if take_over else (source_id,)
    changes = [Change("gone", one.entity_id, one.role) for one in known if one.entity_id not in read.entities]
    for one in known:
        if one.entity_id in read.entities:
            if one.source_id in mine:
                octets = read.entities[one.entity_id]
                changes.append(_change(one.role, one.entity_id, octets, one.said, ends, loopback_http=loopback_http))
            else:
                changes.append(Change("refused", one.entity_id, one.role, why=_ELSEWHERE))
    for entity_id in read.entities.keys() - {one.entity_id for one in known}:
        octets = read.entities[entity_id]
        changes.append(_change("sp", entity_id, octets, None, ends, loopback_http=loopback_http))
    return sorted(changes, key=lambda change: (change.entity_id, change.role))


async def of_file(db: Db, document: bytes, *, loopback_http: bool, now: datetime) -> list[Change]:
    """What a document that the operator hands over means for the entity that it is about, in each role in which that is known (D31).

    Raises `Malformed`, `LookupError` for an entity that is not known, `ValueError` for one that a source vouches for, or metadata that ended.
    """
    root = parse(document, limits=METADATA)
    entity_id = root.get("entityID", "")
    known = await _known(db, [entity_id], None)
    if not known:
        raise LookupError(f"no SAML entity {entity_id}: add it first")
    if any(one.source_id is not None for one in known):
        raise ValueError("a source vouches for this entity: `idp sources refresh`, or remove the source first")
    changes = [_change(one.role, entity_id, document, one.said, None, loopback_http=loopback_http) for one in known]
    if any(one.said and one.said.valid_until and one.said.valid_until <= now for one in changes):
        raise ValueError("the metadata has expired")
    return changes


async def document_of(db: Db, entity_id: str) -> bytes:
    """The metadata of a publisher's entity as they were handed over or read. Raises `LookupError`."""
    found = (await db.execute(select(SamlEntity.document).where(SamlEntity.entity_id == entity_id))).scalar()
    if found is None:
        raise LookupError(f"no SAML entity {entity_id}")
    return found


async def _known(db: Db, names: Sequence[str], source_id: int | None) -> list[_Before]:
    parties = select(SamlEntity.entity_id.label("name"), SamlEntity.read, SamlEntity.source_id)
    providers = select(Upstream.name.label("name"), Upstream.read, Upstream.source_id)
    # A source that is only tried out, or a file, has given nothing yet.
    of_source = source_id if source_id is not None else -1
    party = or_(SamlEntity.entity_id.in_(names), SamlEntity.source_id == of_source)
    provider = or_(Upstream.name.in_(names), Upstream.source_id == of_source), Upstream.protocol == "saml"
    rows = (await db.execute(parties.where(party))).all()
    found = [_Before("sp", row.name, SamlParty.from_json(row.read), row.source_id) for row in rows]
    rows = (await db.execute(providers.where(*provider))).all()
    return found + [_Before("idp", row.name, SamlProvider.from_json(row.read), row.source_id) for row in rows]


def _change(
    role: Role, entity_id: str, octets: bytes, before: Said | None, ends: datetime | None, *, loopback_http: bool
) -> Change:
    try:
        said: Said = (
            reader.read_sp(octets, loopback_http=loopback_http)
            if role == "sp"
            else provider_reader.read_idp(octets, loopback_http=loopback_http)
        )
    except Malformed as refused:
        return Change("refused", entity_id, role, why=refused.detail)
    known_ends = [one for one in (ends, said.valid_until) if one is not None]
    said = replace(said, valid_until=min(known_ends, default=None))
    if before is None:
        return Change("new", entity_id, role, said, octets)
    differs = difference.between(before, said)
    return Change("changed" if differs else "same", entity_id, role, said, octets, differs)


async def apply(db: Db, changes: Iterable[Change], *, source_id: int | None, now: datetime) -> None:
    """Makes what we know of known entities what the document says; new ones are the operator's to add. What is gone ends now."""
    for change in changes:
        if change.kind in {"changed", "same"} and change.said is not None:
            values = {
                "read": change.said.to_json(),
                "document": change.octets,
                "document_sha256": hashlib.sha256(change.octets).hexdigest(),
                "source_id": source_id,
            }
            await _write(db, change, values)
        elif change.kind == "gone":
            await _end(db, change, now=now)


async def _write(db: Db, change: Change, values: Mapping[str, Any]) -> None:
    if change.role == "idp":
        # Every use reads the row of an upstream anew (D10).
        await db.execute(update(Upstream).where(Upstream.name == change.entity_id).values(**values))
    else:
        entity = update(SamlEntity).where(SamlEntity.entity_id == change.entity_id)
        await db.execute(entity.values(**values, version=SamlEntity.version + 1))


async def _end(db: Db, change: Change, *, now: datetime) -> None:
    of_party = select(SamlEntity.read).where(SamlEntity.entity_id == change.entity_id)
    of_provider = select(Upstream.read).where(Upstream.name == change.entity_id)
    row = (await db.execute(of_party if change.role == "sp" else of_provider)).scalar_one()
    known: Said = SamlParty.from_json(row) if change.role == "sp" else SamlProvider.from_json(row)
    if known.valid_until is None or known.valid_until > now:
        await _write(db, change, {"read": replace(known, valid_until=now).to_json()})
