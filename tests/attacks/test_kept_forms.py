"""A form that waits for a fresh proof is done by nobody but its sender, and only if a page of ours made it (C-133, C-318)."""

from sqlalchemy import delete

from directory.models import EmploymentRole
from idp.web import guarding
from tests.browser import Browser, Form, Page, forms_of
from tests.desk.sitting import base, sits_down, ticket_on
from tests.house import PASSWORD, House
from tests.inside import lapse
from tests.journeys.stories import step_of

NETWORK = "198.51.100.10"


def kept_on(page: Page) -> Form:
    [form] = [form for form in forms_of(page.text) if form.hidden.get("network")]
    return form


async def too_late(house: House, browser: Browser, **changes: str) -> Page:
    """The page that asks for a fresh proof, after a form that came too late."""
    ticket = ticket_on(await browser.get(f"{base(house)}/networks/new"))
    await lapse(house, seconds=guarding.TO_SEND)
    form = {"ticket": ticket, "network": NETWORK, "kind": "vast", "label": "", **changes}
    page = await browser.post(f"{base(house)}/networks/new", form)
    assert step_of(page) == "password"
    return page


async def proves(house: House, browser: Browser, page: Page, name: str = "ict") -> Page:
    page = await browser.choose(page, "email", f"{name}@regenboog.example", password=PASSWORD)
    return await browser.choose(page, "code", house.code()) if name == "ict" else page


async def networks(house: House, browser: Browser) -> str:
    return (await browser.get(f"{base(house)}/networks")).text


async def test_its_sender_finds_it_again_and_does_it_with_one_button(house: House) -> None:
    browser = await sits_down(house)
    page = await proves(house, browser, await too_late(house, browser, label='Hoofd"gebouw'))
    assert page.heading == "Uw wijziging is nog niet gedaan"
    assert NETWORK not in await networks(house, browser)
    form = kept_on(page)
    assert form.hidden["label"] == 'Hoofd"gebouw'
    assert NETWORK in (await browser.post(form.action, form.hidden)).text


async def test_a_form_that_no_page_of_ours_made_is_not_kept(house: House) -> None:
    browser = await sits_down(house)
    page = await proves(house, browser, await too_late(house, browser, ticket="0" * 32))
    assert page.heading == "Netwerken van de school"
    assert NETWORK not in page.text


async def test_whoever_proves_himself_instead_does_not_get_it(house: House) -> None:
    browser = await sits_down(house)
    page = await proves(house, browser, await too_late(house, browser), name="juf")
    assert page.heading == "Dag Juf"
    assert NETWORK not in page.text


async def test_another_browser_does_not_find_it(house: House) -> None:
    browser = await sits_down(house)
    page = await too_late(house, browser)
    address = page.url.replace("/signin/", "/again/")
    await proves(house, browser, page)
    await lapse(house, minutes=1)
    other = await sits_down(house)
    assert (await other.get(address)).status == 403


async def test_it_is_not_done_before_the_proof(house: House) -> None:
    browser = await sits_down(house)
    page = await too_late(house, browser)
    assert (await browser.get(page.url.replace("/signin/", "/again/"))).heading == "Dag Ict"
    assert NETWORK not in await networks(house, browser)


async def test_its_ticket_fits_no_other_address_and_no_other_session(house: House) -> None:
    browser = await sits_down(house)
    form = kept_on(await proves(house, browser, await too_late(house, browser)))
    await lapse(house, minutes=1)
    other = await sits_down(house)
    assert (await other.post(form.action, form.hidden)).status == 403
    answer = await browser.post(f"{base(house)}/two-steps", {"ticket": form.hidden["ticket"], "wanted": "on"})
    assert answer.status == 403


async def test_a_right_that_was_taken_meanwhile_counts(house: House) -> None:
    browser = await sits_down(house)
    form = kept_on(await proves(house, browser, await too_late(house, browser)))
    async with house.floor.database.begin() as db:
        await db.execute(delete(EmploymentRole).where(EmploymentRole.role == "ict-coordinator"))
    assert (await browser.post(form.action, form.hidden)).status == 403


async def test_a_form_with_a_secret_in_it_is_not_kept(house: House) -> None:
    browser = await sits_down(house)
    page = await proves(house, browser, await too_late(house, browser, new_password="Fietsbel-op-dinsdag-3"))
    assert page.heading == "Netwerken van de school"
    assert "Fietsbel" not in page.text


async def test_an_address_that_is_kept_nowhere_is_not_kept_here_either(house: House) -> None:
    """D29: a parent's address that is typed to mail a code."""
    browser = await sits_down(house)
    page = await proves(house, browser, await too_late(house, browser, unkept_email="ouder@gezin.example"))
    assert page.heading == "Netwerken van de school"
    assert "gezin.example" not in page.text
