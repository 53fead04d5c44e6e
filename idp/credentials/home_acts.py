"""What a teacher does about signing in at home, each act with its line in the ledger: ids and counts, never a name, a code or an address.

A code that is renewed or withdrawn, and an address that is taken away, end the sessions of its child with the same commit.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from directory import people
from idp.core import mail
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.credentials import home_codes, parent_links, parent_sessions, parents
from idp.credentials.forgotten import Told
from idp.credentials.parents import Entered
from idp.credentials.pupil_acts import Act, Children

Way = Literal["screen", "pdf"]


async def show(db: Db, keyring: Keyring, children: Children, act: Act, *, today: date, way: Way) -> dict[int, str]:
    """The living codes of these children, as far as they have one. The view is recorded first."""
    await act.note(db, "home.codes_shown", children.values(), way=way)
    return await home_codes.opened(db, keyring, act.school_id, children, today=today)


async def make(db: Db, keyring: Keyring, children: Children, act: Act, *, today: date) -> int:
    """Gives a code to each of these children who has no living one; returns how many."""
    # A button that is pressed twice makes codes once: the second waits here, and then finds them.
    await home_codes.hold(db, act.school_id, children)
    have = await home_codes.states(db, act.school_id, children, today=today)
    missing = {child_id: mark for child_id, mark in children.items() if child_id not in have or not have[child_id].live}
    if missing:
        await home_codes.renew(db, keyring, act.school_id, missing, now=act.now)
        await act.note(db, "home.codes_made", missing.values())
    return len(missing)


async def renew(db: Db, keyring: Keyring, children: Children, act: Act) -> None:
    """Gives each of these children a new code: the old one opens nothing any more, and nobody stays signed in with it."""
    if not children:
        return
    await home_codes.renew(db, keyring, act.school_id, children, now=act.now)
    await people.end_sessions(db, *children)
    await act.note(db, "home.codes_renewed", children.values())


async def withdraw(db: Db, children: Children, act: Act) -> int:
    """Ends the codes of these children; returns how many had one."""
    gone = await home_codes.withdraw(db, act.school_id, children)
    if gone:
        await people.end_sessions(db, *gone)
        await act.note(db, "home.codes_withdrawn", [children[child_id] for child_id in gone])
    return len(gone)


async def send(
    db: Db,
    keyring: Keyring,
    children: Children,
    addresses: Mapping[int, str],
    act: Act,
    *,
    school: str,
    told: Told,
    today: date,
) -> int:
    """Mails each of these children's codes to the address beside it, which is kept nowhere but in that mail (D29); returns how many left.

    A child without a living code gets one. The mail names neither the child nor its group: a typing error tells a stranger nothing.
    """
    chosen = {child_id: children[child_id] for child_id in addresses}
    if not chosen:
        return 0
    await make(db, keyring, chosen, act, today=today)
    codes = await home_codes.opened(db, keyring, act.school_id, chosen, today=today)
    for child_id, code in codes.items():
        about = {"code": home_codes.written(code), "home": f"{told.base_url}/thuis", "contact": told.contact}
        until = str(home_codes.last_day_after(act.now).year)
        await mail.queue(
            db, "home_code", addresses[child_id], now=act.now, lang=told.lang, school=school, year=until, **about
        )
    await act.note(db, "home.codes_mailed", chosen.values())
    return len(codes)


async def enter_parent(
    db: Db,
    keyring: Keyring,
    child: tuple[int, str],
    email: str,
    act: Act,
    *,
    permission_on: date,
    school: str,
    told: Told,
) -> Entered:
    """Enters a parent's address at a child (person id, ledger id) with the parent's permission of that day, and mails that address (R130)."""
    child_id, ledger_id = child
    outcome, parent_id = await parents.enter(
        db, act.school_id, child_id, email, permission_on=permission_on, now=act.now
    )
    if outcome == "entered":
        # What came back before is another school's to know.
        await parents.forget_bounce(db, parent_id)
        await parent_links.invite(db, keyring, parent_id, school=school, told=told, now=act.now)
        await act.note(db, "home.parent_entered", [ledger_id], permission_on=permission_on.isoformat())
    return outcome


async def invite_parent(
    db: Db, keyring: Keyring, child: tuple[int, str], parent_id: int, act: Act, *, school: str, told: Told
) -> None:
    """Mails a parent of this child once more."""
    await parents.forget_bounce(db, parent_id)
    await parent_links.invite(db, keyring, parent_id, school=school, told=told, now=act.now)
    await act.note(db, "home.parent_link_sent", [child[1]])


async def sign_parent_out(db: Db, child: tuple[int, str], parent_id: int, act: Act) -> bool:
    """Ends what a parent of this child has open (`parent_sessions.end`), of children only those of this school; False where the address does not
    stand at it."""
    child_id, ledger_id = child
    known = (await parents.of_children(db, act.school_id, [child_id])).get(child_id, [])
    if parent_id not in {one.parent_id for one in known}:
        return False
    await parent_sessions.end(db, parent_id, now=act.now, school_id=act.school_id)
    await act.note(db, "home.parent_signed_out", [ledger_id])
    return True


async def remove_parent(db: Db, child: tuple[int, str], parent_id: int, act: Act) -> bool:
    """Takes an address away from a child at once, because the permission ended or the address was wrong (D29); False if it was not there."""
    child_id, ledger_id = child
    if not await parents.remove(db, act.school_id, child_id, parent_id):
        return False
    await people.end_sessions(db, child_id)
    await act.note(db, "home.parent_removed", [ledger_id])
    return True
