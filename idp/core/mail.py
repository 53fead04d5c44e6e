"""Mails leave through an outbox: queued in the writer's own transaction, sent by the worker, deleted when the server has taken them (D40)."""

import tomllib
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, select, update

from idp.core.db import Database, Db
from idp.core.models import Mail

TEXTS = Path(__file__).with_name("mails")


@cache
def _texts(lang: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((TEXTS / f"{lang}.toml").read_text("utf-8"))


async def queue(db: Db, kind: str, recipient: str, *, now: datetime, lang: str = "nl", **values: str) -> None:
    """Queues the mail `kind` of `mails/<lang>.toml`. It leaves if, and only if, the transaction commits."""
    text = _texts(lang)[kind]
    row = {"recipient": recipient, "subject": text["subject"].format(**values), "body": text["body"].format(**values)}
    await db.execute(insert(Mail).values(**row, created_at=now, next_attempt_at=now))


async def send_due(database: Database, smtp_url: str, sender: str, *, now: datetime, batch: int = 20) -> int:
    """Sends what is due; returns how many left. A mail that the server refuses is tried again later, doubling from a minute to a day."""
    import aiosmtplib

    parts = urlsplit(smtp_url)
    sent = 0
    async with database.begin() as db:
        query = select(Mail.id, Mail.recipient, Mail.subject, Mail.body, Mail.attempts).where(
            Mail.next_attempt_at <= now
        )
        due = (await db.execute(query.order_by(Mail.id).limit(batch).with_for_update(skip_locked=True))).all()
        for row in due:
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = sender, row.recipient, row.subject
            message["Auto-Submitted"] = "auto-generated"
            message.set_content(row.body)
            try:
                await aiosmtplib.send(
                    message,
                    hostname=parts.hostname,
                    port=parts.port or 25,
                    username=parts.username,
                    password=parts.password,
                    use_tls=parts.scheme == "smtps",
                    timeout=10,
                )
            except (aiosmtplib.SMTPException, OSError):
                later = now + min(timedelta(minutes=1) * 2**row.attempts, timedelta(days=1))
                values = {"attempts": row.attempts + 1, "next_attempt_at": later}
                await db.execute(update(Mail).where(Mail.id == row.id).values(**values))
                continue
            await db.execute(delete(Mail).where(Mail.id == row.id))
            sent += 1
    return sent
