"""Whoever names a new address first does not own the account: on the first visit its owner sees which school it was, and can say no (D15)."""

import re

from sqlalchemy import select, update

from directory import people
from directory.lifecycle import employments
from directory.models import Employment
from directory.schools import KnownSchool
from idp.credentials import activation, terms
from tests.browser import Page
from tests.house import House
from tests.journeys.mailbox import NEW_PASSWORD, link
from tests.journeys.stories import add_school

EMAIL = "nieuw@goed.example"
NO = "Ik werk niet bij De Overkant"


async def named_by(house: House, school: KnownSchool) -> int:
    """What an import of this school does with a new address; the person."""
    floor, now = house.floor, house.clock.now
    async with floor.database.begin() as db:
        name = {"first_name": "Raar", "prefix": None, "surname": "Woord"}
        person_id = await people.new_person(db, kind="staff", **name, email=EMAIL, now=now)
        await people.employ(db, school.id, person_id, ["teacher"], source="las")
        await db.execute(update(Employment).where(Employment.person_id == person_id).values(unanswered=True))
        told = {"base_url": floor.settings.base_url, "contact": "c"}
        await activation.invite(db, floor.keyring, [person_id], now=now, **told)
    return person_id


async def activates(house: House, *, password: str = NEW_PASSWORD, says_no: bool) -> Page:
    browser = house.browser()
    page = await browser.get(await link(house, EMAIL, "/activate"))
    assert page.heading == "Kies een wachtwoord"
    assert NO in page.text
    form = page.form("password")
    (field,) = re.findall(r'name="(not_here_\d+)"', page.text)
    # A place of more digits than any number has is nobody's.
    ticked = {f"not_here_{'9' * 5000}": "1"} | ({field: "1"} if says_no else {})
    return await browser.post(form.action, {**form.hidden, "password": password, "terms": terms.VERSION, **ticked})


async def works(house: House, person_id: int) -> tuple[list[int], list[tuple[int, bool, str]]]:
    """Whose say it is, and every place."""
    query = select(Employment.school_id, Employment.active, Employment.source).where(Employment.person_id == person_id)
    async with house.floor.database.read() as db:
        say = await employments.schools_of(db, person_id, today=house.clock.now.date())
        return say, [(row.school_id, row.active, row.source) for row in await db.execute(query)]


async def test_whoever_was_named_by_a_strange_school_says_no_with_the_first_password(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    person_id = await named_by(house, other)
    page = await activates(house, password="kort", says_no=True)
    assert page.status == 400
    assert "checked" in page.text, "the no stays while a better password is asked for"
    assert await works(house, person_id) == ([], [(other.id, True, "las")]), "no say before the yes"
    assert (await activates(house, says_no=True)).heading == "Uw wachtwoord is opgeslagen"
    assert await works(house, person_id) == ([], [(other.id, False, "platform")]), "no file brings it back"


async def test_whoever_says_nothing_works_there(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    person_id = await named_by(house, other)
    assert (await activates(house, says_no=False)).heading == "Uw wachtwoord is opgeslagen"
    assert await works(house, person_id) == ([other.id], [(other.id, True, "las")])
