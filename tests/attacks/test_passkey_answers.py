"""Answers of a passkey that must not count: replayed, for another page, person or site, unverified, of a copy (WebAuthn Level 3, 7.1, 7.2; C-322)."""

import asyncio
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from directory import roles
from idp.http import cookies
from mfa import factors
from tests.authenticator import PRESENT, VERIFIED, Passkey
from tests.browser import Browser, Page
from tests.house import BASE, House
from tests.inside import stored
from tests.journeys.passkeys import asked_on, give, has_passkey
from tests.journeys.stories import add_staff, at_our_door, ledger_actions, mails, step_of, teacher_signs_in


async def refused(house: House, browser: Browser, page: Page, told: str) -> Page:
    """The same page again, and nobody is signed in."""
    step = step_of(page)
    page = await give(browser, page, told)
    assert step_of(page) == step
    assert cookies.SESSION not in browser.cookies
    assert await stored(house, "session") == 0
    return page


async def test_a_replayed_answer(house: House) -> None:
    mine = await has_passkey(house, "juf")
    browser, thief = house.browser(), house.browser()
    page = await at_our_door(browser)
    told = mine.prove(asked_on(page))
    assert (await give(browser, page, told)).heading == "Dag Juf"
    again = await at_our_door(thief)
    assert step_of(await give(thief, again, told)) == "password"
    # In the same attempt too: the challenge is spent whatever became of it.
    second = house.browser()
    page = await at_our_door(second)
    told = mine.prove(asked_on(page))
    await give(second, page, mine.but(flags=PRESENT).prove(asked_on(page)))
    assert step_of(await give(second, page, told)) == "password"


async def test_a_challenge_of_another_attempt(house: House) -> None:
    mine = await has_passkey(house, "juf")
    victim, thief = house.browser(), house.browser()
    asked = asked_on(await at_our_door(thief))
    await refused(house, victim, await at_our_door(victim), mine.prove(asked))


async def test_a_challenge_of_another_step(house: House) -> None:
    mine = await has_passkey(house, "ict")
    browser = house.browser()
    page = await at_our_door(browser)
    of_the_password = asked_on(page)
    page = await browser.choose(page, "email", "ict@regenboog.example", password="Regenboog-fiets-7")
    assert step_of(page) == "second_factor"
    await refused(house, browser, page, mine.prove(of_the_password))


async def test_a_challenge_that_nobody_issued(house: House) -> None:
    mine = await has_passkey(house, "juf")
    browser = house.browser()
    page = await at_our_door(browser)
    await refused(house, browser, page, mine.prove(asked_on(page), challenge="A" * 49))


LIES: dict[str, Callable[[Passkey, str], str]] = {
    "another origin": lambda p, asked: p.but(origin="https://inloggen.example.evil.example").prove(asked),
    "a page inside a frame": lambda p, asked: p.but(cross_origin=True).prove(asked),
    "another relying party": lambda p, asked: p.but(rp_id="evil.example").prove(asked),
    "user verification missing": lambda p, asked: p.but(flags=PRESENT).prove(asked),
    "user presence missing": lambda p, asked: p.but(flags=VERIFIED).prove(asked),
    "another key": lambda p, asked: p.but(key=ec.generate_private_key(ec.SECP256R1())).prove(asked),
    "another person's handle": lambda p, asked: p.but(handle=b"x" * 32).prove(asked),
    "a credential that nobody has": lambda p, asked: p.but(credential_id=b"y" * 32).prove(asked),
    "a making instead of a proof": lambda p, asked: p.prove(asked, type="webauthn.create"),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_signs_nobody_in(house: House, lie: str) -> None:
    mine = await has_passkey(house, "juf")
    browser = house.browser()
    page = await at_our_door(browser)
    page = await refused(house, browser, page, LIES[lie](mine, asked_on(page)))
    assert (await give(browser, page, mine.prove(asked_on(page)))).heading == "Dag Juf"


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "x" * 20_000, '{"response":{}}', "[" * 5000])
async def test_nonsense_is_a_wrong_answer_and_no_fault(house: House, text: str) -> None:
    browser = house.browser()
    page = await refused(house, browser, await at_our_door(browser), text)
    assert page.status == 200


async def test_another_persons_passkey_is_no_second_step(house: House) -> None:
    theirs = await has_passkey(house, "juf")
    await has_passkey(house, "ict")
    browser = house.browser()
    page = await teacher_signs_in(browser, "ict")
    assert step_of(page) == "second_factor"
    page = await refused(house, browser, page, theirs.prove(asked_on(page)))
    assert "second_factor.failed" in await ledger_actions(house)


async def test_a_counter_that_goes_back_is_refused_recorded_and_mailed(house: House) -> None:
    mine = await has_passkey(house, "juf", Passkey(BASE, counts=True, count=5))
    browser = house.browser()
    page = await at_our_door(browser)
    copy = mine.but(count=2)
    await refused(house, browser, page, copy.prove(asked_on(page)))
    assert (await ledger_actions(house))[-1] == "passkey.went_back"
    assert await mails(house) == [("juf@regenboog.example", "Een passkey van uw account is geweigerd")]


async def test_a_passkey_made_at_another_attempt_is_not_kept(house: House) -> None:
    await add_staff(house, "nieuw", roles.ICT_COORDINATOR)
    thief, victim = house.browser(), house.browser()
    mine = Passkey(BASE)
    asked = asked_on(await teacher_signs_in(thief, "nieuw"), "make")
    page = await teacher_signs_in(victim, "nieuw")
    page = await refused(house, victim, page, mine.make(asked))
    await refused(house, victim, page, mine.but(flags=PRESENT).make(asked_on(page, "make")))
    async with house.floor.database.read() as db:
        assert not await factors.enrolled(db, house.people["nieuw"])


async def test_a_second_passkey_is_not_made_by_a_page_for_the_first(house: House) -> None:
    """Two tabs at the enrolment page: what the slower one brings is not added to an account that has a factor by now."""
    await add_staff(house, "nieuw", roles.ICT_COORDINATOR)
    tabs = [(browser := house.browser(), await teacher_signs_in(browser, "nieuw")) for _ in range(4)]
    # As in a busy hour: every tab finds a connection to the database at hand.
    await asyncio.gather(*(browser.get(page.url) for browser, page in tabs))
    pages = await asyncio.gather(
        *(give(browser, page, Passkey(BASE).make(asked_on(page, "make"))) for browser, page in tabs)
    )
    assert sorted(str(step_of(page)) for page in pages) == ["keep_codes", *["second_factor"] * 3]
    async with house.floor.database.read() as db:
        assert len((await factors.of(db, house.people["nieuw"])).passkeys) == 1


async def test_a_passkey_is_no_way_around_a_disabled_ticket(house: House) -> None:
    mine = await has_passkey(house, "juf")
    browser = house.browser()
    page = await at_our_door(browser)
    told = mine.prove(asked_on(page))
    answer = await browser.post(page.form("email").action, {"step": "password", "ticket": "0" * 32, "passkey": told})
    assert answer.status == 403
    assert cookies.SESSION not in browser.cookies
