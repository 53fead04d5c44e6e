"""A new address is a proposal: mailed to both, confirmed by the new one, approved by another coordinator where more hangs on the account (D15)."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from directory.lifecycle import addresses, staff
from directory.lifecycle.addresses import KEPT, LIFETIME, Outcome
from directory.lifecycle.models import AddressProposal
from directory.lifecycle.refusals import Refused
from idp.core.models import Mail
from mfa.models import Totp
from tests.directory.lifecycle.staffroom import CONTACT, Staffroom

NEW = "nieuw@brug.example"


async def propose(room: Staffroom, name: str, email: str = NEW, *, by: str = "system") -> bool:
    async with room.database.begin() as db:
        who = room.school_id, room.persons[name]
        return await addresses.propose(db, room.keyring, *who, email, **{**room.mailing, "by": by})


async def confirm(room: Staffroom, token: str | None = None) -> Outcome | None:
    token = token or await room.token_for(NEW)
    async with room.database.begin() as db:
        return await addresses.confirm(db, room.keyring, token, contact=CONTACT, now=room.now)


async def approve(room: Staffroom, who: str | None, *, by: str | None = None) -> Outcome | str:
    """Somebody approves the one proposal: the outcome, or why not."""
    [row] = await room.rows(AddressProposal.id)
    approver = room.persons[who] if who else None
    try:
        async with room.database.begin() as db:
            name = by or f"ledger of {who}"
            return await addresses.approve(db, row.id, approver=approver, by=name, contact=CONTACT, now=room.now)
    except Refused as error:
        return error.code
    except LookupError:
        return "not found"


async def teacher(room: Staffroom) -> None:
    await room.hires("juf", "teacher", source="las", las_key="M1")


async def test_a_confirmed_address_is_the_new_user_name(room: Staffroom) -> None:
    await teacher(room)
    before = await room.epoch("juf")
    assert await propose(room, "juf", " Nieuw@Brug.example")
    subjects = dict(await room.mails())
    assert subjects[NEW] == "Bevestig uw nieuwe e-mailadres"
    assert subjects["juf@poort.example"] == "Er is een nieuw e-mailadres voor uw account voorgesteld"
    assert await room.account("juf@poort.example") == room.persons["juf"], "nothing changes by a proposal"
    assert await room.account(NEW) is None
    assert await confirm(room) == "changed"
    assert await room.account(NEW) == room.persons["juf"]
    assert await room.account("juf@poort.example") is None
    assert await room.epoch("juf") > before
    told = [recipient for recipient, subject in await room.mails() if "is veranderd" in subject]
    assert sorted(told) == ["juf@poort.example", NEW]
    assert await room.ledger() == ["address.proposed", "address.changed"]
    assert await confirm(room, await room.token_for(NEW)) is None, "a link is good once"


async def test_the_old_address_learns_neither_the_new_one_nor_the_link(room: Staffroom) -> None:
    await teacher(room)
    await propose(room, "juf")
    [row] = await room.rows(Mail.body, where=[Mail.recipient == "juf@poort.example"])
    assert NEW not in row.body
    assert "token" not in row.body


async def test_the_same_every_night_mails_once(room: Staffroom) -> None:
    await teacher(room)
    assert not await propose(room, "juf", "JUF@poort.example")
    assert await propose(room, "juf")
    mails = len(await room.mails())
    for _ in range(3):
        room.clock.move(days=7)
        assert not await propose(room, "juf")
    assert len(await room.mails()) == mails
    assert await propose(room, "juf", "anders@brug.example")


async def test_a_link_lasts_two_weeks(room: Staffroom) -> None:
    await teacher(room)
    await propose(room, "juf")
    room.clock.move(seconds=LIFETIME.total_seconds())
    assert await confirm(room) is None
    assert await room.account("juf@poort.example") == room.persons["juf"]
    room.clock.move(seconds=-1)
    assert await confirm(room) == "changed"


async def test_an_address_of_somebody_else_is_told_to_its_holder_only(room: Staffroom) -> None:
    other = await room.school("98XX")
    await room.hires("elders", "teacher", school_id=other, email=NEW)
    await teacher(room)
    assert await propose(room, "juf"), "the school sees no difference"
    assert await confirm(room) == "taken"
    assert await room.account(NEW) == room.persons["elders"]
    assert await room.account("juf@poort.example") == room.persons["juf"]


async def test_somebody_of_another_school_gets_no_proposal(room: Staffroom) -> None:
    other = await room.school("98XX")
    await room.hires("elders", "teacher", school_id=other)
    with pytest.raises(LookupError):
        await propose(room, "elders")
    assert await room.mails() == []


async def test_who_says_yes_to_a_proposal_says_it_to_none_that_came_in_its_place(room: Staffroom) -> None:
    """D15: between the look and the yes the proposer puts another address in the place of the one that was looked at."""
    await teacher(room)
    await propose(room, "juf", "goed@brug.example")
    [looked_at] = await room.rows(AddressProposal.id)
    await propose(room, "juf", "kwaad@brug.example")
    [there] = await room.rows(AddressProposal.id)
    assert there.id != looked_at.id


async def test_a_second_factor_asks_for_a_coordinator_too(room: Staffroom) -> None:
    await teacher(room)
    async with room.database.begin() as db:
        row = {"person_id": room.persons["juf"], "sealed": b"x", "last_step": 0, "enrolled_at": room.now}
        await db.execute(insert(Totp).values(row))
    await propose(room, "juf")
    assert await confirm(room) == "waits"
    assert await room.account("juf@poort.example") == room.persons["juf"]
    assert await approve(room, "juf") == "not found", "a teacher approves nothing"
    assert await approve(room, "ict") == "changed"
    assert await room.account(NEW) == room.persons["juf"]


async def test_a_second_factor_that_came_meanwhile_counts(room: Staffroom) -> None:
    await teacher(room)
    await propose(room, "juf")
    async with room.database.begin() as db:
        row = {"person_id": room.persons["juf"], "sealed": b"x", "last_step": 0, "enrolled_at": room.now}
        await db.execute(insert(Totp).values(row))
    assert await confirm(room) == "waits"
    assert await approve(room, "ict") == "changed"


async def test_who_left_confirms_nothing(room: Staffroom) -> None:
    await teacher(room)
    await propose(room, "juf")
    async with room.database.begin() as db:
        await staff.end(db, room.school_id, room.employed["juf"], **room.act)
    assert await confirm(room) is None
    assert await room.account("juf@poort.example") == room.persons["juf"]
    assert not await propose(room, "juf", "anders@brug.example")


async def test_approved_first_and_confirmed_afterwards(room: Staffroom) -> None:
    await room.hires("rob", "ict-coordinator")
    await propose(room, "rob")
    assert await approve(room, "ict") == "waits"
    assert await room.account("rob@poort.example") == room.persons["rob"]
    assert await confirm(room) == "changed"


async def test_nobody_approves_the_own_proposal_or_the_own_address(room: Staffroom) -> None:
    await room.hires("rob", "ict-coordinator")
    await propose(room, "rob", by="ledger of ict")
    assert await approve(room, "ict") == "own_proposal"
    assert await approve(room, "rob") == "own_proposal"
    await room.hires("mo", "ict-coordinator")
    assert await approve(room, "mo") == "waits"


async def test_with_another_school_a_coordinator_of_that_school_judges(room: Staffroom) -> None:
    other = await room.school("98XX")
    await teacher(room)
    await room.hires("juf", "teacher", school_id=other)
    await room.hires("ander", "ict-coordinator", school_id=other)
    await room.hires("vreemd", "ict-coordinator", school_id=await room.school("97XX"))
    await room.hires("mo", "ict-coordinator")
    await propose(room, "juf", by="ledger of ict")
    assert await approve(room, "vreemd") == "not found"
    assert await approve(room, "mo") == "other_school"
    assert await approve(room, "ander") == "waits"
    assert await confirm(room) == "changed"


async def test_an_operator_approves_on_a_signed_request(room: Staffroom) -> None:
    await propose(room, "ict")
    assert await confirm(room) == "waits"
    assert await approve(room, None, by="operator:cli") == "changed"


async def test_what_was_refused_stays_refused(room: Staffroom) -> None:
    await teacher(room)
    await propose(room, "juf")
    [row] = await room.rows(AddressProposal.id)
    foreign = await room.school("98XX")
    await room.hires("vreemd", "ict-coordinator", school_id=foreign)
    with pytest.raises(LookupError):
        async with room.database.begin() as db:
            await addresses.refuse(db, row.id, approver=room.persons["vreemd"], **room.act)
    async with room.database.begin() as db:
        await addresses.refuse(db, row.id, approver=room.persons["ict"], **room.act)
        assert await addresses.of_school(db, room.school_id, now=room.now) == []
    assert await confirm(room) is None
    assert not await propose(room, "juf"), "nor does the administration ask again the next night"


async def test_a_school_sees_the_proposals_about_its_own_people(room: Staffroom) -> None:
    other = await room.school("98XX")
    await teacher(room)
    await propose(room, "juf")
    async with room.database.read() as db:
        [seen] = await addresses.of_school(db, room.school_id, now=room.now)
        assert await addresses.of_school(db, other, now=room.now) == []
        assert await addresses.of_school(db, room.school_id, now=room.now + LIFETIME) == []
    assert (seen.email, seen.needs_approval, seen.approved, seen.confirmed) == (NEW, False, False, False)


async def test_old_proposals_go(room: Staffroom) -> None:
    await teacher(room)
    await propose(room, "juf")
    room.clock.move(seconds=(LIFETIME + KEPT).total_seconds())
    async with room.database.begin() as db:
        assert await addresses.purge(db, now=room.now) == 0
        assert await addresses.purge(db, now=room.now + timedelta(seconds=1)) == 1
