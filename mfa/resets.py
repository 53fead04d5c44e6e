"""A lost second factor: another coordinator of the same school, one of all schools of the board, or an operator on a signed request, takes
everything away (D7, D38).

Nobody is let in by this: the person signs in with the password and sets up a second factor anew before anything else.
"""

from collections.abc import Iterable
from datetime import datetime

from directory import people, rights
from directory.lifecycle import board_people, employments
from directory.lifecycle.days import day_of
from directory.lifecycle.refusals import Refused
from directory.schools import by_id
from idp.core import ledger, mail
from idp.core.db import Db
from mfa import factors

BY_OPERATOR = "de beheerder van Poortwachter"


async def by_coordinator(
    db: Db, school_id: int, employment_id: int, *, coordinator: int, contact: str, by: str, now: datetime
) -> None:
    """Takes a colleague's factors away. Everybody who coordinates here reads it, and the person too. Raises `LookupError`, `Refused`.

    `coordinator` is the person who does it: never about oneself, because whoever sits at an unlocked desk would be that person for good, nor about
    somebody with a role on a board, whose account opens more than this school.
    """
    today = day_of(now)
    who = await employments.at(db, school_id, employment_id, today=today)
    if who.person_id == coordinator:
        raise Refused("own_second_step", "somebody else who coordinates must do this")
    if not who.working or who.email is None:
        raise Refused("not_working", "who does not work here is not helped here")
    if not await rights.manages(db, coordinator, school_id, today=today):
        raise LookupError("not a coordinator of that school")
    if not await rights.outranks(db, coordinator, who.person_id):
        raise Refused(
            "on_a_board", "this person has a role on a board: somebody who coordinates that board's schools does this"
        )
    if not await _taken(db, who.person_id):
        raise Refused("no_second_step", "there is nothing to take away")
    school = (await by_id(db, school_id)).name
    doer = await people.email_of(db, coordinator) or "-"
    await ledger.record(db, "second_factor.reset", now=now, by=by, school_id=school_id, subject=who.ledger_id)
    await _tell(db, who.email, [school_id], school=school, doer=doer, contact=contact, now=now)


async def by_operator(db: Db, email: str, *, reference: str, contact: str, by: str, now: datetime) -> None:
    """The same for who has no colleague to do it, such as a school's only coordinator. `reference` is that of the signed request.

    Raises `LookupError` for an address that nobody has, `Refused` when there is nothing to take away.
    """
    account = await people.account(db, email)
    if account is None:
        raise LookupError(f"no account {email}")
    if not await _taken(db, account.person_id):
        raise Refused("no_second_step", "this account has no second factor")
    detail = {"reference": reference}
    await ledger.record(db, "second_factor.reset", now=now, by=by, subject=account.ledger_id, detail=detail)
    places = await people.workplaces(db, account.person_id, today=day_of(now))
    names = ", ".join(place.school_name for place in places) or "-"
    schools = [place.school_id for place in places]
    above = [await board_people.addresses(db, one.board.id) for one in await rights.boards(db, account.person_id)]
    also = [address for found in above for address in found]
    await _tell(db, account.email, schools, school=names, doer=BY_OPERATOR, contact=contact, now=now, also=also)


async def _taken(db: Db, person_id: int) -> bool:
    await people.hold(db, person_id)
    if not await factors.forget(db, person_id):
        return False
    await people.end_sessions(db, person_id)
    return True


async def _tell(
    db: Db,
    email: str,
    school_ids: Iterable[int],
    *,
    school: str,
    doer: str,
    contact: str,
    now: datetime,
    also: Iterable[str] = (),
) -> None:
    await mail.queue(db, "second_factor_reset", email, now=now, who=doer, contact=contact)
    told = {
        one for school_id in school_ids for one in await people.coordinator_addresses(db, school_id, today=day_of(now))
    }
    for address in sorted({*told, *also} - {email}):
        said = {"school": school, "address": email, "who": doer, "contact": contact}
        await mail.queue(db, "second_factor_reset_of", address, now=now, **said)
