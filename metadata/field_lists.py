"""What parties say that their services need of a school, field by field with the purpose: published in versions, the newest counts (R59, R70).

A list never widens what a party may ask (`Party.fields`); it tells a school what of that a service needs, and what it can do without.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, exists, insert, select
from sqlalchemy.orm import aliased

from idp.core.db import Db
from metadata.models import FieldList, Party

LONGEST_SERVICE: Final = 100
LONGEST_PURPOSE: Final = 300


class ListRefused(ValueError):
    """A list that cannot be published; its text says why."""


@dataclass(frozen=True, slots=True)
class ListedField:
    """A field that a service needs, or could use when it is not `required`, and for what."""

    name: str
    required: bool
    purpose_nl: str
    purpose_en: str


@dataclass(frozen=True, slots=True)
class KnownList:
    """One version of the list of a service; without fields the service is no more."""

    party_id: int
    service: str
    version: int
    published_at: datetime
    fields: tuple[ListedField, ...]


def read(document: Mapping[str, Any], *, may_ask: frozenset[str]) -> tuple[ListedField, ...]:
    """The fields of a document `{"fields": {name: {"required": true, "purpose_nl": "...", "purpose_en": "..."}}}`. Raises `ListRefused`."""
    told = document.get("fields")
    if not isinstance(told, dict):
        raise ListRefused("a list of fields is an object with the member fields")
    if beyond := sorted(set(told) - may_ask):
        raise ListRefused(f"the party may not ask for {' '.join(beyond)}")
    return tuple(_field(name, told[name]) for name in sorted(told))


def _field(name: str, told: object) -> ListedField:
    if not isinstance(told, dict) or not isinstance(told.get("required"), bool):
        raise ListRefused(f"{name}: required must be true or false")
    return ListedField(name, told["required"], _purpose(name, told, "purpose_nl"), _purpose(name, told, "purpose_en"))


def _purpose(name: str, told: Mapping[str, Any], member: str) -> str:
    text = told.get(member)
    line = " ".join(text.split()) if isinstance(text, str) else ""
    if not line or len(line) > LONGEST_PURPOSE or not line.isprintable():
        raise ListRefused(f"{name}: {member} must be 1 to {LONGEST_PURPOSE} printable characters")
    return line


async def publish(
    db: Db, party_id: int, service: str, fields: tuple[ListedField, ...], *, now: datetime
) -> KnownList | None:
    """The next version of a service's list; None when the newest one says exactly this, or when what is no more was never there."""
    # Of two who publish at once the second sees what the first did.
    await db.execute(select(Party.id).where(Party.id == party_id).with_for_update())
    had = await _newest(db, party_id, service)
    if (had.fields if had else ()) == fields:
        return None
    version = had.version + 1 if had else 1
    stored = {
        one.name: {"required": one.required, "nl": one.purpose_nl, "en": one.purpose_en}
        for one in sorted(fields, key=lambda one: one.name)
    }
    values = {"party_id": party_id, "service": service, "version": version, "published_at": now, "fields": stored}
    await db.execute(insert(FieldList).values(**values))
    return KnownList(party_id, service, version, now, fields)


async def _newest(db: Db, party_id: int, service: str) -> KnownList | None:
    query = _KNOWN.where(FieldList.party_id == party_id, FieldList.service == service)
    row = (await db.execute(query.order_by(FieldList.version.desc()).limit(1))).one_or_none()
    return _known(row) if row is not None else None


async def of_party(db: Db, party_id: int) -> list[KnownList]:
    """The newest list of each service that a party has, by service."""
    return (await of_parties(db, [party_id])).get(party_id, [])


async def of_parties(db: Db, party_ids: Iterable[int]) -> dict[int, list[KnownList]]:
    """The newest list of each service of these parties; who never published is not in it."""
    query = _KNOWN.where(_is_newest(), FieldList.party_id.in_(sorted(party_ids)))
    found: dict[int, list[KnownList]] = {}
    for row in await db.execute(query.order_by(FieldList.party_id, FieldList.service)):
        known = _known(row)
        if known.fields:
            found.setdefault(known.party_id, []).append(known)
    return found


def _is_newest() -> ColumnElement[bool]:
    later = aliased(FieldList)
    same = later.party_id == FieldList.party_id, later.service == FieldList.service
    return ~exists().where(*same, later.version > FieldList.version)


async def needs(db: Db) -> dict[int, list[tuple[datetime, dict[str, bool]]]]:
    """Of every party that published, list by list: since when, and whether it needs each field (`of_parties` without the words)."""
    found: dict[int, list[tuple[datetime, dict[str, bool]]]] = {}
    query = select(FieldList.party_id, FieldList.published_at, FieldList.fields).where(_is_newest())
    for party_id, since, fields in await db.execute(query):
        if fields:
            told = {name: bool(each["required"]) for name, each in fields.items()}
            found.setdefault(party_id, []).append((since, told))
    return found


async def versions(db: Db, party_id: int) -> list[KnownList]:
    """Every version of every list of a party, the newest first."""
    rows = await db.execute(_KNOWN.where(FieldList.party_id == party_id).order_by(FieldList.id.desc()))
    return [_known(row) for row in rows]


_KNOWN: Final = select(
    FieldList.party_id, FieldList.service, FieldList.version, FieldList.published_at, FieldList.fields
)


def _known(row: Row[int, str, int, datetime, dict[str, Any]]) -> KnownList:
    fields = tuple(
        ListedField(name, told["required"], told["nl"], told["en"]) for name, told in sorted(row.fields.items())
    )
    return KnownList(row.party_id, row.service, row.version, row.published_at, fields)
