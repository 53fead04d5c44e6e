"""Whether a teacher has an account at another school is told by nothing that a coordinator can see or try (D14, D15).

A file brings two colleagues: `elders` has an account elsewhere, `onbekend` has none. Whatever is done to the one is done to the other, and the
answers are compared with names and numbers left out.
"""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from directory.lifecycle import memberships, substitutes
from directory.lifecycle.models import PendingMembership
from directory.models import Employment, Group, Person
from tests.browser import Browser, Page
from tests.desk.sitting import base, sits_down, ticket_on
from tests.desk.test_imports import fingerprint, press, upload
from tests.directory.files import document
from tests.house import House
from tests.journeys.stories import add_school, add_staff, mails

NAMES = ("elders", "onbekend")


def address(name: str) -> str:
    return f"{name}@regenboog.example"


def both() -> bytes:
    """The file with the two."""
    links = '<groepen><groep key="g3"/></groepen>'
    staff = (
        f'<leerkracht key="{name}"><achternaam>Vos {name}</achternaam><emailadres>{address(name)}</emailadres>{links}'
        "</leerkracht>"
        for name in NAMES
    )
    return document(
        school="<schooljaar>2026-2027</schooljaar><brincode>99ZZ</brincode>",
        pupils='<leerling key="p1"><roepnaam>Noor</roepnaam><jaargroep>3</jaargroep><groep key="g3"/></leerling>',
        staff="".join(staff),
    ).encode()


@pytest.fixture
async def browser(house: House) -> Browser:
    """The coordinator's, with the file imported."""
    other = await add_school(house, "De Overkant", "98XX")
    await add_staff(house, "elders", "teacher", at=[other])
    browser = await sits_down(house)
    page = await upload(browser, house, both())
    page = await press(browser, page, "carry-out", fingerprint=fingerprint(page))
    assert "De import is verwerkt" in page.text
    return browser


async def place_of(house: House, name: str) -> int:
    query = select(Employment.id).where(Employment.las_key == name, Employment.school_id == house.school.id)
    async with house.floor.database.read() as db:
        return (await db.execute(query)).scalar_one()


def alike(page: Page, name: str) -> tuple[int, str]:
    """What a page says, without whom it is about."""
    text = " ".join(re.sub(r"<[^>]+>", " ", page.text).split())
    return page.status, text.replace(name, "X")


async def shown(browser: Browser, house: House, name: str) -> list[tuple[int, str]]:
    """All about one of the two: the own page, the own part of the list of staff and of what waits for an answer."""
    place = await place_of(house, name)
    page = await browser.get(f"{base(house)}/staff/{place}")
    why = await browser.get(f"{base(house)}/why/staff/{place}")
    found = [alike(page, name), alike(why, name)]
    for where in ("staff", "staff/pending", "staff/addresses"):
        lists = await browser.get(f"{base(house)}/{where}")
        lines = [line for line in re.split(r"</tr>|</li>", lists.text) if name in line]
        found += [(lists.status, re.sub(r"\d+", "0", line[line.rindex("<tr") :].replace(name, "X"))) for line in lines]
    return found


async def act(browser: Browser, house: House, name: str, what: str, **fields: str) -> tuple[int, str]:
    where = f"{base(house)}/staff/{await place_of(house, name)}"
    ticket = ticket_on(await browser.get(f"{where}/address"))
    return alike(await browser.post(f"{where}/{what}", {"ticket": ticket, **fields}), name)


async def test_addresses_are_entered_proposed_and_refused_the_same_way(house: House, browser: Browser) -> None:
    assert await shown(browser, house, NAMES[0]) == await shown(browser, house, NAMES[1])
    for email in ("{}@regenboog.example", "{}@anders.example", "{}@anders.example", "juf@regenboog.example"):
        one, other = [await act(browser, house, name, "address", email=email.format(name)) for name in NAMES]
        assert one == other, email
        assert await shown(browser, house, NAMES[0]) == await shown(browser, house, NAMES[1]), email
    page = await browser.get(f"{base(house)}/staff/pending")
    assert page.text.count("@anders.example") == 2
    for answer in re.findall(r'value="(refuse-\d+)"', page.text):
        page = await browser.post(page.url.partition("?")[0], {"ticket": ticket_on(page), "do": answer})
        assert "Het adres blijft zoals het was" in page.text
    assert await shown(browser, house, NAMES[0]) == await shown(browser, house, NAMES[1])
    async with house.floor.database.read() as db:
        assert (await db.execute(select(PendingMembership.id))).all() == [], "a refused address is invited no longer"


async def test_the_link_is_sent_again_as_often(house: House, browser: Browser) -> None:
    for _ in range(4):
        one, other = [await act(browser, house, name, "activation") for name in NAMES]
        assert one == other
    sent = [to for to, _ in await mails(house)]
    assert [sent.count(address(name)) for name in NAMES] == [4, 4], "the first mail came with the import, three by hand"


async def test_inviting_or_naming_them_for_another_says_the_same(house: House, browser: Browser) -> None:
    for name in NAMES:
        page = await browser.get(f"{base(house)}/staff/new")
        who = {"first_name": "A", "prefix": "", "surname": "B", "role_ib": "1", "ends_on": "2027-07-31"}
        page = await browser.choose(page, "email", address(name), **who)
        assert (page.status, "werkt hier al" in page.text) == (400, True), name
    async with house.floor.database.read() as db:
        juf = select(Employment.id).where(Employment.person_id == house.people["juf"])
        place = (await db.execute(juf)).scalar_one()
    for name in NAMES:
        page = await browser.get(f"{base(house)}/staff/{place}/address")
        page = await browser.choose(page, "email", address(name))
        assert (page.status, "werkt hier al" in page.text) == (400, True), name


async def test_no_number_of_an_invitation_is_answered(house: House, browser: Browser) -> None:
    async with house.floor.database.read() as db:
        (hidden,) = (await db.execute(select(PendingMembership.id))).scalars()
    for do in (f"resend-{hidden}", f"withdraw-{hidden}", f"resend-{hidden + 1}"):
        ticket = ticket_on(await browser.get(f"{base(house)}/staff/new"))
        assert (await browser.post(f"{base(house)}/staff/pending", {"ticket": ticket, "do": do})).status == 404, do


async def test_time_tells_nothing_and_the_next_import_asks_again(house: House, browser: Browser) -> None:
    house.clock.now += timedelta(days=61)
    floor = house.floor
    async with floor.database.begin() as db:
        assert await memberships.purge(db, now=house.clock.now) == 0
    again = await sits_down(house)
    assert await shown(again, house, NAMES[0]) == await shown(again, house, NAMES[1])
    told = {"base_url": "https://inloggen.example", "contact": "c"}
    async with floor.database.begin() as db:
        for renewed in (1, 0):
            now = house.clock.now
            assert await memberships.renew_told(db, floor.keyring, house.school.id, **told, now=now) == renewed


async def test_an_account_that_is_switched_off_takes_a_seat_like_any_other(house: House, browser: Browser) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(update(Person).where(Person.id == house.people["elders"]).values(disabled=True))
        taught = select(Group.id).where(Group.school_id == house.school.id, Group.active, Group.kind == "stamgroep")
        group = (await db.execute(taught)).scalars().first()
    before = len(await mails(house))
    answers = []
    for name in ("elders", "vreemd"):
        page = await browser.get(f"{base(house)}/substitutes/{group}")
        typed = {"first_name": "Ien", "prefix": "", "surname": "Groot", "days": "2"}
        page = await browser.choose(page, "email", address(name), **typed)
        answers.append(alike(page, name))
        (binding,) = re.findall(r'name="binding" value="(\d+)"', page.text)
        async with house.floor.database.begin() as db:
            await substitutes.end(db, house.school.id, int(binding), by="test", now=house.clock.now)
    assert answers[0] == answers[1]
    sent = [to for to, _ in (await mails(house))[before:]]
    assert address("elders") not in sent
    assert address("vreemd") in sent
