"""Where the metadata of parties is published: addresses that are looked at again and again, and which entities of them are ours (C-204 to C-206)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from lxml.etree import _Element as Element
from sqlalchemy import delete, insert, select, update

from idp.core.db import Db
from metadata.models import MetadataSource
from metadata.saml import document
from metadata.saml.names import MD, MDATTR, SAML

MDRPI: Final = "urn:oasis:names:tc:SAML:metadata:rpi"

SOONEST: Final = timedelta(minutes=5)
LATEST: Final = timedelta(hours=24)
BY_ITSELF: Final = timedelta(hours=6)
"""How long a document that names no cacheDuration is kept before the next look."""
LEASE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entities of a source are ours: those named, or the service providers with this category or of this registrar.

    All empty: the only one there is.
    """

    entity_ids: tuple[str, ...] = ()
    category: str | None = None
    authority: str | None = None

    @property
    def only_one(self) -> bool:
        """Whether the source describes one entity and no more."""
        return not (self.entity_ids or self.category or self.authority)

    def matches(self, entity: Element) -> bool:
        """Whether an EntityDescriptor is one of them."""
        if self.only_one or entity.get("entityID") in self.entity_ids:
            return True
        if entity.find(f"{{{MD}}}SPSSODescriptor") is None:
            return False
        return (self.category is not None and self.category in _categories(entity)) or (
            self.authority is not None and self.authority == _authority(entity)
        )


def _categories(entity: Element) -> list[str]:
    path = f"{{{MD}}}Extensions/{{{MDATTR}}}EntityAttributes/{{{SAML}}}Attribute/{{{SAML}}}AttributeValue"
    return [document.text(value) for value in entity.findall(path)]


def _authority(entity: Element) -> str | None:
    info = entity.find(f"{{{MD}}}Extensions/{{{MDRPI}}}RegistrationInfo")
    return info.get("registrationAuthority") if info is not None else None


@dataclass(frozen=True, slots=True)
class Source:
    """An address and how its word is proven. `trusted` are certificates (base64 DER), `pin` is one of `fetching.public_key_pin`."""

    id: int
    address: str
    trusted: tuple[str, ...]
    pin: str | None
    wanted: Wanted
    etag: str | None
    document_sha256: str | None
    fetched_at: datetime | None
    valid_until: datetime | None
    next_fetch_at: datetime
    attempts: int
    trouble: str | None


_COLUMNS: Final = (
    MetadataSource.id,
    MetadataSource.address,
    MetadataSource.trusted,
    MetadataSource.pin,
    MetadataSource.wanted,
    MetadataSource.etag,
    MetadataSource.document_sha256,
    MetadataSource.fetched_at,
    MetadataSource.valid_until,
    MetadataSource.next_fetch_at,
    MetadataSource.attempts,
    MetadataSource.trouble,
)


async def add(
    db: Db, address: str, *, trusted: Sequence[str], pin: str | None, wanted: Wanted, now: datetime
) -> Source:
    """A new source, due at once. Raises `ValueError` where nothing would prove its word (C-205), or when it is known already."""
    untold(address, trusted=trusted, pin=pin, wanted=wanted, now=now)
    if (await db.execute(select(MetadataSource.id).where(MetadataSource.address == address))).scalar() is not None:
        raise ValueError("this source exists already")
    values = {"address": address, "trusted": list(trusted), "pin": pin, "wanted": asdict(wanted), "attempts": 0}
    made = insert(MetadataSource).values(**values, next_fetch_at=now, created_at=now).returning(*_COLUMNS)
    return _source((await db.execute(made)).mappings().one())


def untold(address: str, *, trusted: Sequence[str], pin: str | None, wanted: Wanted, now: datetime) -> Source:
    """A source that stands in no table, to try out. Raises `ValueError` where nothing would prove its word (C-205)."""
    if not trusted and pin is None:
        raise ValueError("a source is believed by its signature or by a pinned key; neither was given")
    return Source(0, address, tuple(trusted), pin, wanted, None, None, None, None, now, 0, None)


async def listed(db: Db) -> list[Source]:
    """Every source, by address."""
    rows = await db.execute(select(*_COLUMNS).order_by(MetadataSource.address))
    return [_source(row) for row in rows.mappings()]


async def find(db: Db, address: str) -> Source:
    """The source with this address. Raises `LookupError`."""
    row = (await db.execute(select(*_COLUMNS).where(MetadataSource.address == address))).mappings().one_or_none()
    if row is None:
        raise LookupError(f"no metadata source {address}")
    return _source(row)


async def remove(db: Db, source: Source) -> None:
    """Forgets a source. Its entities stay as last read, until their time is over."""
    await db.execute(delete(MetadataSource).where(MetadataSource.id == source.id))


async def claim_due(db: Db, *, now: datetime) -> Source | None:
    """A source whose time has come, kept from other workers for `LEASE`."""
    due = select(MetadataSource.id).where(MetadataSource.next_fetch_at <= now).order_by(MetadataSource.id).limit(1)
    claim = update(MetadataSource).where(
        MetadataSource.id == due.scalar_subquery(), MetadataSource.next_fetch_at <= now
    )
    row = (await db.execute(claim.values(next_fetch_at=now + LEASE).returning(*_COLUMNS))).mappings().one_or_none()
    return _source(row) if row is not None else None


def next_look(*, now: datetime, valid_until: datetime, cache_for: timedelta | None) -> datetime:
    """When to look again: as the source says how long it may be kept, between `SOONEST` and `LATEST`, and well before it ends. Pure."""
    pause = min(max(cache_for or BY_ITSELF, SOONEST), LATEST)
    return now + max(min(pause, (valid_until - now) / 2), SOONEST)


async def looked(
    db: Db,
    source: Source,
    *,
    sha256: str | None,
    etag: str | None,
    valid_until: datetime,
    next_at: datetime,
    now: datetime,
) -> None:
    """Records a look that went well."""
    values = {"etag": etag, "document_sha256": sha256, "valid_until": valid_until, "fetched_at": now}
    well = {"next_fetch_at": next_at, "attempts": 0, "trouble": None}
    await db.execute(update(MetadataSource).where(MetadataSource.id == source.id).values(**values, **well))


async def failed(db: Db, source: Source, why: str, *, now: datetime) -> None:
    """Records a look that failed, in words; the next one comes after five minutes, doubling to six hours."""
    pause = min(SOONEST * 2 ** min(source.attempts, 10), timedelta(hours=6))
    values = {"trouble": why[:200], "attempts": MetadataSource.attempts + 1, "next_fetch_at": now + pause}
    await db.execute(update(MetadataSource).where(MetadataSource.id == source.id).values(**values))


def _source(row: Mapping[Any, Any]) -> Source:
    named = cast(Mapping[str, Any], row)
    wanted = Wanted(**{**named["wanted"], "entity_ids": tuple(named["wanted"]["entity_ids"])})
    return Source(**{**named, "trusted": tuple(named["trusted"]), "wanted": wanted})
