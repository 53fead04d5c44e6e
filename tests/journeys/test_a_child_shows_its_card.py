"""A child that cannot read yet shows its card and is in: at its own school, on whatever road it came (D23, D29, R108)."""

import pytest
from sqlalchemy import delete, insert, select, update

from directory.models import Enrolment, SchoolAddress
from idp.core.models import LedgerEntry
from idp.credentials.models import PupilSecret
from idp.http import cookies
from idp.signin.assurance import ACR, Level
from tests.cards import card_of, shows, to_the_card
from tests.house import BASE, ELSEWHERE, House, authorize_url, redeem
from tests.journeys.stories import add_child, add_group, add_school, shortcut, step_of
from tests.journeys.test_a_child_goes_to_a_publisher import claims_of
from tests.journeys.test_a_shortcut_leads_to_a_lesson import to
from tests.journeys.test_an_enrolled_device import link, opens
from tests.metadata.test_targets import LESSON, registered

CAMERA = "permissions-policy"


async def test_one_tap_and_a_card_and_the_next_child_needs_the_card_alone(house: House) -> None:
    noor, finn = await card_of(house, "Noor"), await card_of(house, "Finn")
    tablet = house.browser()
    page = await tablet.get(shortcut(house.school))
    assert step_of(page) == "group"
    page = await tablet.choose(page, "instead", "card")
    assert page.heading == "Laat je kaartje zien"
    assert (await tablet.choose(page, "card", noor)).heading == "Hoi Noor!"
    page = await tablet.get(shortcut(house.school))
    assert step_of(page) == "card", "this device goes by cards"
    assert (await tablet.choose(page, "card", finn)).heading == "Hoi Finn!"
    assert (await tablet.get("/account")).heading == "Hoi Finn!"
    kept = tablet.cookies[cookies.BY_CARD]
    assert kept == ("1", "Lax"), "the cookie says nothing of who"


async def test_the_way_back_to_the_tiles_is_one_button_and_remembered_too(house: House) -> None:
    tablet = house.browser()
    await shows(house, tablet, await card_of(house, "Noor"))
    page = await tablet.choose(await tablet.get(shortcut(house.school)), "back", "child")
    assert page.heading == "Ben jij Noor?"
    page = await tablet.choose(page, "who", "other")
    assert step_of(page) == "group"
    page = await tablet.choose(page, "group", str(house.groups["Groep 6"]))
    page = await tablet.choose(page, "instead", "card")
    page = await tablet.choose(page, "back", "child")
    assert step_of(page) == "child", "back to the tiles of the group that was chosen"
    page = await tablet.choose(await tablet.choose(page, "child", str(house.people["Finn"])), "pin", "0042")
    assert page.heading == "Hoi Finn!"
    assert step_of(await tablet.get(shortcut(house.school))) == "same_child"


async def test_a_publisher_gets_the_same_level_and_the_word_for_a_card(house: House) -> None:
    tablet, asked = house.browser(), authorize_url()
    page = await tablet.choose(await tablet.get(asked.url), "instead", "card")
    page = await tablet.choose(page, "card", await card_of(house, "Noor"))
    told = claims_of((await redeem(house, tablet, page, asked)).json()["id_token"])
    assert told["acr"] == ACR[Level.PUPIL_SECRET]
    assert told["amr"] == ["urn:poortwachter:amr:inlogkaartje"]
    again = await tablet.get(authorize_url().url)
    assert "code" in again.query, "one session, as after a PIN"


async def test_asked_to_prove_it_again_a_child_shows_its_card_again(house: House) -> None:
    tablet, code = house.browser(), await card_of(house, "Noor")
    await shows(house, tablet, code)
    page = await tablet.get(authorize_url(prompt="login").url)
    assert step_of(page) == "card"
    assert "code" in (await tablet.choose(page, "card", code)).query


async def test_at_an_address_of_two_schools_the_card_says_which(house: House) -> None:
    other = await add_school(house, "De Overkant", "99YY", networks=["192.0.2.0/28"])
    house.people["Lotte"] = await add_child(house, other, await add_group(house, other, "Groep 5"), "Lotte", "Bos")
    tablet = house.browser()
    page = await tablet.get(authorize_url().url)
    assert step_of(page) == "school"
    page = await tablet.choose(page, "instead", "card")
    assert "code" in (await tablet.choose(page, "card", await card_of(house, "Lotte"))).query
    assert (await tablet.get("/account")).heading == "Hoi Lotte!"
    async with house.floor.database.read() as db:
        at = select(LedgerEntry.school_id).where(LedgerEntry.action == "signin.passed")
        assert list((await db.execute(at)).scalars()) == [other.id]


async def test_a_card_survives_a_change_of_group(house: House) -> None:
    code = await card_of(house, "Noor")
    async with house.floor.database.begin() as db:
        mine = Enrolment.person_id == house.people["Noor"]
        await db.execute(update(Enrolment).where(mine).values(group_id=house.groups["Groep 2"]))
    assert await card_of(house, "Noor") == code
    assert (await shows(house, house.browser(), code)).heading == "Hoi Noor!"


async def test_a_child_without_a_pin_goes_by_its_card(house: House) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(delete(PupilSecret).where(PupilSecret.person_id == house.people["Noor"]))
    assert (await shows(house, house.browser(), await card_of(house, "Noor"))).heading == "Hoi Noor!"


@pytest.mark.parametrize("typed", [str.lower, lambda code: f" {code[:16]}\t{code[16:]}\r\n"], ids=["lower", "spaced"])
async def test_a_scanner_types_it_as_its_keyboard_does(house: House, typed: object) -> None:
    assert callable(typed)
    assert (await shows(house, house.browser(), typed(await card_of(house, "Noor")))).heading == "Hoi Noor!"


async def test_the_camera_is_for_that_page_alone(house: House) -> None:
    tablet = house.browser()
    page = await to_the_card(tablet, house)
    assert "camera=(self)" in page.response.headers[CAMERA]
    assert "microphone=()" in page.response.headers[CAMERA]
    assert "script-src 'self'" in page.response.headers["content-security-policy"]
    after = await tablet.choose(page, "card", await card_of(house, "Noor"))
    for other in (after, await tablet.get("/"), await house.browser().get(shortcut(house.school))):
        assert "camera=()" in other.response.headers[CAMERA]


async def test_a_sign_in_by_card_is_written_down_without_the_card(house: House) -> None:
    code = await card_of(house, "Noor")
    await shows(house, house.browser(), code)
    query = select(LedgerEntry.action, LedgerEntry.detail).where(LedgerEntry.action.like("signin.%"))
    async with house.floor.database.read() as db:
        told = [tuple(row) for row in await db.execute(query)]
    assert told == [("signin.passed", {"way": "card"})]


async def test_a_teacher_on_the_same_tablet_is_not_asked_for_a_card(house: House) -> None:
    tablet = house.browser()
    await shows(house, tablet, await card_of(house, "Noor"))
    page = await tablet.post("/signin", {"way": "staff"})
    assert step_of(page) == "password"


async def test_a_card_works_on_an_enrolled_device_wherever_it_is(house: House) -> None:
    tablet, code = house.browser(ELSEWHERE), await card_of(house, "Noor")
    _, token = await link(house)
    await opens(tablet, token)
    assert (await shows(house, tablet, code)).heading == "Hoi Noor!"
    assert step_of(await house.browser(ELSEWHERE).get(shortcut(house.school))) == "not_here"


async def test_a_child_of_two_schools_at_one_address_is_at_the_one_of_the_shortcut(house: House) -> None:
    other = await add_school(house, "De Overkant", "99YY", networks=["192.0.2.0/28"])
    row = {
        "school_id": other.id,
        "person_id": house.people["Noor"],
        "las_key": "N",
        "year_group": "6",
        "picture": "cat",
    }
    async with house.floor.database.begin() as db:
        await db.execute(insert(Enrolment).values(row))
    code = await card_of(house, "Noor")
    for school in (house.school, other):
        tablet = house.browser()
        page = await tablet.choose(await tablet.get(shortcut(school)), "instead", "card")
        await tablet.choose(page, "card", code)
    async with house.floor.database.read() as db:
        at = select(LedgerEntry.school_id).where(LedgerEntry.action == "signin.passed").order_by(LedgerEntry.id)
        assert list((await db.execute(at)).scalars()) == [house.school.id, other.id]


async def test_a_sign_in_by_card_counts_as_the_first_and_as_seen_today(house: House) -> None:
    await shows(house, house.browser(), await card_of(house, "Noor"))
    async with house.floor.database.read() as db:
        used = select(PupilSecret.first_used_at).where(PupilSecret.person_id == house.people["Noor"])
        assert (await db.execute(used)).scalar_one() == house.clock.now
        seen = select(SchoolAddress.seen_on).where(SchoolAddress.network == "192.0.2.0/28")
        assert (await db.execute(seen)).scalar_one() == house.clock.now.date()


async def test_who_begins_anew_on_a_tablet_of_cards_is_asked_for_a_card_again(house: House) -> None:
    tablet, code = house.browser(), await card_of(house, "Noor")
    await shows(house, tablet, code)
    await tablet.post("/signout", {**(await tablet.get("/account")).form("not_me").hidden})
    page = await tablet.get(authorize_url(response_mode="form_post").url)
    form = page.form("card")
    await tablet.request("POST", form.action, data={**form.hidden, "card": code})
    tablet.drop(cookies.SESSION)
    assert step_of(await tablet.get(page.url)) == "card"


async def test_a_shortcut_to_a_lesson_ends_there_by_card_too(house: House) -> None:
    await registered(house)
    tablet = house.browser()
    page = await tablet.choose(await tablet.get(to(house.school, LESSON)), "instead", "card")
    assert "Rekenrijk" in page.text, "where the journey leads is in view"
    page = await tablet.choose(page, "card", await card_of(house, "Noor"))
    assert page.query == {"iss": BASE, "target_link_uri": LESSON}
