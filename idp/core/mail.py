"""Mails leave through an outbox: queued in the writer's own transaction, sent by the worker, deleted when the server has taken them (D40)."""

import tomllib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, select, update

from idp.core.db import Database, Db
from idp.core.models import Mail

TEXTS = Path(__file__).with_name("mails")


@cache
def _texts(lang: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in sorted(TEXTS.glob(f"*{lang}.toml")):
        found |= tomllib.loads(path.read_text("utf-8"))
    return found


async def queue(db: Db, kind: str, recipient: str, *, now: datetime, lang: str = "nl", **values: str) -> None:
    """Queues the mail `kind` of `mails/<lang>.toml` or `mails/<part>.<lang>.toml`. It leaves if, and only if, the transaction commits."""
    text = _texts(lang)[kind]
    row = {"recipient": recipient, "subject": text["subject"].format(**values), "body": text["body"].format(**values)}
    await db.execute(insert(Mail).values(**row, created_at=now, next_attempt_at=now))


@dataclass(frozen=True, slots=True)
class Due:
    """A mail that is to leave now."""

    id: int
    recipient: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    attempts: int


CameBack = Callable[[Db, str], Awaitable[object]]
"""Notes, in a transaction of its own, that there is no mailbox at this address."""


async def send_due(
    database: Database,
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
        outcome = await _send(row, sender, server)
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


def _message(row: Due, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, row.recipient, row.subject
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(row.body)
    return message


def _server(smtp_url: str) -> dict[str, Any]:
    """Where mails leave. Raises `ValueError` for an address that is none."""
    parts = urlsplit(smtp_url)
    login = {"username": parts.username, "password": parts.password}
    return {"hostname": parts.hostname, "port": parts.port or 25, "use_tls": parts.scheme == "smtps", **login}


async def _send(row: Due, sender: str, server: dict[str, Any]) -> Literal["sent", "no_mailbox", "later"]:
    import aiosmtplib

    try:
        await aiosmtplib.send(_message(row, sender), timeout=10, **server)
    except aiosmtplib.SMTPRecipientsRefused as error:
        return "no_mailbox" if all(one.code >= 500 for one in error.recipients) else "later"
    except (aiosmtplib.SMTPException, OSError, ValueError):
        return "later"
    return "sent"
