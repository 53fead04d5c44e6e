"""C-323: the school's log at the desk: every act in words, found by days, kind, party and person; this school's only, and as a file."""

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from directory.models import Enrolment, Person
from idp.core import heads, ids, ledger, seals
from idp.core.heads import HeadKeys
from idp.core.models import LedgerEntry
from idp.web.desk import trail_search
from idp.web.desk.frame import PAGE_OF
from tests.browser import Browser, Page
from tests.desk.sitting import base, colleague_of, recorded, sits_down, ticket_on
from tests.house import House
from tests.journeys.stories import add_school, step_of


async def happened(
    house: House, action: str, *, by: str = "system", about: str | None = None, **detail: object
) -> None:
    async with house.floor.database.begin() as db:
        await ledger.record(
            db, action, now=house.clock.now, by=by, school_id=house.school.id, subject=about, detail=detail
        )


async def known_as(house: House, name: str) -> str:
    async with house.floor.database.read() as db:
        return (await db.execute(select(Person.ledger_id).where(Person.id == house.people[name]))).scalar_one()


def rows(page: Page) -> list[list[str]]:
    """The lines of the page, each as moment, who, what and whom."""
    body = page.text.partition("<tbody>")[2].partition("</tbody>")[0]
    plain = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in body.split("</tr>") if "<td" in row]
    return [[re.sub(r"<[^>]+>", " ", cell).strip() for cell in cells] for cells in plain]


async def test_what_happened_is_told_in_words_and_found_again(house: House) -> None:
    noor, juf = await known_as(house, "Noor"), await known_as(house, "juf")
    await happened(house, "signin.failed", by=noor, about=noor, way="child")
    await happened(house, "pupil.secrets_shown", by=juf, group=house.groups["Groep 6"], pupils=2)
    await happened(house, "consent.person_excluded", by=juf, about=noor, party=house.party_id, request="brief-7")
    await happened(house, "a.former_act", by="operator:cli")
    browser, here = await sits_down(house), f"{base(house)}/trail"
    page = await browser.get(here)
    assert [row[1:] for row in rows(page)[:4]] == [
        ["het platform", "Iets wat deze versie niet meer kent", "–"],
        ["Juf Jansen", "Weggehouden van Rekenrijk Op verzoek van de school: brief-7", "Noor van Beek"],
        ["Juf Jansen", "Pincodes of wachtwoordplaatjes bekeken in Groep 6, leerlingen: 2", "–"],
        ["Noor van Beek", "Inloggen lukte niet", "–"],
    ]
    browser.language = "en"
    english = await browser.get(f"{here}?kind=seen")
    browser.language = "nl"
    assert [row[2] for row in rows(english)] == ["PINs or picture passwords looked at in Groep 6, pupils: 2"]
    assert len(rows(await browser.get(f"{here}?party={house.party_id}"))) == 2, "the tick and the exclusion"
    day = house.clock.now.date()
    assert rows(await browser.get(f"{here}?until={day - timedelta(days=1)}")) == []
    for wrong in ("since=morgen", f"since={day}&until={day - timedelta(days=1)}", "since=2024-01-01&until=2026-01-01"):
        refused = await browser.get(f"{here}?{wrong}")
        assert (refused.status, "ten hoogste een jaar" in refused.text) == (400, True)
    assert (await browser.get(f"{here}?before=kinderen")).status == 404


async def test_the_newest_stand_first_and_no_line_is_lost_between_pages(house: House) -> None:
    async with house.floor.database.begin() as db:
        # All at one moment: the number decides.
        row = {"at": house.clock.now, "action": "signin.passed", "school_id": house.school.id, "actor": "system"}
        await db.execute(insert(LedgerEntry), [{**row, "detail": {}} for _ in range(2 * PAGE_OF)])
    browser = await sits_down(house)
    address, found = f"{base(house)}/trail?kind=signin", 0
    for _ in range(3):
        page = await browser.get(address)
        found += len(rows(page))
        after = re.search(r'class="button" href="([^"]*before=[^"]*)"', page.text)
        if after is None:
            break
        address = after[1].replace("&amp;", "&")
    assert found == 2 * PAGE_OF


async def test_looking_at_one_person_is_itself_in_the_log_and_names_stand_in_no_address(house: House) -> None:
    noor = await known_as(house, "Noor")
    await happened(house, "pupil.secret_chosen", about=noor)
    await happened(house, "pupil.cards_made", about=await known_as(house, "Finn"))
    browser, here = await sits_down(house), f"{base(house)}/trail/people"
    found = await browser.post(here, {"ticket": ticket_on(await browser.get(here)), "q": "noor"})
    assert f'href="{here}/{house.people["Noor"]}"' in found.text
    page = await browser.get(f"{here}/{house.people['Noor']}")
    assert [row[2] for row in rows(page)] == [
        "Logboek van deze persoon bekeken",
        "Pincode of wachtwoordplaatjes gekozen",
    ]
    assert len(await recorded(house, "ledger.person_shown")) == 1
    again = await browser.get(f"{here}/{house.people['Noor']}?before={2**52}-{2**52}")
    assert len(rows(again)) > 1
    assert len(await recorded(house, "ledger.person_shown")) == 2, "nobody looks unseen by a page number"
    house.clock.move(minutes=16)
    asked = await browser.get(f"{here}/{house.people['Noor']}")
    assert step_of(asked) == "password", "one person's lines want a fresh proof"


async def takes_along(browser: Browser, house: House, **asked: str) -> list[dict[str, str]]:
    page = await browser.get(f"{base(house)}/trail")
    file = await browser.post(f"{base(house)}/trail/file", {"ticket": ticket_on(page), **asked})
    assert file.response.headers["content-disposition"].startswith('attachment; filename="logboek-99ZZ-2026-')
    return list(csv.DictReader(io.StringIO(file.response.content.decode("utf-8-sig"))))


async def test_the_file_is_the_ledger_without_a_name_and_ends_with_the_head(house: House) -> None:
    noor = await known_as(house, "Noor")
    await happened(house, "consent.person_excluded", by=noor, about=noor, party=house.party_id)
    await seals.seal_all(house.floor.database, HeadKeys(house.floor.settings.secrets), now=house.clock.now)
    browser = await sits_down(house)
    lines = await takes_along(browser, house)
    excluded = next(line for line in lines if line["action"] == "consent.person_excluded")
    assert (excluded["by"], excluded["subject"], excluded["what"]) == (noor, noor, "Weggehouden van Rekenrijk")
    assert lines[0]["action"] == "ledger.exported", "the newest first, and this too"
    assert heads.read(lines[-1]["detail"]).number == 1
    assert not [cell for line in lines for cell in line.values() if cell and ("Noor" in cell or cell[0] in "=+-@")]
    ((_, _, detail),) = await recorded(house, "ledger.exported")
    assert detail == {"entries": len(lines) - 2}
    only = await takes_along(browser, house, kind="parties", person=str(house.people["Noor"]))
    assert [line["action"] for line in only] == ["consent.person_excluded", "ledger.head"]


async def test_a_school_sees_its_own_lines_and_only_its_own_people_by_name(house: House) -> None:
    """C-323, C-324: no line, no name and no number of another school, whatever is put into the address."""
    elsewhere = await add_school(house, "De Overkant", "98XX")
    other = await colleague_of(house, elsewhere, "overkant")
    noor, stranger = await known_as(house, "Noor"), await known_as(house, "ict")
    async with house.floor.database.begin() as db:
        for by in (ids.guid(), noor, stranger, "unknown"):
            await ledger.record(db, "signin.failed", now=house.clock.now, by=by, school_id=elsewhere.id)
    theirs = f"/desk/{elsewhere.code}/trail"
    shown = rows(await other.get(f"{theirs}?kind=signin"))
    not_here = "iemand die nu niet bij de school hoort"
    assert [row[1] for row in shown[:4]] == ["onbekend", not_here, not_here, not_here], "D14: gone, or only not here"
    assert not [cell for row in rows(await other.get(theirs)) for cell in row if "Noor" in cell]
    ticket = {"ticket": ticket_on(await other.get(theirs))}
    assert (await other.get(f"{theirs}/people/{house.people['Noor']}")).status == 404
    assert (await other.post(f"{theirs}/file", {**ticket, "person": str(house.people["Noor"])})).status == 404
    assert (await other.get(f"{base(house)}/trail")).status == 403
    assert (await other.post(f"{base(house)}/trail/file", ticket)).status == 403
    async with house.floor.database.begin() as db:
        await db.execute(
            update(Enrolment)
            .where(Enrolment.person_id == house.people["Noor"])
            .values(school_id=elsewhere.id, group_id=None)
        )
    assert rows(await other.get(f"{theirs}?kind=signin"))[2][1] == "Noor van Beek", (
        "who comes here is called by name here"
    )


async def test_children_who_try_again_and_again_are_seen_the_same_morning(house: House) -> None:
    noor, finn = await known_as(house, "Noor"), await known_as(house, "Finn")
    for _ in range(3):
        await happened(house, "signin.failed", by=noor)
        await happened(house, "signin.failed", by=finn)
    await happened(house, "signin.passed", by=finn)
    browser = await sits_down(house)
    assert "inloggen vandaag niet lukt: 1" in (await browser.get(base(house))).text
    page = await browser.get(f"{base(house)}/why")
    assert ("Noor van Beek" in page.text, "Finn van Beek" in page.text) == (True, False)
    await happened(house, "signin.passed", by=noor)
    assert "inloggen vandaag niet lukt" not in (await browser.get(base(house))).text


@pytest.mark.parametrize("text", ["", "12", "12-", "-3", "1e3-4", f"{10**19}-1"])
def test_the_place_of_a_page_is_read_as_it_was_written_or_not_at_all(text: str) -> None:
    if text == "":
        assert trail_search.place(text) is None
    else:
        with pytest.raises(Exception, match="not a number"):
            trail_search.place(text)
