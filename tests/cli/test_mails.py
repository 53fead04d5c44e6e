"""`idp mails bounced`: what a mail server hands over, and what teachers see of it (R169)."""

from sqlalchemy import insert, select

from idp.core.floor import Floor
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
--b--
"""


def _parent(idp: Installation) -> None:
    async def enter(laid: Floor) -> None:
        async with laid.database.begin() as db:
            row = {"email": "ouder@gezin.example", "ledger_id": "0" * 36, "created_at": laid.now}
            await db.execute(insert(Parent).values(**row))

    idp.on_floor(enter)


def _bounced(idp: Installation) -> bool:
    async def ask(laid: Floor) -> bool:
        async with laid.database.read() as db:
            return bool((await db.execute(select(Parent.bounced_at.is_not(None)))).scalar_one())

    return idp.on_floor(ask)


def test_what_failed_is_noted_at_the_parent_and_what_is_only_late_is_not(idp: Installation) -> None:
    _parent(idp)
    assert "1 addresses failed; 0" in idp("mails", "bounced", stdin=BOUNCE.format(action="delayed")).out
    assert not _bounced(idp)
    assert idp.json("mails", "bounced", stdin=BOUNCE.format(action="failed")) == {"failed": 2, "parents": 1}
    assert _bounced(idp)


def test_any_other_mail_says_nothing(idp: Installation) -> None:
    _parent(idp)
    for told in ("", "Subject: hoi\n\nouder@gezin.example\nAction: failed\n", BOUNCE.replace("delivery-status", "x")):
        assert idp("mails", "bounced", stdin=told).code == 0
    assert not _bounced(idp)
