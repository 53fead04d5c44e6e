"""Devices and links at the desk (D23): enrolled, shown, withdrawn, recorded; and never those of another school."""

import io
import json
import plistlib
import re
from zipfile import ZipFile

import pytest

from directory import device_links, devices
from idp.http import cookies
from tests.browser import Browser, Page
from tests.desk.sitting import base, recorded, sits_down, ticket_on
from tests.house import ELSEWHERE, House
from tests.journeys.stories import add_school, shortcut, step_of
from tests.journeys.test_an_enrolled_device import opens


def place(house: House) -> str:
    return f"{base(house)}/networks/devices"


async def made(house: House, browser: Browser, **form: str) -> Page:
    """The page after the form for a new link."""
    page = await browser.get(f"{place(house)}/links/new")
    return await browser.choose(page, "label", "Kar  bovenbouw", **{"until": "", "most": "", **form})


def token_on(page: Page) -> str:
    found = re.search(r"https://inloggen\.example/device#([\w-]{43})<", page.text)
    assert found is not None
    return found[1]


async def carried_away(house: House, browser: Browser) -> Browser:
    """The same device somewhere else, with nothing but its enrolment."""
    away = house.browser(ELSEWHERE)
    away.cookies[cookies.ENROLLED] = browser.cookies[cookies.ENROLLED]
    return away


async def test_the_device_at_which_one_sits_is_enrolled_and_withdrawn(house: House) -> None:
    browser = await sits_down(house)
    assert "Dit apparaat is niet aangemeld" in (await browser.get(place(house))).text
    page = await browser.choose(await browser.get(f"{place(house)}/new"), "label", " <b>Tablet</b>  3 ")
    assert "Log hier uit voordat u het aan een leerling geeft" in page.text
    assert "Dit apparaat is aangemeld als &lt;b&gt;Tablet&lt;/b&gt; 3" in page.text
    value, same_site = browser.cookies[cookies.ENROLLED]
    assert (len(value), same_site) == (43, "Lax")
    away = await carried_away(house, browser)
    assert step_of(await away.get(shortcut(house.school))) == "group"
    ((school_id, actor, detail),) = await recorded(house, "device.enrolled")
    assert (school_id, len(actor), list(detail)) == (house.school.id, 36, ["device"]), "its name may be somebody's"
    address = f"{place(house)}/{detail['device']}/withdraw"
    page = await browser.get(address)
    assert "Wie er is ingelogd, is uitgelogd" in page.text
    ticket = ticket_on(page)
    page = await browser.post(address, {"ticket": ticket})
    assert "Het apparaat is ingetrokken" in page.text
    assert step_of(await away.get(shortcut(house.school))) == "not_here"
    assert [detail for _, _, detail in await recorded(house, "device.withdrawn")] == [detail]
    assert (await browser.post(address, {"ticket": ticket})).status == 404, "once"


async def test_a_device_enrolled_again_is_one_device_and_needs_a_name(house: House) -> None:
    browser = await sits_down(house)
    for label in ("Tablet 3", "Tablet drie"):
        await browser.choose(await browser.get(f"{place(house)}/new"), "label", label)
    page = await browser.choose(await browser.get(f"{place(house)}/new"), "label", "  ")
    assert (page.status, "Geef een naam" in page.text) == (400, True)
    async with house.floor.database.read() as db:
        assert [one.label for one in await devices.by_hand(db, house.school.id)] == ["Tablet drie"]


async def test_a_link_is_made_shown_again_and_withdrawn_with_its_devices(house: House) -> None:
    browser = await sits_down(house)
    page = await made(house, browser, until="2027-07-31", most="40")
    assert page.heading == "Link voor Kar bovenbouw"
    token = token_on(page)
    assert token not in page.url
    tablet = house.browser(ELSEWHERE)
    assert step_of(await opens(tablet, token)) == "group"
    page = await browser.get(place(house))
    assert "hoogstens 40 apparaten per dag" in page.text
    ((_, _, detail),) = await recorded(house, "device_link.made")
    address = f"{place(house)}/links/{detail['link']}"
    assert token_on(await browser.get(address)) == token
    assert len(await recorded(house, "device_link.shown")) == 2, "each look is recorded"
    assert f'href="{address}/zip"' in (await browser.get(address)).text
    files = ZipFile(io.BytesIO((await browser.get(f"{address}/zip")).response.content))
    (clip,) = plistlib.loads(files.read("iPad/De Regenboog.mobileconfig"))["PayloadContent"]
    _, mark = json.loads(files.read("Chromebook/ManagedBookmarks.json"))
    assert clip["URL"] == mark["url"] == f"https://inloggen.example/device#{token}"
    assert "Kar bovenbouw" in files.read("LEES MIJ.txt").decode("utf-8-sig")
    assert len(await recorded(house, "device_link.shown")) == 4, "who takes the files too"
    page = await browser.get(f"{address}/withdraw")
    assert "vervallen meteen: 1" in page.text
    await browser.post(f"{address}/withdraw", {"ticket": ticket_on(page)})
    assert step_of(await tablet.get(shortcut(house.school))) == "not_here"
    assert (await opens(house.browser(ELSEWHERE), token)).status == 410
    assert [one for _, _, one in await recorded(house, "device_link.withdrawn")] == [{**detail, "devices": 1}]
    assert (await browser.get(address)).status == 404


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"until": "2026-11-22"}, "Kies een dag die nog komt"),
        ({"until": "morgen"}, "Kies een dag die nog komt"),
        ({"most": "0"}, "van 1 tot en met 2000"),
        ({"most": "2001"}, "van 1 tot en met 2000"),
        ({"most": "²"}, "van 1 tot en met 2000"),
    ],
)
async def test_a_link_without_sense_is_refused_in_words(house: House, form: dict[str, str], told: str) -> None:
    page = await made(house, await sits_down(house), **form)
    assert page.status == 400
    assert told in page.text
    assert 'value="Kar  bovenbouw"' in page.text, "what was typed stands there again"
    assert await recorded(house, "device_link.made") == []


async def test_everything_at_once(house: House) -> None:
    browser = await sits_down(house)
    token = token_on(await made(house, browser))
    await opens(house.browser(ELSEWHERE), token)
    await browser.choose(await browser.get(f"{place(house)}/new"), "label", "Tablet 3")
    away = await carried_away(house, browser)
    page = await browser.get(f"{place(house)}/withdraw")
    assert "Aangemelde apparaten nu: 2" in page.text
    await browser.post(f"{place(house)}/withdraw", {"ticket": ticket_on(page)})
    assert step_of(await away.get(shortcut(house.school))) == "not_here"
    assert (await opens(house.browser(ELSEWHERE), token)).status == 410
    ((_, _, detail),) = await recorded(house, "devices.withdrawn")
    assert detail == {"devices": 2, "links": 1}


async def test_nothing_of_another_school_is_shown_or_withdrawn(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    floor = house.floor
    async with floor.database.begin() as db:
        today = house.clock.now.date()
        device_id, _ = await devices.enrol(db, floor.keyring, other.id, "Tablet", now=floor.now, today=today)
        link_id, _ = await device_links.make(
            db, floor.keyring, other.id, "Kar", now=floor.now, until=None, most_a_day=None
        )
    browser = await sits_down(house)
    ticket = ticket_on(await browser.get(f"{place(house)}/new"))
    assert "Tablet" not in (await browser.get(place(house))).text.replace("tablet", "")
    for path in (f"{device_id}/withdraw", f"links/{link_id}", f"links/{link_id}/withdraw"):
        assert (await browser.get(f"{place(house)}/{path}")).status == 404
    for path in (f"{device_id}/withdraw", f"links/{link_id}/withdraw"):
        assert (await browser.post(f"{place(house)}/{path}", {"ticket": ticket})).status == 404
    await browser.post(f"{place(house)}/withdraw", {"ticket": ticket})
    async with floor.database.read() as db:
        assert await devices.count(db, other.id) == 1
        assert len(await device_links.of_school(db, other.id)) == 1


async def test_a_long_list_is_paged(house: House) -> None:
    floor = house.floor
    async with floor.database.begin() as db:
        for number in range(52):
            label, today = f"Nummer {number:02}", house.clock.now.date()
            await devices.enrol(db, floor.keyring, house.school.id, label, now=floor.now, today=today)
    browser = await sits_down(house)
    page = await browser.get(place(house))
    assert ("Nummer 51" in page.text, "Nummer 01" in page.text) == (True, False)
    found = re.search(rf'href="({re.escape(place(house))}\?before=\d+)"', page.text)
    assert found is not None
    page = await browser.get(found[1])
    assert ("Nummer 51" in page.text, "Nummer 01" in page.text, "Nummer 00" in page.text) == (False, True, True)
