"""A passkey that somebody else adds to an account is a way in for good: only its owner, freshly proven, at a page of his own session (C-318)."""

import pytest

from directory import people
from idp.signin import facts
from idp.web import guarding
from mfa import factors, passkeys, recovery_codes
from tests.attacks.meanwhile import Meanwhile
from tests.authenticator import PRESENT, Passkey
from tests.browser import Browser
from tests.desk.sitting import sits_down, ticket_on
from tests.house import BASE, House
from tests.inside import lapse
from tests.journeys.passkeys import asked_on, has_passkey
from tests.journeys.stories import add_staff, step_of, teacher_signs_in

HERE = "/account/two-steps"


async def keeps(house: House, name: str) -> int:
    async with house.floor.database.read() as db:
        return len(await passkeys.of(db, house.people[name]))


async def a_teacher(house: House, name: str = "juf") -> Browser:
    browser = house.browser()
    await teacher_signs_in(browser, name)
    return browser


async def test_a_session_without_a_fresh_proof_enrols_nothing(house: House) -> None:
    """Somebody finds the teacher's computer unlocked, with this page open since this morning."""
    browser = await a_teacher(house)
    page = await browser.get(HERE)
    ticket, asked = ticket_on(page), asked_on(page, "make")
    await lapse(house, seconds=guarding.TO_SEND)
    answer = await browser.post(HERE, {"ticket": ticket, "passkey": Passkey(BASE).make(asked)})
    assert step_of(answer) == "password"
    assert step_of(await browser.get(f"{HERE}/app")) == "password"
    assert await keeps(house, "juf") == 0


@pytest.mark.parametrize("form", [{"codes": "1"}, {"remove_app": "1"}, {"sealed": "00", "code": "000000"}])
async def test_nothing_else_changes_without_it_either(house: House, form: dict[str, str]) -> None:
    browser = await sits_down(house)
    ticket = ticket_on(await browser.get(HERE))
    await lapse(house, seconds=guarding.TO_SEND)
    for path in (HERE, f"{HERE}/app"):
        assert step_of(await browser.post(path, {"ticket": ticket, **form})) == "password"
    async with house.floor.database.read() as db:
        assert (await people.identity(db, house.people["ict"]))[0] == 1


async def test_a_challenge_of_another_session_is_not_answered_here(house: House) -> None:
    await add_staff(house, "dief", "teacher")
    thief, victim = await a_teacher(house, "dief"), await a_teacher(house)
    told = Passkey(BASE).make(asked_on(await thief.get(HERE), "make"))
    page = await victim.get(HERE)
    answer = await victim.post(HERE, {"ticket": ticket_on(page), "passkey": told})
    assert answer.status == 400
    assert await keeps(house, "juf") == 0


async def test_an_answer_is_kept_once(house: House) -> None:
    browser = await a_teacher(house)
    page = await browser.get(HERE)
    mine = Passkey(BASE)
    told = mine.make(asked_on(page, "make"))
    assert (await browser.post(HERE, {"ticket": ticket_on(page), "passkey": told})).status == 200
    page = await browser.get(HERE)
    answer = await browser.post(HERE, {"ticket": ticket_on(page), "passkey": told})
    assert answer.status == 400
    assert await keeps(house, "juf") == 1


async def test_a_credential_of_somebody_else_is_not_taken_over(house: House) -> None:
    theirs = await has_passkey(house, "ict")
    browser = await a_teacher(house)
    page = await browser.get(HERE)
    told = theirs.but().make(asked_on(page, "make"))
    assert (await browser.post(HERE, {"ticket": ticket_on(page), "passkey": told})).status == 400
    assert (await keeps(house, "juf"), await keeps(house, "ict")) == (0, 1)


async def test_a_device_that_verified_nobody_is_not_kept(house: House) -> None:
    browser = await a_teacher(house)
    page = await browser.get(HERE)
    told = Passkey(BASE, flags=PRESENT).make(asked_on(page, "make"))
    assert (await browser.post(HERE, {"ticket": ticket_on(page), "passkey": told})).status == 400
    assert await keeps(house, "juf") == 0


async def test_somebody_elses_passkey_is_not_removed(house: House) -> None:
    await has_passkey(house, "ict")
    async with house.floor.database.read() as db:
        [theirs] = await passkeys.of(db, house.people["ict"])
    browser = await a_teacher(house)
    page = await browser.get(HERE)
    assert (await browser.post(HERE, {"ticket": ticket_on(page), "remove": str(theirs.id)})).status == 400
    assert await keeps(house, "ict") == 1


async def test_a_secret_that_the_session_was_not_shown_becomes_nobodys_app(house: House) -> None:
    await add_staff(house, "dief", "teacher")
    thief, victim = await a_teacher(house, "dief"), await a_teacher(house)
    theirs = (await thief.get(f"{HERE}/app")).form("code").hidden["sealed"]
    form = (await victim.get(f"{HERE}/app")).form("code")
    answer = await victim.post(form.action, {**form.hidden, "sealed": theirs, "code": "000000"})
    assert answer.status == 403
    async with house.floor.database.read() as db:
        assert not await factors.enrolled(db, house.people["juf"])


async def test_without_the_ticket_of_this_session_nothing_happens(house: House) -> None:
    browser = await a_teacher(house)
    page = await browser.get(HERE)
    told = Passkey(BASE).make(asked_on(page, "make"))
    assert (await browser.post(HERE, {"ticket": "0" * 32, "passkey": told})).status == 403
    assert (await browser.request("POST", HERE, data={"passkey": told}, cross_site=True)).status in {303, 403}
    assert await keeps(house, "juf") == 0


async def test_whoever_is_thrown_out_at_that_moment_takes_no_codes_along(house: House) -> None:
    """The owner ends all other sessions while one of them has new recovery codes made."""
    browser = await sits_down(house)
    ticket = ticket_on(await browser.get(HERE))

    async def thrown_out() -> None:
        async with house.floor.database.begin() as db:
            await people.end_sessions(db, house.people["ict"])

    house.floor.database.hot = late = Meanwhile(house.floor.database.hot, thrown_out, after=facts._OWN[False])
    page = await browser.post(HERE, {"ticket": ticket, "codes": "1"})
    assert (late.happened, page.status) == (True, 410)
    async with house.floor.database.read() as db:
        assert await recovery_codes.left(db, house.people["ict"]) == 0
