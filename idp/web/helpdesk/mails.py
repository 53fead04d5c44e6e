"""The log of mails, without a word of what is in them: how many wait and since when, and whether one to the caller's own address is among them.

A mail that left is not here any more (D40): then it is in the mailbox, or in its spam. Nothing tells of a mail to whom it is, or what it says.
"""

from starlette.responses import Response
from starlette.routing import Route

from directory.identifiers import parse_email_address
from idp.core import mail
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.mail import Outbox
from idp.web.helpdesk import frame
from idp.web.helpdesk.guards import ADDRESS, Attendant, Form, asks, view
from idp.web.helpdesk.needs import Need

LONGEST = 254
STUCK = 5
"""So many mails that the mail server refused more than once are worth somebody's look."""


async def show(attendant: Attendant) -> Response:
    """What waits in all."""
    return await _page(attendant)


async def look(attendant: Attendant, form: Form) -> Response:
    """Whether something waits for one address."""
    typed = form.get("email", "").strip()[:LONGEST]
    try:
        address = parse_email_address(typed)
    except ValueError:
        return await _page(attendant, error="helpdesk.mail.malformed", typed=typed)
    return await _page(attendant, typed=typed, address=address)


async def _page(
    attendant: Attendant, *, error: str | None = None, typed: str = "", address: str | None = None
) -> Response:
    found = None
    async with attendant.floor.database.begin() as db:
        outbox = await mail.outbox(db)
        if address is not None:
            found = await mail.waiting_for(db, address)
            await attendant.note(db, "helpdesk.mails_looked_at", found=len(found))
    rows = None
    if found is not None:
        rows = [
            {
                "since": one.since.astimezone(AMSTERDAM),
                "attempts": one.attempts,
                "next": one.next_attempt_at.astimezone(AMSTERDAM),
            }
            for one in found
        ]
    values = {"email": typed}
    return frame.respond(
        attendant, "mails.html", at="mails", error=error, values=values, outbox=_local(outbox), rows=rows
    )


def _local(outbox: Outbox) -> Outbox:
    oldest = outbox.oldest.astimezone(AMSTERDAM) if outbox.oldest is not None else None
    return Outbox(outbox.waiting, oldest, outbox.refused)


async def stuck(db: Db, _: Attendant) -> list[Need]:
    """Mails that the server keeps refusing: then it is the server, not the address."""
    outbox = await mail.outbox(db)
    return [Need("mails", outbox.refused, "/mails", "sun")] if outbox.refused >= STUCK else []


ROUTES = [
    Route(ADDRESS + "/mails", view(show), methods=["GET"]),
    Route(ADDRESS + "/mails", asks(look), methods=["POST"]),
]
