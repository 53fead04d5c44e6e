"""Mails leave through an outbox: queued in the writer's own transaction, sent by the worker, deleted when the server has taken them (D40).

Nothing tells afterwards that a mail left, but its own Message-ID, which is signed for the address and the moment: who reports that a mail came back
has to show it.
"""

import tomllib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from sqlalchemy import delete, func, insert, select, update

from idp.core import dates, ids
from idp.core.crypto import Keyring, same
from idp.core.db import Database, Db
from idp.core.models import Mail

TEXTS = Path(__file__).with_name("mails")
COMES_BACK: Final = timedelta(days=10)
"""How long after it left a mail may come back: servers give up after five days (RFC 5321, 4.5.4.1)."""


@cache
def _texts(lang: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in sorted(TEXTS.glob(f"*{lang}.toml")):
        found |= tomllib.loads(path.read_text("utf-8"))
    return found


async def queue(db: Db, kind: str, recipient: str, *, now: datetime, lang: str = "nl", **values: str | date) -> None:
    """Queues the mail `kind` of `mails/<lang>.toml` or `mails/<part>.<lang>.toml`. It leaves if, and only if, the transaction commits.

    A day or moment among the values is written out in that language.
    """
    text = _texts(lang)[kind]
    said = {name: value if isinstance(value, str) else dates.written(value, lang) for name, value in values.items()}
    row = {"recipient": recipient, "subject": text["subject"].format(**said), "body": text["body"].format(**said)}
    await db.execute(insert(Mail).values(**row, created_at=now, next_attempt_at=now))


@dataclass(frozen=True, slots=True)
class Due:
    """A mail that is to leave now."""

    id: int
    recipient: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    attempts: int


@dataclass(frozen=True, slots=True)
class Outbox:
    """What has not left yet: how many mails, since when the oldest, how many of them the mail server refused more than once."""

    waiting: int
    oldest: datetime | None
    refused: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail that has not left yet, without what it says: since when, how often it was tried, and when again."""

    since: datetime
    attempts: int
    next_attempt_at: datetime


async def outbox(db: Db) -> Outbox:
    """The outbox in numbers."""
    refused = func.count().filter(Mail.attempts > 1)
    row = (await db.execute(select(func.count(), func.min(Mail.created_at), refused).select_from(Mail))).one()
    return Outbox(*row)


async def waiting_for(db: Db, recipient: str) -> list[Waiting]:
    """What waits for one address, the oldest first. What left is known nowhere (D40)."""
    query = select(Mail.created_at, Mail.attempts, Mail.next_attempt_at).where(Mail.recipient == recipient)
    return [Waiting(*row) for row in await db.execute(query.order_by(Mail.id))]


CameBack = Callable[[Db, str], Awaitable[object]]
"""Notes, in a transaction of its own, that there is no mailbox at this address."""


async def send_due(
    database: Database,
    keyring: Keyring,
    smtp_url: str,
    sender: str,
    *,
    now: datetime,
    batch: int = 20,
    came_back: CameBack | None = None,
) -> int:
    """Sends what is due; returns how many left. A mail that the server refuses is tried again later, doubling from a minute to a day.

    `came_back` is told of an address that the server refuses for good (RFC 5321, 4.2.1: 5yz); that mail too is tried again, for the fault may
    be the server's.

    Each mail is put off *before* it is tried: whoever stops half-way, or cannot send one at all, holds up neither the others nor the
    database, which is not held while a mail server takes its time.
    """
    server, sent = _server(smtp_url), 0
    for row in await _claimed(database, now=now, batch=batch):
        outcome = await _send(partial(message, row, sender, keyring, now=now), server)
        if outcome == "sent":
            async with database.begin() as db:
                await db.execute(delete(Mail).where(Mail.id == row.id))
            sent += 1
        elif outcome == "no_mailbox" and came_back is not None:
            async with database.begin() as db:
                await came_back(db, row.recipient)
    return sent


async def _claimed(database: Database, *, now: datetime, batch: int) -> Sequence[Due]:
    async with database.begin() as db:
        query = select(Mail.id, Mail.recipient, Mail.subject, Mail.body, Mail.attempts)
        due = query.where(Mail.next_attempt_at <= now).order_by(Mail.id).limit(batch)
        rows = [Due(*row) for row in await db.execute(due.with_for_update(skip_locked=True))]
        for row in rows:
            later = now + min(timedelta(minutes=1) * 2 ** min(row.attempts, 20), timedelta(days=1))
            values = {"attempts": row.attempts + 1, "next_attempt_at": later}
            await db.execute(update(Mail).where(Mail.id == row.id).values(**values))
    return rows


def message(row: Due, sender: str, keyring: Keyring, *, now: datetime) -> EmailMessage:
    """The mail as it leaves at this moment."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, row.recipient, row.subject
    made["Date"] = format_datetime(now.astimezone(UTC))
    at, mark = str(int(now.timestamp())), ids.short_id()
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    made["Message-ID"] = f"<{at}.{mark}.{_signed(keyring, row.recipient, at, mark)}@{domain}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(row.body)
    return made


def left_here(keyring: Keyring, message_id: str, recipient: str, *, now: datetime) -> bool:
    """Whether this is the Message-ID of a mail that we sent to that address, so lately that it may come back now."""
    at, _, rest = message_id.strip().strip("<>").partition("@")[0].partition(".")
    mark, _, signed = rest.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) < 12):
        return False
    age = int(now.timestamp()) - int(at)
    young = 0 <= age <= COMES_BACK.total_seconds()
    return same(signed, _signed(keyring, recipient, at, mark)) and young


def _signed(keyring: Keyring, recipient: str, at: str, mark: str) -> str:
    return keyring.mac("token", "message id", recipient.lower(), at, mark).hex()[:32]


def _server(smtp_url: str) -> dict[str, Any]:
    """Where mails leave. Raises `ValueError` for an address that is none."""
    parts = urlsplit(smtp_url)
    login = {"username": parts.username, "password": parts.password}
    return {"hostname": parts.hostname, "port": parts.port or 25, "use_tls": parts.scheme == "smtps", **login}


async def _send(made: Callable[[], EmailMessage], server: dict[str, Any]) -> Literal["sent", "no_mailbox", "later"]:
    import aiosmtplib

    try:
        # Also what cannot be a mail at all, such as a subject of two lines, holds up nobody else's.
        await aiosmtplib.send(made(), timeout=10, **server)
    except aiosmtplib.SMTPRecipientsRefused as error:
        return "no_mailbox" if all(one.code >= 500 for one in error.recipients) else "later"
    except (aiosmtplib.SMTPException, OSError, ValueError):
        return "later"
    return "sent"
