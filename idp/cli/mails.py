"""`idp mails ...`: mails that came back to the sender's mailbox (R169)."""

import sys
from collections.abc import Iterator
from email import message_from_binary_file, message_from_string, policy
from email.message import EmailMessage
from typing import Any

import typer

from idp.cli import output
from idp.cli.acting import perform
from idp.cli.options import AsJson
from idp.core import mail
from idp.core.floor import Floor
from idp.credentials import returned_mail

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
    return [address for address in map(_recipient, failed) if address]


def _recipient(group: Any) -> str:
    # To whom it was sent, not to whom that address passed it on (RFC 3464, 2.3.1).
    told = group.get("original-recipient") or group.get("final-recipient", "")
    return str(told).rpartition(";")[2].strip().lower()


def message_ids(message: EmailMessage) -> Iterator[str]:
    """The Message-IDs of what a report returns, whole or its head only (RFC 3462, 2)."""
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822":
            returned: Any = next(iter(part.iter_parts()), {})
        elif kind == "text/rfc822-headers":
            returned = message_from_string(str(part.get_payload()), policy=policy.default)
        else:
            continue
        yield str(returned.get("message-id", ""))


@app.command()
def bounced(*, as_json: AsJson = False) -> None:
    """Reads a bounce from the standard input, as a mail server hands it to a program: teachers see which parent's address does not work,
    coordinators which colleague's.

    Only what brings one of our own mails of the last ten days back is believed: anybody can write to the address that they come from.
    """
    message = message_from_binary_file(sys.stdin.buffer, policy=policy.default)
    addresses, returned = no_mailbox(message), list(message_ids(message))

    async def work(laid: Floor) -> dict[str, Any]:
        def ours(address: str) -> bool:
            return any(mail.left_here(laid.keyring, one, address, now=laid.now) for one in returned)

        believed = [address for address in addresses if ours(address)]
        async with laid.database.begin() as db:
            noted = [await returned_mail.note(db, address, now=laid.now) for address in believed]
        return {
            "failed": len(addresses),
            "believed": len(believed),
            "parents": sum(parent for parent, _ in noted),
            "staff": sum(staff for _, staff in noted),
        }

    answer = perform(work, as_json=as_json)
    told = (
        f"{answer['failed']} addresses failed; {answer['believed']} of them we mailed lately, "
        f"{answer['parents']} are parents', {answer['staff']} of staff."
    )
    output.answer(answer, [told], as_json=as_json)
