"""How often a school can have one address mailed: a few times at once, then not before an hour has passed, and never because of another school."""

import re

import pytest
from sqlalchemy import delete, func, select

from directory import people
from directory.lifecycle.refusals import Refused
from idp.core.models import Mail
from idp.credentials.models import Password
from idp.web.desk import mailing
from tests.browser import Browser, Page
from tests.desk.sitting import base, colleague_of, recorded, sits_down, ticket_on
from tests.desk.test_staff import UNTIL, page_of, press
from tests.house import House
from tests.inside import lapse
from tests.journeys.stories import add_school, add_staff

FLEUR = "fleur@elders.example"
WHO = {"first_name": "Fleur", "prefix": "", "surname": "Bos", "role_ib": "1", "ends_on": UNTIL}
AGAIN = "Dit adres kreeg net al een paar mails"
FREE = mailing.TO_AN_ADDRESS.free


async def mailed(house: House) -> int:
    async with house.floor.database.read() as db:
        return (await db.execute(select(func.count()).select_from(Mail))).scalar_one()


async def invites(browser: Browser, desk: str, email: str = FLEUR) -> Page:
    page = await browser.get(f"{desk}/staff/new")
    return await browser.choose(page, "email", email, **WHO)


async def test_an_invitation_is_sent_again_a_few_times_and_then_waits_an_hour(house: House) -> None:
    browser = await sits_down(house)
    page = await invites(browser, base(house))
    for _ in range(FREE - 1):
        page = await browser.choose(page, "do", "resend-1")
        assert "opnieuw gemaild" in page.text
    page = await browser.choose(page, "do", "resend-1")
    assert page.status == 400
    assert AGAIN in page.text
    assert FLEUR in page.text, "the list stands there again"
    assert await mailed(house) == FREE
    assert len(await recorded(house, "staff.invited_again")) == FREE - 1
    await lapse(house, seconds=mailing.TO_AN_ADDRESS.first_pause - 60)
    page = await browser.get(f"{base(house)}/staff/new")
    page = await browser.choose(page, "email", "ict@regenboog.example", password="Regenboog-fiets-7")
    await browser.choose(page, "code", house.code())
    page = await browser.choose(await browser.get(f"{base(house)}/staff/pending"), "do", "resend-1")
    assert AGAIN in page.text
    await lapse(house, seconds=60)
    assert "opnieuw gemaild" in (await browser.choose(page, "do", "resend-1")).text
    assert await mailed(house) == FREE + 1


async def test_inviting_anew_is_no_way_round_it_nor_is_another_spelling(house: House) -> None:
    browser = await sits_down(house)
    for number in range(FREE):
        page = await invites(browser, base(house), FLEUR.upper() if number % 2 else FLEUR)
        (withdraw,) = [do for do in page.offers("do") if do.startswith("withdraw-")]
        page = await browser.choose(page, "do", withdraw)
    page = await invites(browser, base(house))
    assert page.status == 400
    assert AGAIN in page.text
    assert await mailed(house) == FREE
    assert await recorded(house, "staff.invited") != []
    assert "Er wacht niets" in (await browser.get(f"{base(house)}/staff/pending")).text, "what was refused is not there"


async def test_another_school_and_another_address_are_not_concerned(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    browser = await sits_down(house)
    for _ in range(FREE + 1):
        page = await invites(browser, base(house))
    assert AGAIN in page.text
    assert "De uitnodiging is gemaild" in (await invites(browser, base(house), "gijs@elders.example")).text
    theirs = await colleague_of(house, other, "ginds")
    assert "De uitnodiging is gemaild" in (await invites(theirs, "/desk/98XX")).text


async def test_the_link_for_a_first_password_too(house: House) -> None:
    await add_staff(house, "nieuw", "teacher")
    async with house.floor.database.begin() as db:
        await db.execute(delete(Password).where(Password.person_id == house.people["nieuw"]))
    browser = await sits_down(house)
    for times in range(FREE + 1):
        page = await page_of(browser, house, "nieuw")
        page = await browser.post(f"{page.url}/activation", {"ticket": ticket_on(page)})
        assert (AGAIN in page.text) == (times == FREE)
    assert page.status == 400
    assert page.heading.endswith("Smit"), "the page of the colleague stands there again"
    assert await mailed(house) == FREE


async def test_an_address_for_somebody_without_one_too(house: House) -> None:
    async with house.floor.database.begin() as db:
        person_id = await people.new_person(
            db, kind="staff", first_name="Kim", prefix=None, surname="Bos", email=None, now=house.clock.now
        )
        await people.employ(db, house.school.id, person_id, ["teacher"])
        house.people["Kim"] = person_id
    browser = await sits_down(house)
    for times in range(FREE + 1):
        page = await page_of(browser, house, "Kim", "/address")
        page = await press(browser, page, email="kim@elders.example")
        assert (AGAIN in page.text) == (times == FREE)
    assert await mailed(house) == FREE


async def test_what_is_refused_for_another_reason_does_not_count(house: House) -> None:
    browser = await sits_down(house)
    for _ in range(FREE + 1):
        page = await invites(browser, base(house), "juf@regenboog.example")
        assert "werkt hier al" in page.text


async def test_a_substitute_too(house: House) -> None:
    """Bound and ended and bound again: each time a mail, to somebody who was not asked."""
    browser = await sits_down(house)
    group = house.groups["Groep 6"]
    for times in range(FREE + 1):
        page = await browser.get(f"{base(house)}/substitutes/{group}")
        who = {"first_name": "Ien", "prefix": "", "surname": "Groot", "days": "2"}
        page = await browser.choose(page, "email", "ien@elders.example", **who)
        assert (AGAIN in page.text) == (times == FREE)
        for binding in re.findall(r'name="binding" value="(\d+)"', page.text):
            form = {"ticket": ticket_on(page), "binding": binding}
            await browser.post(f"{base(house)}/substitutes/end", form)
    assert len(await recorded(house, "substitute.bound")) == FREE


async def test_a_school_does_not_mail_the_whole_world(house: House) -> None:
    for number in range(mailing.OF_A_SCHOOL.free):
        await mailing.check_pace(house.floor, house.school.id, f"p{number}@elders.example")
    with pytest.raises(Refused) as refused:
        await mailing.check_pace(house.floor, house.school.id, "q1@elders.example")
    assert refused.value.code == "school_mailed_too_often"
    other = await add_school(house, "De Overkant", "98XX")
    await mailing.check_pace(house.floor, other.id, "q1@elders.example")
