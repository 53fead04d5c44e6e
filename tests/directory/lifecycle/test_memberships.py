"""Who is invited works nowhere until saying yes, and the school sees the same whether or not an account exists (D15)."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from directory.lifecycle import memberships, offers, review
from directory.lifecycle.accounts import Appeared
from directory.lifecycle.days import latest_end
from directory.lifecycle.memberships import LIFETIME, Newcomer
from directory.lifecycle.models import PendingMembership
from directory.lifecycle.offers import Offer
from directory.lifecycle.refusals import Refused
from directory.models import Employment, Person, School
from tests.directory.lifecycle.staffroom import Staffroom, newcomer

NEW = "nieuw@poort.example"


async def invite(room: Staffroom, who: Newcomer | None = None) -> int:
    async with room.database.begin() as db:
        return await memberships.invite(db, room.keyring, room.school_id, who or newcomer(), **room.mailing)


async def refusal(room: Staffroom, who: Newcomer) -> str | None:
    try:
        await invite(room, who)
    except Refused as error:
        return error.code
    return None


async def offer(room: Staffroom, email: str = NEW) -> Offer | None:
    token = await room.token_for(email)
    async with room.database.read() as db:
        return await offers.find(db, room.keyring, token, now=room.now)


async def accept(room: Staffroom, email: str = NEW) -> int | None:
    found = await offer(room, email)
    assert found is not None
    async with room.database.begin() as db:
        return await offers.accept(db, found, now=room.now)


async def elsewhere(room: Staffroom, name: str = "elders") -> int:
    """Somebody who teaches at another school."""
    other = await room.school("98XX", "De Brug")
    await room.hires(name, "teacher", school_id=other)
    return other


async def test_who_has_no_account_gets_one_by_accepting(room: Staffroom) -> None:
    await invite(room)
    assert await room.account(NEW) is None
    found = await offer(room)
    assert found is not None
    assert (found.person_id, found.must_sign_in, found.school_name, found.roles) == (None, False, "De Poort", ("ib",))
    person_id = await accept(room)
    assert person_id == await room.account(NEW)
    assert await room.works_at(NEW) == [(room.school_id, ("ib",))]
    [row] = await room.rows(Person.first_name, Person.prefix, Person.surname, where=[Person.id == person_id])
    assert tuple(row) == ("Nienke", "de", "Nieuw")
    assert await room.ledger() == ["staff.invited", "staff.joined"]


async def test_an_account_of_another_school_works_here_too_once_accepted(room: Staffroom) -> None:
    other = await elsewhere(room)
    await invite(room, newcomer("elders@poort.example"))
    assert await room.works_at("elders@poort.example") == [(other, ("teacher",))]
    found = await offer(room, "elders@poort.example")
    assert found is not None
    assert (found.person_id, found.must_sign_in) == (room.persons["elders"], True)
    assert await accept(room, "elders@poort.example") == room.persons["elders"]
    assert sorted(await room.works_at("elders@poort.example")) == [(room.school_id, ("ib",)), (other, ("teacher",))]
    [row] = await room.rows(Person.first_name, where=[Person.id == room.persons["elders"]])
    assert row.first_name == "Elders", "whoever has an account keeps the own name"


async def test_the_school_sees_no_difference(room: Staffroom) -> None:
    await elsewhere(room)
    await invite(room)
    await invite(room, newcomer("elders@poort.example"))
    async with room.database.read() as db:
        here = await memberships.of_school(db, room.school_id)
    names = [(one.first_name, one.surname, one.roles, one.ends_on, one.employment_id) for one in here]
    assert names == [("Nienke", "Nieuw", ("ib",), date(2027, 7, 31), None)] * 2
    subjects = {subject for _, subject in await room.mails()}
    assert subjects == {"Uitnodiging van De Poort"}


async def test_an_account_that_works_nowhere_now_needs_its_link_only(room: Staffroom) -> None:
    """It cannot sign in, so it could not accept after signing in."""
    await elsewhere(room)
    async with room.database.begin() as db:
        gone = Employment.person_id == room.persons["elders"]
        await db.execute(update(Employment).where(gone).values(active=False))
    await invite(room, newcomer("elders@poort.example"))
    found = await offer(room, "elders@poort.example")
    assert found is not None
    assert not found.must_sign_in


async def test_who_is_signed_in_sees_the_invitations_to_the_own_address(room: Staffroom) -> None:
    await elsewhere(room)
    await invite(room, newcomer("elders@poort.example"))
    await invite(room)
    async with room.database.read() as db:
        mine = await offers.open_for(db, room.persons["elders"], now=room.now)
        nobodys = await offers.open_for(db, room.persons["ict"], now=room.now)
    assert [one.school_id for one in mine] == [room.school_id]
    assert nobodys == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"roles": ()}, "no_such_role"),
        ({"roles": ("substitute",)}, "no_such_role"),
        ({"ends_on": None}, "end_needed"),
        ({"ends_on": date(2020, 1, 1)}, "end_has_passed"),
        ({"ends_on": date(2040, 1, 1)}, "end_too_far"),
        ({"surname": None}, "name_needed"),
        ({"email": "ICT@poort.example "}, "works_here"),
    ],
)
async def test_what_cannot_be_invited(room: Staffroom, changes: dict[str, Any], code: str) -> None:
    assert await refusal(room, newcomer(**changes)) == code
    assert await room.mails() == []


async def test_a_coordinator_comes_without_a_last_day(room: Staffroom) -> None:
    await invite(room, newcomer(roles=("ict-coordinator",), ends_on=None))
    await accept(room)
    assert await room.works_at(NEW) == [(room.school_id, ("ict-coordinator",))]


async def test_an_address_that_is_none(room: Staffroom) -> None:
    with pytest.raises(ValueError, match="looks like"):
        await invite(room, newcomer("juf poort.example"))


async def test_whoever_left_comes_back_with_the_roles_of_the_invitation_only(room: Staffroom) -> None:
    await room.hires("rob", "ict-coordinator", active=False)
    await invite(room, newcomer("rob@poort.example"))
    await accept(room, "rob@poort.example")
    assert await room.works_at("rob@poort.example") == [(room.school_id, ("ib",))]


async def test_a_link_is_good_once_and_for_thirty_days(room: Staffroom) -> None:
    await invite(room)
    room.clock.move(days=29)
    found = await offer(room)
    assert found is not None
    room.clock.move(days=1)
    assert await offer(room) is None
    room.clock.move(days=-1)
    async with room.database.begin() as db:
        assert await offers.accept(db, found, now=room.now) is not None
    async with room.database.begin() as db:
        assert await offers.accept(db, found, now=room.now) is None
    assert await offer(room) is None


async def test_two_clicks_at_once_make_one_account(room: Staffroom) -> None:
    await invite(room)
    found = await offer(room)
    assert found is not None

    async def click() -> int | None:
        async with room.database.begin() as db:
            return await offers.accept(db, found, now=room.now)

    outcomes = await asyncio.gather(click(), click())
    assert outcomes.count(None) == 1
    assert len(await room.rows(Person.id, where=[Person.email == NEW])) == 1


async def test_a_link_is_no_proof_of_an_account_that_its_address_got_after_the_page(room: Staffroom) -> None:
    """D15: decided where it is accepted. Nothing happens; who looks again signs in first, or finds nothing where nobody may come by it."""
    await invite(room)
    found = await offer(room)
    assert found is not None
    other = await elsewhere(room, "nieuw")
    for answered in (offers.accept, offers.decline):
        with pytest.raises(Appeared):
            async with room.database.begin() as db:
                await answered(db, found, now=room.now)
    seen = await offer(room)
    assert seen is not None
    assert seen.must_sign_in
    assert await room.works_at(NEW) == [(other, ("teacher",))]
    async with room.database.begin() as db:
        await db.execute(update(Person).where(Person.email == NEW).values(disabled=True))
        assert await offers.accept(db, seen, now=room.now) is None
        assert not await offers.decline(db, seen, now=room.now)


async def test_saying_no_and_taking_back(room: Staffroom) -> None:
    await invite(room)
    found = await offer(room)
    assert found is not None
    async with room.database.begin() as db:
        assert await offers.decline(db, found, now=room.now)
    async with room.database.begin() as db:
        assert not await offers.decline(db, found, now=room.now)
        assert await memberships.of_school(db, room.school_id) == []
    again = await invite(room)
    other = await room.school("98XX")
    async with room.database.begin() as db:
        with pytest.raises(LookupError):
            await memberships.withdraw(db, other, again, **room.act)
        await memberships.withdraw(db, room.school_id, again, **room.act)
    assert await offer(room) is None
    assert await room.account(NEW) is None


async def test_a_second_mail_makes_the_first_link_worthless(room: Staffroom) -> None:
    membership_id = await invite(room)
    first = await room.token_for(NEW)
    async with room.database.begin() as db:
        await memberships.resend(db, room.keyring, room.school_id, membership_id, **room.mailing)
    second = await room.token_for(NEW)
    async with room.database.read() as db:
        assert await offers.find(db, room.keyring, first, now=room.now) is None
        assert await offers.find(db, room.keyring, second, now=room.now) is not None


async def test_only_a_hash_of_the_link_is_kept(room: Staffroom) -> None:
    await invite(room)
    token = await room.token_for(NEW)
    [row] = await room.rows(PendingMembership.token)
    assert token.encode() not in row.token
    assert len(row.token) == 32


async def test_an_account_that_is_switched_off_gets_no_offer(room: Staffroom) -> None:
    await elsewhere(room)
    await room.disable("elders")
    await invite(room, newcomer("elders@poort.example"))
    assert await offer(room, "elders@poort.example") is None


async def test_whoever_stands_without_an_address_gets_one_by_an_invitation(room: Staffroom) -> None:
    await room.hires("juf", "teacher", source="las", las_key="M1", email=None)
    place = room.employed["juf"]
    async with room.database.begin() as db:
        await memberships.invite_to_place(db, room.keyring, room.school_id, place, NEW, **room.mailing)
    assert await accept(room) == room.persons["juf"]
    assert await room.works_at(NEW) == [(room.school_id, ("teacher",))]
    assert (await room.of("juf")).las_key == "M1"


async def test_a_place_without_an_address_is_taken_by_the_account_that_has_it(room: Staffroom) -> None:
    other = await elsewhere(room)
    await room.hires("juf", "teacher", source="las", las_key="M1", email=None)
    place, stood = room.employed["juf"], room.persons["juf"]
    async with room.database.begin() as db:
        await memberships.invite_to_place(
            db, room.keyring, room.school_id, place, "elders@poort.example", **room.mailing
        )
    assert await accept(room, "elders@poort.example") == room.persons["elders"]
    at = sorted(await room.works_at("elders@poort.example"))
    assert at == [(room.school_id, ("teacher",)), (other, ("teacher",))]
    who = await room.of("juf")
    assert (who.person_id, who.las_key) == (room.persons["elders"], "M1")
    assert await room.rows(Person.id, where=[Person.id == stood]) == []


async def test_whom_the_administration_names_comes_as_its_own(room: Staffroom) -> None:
    await elsewhere(room)
    named = newcomer("elders@poort.example", roles=("teacher",), ends_on=None, las_key="M7")
    await invite(room, named)
    await accept(room, "elders@poort.example")
    [row] = await room.rows(
        Employment.source,
        Employment.las_key,
        where=[Employment.person_id == room.persons["elders"], Employment.school_id == room.school_id],
    )
    assert tuple(row) == ("las", "M7")


async def test_old_invitations_go(room: Staffroom) -> None:
    await invite(room)
    room.clock.move(seconds=(2 * LIFETIME).total_seconds() + 1)
    async with room.database.begin() as db:
        assert await memberships.purge(db, now=room.now) == 1
        assert await memberships.purge(db, now=room.now) == 0


async def test_a_second_address_for_the_same_place_takes_the_place_of_the_first(room: Staffroom) -> None:
    await room.hires("juf", "teacher", source="las", las_key="M1", email=None)
    for email in ("tikfout@poort.example", NEW):
        async with room.database.begin() as db:
            place = room.employed["juf"]
            await memberships.invite_to_place(db, room.keyring, room.school_id, place, email, **room.mailing)
    assert await offer(room, "tikfout@poort.example") is None
    assert await accept(room) == room.persons["juf"]


async def test_whoever_worked_here_before_takes_a_place_once(room: Staffroom) -> None:
    await room.hires("rob", "rt", active=False)
    await room.hires("juf", "teacher", source="las", las_key="M1", email=None)
    async with room.database.begin() as db:
        place = room.employed["juf"]
        await memberships.invite_to_place(db, room.keyring, room.school_id, place, "rob@poort.example", **room.mailing)
    assert await accept(room, "rob@poort.example") == room.persons["rob"]
    assert await room.works_at("rob@poort.example") == [(room.school_id, ("teacher",))]


async def test_a_school_that_closed_and_a_last_day_that_passed_invite_nobody(room: Staffroom) -> None:
    await invite(room, newcomer(ends_on=room.today + timedelta(days=1)))
    assert await offer(room) is not None
    room.clock.move(days=2)
    assert await offer(room) is None
    room.clock.move(days=-2)
    async with room.database.begin() as db:
        await db.execute(update(School).where(School.id == room.school_id).values(closed_at=room.now))
    assert await offer(room) is None


async def test_whoever_was_just_invited_was_just_looked_at(room: Staffroom) -> None:
    await elsewhere(room)
    room.clock.move(days=400)
    await invite(room, newcomer("elders@poort.example", ends_on=latest_end(room.today)))
    await accept(room, "elders@poort.example")
    async with room.database.read() as db:
        due = await review.due(db, room.school_id, now=room.now)
    assert [one.first_name for one in due] == ["Ict"]
