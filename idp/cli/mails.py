"""`idp mails ...`: mails that came back to the sender's mailbox (R169)."""

import sys
from email import message_from_binary_file, policy
from email.message import EmailMessage
from typing import Any

import typer

from idp.cli import output
from idp.cli.acting import perform
from idp.cli.options import AsJson
from idp.core.floor import Floor
from idp.credentials import parents

app = typer.Typer(help="Mails that came back.", no_args_is_help=True)

FAILED = "failed"


@app.callback()
def _mails() -> None:
    """Keeps the noun a group: it has one command now."""


def no_mailbox(message: EmailMessage) -> list[str]:
    """The addresses of a delivery status notification (RFC 3464, 2.3) to which nothing can be delivered; none of any other message."""
    parts = [part for part in message.walk() if part.get_content_type() == "message/delivery-status"]
    fields = [group for part in parts for group in part.iter_parts()]
    failed = [group for group in fields if str(group.get("action", "")).strip().lower() == FAILED]
    return [str(group.get("final-recipient", "")).rpartition(";")[2].strip().lower() for group in failed]


@app.command()
def bounced(*, as_json: AsJson = False) -> None:
    """Reads a bounce from the standard input, as a mail server hands it to a program: teachers see which parent's address does not work."""
    message = message_from_binary_file(sys.stdin.buffer, policy=policy.default)
    addresses = no_mailbox(message)

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            noted = [await parents.bounced(db, address, now=laid.now) for address in addresses]
        return {"failed": len(addresses), "parents": sum(noted)}

    answer = perform(work, as_json=as_json)
    told = f"{answer['failed']} addresses failed; {answer['parents']} of them are parents'."
    output.answer(answer, [told], as_json=as_json)
