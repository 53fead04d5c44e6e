"""Reorganisations at the desk (R146-R156, D19, D38): asked, agreed by others, carried out, undone; nobody does it alone."""

from typing import Any

import pytest
from sqlalchemy import insert, select

from directory import eckid
from directory.lifecycle import reorganisation_asking as asking
from directory.lifecycle.reorganisation_records import Asker
from directory.lifecycle.reorganisation_requests import CodeChange
from directory.models import EckId, School
from idp.core.models import Mail
from tests.browser import Browser, Page
from tests.desk.sitting import base, recorded, sits_down, ticket_on
from tests.directory.eckids import value_of
from tests.house import House, authorize_url, pupil_signs_in, redeem
from tests.journeys.stories import add_child, add_group, add_school, add_staff

HELPDESK = Asker("operator:cli", helpdesk=True)


async def ask(house: House, browser: Browser, kind: str, **fields: str) -> Page:
    page = await browser.get(f"{base(house)}/reorganisations/new/{kind}")
    return await browser.post(page.url, {"ticket": ticket_on(page), **fields})


async def decide(browser: Browser, page: Page, what: str, **fields: str) -> Page:
    return await browser.post(page.url.partition("?")[0], {"ticket": ticket_on(page), "do": what, **fields})


def fingerprint(page: Page) -> str:
    return page.form("do").hidden["fingerprint"]


async def helpdesk_agrees(house: House, page: Page) -> None:
    number = int(page.url.partition("?")[0].rpartition("/")[2])
    async with house.floor.database.begin() as db:
        await asking.agree(db, number, by=HELPDESK, now=house.clock.now, keyring=house.floor.keyring)


async def code_of(house: House) -> str | None:
    async with house.floor.database.read() as db:
        return (await db.execute(select(School.brin).where(School.id == house.school.id))).scalar_one()


async def test_another_code_needs_the_helpdesk_and_can_be_undone(house: House) -> None:
    browser = await sits_down(house)
    page = await ask(house, browser, "codes", code="99YY")
    assert "Aangevraagd" in page.text
    assert "de helpdesk" in page.text
    page = await decide(browser, page, "carry-out", fingerprint="")
    assert page.status == 400
    assert "Nog niet iedereen heeft ja gezegd" in page.text
    await helpdesk_agrees(house, page)
    page = await browser.get(page.url)
    number = page.url.rpartition("/")[2]
    # The address of the desk follows the code at once: what is answered leads to a page that was there.
    await browser.request(
        "POST", page.url, data={"ticket": ticket_on(page), "do": "carry-out", "fingerprint": fingerprint(page)}
    )
    assert await code_of(house) == "99YY"
    page = await browser.get(f"/desk/99YY/reorganisations/{number}")
    assert "uitgevoerd" in page.text
    await browser.request("POST", page.url, data={"ticket": ticket_on(page), "do": "undo"})
    assert await code_of(house) == "99ZZ"


async def test_a_code_may_come_later(house: House) -> None:
    browser = await sits_down(house)
    page = await ask(house, browser, "codes", code="")
    assert "De nieuwe BRIN is nog niet bekend" in page.text
    wrong = await decide(browser, page, "name", code="geen brin")
    assert wrong.status == 400
    page = await decide(browser, page, "name", code="99YY")
    assert "De code is opgeslagen" in page.text
    assert "nog niet bekend" not in page.text


async def test_a_merger_shows_names_of_ones_own_school_only(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    await add_staff(house, "anders", "ict-coordinator", at=[other])
    group = await add_group(house, other, "Groep 6")
    await add_child(house, other, group, "Noor", "Beek", prefix="van")
    await add_child(house, other, group, "Geheim", "Kind")
    browser = await sits_down(house)
    page = await ask(house, browser, "merger", others="98XX", direction="here", keys="renewed")
    assert "Fusie van administraties" in page.heading
    assert "De Overkant (98XX)" in page.text
    assert "Geheim" not in page.text
    page = await decide(browser, page, "withdraw")
    assert "Dit gaat niet door" in page.text


async def test_a_yes_on_an_old_page_is_not_given(house: House) -> None:
    browser = await sits_down(house)
    act: Any = {"by": HELPDESK, "now": house.clock.now, "keyring": house.floor.keyring}
    async with house.floor.database.begin() as db:
        wanted = CodeChange(house.school.id, "99YY")
        number = await asking.ask(db, wanted, effective_on=None, contact="helpdesk@example.org", **act)
    page = await browser.get(f"{base(house)}/reorganisations/{number}")
    old = fingerprint(page)
    async with house.floor.database.begin() as db:
        await asking.name_code(db, number, "99XX", "", **act)
    page = await decide(browser, page, "agree", fingerprint=old)
    assert "Er zou nu iets anders gebeuren dan u zag" in page.text
    assert await recorded(house, "reorganisation.agreed") != []
    assert all(by == HELPDESK.name for _, by, _ in await recorded(house, "reorganisation.agreed"))
    page = await decide(browser, page, "agree", fingerprint=fingerprint(page))
    assert "Iedereen heeft ja gezegd" in page.text


async def test_numbers_of_the_other_school_wait_for_its_yes(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    await add_staff(house, "anders", "ict-coordinator", at=[other])
    group = await add_group(house, other, "Groep 6")
    double = await add_child(house, other, group, "Noor", "Beek", prefix="van")
    keyring, value = house.floor.keyring, value_of("noor")
    async with house.floor.database.begin() as db:
        row = {"sealed": eckid.seal(keyring, double, value), "lookup": eckid.index(keyring, value)}
        await db.execute(insert(EckId).values(person_id=double, **row))
    browser = await sits_down(house)
    page = await ask(house, browser, "merger", others="98XX", direction="here", keys="renewed")
    assert "aantallen van uw eigen school" in page.text
    for known in ("leerlingen worden één", "op beide scholen (", "met twijfel", "hetzelfde kind"):
        assert known not in page.text


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("codes", {"code": "geen brin"}),
        ("merger", {"others": "", "direction": "here"}),
        ("merger", {"others": "97QQ", "direction": "here"}),
        ("merger", {"others": "99ZZ", "direction": "here"}),
        ("merger", {"others": "98XX 97QQ", "direction": "away"}),
        ("split", {"target": "97QQ"}),
        ("split", {"target": "99ZZ"}),
        ("closure", {"effective_on": "morgen"}),
    ],
)
async def test_what_makes_no_sense_is_refused(house: House, kind: str, fields: dict[str, str]) -> None:
    await add_school(house, "De Overkant", "98XX")
    browser = await sits_down(house)
    page = await ask(house, browser, kind, **fields)
    assert page.status == 400
    assert "Niet gelukt" in page.text
    assert await recorded(house, "reorganisation.asked") == []


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        ("codes", {"code": "99YY"}, "een andere BRIN of vestiging"),
        ("merger", {"others": "98XX"}, "een fusie"),
        ("closure", {}, "de opheffing"),
    ],
)
async def test_the_mail_names_what_was_asked_for_and_where_it_stands(
    house: House, kind: str, fields: dict[str, str], told: str
) -> None:
    await add_school(house, "De Overkant", "98XX")
    await ask(house, await sits_down(house), kind, **fields)
    async with house.floor.database.read() as db:
        body = (await db.execute(select(Mail.body).order_by(Mail.id.desc()).limit(1))).scalar_one()
    assert f"is {told} aangevraagd" in body
    assert "bij Fusie en wijziging" in body


@pytest.mark.parametrize(
    ("code", "told"), [("11AA", "Deze BRIN kennen wij niet"), ("99ZZ", "Dit is de BRIN van uw eigen school")]
)
@pytest.mark.parametrize(("kind", "where"), [("merger", "others"), ("split", "target")])
async def test_an_unknown_brin_and_ones_own_are_told_apart(
    house: House, kind: str, where: str, code: str, told: str
) -> None:
    page = await ask(house, await sits_down(house), kind, **{where: code})
    assert page.status == 400
    assert told in page.text


async def test_a_split_and_a_closure_are_shown_in_numbers(house: House) -> None:
    await add_school(house, "De Overkant", "98XX")
    browser = await sits_down(house)
    page = await ask(house, browser, "split", target="98XX", **{f"group_{house.groups['Groep 6']}": "1"})
    assert "leerlingen gaan mee" in page.text
    again = await ask(house, browser, "closure")
    assert "al met een andere wijziging bezig" in again.text
    await decide(browser, page, "withdraw")
    page = await ask(house, browser, "closure", effective_on="2027-07-31")
    assert "voorgoed verwijderd" in page.text
    assert "31 juli 2027" in " ".join(page.text.split())


async def test_of_other_schools_nothing_is_seen(house: House) -> None:
    one = await add_school(house, "De Overkant", "98XX")
    await add_staff(house, "anders", "ict-coordinator", at=[one])
    browser = await sits_down(house)
    page = await ask(house, browser, "codes", code="99YY")
    number = page.url.partition("?")[0].rpartition("/")[2]
    async with house.floor.database.begin() as db:
        theirs = await asking.ask(
            db,
            CodeChange(one.id, "98YY"),
            by=HELPDESK,
            effective_on=None,
            now=house.clock.now,
            keyring=house.floor.keyring,
            contact="helpdesk@example.org",
        )
    assert int(number) != theirs
    assert (await browser.get(f"{base(house)}/reorganisations/{theirs}")).status == 404
    form = {"ticket": ticket_on(page), "do": "agree"}
    assert (await browser.post(f"{base(house)}/reorganisations/{theirs}", form)).status == 404
    assert (await browser.get(f"{base(house)}/reorganisations/new/verzonnen")).status == 404


async def test_the_coordinator_reads_what_undoing_leaves_behind(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    double = await add_child(house, other, await add_group(house, other, "Groep 6"), "Noor", "Beek")
    keyring, value = house.floor.keyring, value_of("noor")
    async with house.floor.database.begin() as db:
        row = {"sealed": eckid.seal(keyring, double, value), "lookup": eckid.index(keyring, value)}
        await db.execute(insert(EckId).values(person_id=double, **row))
    browser = await sits_down(house)
    page = await ask(house, browser, "merger", others="98XX", direction="here", keys="renewed")
    await helpdesk_agrees(house, page)
    page = await browser.get(page.url.partition("?")[0])
    # What the helpdesk's yes made visible is another question than the one that was answered.
    assert "leerlingen worden één" in page.text
    page = await decide(browser, page, "agree", fingerprint=fingerprint(page))
    page = await decide(browser, page, "carry-out", fingerprint=fingerprint(page))
    assert "Uitgevoerd" in page.text
    assert "Sinds de wijziging ingelogd" not in page.text
    child, asked = house.browser(), authorize_url()
    arrived = await pupil_signs_in(child, await child.get(asked.url), house, "Noor", "Groep 6", "4711")
    await redeem(house, child, arrived, asked)
    page = await browser.get(page.url.partition("?")[0])
    assert "Sinds de wijziging ingelogd" in page.text
    assert "Noor van Beek" in page.text
    assert "Rekenrijk" in page.text
