"""What people change about their own second factors, each in one transaction (D7, C-318).

A new factor is proven before an old one goes. Whoever must have one never ends without. Every change is recorded and mailed; a factor that comes or
goes ends all sessions, and the caller opens the present one anew.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from directory import contacts, operators, people, rights
from directory.lifecycle import two_steps
from directory.lifecycle.days import day_of
from directory.roles import MANAGING
from idp.core import ledger, mail
from idp.core.crypto import Keyring
from idp.core.db import Db
from mfa import factors, passkeys, recovery_codes, totp
from mfa.ceremony import New

Change = Literal[
    "passkey_added", "passkey_removed", "app_set_up", "app_replaced", "app_removed", "codes_renewed", "opted_out"
]
"""Also the name of the mail that tells it."""


@dataclass(frozen=True, slots=True)
class Acting:
    """Who changes something about himself: the person, the ledger id, whom to ask for help, the moment, the mark of his session."""

    person_id: int
    by: str
    contact: str
    now: datetime
    session_mark: bytes | None = None


async def required(db: Db, person_id: int, *, now: datetime) -> bool:
    """Whether this person may not be without a second factor: a coordinator anywhere, whoever has a role on a board, a party's contact, the
    platform's own people, or staff of a school that wants it.
    """
    today = day_of(now)
    if await contacts.party_of(db, person_id) is not None or await operators.duty_of(db, person_id) is not None:
        return True
    if await rights.decides_somewhere(db, person_id, today=today):
        return True
    places = await people.workplaces(db, person_id, today=today)
    return await two_steps.wanted_at(db, [place.school_id for place in places])


async def add_passkey(
    db: Db, keyring: Keyring, acting: Acting, new: New, *, handle: bytes, name: str
) -> list[str] | None:
    """A passkey more. Returns recovery codes where it is the first factor, else none; None when the passkey cannot be kept."""
    await people.hold(db, acting.person_id)
    first = not await factors.enrolled(db, acting.person_id)
    if await passkeys.keep(db, acting.person_id, new, handle=handle, name=name, now=acting.now) is None:
        return None
    await _changed(db, acting, "passkey_added")
    return await recovery_codes.renew(db, keyring, acting.person_id) if first else []


async def set_up_app(db: Db, keyring: Keyring, acting: Acting, secret: str, *, used_step: int) -> list[str]:
    """A new app, proven by the code of `used_step`; a former one ends by this. Returns recovery codes where it is the first factor, else none."""
    await people.hold(db, acting.person_id)
    first = not await factors.enrolled(db, acting.person_id)
    had = await totp.enrolled(db, acting.person_id)
    await totp.enrol(db, keyring, acting.person_id, secret, used_step=used_step, now=acting.now)
    await _changed(db, acting, "app_replaced" if had else "app_set_up")
    return await recovery_codes.renew(db, keyring, acting.person_id) if first else []


async def remove_passkey(db: Db, acting: Acting, passkey_id: int) -> bool:
    """One passkey less. False when it is not this person's, or the last factor of somebody who must have one."""
    await people.hold(db, acting.person_id)
    owned = await factors.of(db, acting.person_id)
    others = owned.app_since is not None or any(one.id != passkey_id for one in owned.passkeys)
    if not others and await required(db, acting.person_id, now=acting.now):
        return False
    if await passkeys.remove(db, acting.person_id, passkey_id) is None:
        return False
    await _removed(db, acting, "passkey_removed", last=not others)
    return True


async def remove_app(db: Db, acting: Acting) -> bool:
    """No app any more. False when there was none, or when it is the last factor of somebody who must have one."""
    await people.hold(db, acting.person_id)
    others = await passkeys.enrolled(db, acting.person_id)
    if not others and await required(db, acting.person_id, now=acting.now):
        return False
    if not await factors.remove_app(db, acting.person_id):
        return False
    await _removed(db, acting, "app_removed", last=not others)
    return True


async def opt_out(db: Db, acting: Acting) -> bool:
    """A coordinator signs in with one step from now on; every other coordinator of his schools reads it. The caller knows that the operator
    allows it. False for who is no coordinator, has a role on a board, or works at a school that wants two steps of everybody.
    """
    await people.hold(db, acting.person_id)
    today = day_of(acting.now)
    places = await people.workplaces(db, acting.person_id, today=today)
    managed = [place for place in places if not MANAGING.isdisjoint(place.roles)]
    if not managed or await rights.boards(db, acting.person_id):
        return False
    if await two_steps.wanted_at(db, [place.school_id for place in places]):
        return False
    await factors.opt_out(db, acting.person_id, now=acting.now)
    await _changed(db, acting, "opted_out")
    mine = await people.email_of(db, acting.person_id) or "-"
    for place in managed:
        others = set(await people.coordinator_addresses(db, place.school_id, today=today)) - {mine}
        for address in sorted(others):
            said = {"school": place.school_name, "address": mine, "contact": acting.contact}
            await mail.queue(db, "opted_out_of", address, now=acting.now, **said)
    return True


async def renew_codes(db: Db, keyring: Keyring, acting: Acting) -> list[str]:
    """Ten new recovery codes; the former ones are void. None for who has no second factor: there is nothing to recover."""
    await people.hold(db, acting.person_id)
    if not await factors.enrolled(db, acting.person_id):
        return []
    codes = await recovery_codes.renew(db, keyring, acting.person_id)
    await _told(db, acting, "codes_renewed")
    return codes


async def _removed(db: Db, acting: Acting, change: Change, *, last: bool) -> None:
    if last:
        await factors.forget(db, acting.person_id)
    await _changed(db, acting, change)


async def _changed(db: Db, acting: Acting, change: Change) -> None:
    await people.end_sessions(db, acting.person_id, but=acting.session_mark)
    await _told(db, acting, change)


async def _told(db: Db, acting: Acting, change: Change) -> None:
    detail = {"change": change}
    await ledger.record(db, "second_factor.changed", now=acting.now, by=acting.by, subject=acting.by, detail=detail)
    email = await people.email_of(db, acting.person_id)
    if email:
        await mail.queue(db, change, email, now=acting.now, contact=acting.contact)
