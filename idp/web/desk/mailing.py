"""Mails that a coordinator has sent to an address of a colleague: the address is asked, and not more often than somebody can want to read it.

The limit is per school and address: what one school does to an address neither shows nor counts at another one.
"""

from typing import Any, Final

from directory.lifecycle import addresses, memberships
from directory.lifecycle.refusals import Refused
from directory.lifecycle.staff_list import Colleague
from directory.people import normal_email
from idp.core import throttle
from idp.core.db import Db
from idp.core.floor import Floor
from idp.core.throttle import Policy
from idp.credentials import first_mail
from idp.web.desk.guards import Coordinator

TO_AN_ADDRESS: Final = Policy(free=3, first_pause=3600, longest_pause=3600, most=10)
"""Three mails at once, then one in an hour, ten in a day."""


def context(coordinator: Coordinator) -> dict[str, Any]:
    """What every such mail needs, and who has it sent."""
    settings = coordinator.floor.settings
    return {
        "base_url": settings.base_url,
        "contact": settings.support_contact,
        "by": coordinator.by,
        "now": coordinator.now,
    }


OF_A_SCHOOL: Final = Policy(free=300, first_pause=3600, longest_pause=3600, most=320)
"""A school of a hundred colleagues can have each of them mailed three times on one day; a desk that mails strangers stops here."""


TOO_MANY_OF_A_SCHOOL: Final = "school_mailed_too_often"
"""The code of that refusal."""


async def check_pace(floor: Floor, school_id: int, email: str) -> None:
    """Counts one mail to this address. Raises `Refused` where there were too many: to be asked in the transaction that then mails nothing."""
    if await throttle.enter(floor.store, _counter(floor, school_id, normal_email(email)), TO_AN_ADDRESS):
        raise Refused("mailed_too_often", "this address was mailed a few times a moment ago")
    if await throttle.enter(floor.store, _counter(floor, school_id, "everybody"), OF_A_SCHOOL):
        raise Refused(TOO_MANY_OF_A_SCHOOL, "this school had very many mails sent today")


def _counter(floor: Floor, school_id: int, whom: str) -> bytes:
    return floor.keyring.mac("token", "throttle", "invitation", str(school_id), whom)


async def invite(db: Db, coordinator: Coordinator, newcomer: memberships.Newcomer) -> None:
    """Mails an invitation; one that was sent to the address before is replaced. Raises `ValueError`, `Refused`."""
    floor, school_id = coordinator.floor, coordinator.school.id
    await memberships.invite(db, floor.keyring, school_id, newcomer, **context(coordinator))
    await check_pace(coordinator.floor, coordinator.school.id, newcomer.email)


async def invite_again(db: Db, coordinator: Coordinator, membership_id: int) -> None:
    """The same invitation once more. Raises `LookupError` for one that this school does not see, `Refused`."""
    floor, school_id = coordinator.floor, coordinator.school.id
    found = next((one for one in await memberships.of_school(db, school_id) if one.id == membership_id), None)
    if found is None:
        raise LookupError("no such invitation at this school")
    await memberships.resend(db, floor.keyring, school_id, membership_id, **context(coordinator))
    await check_pace(coordinator.floor, coordinator.school.id, found.email)


async def enter_address(db: Db, coordinator: Coordinator, one: Colleague, email: str) -> str:
    """Mails the address; nothing changes until somebody who reads it says yes. Raises `ValueError`, `Refused`."""
    said = await _entered(db, coordinator, one, email)
    if said != "address_known":
        await check_pace(coordinator.floor, coordinator.school.id, email)
    return said


async def _entered(db: Db, coordinator: Coordinator, one: Colleague, email: str) -> str:
    floor, school_id, who = coordinator.floor, coordinator.school.id, context(coordinator)
    if one.email is None:
        await memberships.invite_to_place(db, floor.keyring, school_id, one.employment_id, email, **who)
        return "address_mailed"
    new = await addresses.propose(db, floor.keyring, school_id, one.person_id, email, **who)
    return "address_proposed" if new else "address_known"


async def send_activation(db: Db, coordinator: Coordinator, one: Colleague) -> None:
    """Mails the link to make a password once more, to somebody who works here and has none; the one before stops working. Raises `Refused`."""
    floor, settings, school_id = coordinator.floor, coordinator.floor.settings, coordinator.school.id
    mails = {"base_url": settings.base_url, "contact": settings.support_contact}
    if await first_mail.send(db, floor.keyring, school_id, one, now=coordinator.now, **mails):
        await check_pace(floor, school_id, one.email or "")
