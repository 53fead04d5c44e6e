"""Two pairs of eyes, and what follows from the second yes (R9 to R12, R15, R49, R50)."""

import asyncio

import pytest
from sqlalchemy import func, select

from directory import schools
from directory.lifecycle import memberships
from directory.lifecycle.refusals import Refused
from directory.models import Board, School
from directory.onboarding import asking, checking, deciding, letters
from directory.onboarding.answers import Answers, read
from directory.onboarding.deciding import Checker
from directory.schools import KnownSchool
from tests.desk.sitting import recorded
from tests.house import ELSEWHERE, House
from tests.journeys.mailbox import link, mailed_to
from tests.journeys.stories import add_school
from tests.onboarding.kit import (
    FAR,
    MINE,
    REPLY,
    TOLD,
    answers,
    apply,
    hands_in,
    listed,
    looked,
    numbers,
    opens_link,
    pdf,
    waiting,
)

ONE, OTHER = "ledger-id-of-one", "ledger-id-of-another"


async def approve(house: House, number: int, by: str = ONE, *, seen: int = 1) -> None:
    async with house.floor.database.begin() as db:
        await deciding.approve(db, house.floor.keyring, number, Checker(by, seen, house.clock.now))


async def confirm(house: House, number: int, by: str = OTHER, *, seen: int = 1) -> KnownSchool:
    async with house.floor.database.begin() as db:
        return await deciding.confirm(db, house.floor.keyring, number, Checker(by, seen, house.clock.now), TOLD)


async def send_back(house: House, number: int, reason: str = "De handtekening ontbreekt.", by: str = ONE) -> None:
    async with house.floor.database.begin() as db:
        checker = Checker(by, (await looked(house, number)).standing.version, house.clock.now)
        await deciding.send_back(db, house.floor.keyring, number, reason, checker, TOLD)


async def count(house: House, table: type[School] | type[Board]) -> int:
    async with house.floor.database.read() as db:
        return (await db.execute(select(func.count()).select_from(table))).scalar_one()


async def refused(work: object) -> str:
    with pytest.raises(Refused) as error:
        await work  # type: ignore[misc]
    return error.value.code


async def test_at_the_second_yes_the_school_is_there_and_its_coordinator_is_invited(house: House) -> None:
    await listed(house, name="Basisschool De Duinroos")
    number = await waiting(house)
    await approve(house, number)
    assert await count(house, School) == 1, "nothing before the second yes"
    school = await confirm(house, number)
    assert (school.name, school.code) == ("Basisschool De Duinroos", "98XY"), "as DUO has it (R49)"
    async with house.floor.database.read() as db:
        assert await schools.board_of(db, school) == ("41234", "Stichting Zand")
        [invited] = await memberships.of_school(db, school.id)
    assert (invited.email, invited.roles) == ("b.klaver@duinroos.example", ("ict-coordinator",))
    assert await link(house, "b.klaver@duinroos.example", memberships.PATH)
    assert await mailed_to(house, REPLY) == [
        f"Uw aanvraag {number} voor een schoolaccount",
        "Het account is klaar: De Duinroos",
    ]
    assert await recorded(house, "application.approved") == [(None, ONE, {"application": number})]
    assert await recorded(house, "application.confirmed") == [(school.id, OTHER, {"application": number})]
    assert await recorded(house, "school.added") == [(school.id, OTHER, {"agreement": False})]
    seen = await looked(house, number)
    assert (seen.standing.state, seen.school_id, seen.decided_by) == ("done", school.id, OTHER)


async def test_nobody_gives_both_yeses(house: House) -> None:
    number = await waiting(house)
    await approve(house, number)
    assert await refused(confirm(house, number, ONE)) == "same_person"
    assert await refused(approve(house, number, ONE)) == "not_now"
    assert await count(house, School) == 1


@pytest.mark.parametrize("asked", [answers(), read(FAR, "abroad")], ids=["here", "abroad"])
async def test_two_second_yeses_at_once_make_one_school(house: House, asked: Answers) -> None:
    number = await waiting(house, asked)
    await approve(house, number)
    ended = await asyncio.gather(confirm(house, number), confirm(house, number, "third"), return_exceptions=True)
    assert sorted(type(one).__name__ for one in ended) == ["KnownSchool", "Refused"]
    assert (await count(house, School), await count(house, Board)) == (2, 1 if asked.code else 0)


async def test_two_applications_for_one_school_make_one_account_with_one_invitation(house: House) -> None:
    first, second = [await waiting(house, answers(email=f"{name}@duinroos.example")) for name in ("bram", "noa")]
    remarks = (await looked(house, first)).compared
    assert remarks is not None
    assert "other_application" in remarks.remarks
    for number in (first, second):
        await approve(house, number)
    ended = await asyncio.gather(*(confirm(house, number) for number in (first, second)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in ended) == ["KnownSchool", "Refused"]
    assert await count(house, School) == 2
    last = second if isinstance(ended[1], Refused) else first
    assert await refused(confirm(house, last)) == "in_the_way", "somebody is invited there already"


async def test_two_applications_for_an_account_without_a_coordinator_invite_one(house: House) -> None:
    await add_school(house, "De Duinroos", brin="98XY")
    both = [await waiting(house, answers(email=f"{name}@duinroos.example")) for name in ("bram", "noa")]
    for number in both:
        await approve(house, number)
    ended = await asyncio.gather(*(confirm(house, number) for number in both), return_exceptions=True)
    assert sorted(type(one).__name__ for one in ended) == ["KnownSchool", "Refused"]
    [school] = [one for one in ended if isinstance(one, KnownSchool)]
    async with house.floor.database.read() as db:
        assert len(await memberships.of_school(db, school.id)) == 1


async def test_what_changed_since_it_was_looked_at_is_looked_at_again(house: House) -> None:
    number = await waiting(house)
    assert await refused(approve(house, number, seen=0)) == "changed"
    assert (await looked(house, number)).standing.state == "received"


async def test_a_school_with_a_coordinator_gets_no_second_one_from_us(house: House) -> None:
    """R11: he adds others himself."""
    number = await waiting(house, answers(brin="99ZZ"))
    seen = (await looked(house, number)).compared
    assert seen is not None
    assert (seen.outcome, seen.hindrances) == ("coordinator", ("coordinators",))
    assert await refused(approve(house, number)) == "in_the_way"


async def test_a_school_without_a_coordinator_gets_its_first_one(house: House) -> None:
    """R10: the same check, and the account that is there."""
    school = await add_school(house, "De Duinroos", brin="98XY")
    number = await waiting(house)
    await approve(house, number)
    assert (await confirm(house, number)).id == school.id
    assert await count(house, School) == 2
    assert await recorded(house, "school.added") == []


async def test_a_school_abroad_gets_an_account_without_a_code(house: House) -> None:
    number = await waiting(house, read(FAR, "abroad"))
    await approve(house, number)
    school = await confirm(house, number)
    assert (school.name, school.brin, school.board_id, len(school.code)) == ("De Verre School", None, None, 36)


async def test_a_letter_that_will_not_do_is_asked_for_anew_and_the_old_link_is_dead(house: House) -> None:
    browser, old = house.browser(ELSEWHERE), house.browser("203.0.113.9")
    await apply(browser)
    [number] = await numbers(house)
    before = await link(house, REPLY, MINE)
    page = await old.get(before)
    await hands_in(old, page, pdf())
    await approve(house, number)
    assert await refused(send_back(house, number, "  \n ")) == "reason_needed"
    await send_back(house, number, "De handtekening ontbreekt.\nKlik op kwaad.example {link}")
    seen = await looked(house, number)
    assert (seen.standing.state, seen.standing.approved_by, seen.letter_size) == ("asked", None, None)
    assert (await old.get(before)).status == 410
    assert (await hands_in(old, page, pdf(b"nog eens"))).status == 410, "an upload form of the old link"
    page = await opens_link(house, browser)
    assert "De handtekening ontbreekt." in page.text
    assert (await mailed_to(house, REPLY))[-1] == "Wij hebben een andere brief nodig: De Duinroos"
    await hands_in(browser, page, pdf(b"met handtekening"))
    assert (await looked(house, number)).standing.version == 3
    assert await refused(confirm(house, number, seen=3)) == "not_now", "both yeses are given anew"


async def test_a_refusal_tells_the_applicant_why_and_is_the_end(house: House) -> None:
    browser = house.browser(ELSEWHERE)
    await apply(browser)
    [number] = await numbers(house)
    await hands_in(browser, await opens_link(house, browser), pdf())
    async with house.floor.database.begin() as db:
        checker = Checker(ONE, 1, house.clock.now)
        await deciding.refuse(db, house.floor.keyring, number, "Wie tekent is geen bestuurder.", checker, TOLD)
    page = await opens_link(house, browser)
    assert "Wie tekent is geen bestuurder." in page.text
    assert 'type="file"' not in page.text
    assert (await mailed_to(house, REPLY))[-1] == "Uw aanvraag is afgewezen: De Duinroos"
    assert await refused(approve(house, number)) == "not_now"


async def test_a_sealed_letter_opens_for_its_own_application_only(house: House) -> None:
    first, second = (
        await waiting(house, letter=pdf(b"een")),
        await waiting(house, answers(brin="97AB"), letter=pdf(b"twee")),
    )
    async with house.floor.database.begin() as db:
        found = await checking.letter(db, house.floor.keyring, first, by=ONE, now=house.clock.now)
        assert found == pdf(b"een")
        assert await letters.content(db, house.floor.keyring, second) == pdf(b"twee")
    assert await recorded(house, "application.letter_read") == [(None, ONE, {"application": first})]


async def test_nothing_is_kept_longer_than_its_term(house: House) -> None:
    """D40: what no letter followed; the letter and the form; that there was an application at all."""
    decided, open_ = await waiting(house), await waiting(house, answers(brin="97AB"))
    browser = house.browser(ELSEWHERE)
    await apply(browser, brin="96AB")
    await approve(house, decided)
    await confirm(house, decided)
    for days, forms, left in ((30, 0, 3), (1, 0, 2), (60, 0, 2), (1, 1, 2), (304, 0, 2), (1, 0, 1)):
        house.clock.move(days=days)
        async with house.floor.database.begin() as db:
            emptied = await asking.purge_letters(db, now=house.clock.now, most=100)
            await asking.purge(db, now=house.clock.now, most=100)
        assert (emptied, len(await numbers(house))) == (forms, left), days
    assert await numbers(house) == [open_], "what waits for us is never purged"
