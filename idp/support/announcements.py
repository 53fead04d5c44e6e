"""Outages and news: adding, ending, and what one process knows of them (R157, R161).

A sign-in page asks the database nothing for them: every process reads the table again at most twice a minute, whoever comes by then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, cast

from sqlalchemy import insert, or_, select, update

from idp.core import ledger
from idp.core.clock import AMSTERDAM
from idp.core.db import Database, Db
from idp.core.errors import Unavailable
from idp.support import answers
from idp.support.models import Announcement

Kind = Literal["outage", "news"]
Lang = Literal["nl", "en"]

LANGUAGES: Final[tuple[Lang, ...]] = ("nl", "en")
LONGEST_TITLE: Final = 100
LONGEST_TEXT: Final = 2000
FRESH: Final = timedelta(seconds=30)
"""So long may a page show what was true before."""
REMEMBERED: Final = timedelta(days=30)
"""So long the public page still tells what is over."""
KEPT: Final = timedelta(days=396)
MOST_AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class Known:
    """An announcement. `titles` and `texts` are by language; `subject` is the key of what it is about among the questions, if it is (R161)."""

    id: int
    kind: Kind
    titles: Mapping[str, str]
    texts: Mapping[str, str]
    shown_from: datetime
    shown_until: datetime | None
    subject: str | None = None

    def shown_at(self, now: datetime) -> bool:
        """Whether it is to be read now."""
        return self.shown_from <= now and not self.over_at(now)

    def over_at(self, now: datetime) -> bool:
        """Whether its end has come."""
        return self.shown_until is not None and self.shown_until <= now


def read_kind(given: str) -> Kind:
    """The kind by its name. Raises `ValueError`."""
    if given not in ("outage", "news"):
        raise ValueError("must be outage or news")
    return cast(Kind, given)


def read_subject(given: str) -> str | None:
    """The key of a subject of the questions; None for nothing. Raises `ValueError`."""
    if given and answers.subject("nl", given) is None:
        raise ValueError("must be a subject of the questions: " + ", ".join(one.key for one in answers.subjects("nl")))
    return given or None


def read_title(given: str) -> str:
    """One printable line, its spaces made single. Raises `ValueError`."""
    text = " ".join(given.split())
    if not text or len(text) > LONGEST_TITLE or not text.isprintable():
        raise ValueError(f"must be 1 to {LONGEST_TITLE} printable characters")
    return text


def read_text(given: str) -> str:
    """Printable lines, each a paragraph. Raises `ValueError`."""
    text = "\n".join(" ".join(part.split()) for part in given.strip().splitlines())
    if not text or len(text) > LONGEST_TEXT or not text.replace("\n", "").isprintable():
        raise ValueError(f"must be 1 to {LONGEST_TEXT} printable characters")
    return text


def read_moment(given: str) -> datetime | None:
    """A moment as people in the Netherlands write it; with an offset it is taken as it stands; None for nothing. Raises `ValueError`."""
    if not given.strip():
        return None
    try:
        read = datetime.fromisoformat(given.strip())
    except ValueError:
        raise ValueError("must be a moment such as 2026-11-23T08:30, in Amsterdam") from None
    return read if read.tzinfo else read.replace(tzinfo=AMSTERDAM)


async def add(
    db: Db,
    kind: Kind,
    *,
    titles: Mapping[Lang, str],
    texts: Mapping[Lang, str],
    shown_from: datetime,
    shown_until: datetime | None,
    by: str,
    now: datetime,
    subject: str | None = None,
) -> int:
    """Announces it, in both languages, and records that; returns its number. Raises `ValueError`."""
    if shown_until is not None and shown_until <= max(shown_from, now):
        raise ValueError("it would be over before anybody read it")
    values = {f"title_{lang}": text for lang, text in titles.items()} | {f"text_{lang}": t for lang, t in texts.items()}
    row = {**values, "kind": kind, "subject": subject, "shown_from": shown_from, "shown_until": shown_until}
    number: int = (await db.execute(insert(Announcement).values(row).returning(Announcement.id))).scalar_one()
    await ledger.record(db, "notice.added", now=now, by=by, detail={"notice": number, "kind": kind})
    return number


async def end(db: Db, number: int, *, by: str, now: datetime) -> Known:
    """Ends it now: pages stop showing it within `FRESH`. What had not begun is never shown. Raises `LookupError`, `ValueError`."""
    found = (await db.execute(_ALL.where(Announcement.id == number).with_for_update())).mappings().one_or_none()
    if found is None:
        raise LookupError(f"no notice {number}")
    known = _known(cast(Mapping[str, Any], found))
    if known.over_at(now):
        raise ValueError("it is over already")
    await db.execute(
        update(Announcement)
        .where(Announcement.id == number)
        .values(shown_until=now, shown_from=min(known.shown_from, now))
    )
    await ledger.record(db, "notice.ended", now=now, by=by, detail={"notice": number})
    return known


async def listed(db: Db, *, since: datetime) -> list[Known]:
    """Everything that is not over, or ended after `since`; the newest first."""
    wanted = or_(Announcement.shown_until.is_(None), Announcement.shown_until > since)
    newest = (Announcement.shown_from.desc(), Announcement.id.desc())
    rows = await db.execute(_ALL.where(wanted).order_by(*newest).limit(MOST_AT_ONCE))
    return [_known(cast(Mapping[str, Any], row)) for row in rows.mappings()]


class KnownAnnouncements:
    """What this process has read; stale by `FRESH` at worst, and for as long as the database is away (D10)."""

    __slots__ = ("_database", "_known", "_read_at")

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: Sequence[Known] = ()
        self._read_at: datetime | None = None

    async def read(self, *, now: datetime) -> None:
        """Reads the table again if that is due. One request does; whoever comes meanwhile gets what is known. Raises nothing."""
        if self._read_at is not None and now - self._read_at < FRESH:
            return
        self._read_at = now
        try:
            async with self._database.read() as db:
                self._known = await listed(db, since=now - REMEMBERED)
        except Unavailable:
            # A sign-in page does not depend on news; that it cannot be read is told by what needs the database.
            return

    def shown(self, *, now: datetime) -> list[Known]:
        """What is to be read now: outages before news, the newest first."""
        return sorted((one for one in self._known if one.shown_at(now)), key=lambda one: one.kind != "outage")

    def past(self, *, now: datetime) -> list[Known]:
        """What ended within the last weeks and was shown before, the latest end first."""
        over = [(one.shown_until, one) for one in self._known if one.over_at(now) and one.shown_from != one.shown_until]
        return [one for _, one in sorted(over, key=lambda pair: cast(datetime, pair[0]), reverse=True)]


_ALL: Final = select(*Announcement.__table__.columns)


def _known(row: Mapping[str, Any]) -> Known:
    return Known(
        id=row["id"],
        kind=row["kind"],
        titles={"nl": row["title_nl"], "en": row["title_en"]},
        texts={"nl": row["text_nl"], "en": row["text_en"]},
        shown_from=row["shown_from"],
        shown_until=row["shown_until"],
        subject=row["subject"],
    )
