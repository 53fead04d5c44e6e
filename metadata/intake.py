"""From a source to what we know of its entities: fetch, prove, compare, apply (C-205, C-206, C-280). Where that fails, what was known stays."""

import re
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from idp.core import fetching
from idp.core.db import Db
from idp.core.fetching import FetchRefused
from metadata import entity_changes, sources
from metadata.entity_changes import Change
from metadata.saml import aggregate
from metadata.saml.aggregate import Read
from metadata.saml.document import Malformed
from metadata.sources import Source, Wanted

SECONDS: Final = 30.0
"""For an aggregate of some tens of megabytes; a host that falls silent is given up after `fetching.SECONDS` (R-06)."""
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


async def look(
    source: Source, *, loopback_allowed: bool, seconds: float = SECONDS, tls: ssl.SSLContext | None = None
) -> Arrived:
    """Asks a source and proves what it says. `tls` replaces the machine's roots. Raises `IntakeRefused`."""
    taking = aggregate.Reader(source.wanted.matches, trusted=source.trusted or None)
    known = {"If-None-Match": source.etag} if source.etag and source.fetched_at else None
    try:
        answer = await fetching.get(
            source.address,
            loopback_allowed=loopback_allowed,
            headers=known,
            redirects=2,
            most=aggregate.LARGEST,
            seconds=seconds,
            take=taking.feed,
            pin=source.pin,
            tls=tls,
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
    changes = await entity_changes.compare(
        db, read, ends=ends, source_id=source.id, loopback_http=loopback_http, take_over=take_over
    )
    await entity_changes.apply(db, changes, source_id=source.id, now=now)
    next_at = sources.next_look(now=now, valid_until=ends, cache_for=read.cache_for)
    await sources.looked(db, source, sha256=read.sha256, etag=arrived.etag, valid_until=ends, next_at=next_at, now=now)
    return changes
