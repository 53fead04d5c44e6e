"""What is true about a person, a school and a party at this moment, read in one statement: the reading half of D9."""

import ipaddress
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from consent import ticks
from consent.models import Agreement, Exclusion
from directory import people, roles
from directory.models import Board, Employment, Enrolment, Person, School
from directory.standing import Standing
from idp.signin import facts
from idp.signin.facts import Facts
from metadata.models import OidcClient, Party
from tests.house import House
from tests.journeys.stories import add_school, change_school, give_role


async def about(house: House, name: str, **changed: Any) -> Facts | None:
    """The facts about somebody of the seeded school and the seeded publisher."""
    async with house.floor.database.read() as db:
        epoch = (await db.execute(select(Person.epoch).where(Person.id == house.people[name]))).scalar() or 0
        connection_id = (await db.execute(select(func.min(OidcClient.id)))).scalar()
    asked: dict[str, Any] = {
        "protocol": "oidc",
        "connection_id": connection_id,
        "person_id": house.people[name],
        "school_id": house.school.id,
        "epoch": epoch,
        "standing": Standing(ipaddress.ip_address("192.0.2.10")),
        "today": house.clock.now.date(),
        **changed,
    }
    return await facts.load(house.floor.database.hot, **asked)


async def sure(house: House, name: str, **changed: Any) -> Facts:
    found = await about(house, name, **changed)
    assert found is not None
    return found


async def do(house: House, *statements: Any) -> None:
    async with house.floor.database.begin() as db:
        for statement in statements:
            await db.execute(statement)


async def test_without_a_school_it_is_the_only_one_where_somebody_works(house: House) -> None:
    teacher = await sure(house, "juf", school_id=None)
    assert (teacher.school_id, teacher.active, teacher.verdict) == (house.school.id, True, None)
    assert teacher == await sure(house, "juf"), "the same as when it is chosen"
    child = await sure(house, "Noor", school_id=None)
    assert (child.school_id, child.active) == (None, False)
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    async with house.floor.database.begin() as db:
        await people.employ(db, other.id, house.people["juf"], [roles.TEACHER])
    assert (await sure(house, "juf", school_id=None)).school_id is None, "of two one is chosen"
    assert (await sure(house, "juf", school_id=other.id)).school_id == other.id
    await do(house, update(School).where(School.id == other.id).values(closed_at=house.clock.now))
    assert (await sure(house, "juf", school_id=None)).school_id == house.school.id
    await do(house, update(Employment).where(Employment.school_id == house.school.id).values(active=False))
    assert (await sure(house, "juf", school_id=None)).school_id is None


async def test_all_is_well(house: House) -> None:
    child, teacher, coordinator = await sure(house, "Noor"), await sure(house, "juf"), await sure(house, "ict")
    for one in (child, teacher, coordinator):
        assert one.verdict is None
        assert one.active
        assert one.same_epoch
        assert one.in_place
        assert one.connection_version == 1
    assert (child.kind, child.needs_second, child.enrolled) == ("pupil", False, False)
    assert (teacher.kind, teacher.needs_second, teacher.enrolled) == ("staff", False, False)
    assert (coordinator.needs_second, coordinator.enrolled) == (True, True)


async def test_without_a_question_there_is_no_verdict(house: House) -> None:
    found = await sure(house, "Noor", connection_id=None)
    assert (found.verdict, found.connection_version) == (None, None)


async def test_nobody_is_nobody(house: House) -> None:
    assert await about(house, "Noor", person_id=999_999) is None


CAUSES: dict[str, Callable[[House], list[Any]]] = {
    "party.disabled": lambda house: [update(Party).values(enabled=False)],
    "party.disabled by connection": lambda house: [update(OidcClient).values(enabled=False)],
    "person.inactive": lambda house: [update(Enrolment).values(active=False)],
    "person.inactive by date": lambda house: [update(Enrolment).values(ends_on=date(2026, 11, 22))],
    "person.inactive by account": lambda house: [update(Person).values(disabled=True)],
    "consent.no_agreement": lambda house: [delete(Agreement)],
    "consent.no_agreement ended": lambda house: [update(Agreement).values(ends_on=date(2026, 11, 22))],
    "consent.no_agreement not begun": lambda house: [update(Agreement).values(signed_on=date(2026, 11, 24))],
    "person.excluded": lambda house: [
        insert(Exclusion).values(school_id=house.school.id, party_id=house.party_id, person_id=house.people["Noor"])
    ],
}


@pytest.mark.parametrize("cause", CAUSES)
async def test_one_cause_one_verdict(house: House, cause: str) -> None:
    await do(house, *CAUSES[cause](house))
    assert (await sure(house, "Noor")).verdict == cause.partition(" ")[0]


async def test_a_withdrawn_tick_and_one_never_given(house: House) -> None:
    async with house.floor.database.begin() as db:
        await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")
    assert (await sure(house, "Noor")).verdict == "consent.not_given"
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    assert (await sure(house, "Noor", school_id=other.id)).verdict == "person.inactive"


async def test_the_last_day_counts(house: House) -> None:
    today = house.clock.now.date()
    await do(house, update(Enrolment).values(ends_on=today), update(Agreement).values(ends_on=today, signed_on=today))
    assert (await sure(house, "Noor")).verdict is None
    assert (await sure(house, "Noor", today=today + timedelta(days=1))).verdict == "person.inactive"


async def test_a_boards_agreement_holds_for_its_schools(house: House) -> None:
    async with house.floor.database.begin() as db:
        made = insert(Board).values(number="12345", name="Stichting").returning(Board.id)
        board_id = (await db.execute(made)).scalar_one()
        await db.execute(update(School).where(School.id == house.school.id).values(board_id=board_id))
        await db.execute(update(Agreement).values(school_id=None, board_id=board_id))
    assert (await sure(house, "Noor")).verdict is None
    await do(house, update(School).values(board_id=None))
    assert (await sure(house, "Noor")).verdict == "consent.no_agreement"


@pytest.mark.parametrize(
    ("address", "here"),
    [("192.0.2.0", True), ("192.0.2.15", True), ("192.0.2.16", False), ("2001:db8:5::", True), ("2001:db8:6::", False)],
)
async def test_whether_this_is_the_schools_network(house: House, address: str, here: bool) -> None:
    assert (await sure(house, "Noor", standing=Standing(ipaddress.ip_address(address)))).in_place is here


async def test_every_session_ends_with_the_epoch_and_with_the_account(house: House) -> None:
    before = await sure(house, "juf")
    async with house.floor.database.begin() as db:
        await people.end_sessions(db, house.people["juf"])
    assert before.same_epoch
    assert not (await sure(house, "juf", epoch=1)).same_epoch
    assert (await sure(house, "juf")).same_epoch
    await do(house, update(Person).where(Person.id == house.people["juf"]).values(disabled=True))
    assert not (await sure(house, "juf")).same_epoch


async def test_a_managing_role_anywhere_is_a_managing_role(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    await give_role(house, "juf", roles.ICT_COORDINATOR, at=other)
    assert (await sure(house, "juf")).needs_second
    mine = Employment.person_id == house.people["juf"], Employment.school_id == other.id
    await do(house, update(Employment).where(*mine).values(ends_on=date(2026, 11, 22)))
    assert not (await sure(house, "juf")).needs_second, "a role that ended is no role"


async def test_the_switch_is_that_of_the_school_at_hand(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    await give_role(house, "juf", roles.TEACHER, at=other)
    await change_school(house, other, mfa_for_staff=True)
    assert not (await sure(house, "juf")).needs_second
    assert (await sure(house, "juf", school_id=other.id)).needs_second
    await change_school(house, house.school, mfa_for_staff=True)
    assert not (await sure(house, "Noor")).needs_second
