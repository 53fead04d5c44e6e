"""`idp mails bounced`: what a mail server hands over, and what teachers see of it (R169)."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from idp.core.floor import Floor
from idp.core.mail import Due, message
from idp.credentials.models import Parent
from tests.cli.conftest import Installation

BOUNCE = """From: MAILER-DAEMON@mail.example
To: noreply@poortwachter.example
Subject: Undelivered Mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your message could not be delivered to iemand@anders.example.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; Ouder@gezin.example
Action: {action}
Status: 5.1.1

Final-Recipient: rfc822; geen.ouder@gezin.example
Action: failed
Status: 5.1.1

--b
Content-Type: {returned}

{head}
--b--
"""
PARENT = "ouder@gezin.example"


def _parent(idp: Installation) -> None:
    async def enter(laid: Floor) -> None:
        async with laid.database.begin() as db:
            row = {"email": PARENT, "ledger_id": "0" * 36, "created_at": laid.now}
            await db.execute(insert(Parent).values(**row))

    idp.on_floor(enter)


def _bounced(idp: Installation) -> bool:
    async def ask(laid: Floor) -> bool:
        async with laid.database.read() as db:
            return bool((await db.execute(select(Parent.bounced_at.is_not(None)))).scalar_one())

    return idp.on_floor(ask)


def _head(idp: Installation, recipient: str = PARENT, *, age: timedelta = timedelta(days=1)) -> str:
    """The head of a mail that left here for this address, so long ago."""
    heads = []

    async def make(laid: Floor) -> None:
        mail = Due(1, recipient, "Onderwerp", "Tekst", 0)
        sent = message(mail, "Poortwachter <noreply@poortwachter.example>", laid.keyring, now=laid.now - age)
        heads.append(sent.as_string().partition("\n\n")[0])

    idp.on_floor(make)
    return heads[0]


def _report(head: str, *, action: str = "failed", returned: str = "text/rfc822-headers") -> str:
    return BOUNCE.format(action=action, head=head, returned=returned)


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822"])
def test_what_failed_is_noted_at_the_parent_and_what_is_only_late_is_not(idp: Installation, returned: str) -> None:
    _parent(idp)
    head = _head(idp)
    late = idp("mails", "bounced", stdin=_report(head, action="delayed", returned=returned))
    assert "1 addresses failed; 0" in late.out
    assert not _bounced(idp)
    told = idp.json("mails", "bounced", stdin=_report(head, returned=returned))
    assert told == {"failed": 2, "believed": 1, "parents": 1, "staff": 0}
    assert _bounced(idp)


def test_a_report_that_anybody_could_have_written_is_not_believed(idp: Installation) -> None:
    """R169: only what returns a mail of ours, to that very address, of these days."""
    _parent(idp)
    ours = _head(idp)
    for head in (
        "Subject: Onderwerp",
        "Message-ID: <1.x.y@poortwachter.example>",
        _head(idp, "geen.ouder@anders.example"),
        _head(idp, age=timedelta(days=11)),
        _head(idp, age=timedelta(days=-1)),
        ours.replace("@poortwachter.example>\n", "0@poortwachter.example>\n"),
    ):
        told = idp.json("mails", "bounced", stdin=_report(head))
        assert told == {"failed": 2, "believed": 0, "parents": 0, "staff": 0}
    assert not _bounced(idp)


def test_any_other_mail_says_nothing(idp: Installation) -> None:
    _parent(idp)
    report = _report(_head(idp))
    for told in ("", "Subject: hoi\n\nouder@gezin.example\nAction: failed\n", report.replace("delivery-status", "x")):
        assert idp("mails", "bounced", stdin=told).code == 0
    assert not _bounced(idp)
