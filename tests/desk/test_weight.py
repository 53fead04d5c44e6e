"""Pages of a school of 225 children, each under 60 kB before it is packed and with all that belongs to it; `-s` prints the table of sizes."""

import re

from sqlalchemy import func, select

from directory.models import Enrolment
from idp.core import ledger
from tests.browser import Browser
from tests.desk.sitting import base, sits_down, ticket_on
from tests.desk.test_imports import edexml, fingerprint, press, upload
from tests.house import House
from tests.web.weighing import LIGHT, weighed

AT_THE_DESK = (
    "",
    "/staff",
    "/imports",
    "/school-year",
    "/substitutes",
    "/home",
    "/networks/shortcuts",
    "/parties",
    "/parties/1/people",
    "/trail",
    "/evidence",
)
IN_A_GROUP = ("", "/cards", "/secrets", "/print", "/home", "/home/whole")


async def fullest(house: House) -> int:
    """The group with the most children."""
    query = select(Enrolment.group_id).where(Enrolment.school_id == house.school.id, Enrolment.active)
    async with house.floor.database.read() as db:
        grouped = query.group_by(Enrolment.group_id).order_by(func.count().desc(), Enrolment.group_id)
        found = (await db.execute(grouped.limit(1))).scalar_one()
    assert found is not None
    return found


async def test_no_page_of_a_school_of_225_weighs_sixty_kilobytes(house: House) -> None:
    """All children new, all imported, all gone for 225 others; lists of people; every page of a full group and of a child."""
    browser = await sits_down(house)
    sizes: dict[str, int] = {}
    page = await upload(browser, house, edexml(pupils=225, groups=7))
    assert page.text.count("<li>") >= 225, "every child is named"
    sizes["plan, 225 new"] = weighed(page.text)
    page = await press(browser, page, "carry-out", fingerprint=fingerprint(page))
    sizes["import, 225 made"] = weighed(page.text)
    page = await upload(browser, house, edexml(pupils=225, groups=7, seed=8))
    assert page.text.count("<li>") >= 450
    sizes["plan, 225 new and 225 gone"] = weighed(page.text)
    page = await upload(browser, house, edexml(pupils=225, groups=7, year="2027-2028"))
    sizes["plan, a new school year"] = weighed(page.text)
    await _something_happens(house)
    for path in AT_THE_DESK:
        sizes[f"desk {path}"] = await _looked(browser, f"{base(house)}{path}")
    groups = f"/classroom/{house.school.code}"
    here = f"{groups}/{await fullest(house)}"
    sizes["groups"] = await _looked(browser, groups)
    ticket = ticket_on(await browser.get(f"{here}/cards"))
    for made in ("cards", "home/make"):
        assert (await browser.post(f"{here}/{made}", {"ticket": ticket})).status == 200
    for path in IN_A_GROUP:
        sizes[f"group {path}"] = await _looked(browser, f"{here}{path}")
    children = re.findall(rf'href="({here}/[0-9]+)"', (await browser.get(here)).text)
    assert len(set(children)) > 30
    for path in ("", "/picture", "/choose"):
        sizes[f"child {path}"] = await _looked(browser, f"{children[0]}{path}")
    table = "\n".join(f"{size:>8,}  {name}" for name, size in sorted(sizes.items(), key=lambda one: -one[1]))
    print(f"\n{table}")
    assert max(sizes.values()) < LIGHT, table
    assert min(sizes.values()) > 10_000, "the stylesheet counts"


async def _something_happens(house: House) -> None:
    """More than a page of the log holds."""
    async with house.floor.database.begin() as db:
        for number in range(120):
            detail = {"party": house.party_id, "request": f"brief-2026-{number}"}
            await ledger.record(
                db, "consent.given", now=house.clock.now, by="operator:cli", school_id=house.school.id, detail=detail
            )


async def _looked(browser: Browser, path: str) -> int:
    page = await browser.get(path)
    assert page.status == 200, path
    return weighed(page.text)
