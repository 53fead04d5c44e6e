"""Who answers for a school or a board is told that its agreement was recorded (R66); the signer is named in no mail."""

from datetime import datetime

from consent.agreement_papers import Signing
from directory import boards, people
from directory.boards import KnownBoard
from directory.schools import KnownSchool
from idp.core import mail
from idp.core.clock import AMSTERDAM
from idp.core.db import Db


async def send(db: Db, whose: KnownBoard | KnownSchool, signing: Signing, *, contact: str, now: datetime) -> None:
    """To everybody with a role on the board, or to the coordinators of the school, in the transaction that records."""
    if isinstance(whose, KnownBoard):
        addresses = await boards.addresses(db, whose.id)
    else:
        addresses = await people.coordinator_addresses(db, whose.id, today=now.astimezone(AMSTERDAM).date())
    values = {"whose": whose.name, "version": signing.version, "contact": contact}
    for address in addresses:
        until = signing.ends_on or "-"
        await mail.queue(db, "agreement_recorded", address, now=now, signed=signing.signed_on, until=until, **values)
