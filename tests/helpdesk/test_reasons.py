"""A refusal is explained by its reference: to the helpdesk without the party, to the school's own coordinator with it (R144, D37)."""

import re

import pytest
from sqlalchemy import update

from consent import ticks
from idp.core import ids
from idp.core.errors import Problem
from idp.signin import refusals
from metadata.models import Party
from tests.browser import Browser, Page
from tests.desk.sitting import base, recorded, sits_down, ticket_on
from tests.helpdesk.working import comes_to_work
from tests.house import House, authorize_url, staff_signs_in
from tests.inside import lapse, stored
from tests.journeys.stories import add_school, step_of


async def refused(house: House, cause: str) -> tuple[Browser, Page, str]:
    """A teacher who cannot go on; the reference on the page."""
    browser = house.browser()
    page = await browser.get(authorize_url().url)
    async with house.floor.database.begin() as db:
        if cause == "consent.not_given":
            await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")
        else:
            await db.execute(update(Party).values(enabled=False))
    page = await staff_signs_in(browser, page, "juf")
    assert step_of(page) == "refused"
    return browser, page, reference_on(page)


def reference_on(page: Page) -> str:
    found = re.search(r'class="reference">[^<]*<code>([0-9A-Z]{4}-[0-9A-Z]{4})</code>', page.text)
    assert found is not None
    return found[1]


async def asks(browser: Browser, reference: str, path: str = "/helpdesk/reasons") -> Page:
    page = await browser.get(path)
    where = path if path.endswith("reasons") else f"{path}/code"
    return await browser.post(where, {"ticket": ticket_on(page), "reference": reference})


async def test_the_helpdesk_reads_the_reason_and_the_school_but_no_party(house: House) -> None:
    """However the caller spells it; and the page has the same reference when it is shown again."""
    browser, page, reference = await refused(house, "consent.not_given")
    assert reference_on(await browser.get(page.url)) == reference
    helpdesk = await comes_to_work(house, "helpdesk")
    for spelt in (reference, reference.lower().replace("-", " ")):
        told = await asks(helpdesk, spelt)
        assert "De Regenboog heeft geen toestemming gegeven voor deze software" in told.text
        assert "Rekenrijk" not in told.text
    assert [detail for _, _, detail in await recorded(house, "helpdesk.refusal_explained")] == [
        {"code": "consent.not_given"}
    ] * 2


async def test_where_it_is_the_partys_doing_the_school_is_left_out_as_well(house: House) -> None:
    """Else one party that is switched off would name its schools one by one (D37)."""
    _, _, reference = await refused(house, "party.disabled")
    told = await asks(await comes_to_work(house, "operator"), reference)
    assert "op dit moment uitgezet" in told.text
    assert not any(word in told.text for word in ("Rekenrijk", "Regenboog", house.school.code))


async def test_only_who_coordinates_that_school_reads_which_party_it_was(house: House) -> None:
    _, _, reference = await refused(house, "consent.not_given")
    told = await asks(await sits_down(house), reference, f"{base(house)}/why")
    assert "De Regenboog heeft geen toestemming gegeven voor Rekenrijk" in told.text
    other = await add_school(house, "De Overkant", "98XX")
    foreign = await refusals.keep(
        house.floor, "x", refusals.Refusal("consent.not_given", 0, "staff", other.id, house.party_id), proven=True
    )
    told = await asks(await sits_down(house), foreign, f"{base(house)}/why")
    assert "niet (meer) bekend" in told.text
    assert not any(word in told.text for word in ("Overkant", "Rekenrijk"))


@pytest.mark.parametrize(
    "reference", ["", "WJYV", "WJYV-TQR0", "WJYVTQRSX", "../../etc", "WJYV-TQRS' OR 1=1", "brief 2026-114", "7"]
)
def test_a_reference_of_another_kind_is_none(reference: str) -> None:
    assert refusals.read_reference(reference) is None


async def test_a_reference_of_something_else_tells_nothing(house: House) -> None:
    """One that nobody was given, or that is over, is nothing at all."""
    helpdesk = await comes_to_work(house, "helpdesk")
    assert "niet (meer) bekend" in (await asks(helpdesk, "WJYV-TQRS")).text
    assert (await asks(helpdesk, "2026-114")).status == 400
    _, _, reference = await refused(house, "consent.not_given")
    assert await stored(house, "refusal") == 1
    await lapse(house, days=14, seconds=1)
    assert await refusals.find(house.floor, reference) is None


async def test_the_code_on_every_page_of_failure_is_explained_though_nothing_of_it_is_kept(house: House) -> None:
    """A code that nobody gave out explains nothing, and of a failure neither moment nor school is told."""
    page = await house.browser().get("/er-is-hier-niets")
    reference = reference_on(page)
    helpdesk, operator = await comes_to_work(house, "helpdesk"), await comes_to_work(house, "operator")
    told = await asks(helpdesk, reference.lower())
    assert (told.status, "Dit was een foutmelding" in told.text) == (200, True)
    assert house.resources.pages.text("nl", "problem.not_found.staff_title") in told.text
    assert "Regenboog" not in told.text.split("<main", 1)[-1]
    codes = house.resources.pages.problems()
    assert len(codes) > 40
    for code in codes:
        told = await asks(operator, Problem(code).reference)
        assert (told.status, "niet (meer) bekend" in told.text) == (200, False), code
    drawn = [ids.reference() for _ in range(50)]
    assert sum(refusals.code_of(one, codes) is not None for one in drawn) <= 1
    desk = await sits_down(house)
    assert "Dit was een foutmelding" in (await asks(desk, reference, f"/desk/{house.school.code}/why")).text
