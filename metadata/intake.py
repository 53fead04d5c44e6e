"""From a source to what we know of its entities: fetch, prove, compare, apply (C-205, C-206, C-280). Where that fails, what was known stays."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import select, update

from idp.core import fetching
from idp.core.db import Db
from idp.core.fetching import FetchRefused
from metadata import sources
from metadata.models import SamlEntity
from metadata.saml import aggregate, difference, reader
from metadata.saml.aggregate import Read
from metadata.saml.difference import Difference
from metadata.saml.document import Malformed
from metadata.saml.party import SamlParty
from metadata.sources import Source, Wanted

SECONDS: Final = 30.0
"""For an aggregate of some tens of megabytes; a host that falls silent is given up after `fetching.SECONDS`."""
_ETAG: Final = re.compile(r'(?:W/)?"[!#-~]{0,190}"')
LONGEST_VALID: Final = timedelta(days=31)


class IntakeRefused(Exception):
    """A document that is not taken in; the text says why. `code` is `metadata.` and something stable."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a look brought; `read` is None where the source says that nothing changed."""

    read: Read | None
    etag: str | None


async def look(source: Source, *, loopback_allowed: bool) -> Arrived:
    """Asks a source and proves what it says. Raises `IntakeRefused`."""
    taking = aggregate.Reader(source.wanted.matches, trusted=source.trusted or None)
    known = {"If-None-Match": source.etag} if source.etag and source.fetched_at else None
    try:
        answer = await fetching.get(
            source.address,
            loopback_allowed=loopback_allowed,
            headers=known,
            redirects=2,
            most=aggregate.LARGEST,
            seconds=SECONDS,
            take=taking.feed,
            pin=source.pin,
        )
        if answer.status == 304 and known:
            return Arrived(None, source.etag)
        if answer.status != 200:
            raise IntakeRefused("metadata.not_there", f"the source answers with status {answer.status}")
        etag = answer.headers.get("etag", "")
        return Arrived(taking.whole(), etag if _ETAG.fullmatch(etag) else None)
    except FetchRefused as refused:
        raise IntakeRefused("metadata.not_fetched", str(refused)) from None
    except Malformed as refused:
        raise _of(refused) from None


def read_file(pieces: Iterable[bytes], wanted: Wanted, *, trusted: Sequence[str]) -> Read:
    """What a file of somebody else's metadata holds, proven by its signature. Raises `IntakeRefused`."""
    taking = aggregate.Reader(wanted.matches, trusted=trusted)
    try:
        for piece in pieces:
            taking.feed(piece)
        return taking.whole()
    except Malformed as refused:
        raise _of(refused) from None


def _of(refused: Malformed) -> IntakeRefused:
    code = "metadata.not_proven" if refused.code == "saml.signature" else "metadata.unusable"
    return IntakeRefused(code, refused.detail)


def until(read: Read, wanted: Wanted, *, now: datetime) -> datetime:
    """Until when a document holds (C-206). Raises `IntakeRefused`: without an end, past it, with one too far away, or with more than was expected."""
    if wanted.only_one and read.counted > 1:
        raise IntakeRefused("metadata.several", "the document describes several entities: say which ones are wanted")
    if read.valid_until is None:
        raise IntakeRefused("metadata.endless", "the document has no validUntil")
    if read.valid_until <= now:
        raise IntakeRefused("metadata.expired", f"the document was valid until {read.valid_until:%Y-%m-%d %H:%M} UTC")
    if read.valid_until > now + LONGEST_VALID:
        raise IntakeRefused("metadata.endless", f"validUntil is more than {LONGEST_VALID.days} days away")
    return read.valid_until


@dataclass(frozen=True, slots=True)
class Change:
    """What a document means for one entity. `sp` is what it says, `why` for what is refused; `differs` for what changed."""

    kind: Literal["new", "changed", "same", "gone", "refused"]
    entity_id: str
    sp: SamlParty | None = None
    octets: bytes = field(default=b"", repr=False)
    differs: Difference = field(default_factory=dict)
    why: str | None = None


async def compare(
    db: Db, read: Read, *, ends: datetime, source_id: int | None, loopback_http: bool, take_over: bool = False
) -> list[Change]:
    """What the document means for each entity that is wanted or was known from this source, by entityID.

    `take_over`: entities that the operator once handed over as files may come from here from now on.
    """
    columns = select(SamlEntity.entity_id, SamlEntity.read, SamlEntity.source_id)
    mine = SamlEntity.source_id == source_id if source_id is not None else SamlEntity.id.is_(None)
    rows = await db.execute(columns.where(SamlEntity.entity_id.in_(read.entities) | mine))
    known = {row.entity_id: (SamlParty.from_json(row.read), row.source_id) for row in rows}
    changes = [Change("gone", entity_id) for entity_id in known.keys() - read.entities.keys()]
    for entity_id, octets in read.entities.items():
        if entity_id in known and known[entity_id][1] not in ((source_id, None) if take_over else (source_id,)):
            why = "another source, or the operator's file, vouches for it"
            changes.append(Change("refused", entity_id, why=why))
            continue
        before = known[entity_id][0] if entity_id in known else None
        changes.append(_change(entity_id, octets, before, ends, loopback_http=loopback_http))
    return sorted(changes, key=lambda change: change.entity_id)


def _change(entity_id: str, octets: bytes, before: SamlParty | None, ends: datetime, *, loopback_http: bool) -> Change:
    try:
        sp = reader.read_sp(octets, loopback_http=loopback_http)
    except Malformed as refused:
        return Change("refused", entity_id, why=refused.detail)
    sp = replace(sp, valid_until=min(ends, sp.valid_until) if sp.valid_until else ends)
    if before is None:
        return Change("new", entity_id, sp, octets)
    differs = difference.between(before, sp)
    return Change("changed" if differs else "same", entity_id, sp, octets, differs)


async def apply(db: Db, changes: Iterable[Change], *, source_id: int | None, now: datetime) -> None:
    """Makes what we know of known entities what the document says; new ones are the operator's to add. What is gone ends now."""
    for change in changes:
        entity = update(SamlEntity).where(SamlEntity.entity_id == change.entity_id)
        if change.kind in {"changed", "same"} and change.sp is not None:
            values = {
                "read": change.sp.to_json(),
                "document": change.octets,
                "document_sha256": hashlib.sha256(change.octets).hexdigest(),
                "source_id": source_id,
            }
            await db.execute(entity.values(**values, version=SamlEntity.version + 1))
        elif change.kind == "gone":
            await _end(db, change.entity_id, now=now)


async def _end(db: Db, entity_id: str, *, now: datetime) -> None:
    row = (await db.execute(select(SamlEntity.read).where(SamlEntity.entity_id == entity_id))).scalar_one()
    known = SamlParty.from_json(row)
    if known.valid_until is None or known.valid_until > now:
        ended = replace(known, valid_until=now).to_json()
        change = update(SamlEntity).where(SamlEntity.entity_id == entity_id)
        await db.execute(change.values(read=ended, version=SamlEntity.version + 1))


async def refresh(
    db: Db, source: Source, arrived: Arrived, *, now: datetime, loopback_http: bool, take_over: bool = False
) -> list[Change]:
    """Applies what a look brought and says when the next one is; returns what it meant. Raises `IntakeRefused`, and nothing changed then."""
    read = arrived.read
    if read is None:
        if source.valid_until is None or source.valid_until <= now:
            raise IntakeRefused("metadata.expired", "the source says that nothing changed, and what it said has ended")
        next_at = sources.next_look(now=now, valid_until=source.valid_until, cache_for=None)
        same = {"sha256": source.document_sha256, "etag": source.etag, "valid_until": source.valid_until}
        await sources.looked(db, source, **same, next_at=next_at, now=now)  # type: ignore[arg-type]
        return []
    ends = until(read, source.wanted, now=now)
    changes = await compare(db, read, ends=ends, source_id=source.id, loopback_http=loopback_http, take_over=take_over)
    await apply(db, changes, source_id=source.id, now=now)
    next_at = sources.next_look(now=now, valid_until=ends, cache_for=read.cache_for)
    await sources.looked(db, source, sha256=read.sha256, etag=arrived.etag, valid_until=ends, next_at=next_at, now=now)
    return changes
