"""The demonstration's mail server and the page that shows what it took: a real SMTP conversation, kept in memory, plain text only."""

import re
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.core.clock import AMSTERDAM, Clock
from idp.demo.pages import Brand, Site

KEPT: Final = 200
_ADDRESS: Final = re.compile(r"(https?://\S*[\w/=-])")


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as its reader sees it."""

    at: datetime
    sender: str
    recipient: str
    subject: str
    text: str

    @property
    def parts(self) -> list[str]:
        """The text in pieces; every second one is an address to follow."""
        return _ADDRESS.split(self.text)


class Mailbox:
    """Takes every mail for anybody; the newest `KEPT` stay until the demonstration ends. It is aiosmtpd's handler."""

    def __init__(self, clock: Clock) -> None:
        self.letters: deque[Letter] = deque(maxlen=KEPT)
        self._clock = clock

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keeps the plain text of a mail."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        message = message_from_bytes(raw, policy=policy.default)
        body = message.get_body(preferencelist=("plain",))
        self.letters.appendleft(
            Letter(
                at=self._clock().astimezone(AMSTERDAM),
                sender=str(message["From"]),
                recipient=", ".join(envelope.rcpt_tos),
                subject=str(message["Subject"]),
                text="\n".join(str(body.get_content()).strip().splitlines()) if body else "(geen tekst)",
            )
        )
        return "250 OK"


def create(brand: Brand, mailbox: Mailbox, *, idp: str) -> Starlette:
    """The site that shows the mails."""
    site = Site(brand, idp=idp)

    async def show(_request: Request) -> Response:
        return site.page("mailbox.html", letters=list(mailbox.letters))

    return site.app([Route("/", show)])
