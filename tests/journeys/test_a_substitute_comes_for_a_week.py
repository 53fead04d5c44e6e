"""A substitute gets a group's seat: signs in at once with the own account, is the seat to publishers, and is out when it ends (R86 to R90, D4)."""

from typing import Any

from sqlalchemy import insert, update

from directory import eckid
from directory.lifecycle import substitutes
from directory.lifecycle.substitutes import Bound, Substitute
from directory.models import EckId, Employment
from idp.credentials import activation
from tests.browser import Browser
from tests.house import ECKID, House, authorize_url, redeem
from tests.journeys.mailbox import chooses_password, link, signs_in
from tests.journeys.stories import add_group, add_school, change_school, step_of
from tests.journeys.test_a_child_goes_to_a_publisher import userinfo

INA = Substitute("ina@pool.example", "Ina", "van", "Val")
BO = Substitute("bo@pool.example", "Bo", None, "Val")


async def bind(house: House, who: Substitute = INA, *, days: int = 7, school_id: int = 0, group_id: int = 0) -> Bound:
    """What the page of the coordinator does: the seat, and the link for who has no password."""
    floor, contact, now = house.floor, house.floor.settings.support_contact, house.clock.now
    at = school_id or house.school.id, group_id or house.groups["Groep 6"]
    async with floor.database.begin() as db:
        bound = await substitutes.bind(db, *at, who, days=days, contact=contact, by="ledger-id-of-ict", now=now)
        base_url = floor.settings.base_url
        await activation.invite(db, floor.keyring, [bound.person_id], base_url=base_url, contact=contact, now=now)
    return bound


async def comes_in(house: House, who: Substitute = INA) -> Browser:
    """The first time: the link, a password, and the front door."""
    browser = house.browser()
    page = await chooses_password(browser, await browser.get(await link(house, who.email, "/activate")))
    assert page.heading == "Uw wachtwoord is opgeslagen"
    page = await signs_in(browser, who.email)
    assert page.heading == f"Dag {who.first_name}"
    return browser


async def told(house: House, browser: Browser) -> dict[str, Any]:
    """What the publisher hears."""
    asked = authorize_url()
    page = await browser.get(asked.url)
    return await userinfo(browser, (await redeem(house, browser, page, asked)).json()["access_token"])


async def test_access_is_immediate_and_bound_to_the_group(house: House) -> None:
    await bind(house)
    claims = await told(house, await comes_in(house))
    assert claims["roles"] == ["substitute"]
    assert claims["groups"] == ["Groep 6"]
    assert claims["name"] == "Ina van Val", "nobody is anonymous (R57)"


async def test_the_publisher_knows_the_seat_whoever_sits_in_it(house: House) -> None:
    bound = await bind(house)
    first = await told(house, await comes_in(house))
    async with house.floor.database.begin() as db:
        await substitutes.end(db, house.school.id, bound.binding_id, by="x", now=house.clock.now)
    await bind(house, BO)
    second = await told(house, await comes_in(house, BO))
    assert first["sub"] == second["sub"]
    assert first["name"] != second["name"]


async def test_the_seat_has_no_pseudonym_of_the_person_in_it(house: House) -> None:
    """Staff can have an ECK-iD too: it would tie all the seats of one person together."""
    bound = await bind(house)
    keyring = house.floor.keyring
    own = {"sealed": eckid.seal(keyring, bound.person_id, ECKID), "lookup": eckid.index(keyring, ECKID)}
    async with house.floor.database.begin() as db:
        await db.execute(insert(EckId).values(person_id=bound.person_id, **own))
    browser = await comes_in(house)
    assert "eckid" not in await told(house, browser)
    async with house.floor.database.begin() as db:
        await db.execute(update(Employment).where(Employment.person_id == bound.person_id).values(seat_id=None))
    assert (await told(house, browser))["eckid"] == ECKID


async def test_a_pool_substitute_is_another_seat_at_another_school(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    group_id = await add_group(house, other, "Groep 5")
    await bind(house)
    await comes_in(house)
    await bind(house, school_id=other.id, group_id=group_id)
    subjects = []
    for school in (house.school, other):
        browser = house.browser()
        page = await signs_in(browser, INA.email)
        page = await browser.choose(page, "workplace", str(school.id))
        assert page.heading == "Dag Ina", "one account and one password"
        subjects.append((await told(house, browser))["sub"])
    assert subjects[0] != subjects[1]


async def test_it_ends_by_itself_when_the_last_day_is_over(house: House) -> None:
    await bind(house, days=2)
    browser = await comes_in(house)
    house.clock.move(days=1)
    assert (await signs_in(house.browser(), INA.email)).heading == "Dag Ina"
    house.clock.move(days=1)
    assert (await signs_in(house.browser(), INA.email)).heading == "Uw account is inactief"
    assert (await browser.get("/account")).heading == "Wie staat er voor de poort?"


async def test_ended_early_means_out_in_that_same_minute(house: House) -> None:
    bound = await bind(house)
    browser = await comes_in(house)
    assert "code" in (await browser.get(authorize_url().url)).query
    async with house.floor.database.begin() as db:
        await substitutes.end(db, house.school.id, bound.binding_id, by="x", now=house.clock.now)
    assert "code" not in (await browser.get(authorize_url().url)).query
    assert (await browser.get("/account")).heading == "Wie staat er voor de poort?"
    assert (await signs_in(house.browser(), INA.email)).heading == "Uw account is inactief"


async def test_a_school_that_wants_two_steps_wants_them_of_substitutes_too(house: House) -> None:
    await change_school(house, house.school, mfa_for_staff=True)
    await bind(house)
    browser = house.browser()
    await chooses_password(browser, await browser.get(await link(house, INA.email, "/activate")))
    assert step_of(await signs_in(browser, INA.email)) == "enrol"
