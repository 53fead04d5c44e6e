"""A teacher helps one child: shows, renews, sets by hand, changes the tile's picture; everything works at once (D22, D28, D29)."""

import logging
import re

import pytest
from sqlalchemy import delete, select

from idp.core.models import LedgerEntry
from idp.credentials.models import PupilSecret
from idp.web.pictures import TILE_PICTURES
from tests.browser import Page
from tests.classroom.teaching import bare, child_signs_in, comes_in, link, press, room, shown_pin
from tests.desk.sitting import recorded
from tests.house import House
from tests.journeys.stories import shortcut, step_of, to_the_secret

RANDOM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|/signin/[\w-]+")
"""What may look like a PIN by accident: ids in the ledger, attempts."""


def of(house: House, name: str, group: str = "Groep 6") -> str:
    return f"{room(house, group)}/{house.people[name]}"


async def signs_in(house: House, name: str, secret: str, group: str = "Groep 6") -> bool:
    page = await child_signs_in(house, house.browser(), name, group, secret)
    return f"Hoi {name}" in page.text


async def test_a_secret_is_hidden_until_asked_for_and_the_view_is_recorded(house: House) -> None:
    browser = await comes_in(house)
    page = await browser.get(of(house, "Noor"))
    assert page.heading == "Noor van Beek"
    assert "4711" not in bare(page)
    assert await recorded(house, "pupil.secrets_shown") == []
    page = await browser.get(f"{of(house, 'Noor')}/secret")
    assert shown_pin(page) == "4711"
    assert page.response.headers["cache-control"] == "no-store"
    query = select(LedgerEntry.subject, LedgerEntry.detail).where(LedgerEntry.action == "pupil.secrets_shown")
    async with house.floor.database.read() as db:
        ((subject, detail),) = (await db.execute(query)).all()
    assert len(subject) == 36
    assert detail == {"group": house.groups["Groep 6"], "pupils": 1, "way": "screen"}


async def test_pictures_are_shown_in_their_order(house: House) -> None:
    await link(house, "juf", house.groups["Groep 2"])
    page = await (await comes_in(house)).get(f"{of(house, 'Sam', 'Groep 2')}/secret")
    drawn = [page.text.index(f"#{key}") for key in ("tree", "boat", "apple")]
    assert drawn == sorted(drawn)
    assert "1 boom" in page.text


async def test_a_new_one_ends_the_childs_sessions_and_nobody_elses(house: House) -> None:
    noor, finn = house.browser(), house.browser()
    await child_signs_in(house, noor, "Noor", "Groep 6", "4711")
    await child_signs_in(house, finn, "Finn", "Groep 6", "0042")
    browser = await comes_in(house)
    page = await browser.choose(await browser.get(of(house, "Noor")), "kind", "pin")
    assert "Hoi Noor" not in (await noor.get("/account")).text
    assert "Hoi Finn" in (await finn.get("/account")).text
    assert await signs_in(house, "Noor", shown_pin(page))
    assert not await signs_in(house, "Noor", "4711")


async def test_one_child_may_have_the_other_kind(house: House) -> None:
    browser = await comes_in(house)
    page = await browser.get(of(house, "Noor"))
    assert page.offers("kind") == ["pin", "pictures"]
    page = await browser.choose(page, "kind", "pictures")
    assert "secret-pictures" in page.text
    assert "Plaatjes</span>" in (await browser.get(room(house))).text
    assert await signs_in(house, "Finn", "0042"), "the others keep theirs"
    ((_, _, detail),) = await recorded(house, "pupil.secrets_renewed")
    assert detail["kinds"] == ["pictures"]


async def test_a_child_that_waits_starts_afresh_with_its_new_secret(house: House) -> None:
    tablet = house.browser()
    page = await tablet.get(shortcut(house.school))
    for _ in range(7):
        page = await child_signs_in(house, house.browser(), "Noor", "Groep 6", "9999")
    assert not await signs_in(house, "Noor", "4711"), "it has to wait"
    browser = await comes_in(house)
    assert "te vaak geprobeerd" in (await browser.get(of(house, "Noor"))).text
    page = await browser.choose(await browser.get(of(house, "Noor")), "kind", "pin")
    assert await signs_in(house, "Noor", shown_pin(page))


async def test_who_has_none_gets_one_of_the_groups_kind(house: House) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(delete(PupilSecret).where(PupilSecret.person_id == house.people["Noor"]))
    browser = await comes_in(house)
    assert "Kan nog niet inloggen" in (await browser.get(room(house))).text
    page = await browser.get(f"{of(house, 'Noor')}/secret")
    assert page.status == 200
    assert page.offers("kind")[0] == "pin"
    page = await browser.choose(page, "kind", "pin")
    assert await signs_in(house, "Noor", shown_pin(page))


async def test_a_pin_is_typed(house: House) -> None:
    browser = await comes_in(house)
    child = house.browser()
    await child_signs_in(house, child, "Noor", "Groep 6", "4711")
    page = await browser.choose(await browser.get(f"{of(house, 'Noor')}/choose"), "pin", " 8361 ", kind="pin")
    assert "Opgeslagen" in page.text
    assert "8361" not in bare(page)
    assert "Hoi Noor" not in (await child.get("/account")).text
    assert await signs_in(house, "Noor", "8361")
    ((_, _, detail),) = await recorded(house, "pupil.secret_chosen")
    assert detail == {"group": house.groups["Groep 6"], "pupils": 1, "kind": "pin"}


async def test_pictures_are_chosen(house: House) -> None:
    browser = await comes_in(house)
    picked = {"picture1": "fish", "picture2": "hat", "picture3": "fish"}
    await press(browser, f"{of(house, 'Noor')}/choose", f"{of(house, 'Noor')}/choose", kind="pictures", **picked)
    tablet = house.browser()
    page = await to_the_secret(tablet, await tablet.get(shortcut(house.school)), house, "Noor", "Groep 6")
    for picture in picked.values():
        page = await tablet.choose(page, "pick", picture)
    assert "Hoi Noor" in page.text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"kind": "pin", "pin": "1111"}, "raadt een klasgenoot"),
        ({"kind": "pin", "pin": "2018"}, "raadt een klasgenoot"),
        ({"kind": "pin", "pin": "471"}, "heeft vier cijfers"),
        ({"kind": "pin", "pin": "٤٧١١"}, "heeft vier cijfers"),
        ({"kind": "pictures", "picture1": "fish", "picture2": "hat"}, "Kies drie plaatjes"),
        ({"kind": "pictures", "picture1": "fish", "picture2": "fish", "picture3": "cat"}, "Kies drie plaatjes"),
        ({"kind": "pictures", "picture1": "fish", "picture2": "fish", "picture3": "fish"}, "minstens twee"),
    ],
)
async def test_what_is_easily_guessed_or_incomplete_is_refused_with_a_reason(
    house: House, fields: dict[str, str], told: str
) -> None:
    browser = await comes_in(house)
    page = await press(browser, f"{of(house, 'Noor')}/choose", f"{of(house, 'Noor')}/choose", **fields)
    assert page.status == 400
    assert told in page.text
    assert fields.get("pin", "no pin") not in bare(page).replace("1111, 1234", "")
    assert await signs_in(house, "Noor", "4711")
    assert await recorded(house, "pupil.secret_chosen") == []


async def test_a_new_picture_is_on_the_pick_list_and_on_the_childs_own_page_at_once(house: House) -> None:
    child = house.browser()
    await child_signs_in(house, child, "Noor", "Groep 6", "4711")
    browser = await comes_in(house)
    page = await browser.get(f"{of(house, 'Noor')}/picture")
    assert len(page.offers("picture")) == len(TILE_PICTURES)
    page = await browser.choose(page, "picture", "rocket")
    assert "is gewijzigd" in page.text
    assert "#rocket" in page.text
    assert "#rocket" in (await child.get("/account")).text
    tablet = house.browser()
    page = await tablet.choose(await tablet.get(shortcut(house.school)), "group", str(house.groups["Groep 6"]))
    assert "#rocket" in page.text
    assert "#cat" not in page.text
    assert await recorded(house, "pupil.picture_changed") != []


async def test_a_child_is_taken_off_the_pick_list_and_put_back(house: House) -> None:
    """D24: it has no tile and is not found by its number, whatever else it signs in with; each change is recorded once."""
    browser, tablet = await comes_in(house), house.browser()
    noor, finn = str(house.people["Noor"]), str(house.people["Finn"])

    async def tiles() -> list[str]:
        page = await tablet.choose(await tablet.get(shortcut(house.school)), "group", str(house.groups["Groep 6"]))
        return page.offers("child")

    assert await tiles() == [finn, noor]
    for _ in range(2):
        page = await press(browser, of(house, "Noor"), f"{of(house, 'Noor')}/show", wanted="hidden")
        assert "staat niet meer op de keuzelijst" in page.text
    assert "Dat is er nog niet: maak het bij Inlogkaartje." in page.text, "without a card it cannot sign in at all"
    assert await tiles() == [finn]
    page = await press(browser, of(house, "Noor"), f"{of(house, 'Noor')}/show", wanted="shown")
    assert await tiles() == [finn, noor]
    assert [detail["pupils"] for _, _, detail in await recorded(house, "pupil.tile_hidden")] == [1]
    assert len(await recorded(house, "pupil.tile_shown")) == 1


async def test_two_children_of_a_group_never_have_one_picture(house: House) -> None:
    browser = await comes_in(house)
    address = f"{of(house, 'Noor')}/picture"
    assert 'value="dog" disabled' in (await browser.get(address)).text
    page = await press(browser, address, address, picture="dog")
    assert page.status == 400
    assert "intussen een ander kind" in page.text
    assert "#cat" in (await browser.get(of(house, "Noor"))).text
    assert await recorded(house, "pupil.picture_changed") == []
    assert (await press(browser, address, address, picture="tree")).status == 400, "a tile never hints at a secret"


async def test_names_and_secrets_stand_in_no_address_log_or_ledger(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    browser = await comes_in(house)
    whole = [room(house) + path for path in ("", "/secrets", "/print", "/print.pdf", "/whole")]
    own = [of(house, "Noor") + path for path in ("", "/secret", "/print", "/choose", "/picture")]
    pages = [await browser.get(path) for path in (*whole, *own)]
    pages.append(await browser.choose(await browser.get(of(house, "Noor")), "kind", "pin"))
    pin = shown_pin(pages[-1])
    choose = f"{of(house, 'Noor')}/choose"
    pages.append(await press(browser, choose, choose, kind="pin", pin="8361"))
    pages.append(await browser.get(f"{room(house)}/999999999"))
    async with house.floor.database.read() as db:
        ledger = [str(row) for row in await db.execute(select(LedgerEntry.detail, LedgerEntry.subject))]
    logged = [str(vars(record)["msg"]) + str(record.args) for record in caplog.records if record.name != "httpx2"]
    said = RANDOM.sub("", "\n".join([*(page.url for page in pages), *ledger, *logged]))
    links = " ".join(url for page in pages if "html" in page.response.headers["content-type"] for url in _links(page))
    for secret in ("4711", "0042", "8361", pin, "Noor", "Beek"):
        assert secret not in links
        assert secret not in said


def _links(page: Page) -> list[str]:
    return [part.split('"')[0] for name in ('href="', 'action="') for part in bare(page).split(name)[1:]]


async def test_a_wrong_secret_after_a_change_asks_again(house: House) -> None:
    browser = await comes_in(house)
    await browser.choose(await browser.get(of(house, "Noor")), "kind", "pin")
    assert step_of(await child_signs_in(house, house.browser(), "Noor", "Groep 6", "4711")) == "secret"
