"""A teacher looks after a group: who can sign in, who waits, what they sign in with (D2, D20, D22, D28)."""

import re

from sqlalchemy import select

from directory.models import Enrolment
from idp.core.throttle import CHILD
from tests.browser import Page
from tests.classroom.teaching import add_subgroup, bare, child_signs_in, comes_in, link, press, room, shown_pin
from tests.desk.sitting import recorded, ticket_on
from tests.house import PASSWORD, House
from tests.inside import lapse
from tests.journeys.stories import add_child, shortcut, step_of, to_the_secret


def rows(page: Page) -> dict[str, str]:
    """What the list of children says, by name."""
    found = re.findall(r'<a class="pupil".*?</a>', page.text, re.S)
    words = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]
    names = [str(re.search(r"<strong>(.*?)</strong>", row)[1]) for row in found]  # type: ignore[index]
    return dict(zip(names, words, strict=True))


async def test_every_child_with_picture_name_and_state_and_no_secret(house: House) -> None:
    await add_child(house, house.school, house.groups["Groep 6"], "Noor", "Bakker", picture="sun")
    await child_signs_in(house, house.browser(), "Noor", "Groep 6", "4711")
    page = await (await comes_in(house)).get(room(house))
    assert rows(page) == {
        "Finn van Beek": "Finn van Beek Nog niet ingelogd Pincode",
        "Noor Bakker": "Noor Bakker Nog niet ingelogd Pincode",
        "Noor van Beek": "Noor van Beek Geactiveerd Pincode",
    }
    assert "#cat" in page.text
    assert "4711" not in bare(page)
    assert "0042" not in bare(page)
    assert "2 nog niet ingelogd" in page.text


async def test_everything_is_shown_on_request_and_recorded_with_counts_only(house: House) -> None:
    browser = await comes_in(house)
    page = await browser.get(f"{room(house)}/secrets")
    assert page.response.headers["cache-control"] == "no-store"
    assert rows(page)["Noor van Beek"].endswith("4711")
    assert rows(page)["Finn van Beek"].endswith("0042")
    ((school, actor, detail),) = await recorded(house, "pupil.secrets_shown")
    assert (school, detail) == (house.school.id, {"group": house.groups["Groep 6"], "pupils": 2, "way": "screen"})
    assert len(actor) == 36
    await browser.get(f"{room(house)}/secrets")
    assert len(await recorded(house, "pupil.secrets_shown")) == 2, "each view"


async def test_a_child_that_guessed_too_often_is_seen_and_freed_with_one_click(house: House) -> None:
    tablet = house.browser()
    page = await to_the_secret(tablet, await tablet.get(shortcut(house.school)), house, "Noor", "Groep 6")
    for _ in range(CHILD.free + 1):
        page = await tablet.choose(page, "pin", "9999")
    browser = await comes_in(house)
    page = await browser.get(room(house))
    assert "Deze leerlingen moeten wachten" in page.text
    assert "Moet wachten" in rows(page)["Noor van Beek"]
    assert "Moet wachten" not in rows(page)["Finn van Beek"]
    page = await browser.choose(page, "child", str(house.people["Noor"]))
    assert "meteen weer proberen" in page.text
    assert "Deze leerlingen moeten wachten" not in page.text
    assert "Hoi Noor" in (await child_signs_in(house, house.browser(), "Noor", "Groep 6", "4711")).text
    ((_, _, detail),) = await recorded(house, "pupil.tries_forgiven")
    assert detail == {"group": house.groups["Groep 6"], "pupils": 1}


async def test_a_group_is_changed_over_at_once(house: House) -> None:
    browser = await comes_in(house)
    child = house.browser()
    await child_signs_in(house, child, "Noor", "Groep 6", "4711")
    page = await browser.get(f"{room(house)}/whole")
    assert "2 met een pincode, 0 met wachtwoordplaatjes" in page.text
    page = await browser.choose(page, "kind", "pictures", now="1")
    assert "Opgeslagen" in page.text
    assert all("Plaatjes" in said for said in rows(page).values())
    ((_, _, detail),) = await recorded(house, "group.secret_kind_chosen")
    assert detail == {"group": house.groups["Groep 6"], "kind": "pictures", "renewed": 2}
    assert "Hoi Noor" not in (await child.get("/account")).text, "the old secret's session is over"
    again = house.browser()
    page = await to_the_secret(again, await again.get(shortcut(house.school)), house, "Noor", "Groep 6")
    assert page.offers("pick")


async def test_or_only_for_who_still_comes(house: House) -> None:
    browser = await comes_in(house)
    page = await browser.choose(await browser.get(f"{room(house)}/whole"), "kind", "pictures")
    assert all("Pincode" in said for said in rows(page).values())
    assert "krijgt wachtwoordplaatjes" in page.text
    assert "Hoi Noor" in (await child_signs_in(house, house.browser(), "Noor", "Groep 6", "4711")).text


async def test_everybody_gets_a_new_one_after_a_yes(house: House) -> None:
    browser = await comes_in(house)
    child = house.browser()
    await child_signs_in(house, child, "Finn", "Groep 6", "0042")
    ticket = ticket_on(await browser.get(f"{room(house)}/whole"))
    assert (await browser.post(f"{room(house)}/whole/renew", {"ticket": ticket})).status == 400
    assert "Hoi Finn" in (await child.get("/account")).text
    page = await browser.choose(await browser.get(f"{room(house)}/whole"), "sure", "1")
    assert page.heading == "Afdrukken: Groep 6"
    assert "0042" not in bare(page)
    assert "Hoi Finn" not in (await child.get("/account")).text
    ((_, _, detail),) = await recorded(house, "pupil.secrets_renewed")
    assert detail == {"group": house.groups["Groep 6"], "pupils": 2, "kinds": ["pin"]}
    page = await browser.get(f"{room(house)}/{house.people['Finn']}/secret")
    assert "Hoi Finn" in (await child_signs_in(house, house.browser(), "Finn", "Groep 6", shown_pin(page))).text


async def test_a_subgroup_shows_its_children_and_has_no_kind(house: House) -> None:
    where = Enrolment.person_id == house.people["Sam"]
    async with house.floor.database.read() as db:
        enrolment_id = (await db.execute(select(Enrolment.id).where(where))).scalar_one()
    house.groups["Plusgroep"] = await add_subgroup(house, "Plusgroep", enrolment_id)
    await link(house, "juf", house.groups["Plusgroep"])
    browser = await comes_in(house)
    page = await browser.get(room(house, "Plusgroep"))
    assert list(rows(page)) == ["Sam van Beek"]
    page = await browser.get(f"{room(house, 'Plusgroep')}/whole")
    assert page.offers("kind") == []
    form = {"ticket": ticket_on(page), "kind": "pin", "now": "1"}
    assert (await browser.post(f"{room(house, 'Plusgroep')}/whole/kind", form)).status == 404
    assert "subgroep" in (await browser.get("/classroom")).text


async def test_a_choice_that_is_none_changes_nothing(house: House) -> None:
    browser = await comes_in(house)
    page = await press(browser, f"{room(house)}/whole", f"{room(house)}/whole/kind", kind="voice", now="1")
    assert page.status == 400
    assert await recorded(house, "group.secret_kind_chosen") == []


async def test_an_empty_group_says_so(house: House) -> None:
    house.groups["Groep 9"] = await add_subgroup(house, "Groep 9")
    await link(house, "juf", house.groups["Groep 9"])
    page = await (await comes_in(house)).get(room(house, "Groep 9"))
    assert "Nog geen leerlingen" in page.text


async def test_a_reset_at_half_past_eight_takes_two_taps(house: House) -> None:
    """From the group's page: the child, and "Nieuwe pincode". The new one stands there, large, and works."""
    browser = await comes_in(house)
    page = await browser.get(room(house))
    (address,) = re.findall(rf'<a class="pupil" href="([^"]*/{house.people["Noor"]})"', page.text)
    page = await browser.get(address)
    assert page.offers("kind")[0] == "pin"
    page = await browser.choose(page, "kind", "pin")
    pin = shown_pin(page)
    assert pin != "4711"
    assert "Hoi Noor" in (await child_signs_in(house, house.browser(), "Noor", "Groep 6", pin)).text
    assert step_of(await child_signs_in(house, house.browser(), "Noor", "Groep 6", "4711")) == "secret"


async def test_an_hour_later_the_password_stands_between_and_the_button_is_pressed_once_more(house: House) -> None:
    browser = await comes_in(house)
    noor = f"{room(house)}/{house.people['Noor']}"
    page = await browser.get(noor)
    await lapse(house, minutes=40)
    page = await browser.choose(page, "kind", "pin")
    assert step_of(page) == "password"
    page = await browser.choose(page, "email", "juf@regenboog.example", password=PASSWORD)
    assert page.url.endswith(noor)
    page = await browser.choose(page, "kind", "pin")
    assert "Hoi Noor" in (await child_signs_in(house, house.browser(), "Noor", "Groep 6", shown_pin(page))).text
