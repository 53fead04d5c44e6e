"""The applicant's side: asking, finding one's own application by its link, handing in the signed letter (R12, R14, R15).

Whoever asks gets the same answer, whichever school, board or address the form names: nothing is looked up before somebody checks.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import delete, func, insert, or_, select, update

from directory.lifecycle.refusals import Refused
from directory.onboarding import answers, letters, steps
from directory.onboarding.answers import Answers, Kind
from directory.onboarding.models import Application, ApplicationLetter
from directory.onboarding.steps import Standing, State
from idp.core import ids, ledger, mail
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.keeping import Term
from idp.core.purging import delete_some
from idp.core.throttle import Policy

PATH: Final = "/nieuwe-school/aanvraag"
"""Where the applicant's link leads."""
BY: Final = "applicant"
"""Who the ledger says did it: somebody who proved an address and nothing else yet."""

OF_A_NETWORK: Final = Policy(free=40, first_pause=60, longest_pause=15 * 60, most=1_000, window=3600)
"""A board's office may apply for all its schools in one afternoon."""
EASY: Final = 5
"""Applications from one network in an hour, after which a little work comes first."""
OF_AN_ADDRESS: Final = Policy(free=10, first_pause=60, longest_pause=15 * 60, most=60)
"""Anybody can type anybody's address: who is flooded gets a mail in a quarter of an hour at most."""
OF_EVERYBODY: Final = Policy(free=600, first_pause=30, longest_pause=300, most=20_000, window=3600)
OF_A_LINK: Final = Policy(free=10, first_pause=60, longest_pause=15 * 60, most=50)
"""Letters by one link: each may be ten megabytes."""
OF_A_PAPER: Final = Policy(free=20, first_pause=15, longest_pause=300, most=500, window=3600)
"""Letters to sign that are drawn for one link: each takes a tenth of a second."""

WITHOUT_LETTER: Final = Term(30)
"""How long an application waits for its letter; then all of it goes."""
LETTER: Final = Term(3, "months")
"""How long after the decision the letter and the form are kept: so long can somebody ask why."""
KEPT: Final = Term(13, "months")
"""How long after the decision is known that there was an application, and who decided."""


@dataclass(frozen=True, slots=True)
class Told:
    """What every mail says beside its subject: how to reach us and whom to ask."""

    base_url: str
    contact: str


@dataclass(frozen=True, slots=True)
class Mine:
    """An application as its applicant sees it. `answers` is None when its term is over."""

    id: int
    kind: Kind
    state: State
    version: int
    lang: str
    asked_at: datetime
    returned_at: datetime | None
    received_at: datetime | None
    decided_at: datetime | None
    answers: Answers | None = field(repr=False)
    reason: str = field(repr=False)


async def ask(db: Db, keyring: Keyring, asked: Answers, told: Told, *, lang: str, now: datetime) -> tuple[int, str]:
    """Keeps an application, sealed, and mails `reply` the link to go on with; returns its number and the token of that link."""
    token = ids.guid()
    row = {"kind": asked.kind, "code": asked.code, "lang": lang, "token": hashed(keyring, token), "asked_at": now}
    made = insert(Application).values(**row, state="asked").returning(Application.id)
    number: int = (await db.execute(made)).scalar_one()
    sealed = answers.seal(keyring, number, asked)
    await db.execute(update(Application).where(Application.id == number).values(answers=sealed))
    await ledger.record(db, "application.asked", now=now, by=BY, detail={"application": number, "kind": asked.kind})
    await write(db, "application_link", number, asked, told, lang=lang, token=token, now=now)
    return number, token


async def find(db: Db, keyring: Keyring, token: str) -> Mine | None:
    """The application to which this link belongs; None for none, and for a link that a newer one replaced."""
    row = (await db.execute(_MINE.where(Application.token == hashed(keyring, token)))).one_or_none()
    if row is None:
        return None
    told: dict[str, Any] = {name: value for name, value in row._mapping.items() if name not in {"answers", "reason"}}
    opened = answers.unseal(keyring, row.id, row.answers) if row.answers else None
    return Mine(**told, answers=opened, reason=open_reason(keyring, row.id, row.reason))


async def hand_in(db: Db, keyring: Keyring, token: str, content: bytes, told: Told, *, now: datetime) -> None:
    """Takes a letter that `letters.check` let through; an earlier one that nobody said yes to is replaced.

    Tells the applicant and the helpdesk. Raises `LookupError` for a link that leads nowhere, `Refused` where no letter is waited for.
    """
    mine = Application.token == hashed(keyring, token)
    query = select(Application.id, Application.state, Application.version, Application.approved_by)
    row = (await db.execute(query.where(mine).with_for_update())).one_or_none()
    if row is None:
        raise LookupError("no such application")
    state = steps.after(Standing(row.state, row.version, row.approved_by), "upload", by=BY)
    found = await find(db, keyring, token)
    if found is None or found.answers is None:
        raise Refused("not_now", steps.REFUSALS["not_now"])
    version = row.version + 1
    values = {"state": state, "version": version, "received_at": now, "reason": None}
    await db.execute(update(Application).where(Application.id == row.id).values(**values))
    await letters.keep(db, keyring, row.id, version, content, now=now)
    detail = {"application": row.id, "bytes": len(content)}
    await ledger.record(db, "application.letter_received", now=now, by=BY, detail=detail)
    if row.state == "asked":
        await write(db, "application_received", row.id, found.answers, told, lang=found.lang, now=now)
        await mail.queue(db, "application_waits", told.contact, now=now, number=str(row.id))


async def renew_link(db: Db, keyring: Keyring, application_id: int) -> str:
    """A fresh link; the one of every earlier mail leads nowhere from here on."""
    token = ids.guid()
    this = update(Application).where(Application.id == application_id)
    await db.execute(this.values(token=hashed(keyring, token)))
    return token


async def write(
    db: Db,
    kind: str,
    number: int,
    asked: Answers,
    told: Told,
    *,
    lang: str,
    now: datetime,
    token: str | None = None,
    reason: str = "",
) -> None:
    """Mails the applicant; with `token`, the link to go on with.

    Before somebody followed that link, nothing that was typed stands in a mail: anybody can type anybody's address.
    """
    said = {"number": str(number), "contact": told.contact, "days": str(WITHOUT_LETTER.count)}
    if token is not None:
        said["link"] = f"{told.base_url}{PATH}?{urlencode({'token': token})}"
    if kind != "application_link":
        said["school"] = asked.school_name[:_IN_A_SUBJECT]
        # What somebody typed stands behind a mark, so that it cannot pass for ours.
        said["reason"] = "\n".join(f"> {line}" for line in reason.splitlines())
    await mail.queue(db, kind, asked.reply, now=now, lang=lang, **said)


def hashed(keyring: Keyring, token: str) -> bytes:
    """What is kept of the token of a link."""
    return keyring.mac("token", "application", token)


def seal_reason(keyring: Keyring, application_id: int, text: str) -> bytes:
    """The value of `applications.reason` for this row."""
    return keyring.seal(text.encode(), bound_to=f"applications.reason.{application_id}")


def open_reason(keyring: Keyring, application_id: int, sealed: bytes | None) -> str:
    """What `seal_reason` was given; nothing for nothing. Raises `CannotOpen`."""
    return keyring.open(sealed, bound_to=f"applications.reason.{application_id}").decode() if sealed else ""


async def purge_letters(db: Db, *, now: datetime, most: int) -> int:
    """Takes away letter, form and reason of what was decided longer ago than `LETTER`; returns how many (D40)."""
    over = Application.decided_at < now - LETTER.span, Application.answers.is_not(None)
    these = select(Application.id).where(*over).order_by(Application.id).limit(most)
    found = list((await db.execute(these)).scalars())
    if found:
        await db.execute(delete(ApplicationLetter).where(ApplicationLetter.application_id.in_(found)))
        emptied = update(Application).where(Application.id.in_(found))
        await db.execute(emptied.values(answers=None, reason=None))
    return len(found)


async def purge(db: Db, *, now: datetime, most: int) -> int:
    """Removes applications that no letter followed, and those that were decided longer ago than `KEPT`; returns how many (D40)."""
    since = func.coalesce(Application.returned_at, Application.asked_at)
    waited = (Application.state == "asked") & (since < now - WITHOUT_LETTER.span)
    over = or_(waited, Application.decided_at < now - KEPT.span)
    return await delete_some(db, Application, over, most=most)


_IN_A_SUBJECT: Final = 100
_MINE: Final = select(
    Application.id,
    Application.kind,
    Application.state,
    Application.version,
    Application.lang,
    Application.asked_at,
    Application.returned_at,
    Application.received_at,
    Application.decided_at,
    Application.answers,
    Application.reason,
)
