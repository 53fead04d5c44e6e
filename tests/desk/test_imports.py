"""Imports at the desk (R29-R32, D16, D17): a file is looked at, imported by the last click, undone; and what is wrong with it is said."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import date, timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select, text, update

from directory import people
from directory.imports import advice, files, runs
from directory.lifecycle.models import PendingMembership
from directory.models import Enrolment, Person, School
from directory.schools import KnownSchool
from idp.core.db import Db
from idp.demo.generator import write_school
from idp.http.uploads import LARGEST
from idp.web.pictures import TILE_PICTURES
from tests.browser import Browser, Page
from tests.desk.sitting import base, recorded, sits_down, ticket_on
from tests.directory.files import document, read
from tests.house import House
from tests.journeys.stories import add_school, give_role, mails

MARK = "----deze-regel-scheidt"


def edexml(*, pupils: int = 12, groups: int = 2, seed: int = 7, brin: str = "99ZZ", year: str = "2026-2027") -> bytes:
    out = BytesIO()
    write_school(
        out, seed=seed, school_year=year, brin=brin, pupils=pupils, groups=groups, mail_domain="vlieger.example"
    )
    return out.getvalue()


def multipart(ticket: str | None, content: bytes, *, name: str = "school.xml") -> bytes:
    field = (
        f'--{MARK}\r\nContent-Disposition: form-data; name="ticket"\r\n\r\n{ticket}\r\n' if ticket is not None else ""
    )
    head = (
        f'--{MARK}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/xml\r\n\r\n'
    )
    return field.encode() + head.encode() + content + f"\r\n--{MARK}--\r\n".encode()


async def pieces(body: bytes) -> AsyncIterator[bytes]:
    """A body as the network brings it."""
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


async def upload(browser: Browser, house: House, content: bytes, *, raw: bytes | None = None) -> Page:
    """Sends a file as a browser does, from the page that offers it."""
    address = f"{base(house)}/imports/new"
    ticket = ticket_on(await browser.get(address))
    body = raw if raw is not None else multipart(ticket, content)
    cookie = "; ".join(f"{name}={value}" for name, (value, _) in browser.cookies.items())
    headers = {"Content-Type": f"multipart/form-data; boundary={MARK}", "Cookie": cookie, "Accept-Language": "nl"}
    response = await browser.client.post(address, content=pieces(body), headers={**headers, "Accept": "text/html"})
    return await browser.follow(Page(response, f"https://inloggen.example{address}"))


async def press(browser: Browser, page: Page, act: str, **fields: str) -> Page:
    return await browser.post(f"{page.url.partition('?')[0]}/{act}", {"ticket": ticket_on(page), **fields})


def fingerprint(page: Page) -> str:
    found = re.search(r'name="fingerprint" value="([0-9a-f]+)"', page.text)
    assert found is not None
    return found.group(1)


async def pupils(house: House, school: KnownSchool | None = None) -> int:
    here = Enrolment.school_id == (school or house.school).id
    async with house.floor.database.read() as db:
        return (
            await db.execute(select(func.count()).select_from(Enrolment).where(here, Enrolment.active))
        ).scalar_one()


async def test_a_file_is_looked_at_first_and_imported_by_the_last_click(house: House) -> None:
    browser = await sits_down(house)
    page = await upload(browser, house, edexml())
    assert page.heading == "Wijzigingen bekijken"
    assert "Er is nog niets gewijzigd" in page.text
    assert "Leerlingen: 3," in page.text, "Sam, Noor and Finn are in no file"
    assert await pupils(house) == 3
    page = await press(browser, page, "carry-out", fingerprint=fingerprint(page))
    assert "De import is verwerkt" in page.text
    assert "Wat deze import deed" in page.text
    assert "Noor van Beek" in page.text, "who came stands on the page for as long as it can be undone"
    assert await pupils(house) == 12
    assert any(subject for _, subject in await mails(house)), "new colleagues are mailed"
    page = await browser.get(f"{base(house)}/imports")
    assert "EDEXML-bestand" in page.text
    assert "12 nieuw" not in page.text, "the numbers are of pupils and staff together"


async def test_names_stand_on_the_page_and_eckids_never(house: House) -> None:
    browser = await sits_down(house)
    page = await upload(browser, house, edexml())
    assert "Noor van Beek" in page.text
    assert "ketenid.nl" not in page.text
    assert re.search(r"Leerlingen met een ECK-iD: \d+ van \d+\.", page.text)


async def test_doubts_stand_beside_names_for_as_long_as_it_can_be_undone(house: House) -> None:
    browser = await sits_down(house)
    nameless = '<leerling key="p7"><achternaam>Zwijger</achternaam><jaargroep>3</jaargroep><groep key="g3"/></leerling>'
    school = "<schooljaar>2026-2027</schooljaar><brincode>99ZZ</brincode>"
    page = await upload(browser, house, document(school=school, pupils=nameless).encode())
    page = await press(browser, page, "carry-out", fingerprint=fingerprint(page))
    doubted = page.text.partition('id="doubts"')[2].partition("</section>")[0]
    assert "Zwijger (<code>p7</code>): Leerling zonder roepnaam" in doubted
    house.clock.now += timedelta(days=15)
    browser = await sits_down(house)
    later = (await browser.get(page.url.partition("?")[0])).text.partition('id="doubts"')[2].partition("</section>")[0]
    assert "Leerling <code>p7</code>: Leerling zonder roepnaam" in later
    assert "Zwijger" not in later


async def test_after_an_import_that_nobody_looked_at_the_advice_stands_there_with_names(house: House) -> None:
    """As after "Nu ophalen": who got no account is named, and the ECK-iD checklist is a click away."""
    school = "<schooljaar>2026-2027</schooljaar><brincode>99ZZ</brincode>"
    loose = '<leerkracht key="m7"><achternaam>Groeploos</achternaam><roepnaam>Els</roepnaam><emailadres>e@x.example</emailadres></leerkracht>'
    async with house.floor.database.begin() as db:
        run = await runs.receive(
            db,
            house.school,
            read(document(school=school, staff=loose)),
            source="uwlr",
            origin="now",
            by="x",
            now=house.clock.now,
            keyring=house.floor.keyring,
            pictures=TILE_PICTURES,
        )
    assert "Groeploos" not in str((run.counts, run.doubts))
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/imports/{run.id}")
    assert "Els Groeploos (<code>m7</code>): Niet aan een groep gekoppeld" in page.text
    assert "1 medewerker zonder groep: geen account" in page.text
    assert "Leerlingen met een ECK-iD: " in page.text
    assert "po-checklist-implementatie-eck-id" in page.text
    async with house.floor.database.begin() as db:
        await advice.forget(db, house.school.id)
        assert await advice.of_run(db, house.school.id, run.id, keyring=house.floor.keyring) == advice.NONE


async def test_a_table_sends_nobody_to_an_administration_system(house: House) -> None:
    browser = await sits_down(house)
    head = "School;99ZZ;Schooljaar;2026-2027\nSoort;Nummer;Roepnaam;Tussenvoegsel;Achternaam;Jaargroep;Groepen;Subgroepen\n"
    people = "leerling;1;Fien;;Vos;3;Groep 3;\nmedewerker;m1;Jan;;Bos;;;\nmedewerker;m2;Inval;;Groep 3;;Groep 3;\n"
    page = await upload(browser, house, (head + people).encode())
    plan = page.text.partition("<main")[2]
    assert "Vul in de tabel een groep in" in plan
    assert "Medewerkers in de tabel die een invalaccount lijken: 1" in plan
    assert "Los dit op in de tabel" in plan
    assert "LAS" not in re.sub(r"<nav.*?</nav>", "", plan, flags=re.DOTALL)


async def test_what_is_not_wanted_is_put_aside(house: House) -> None:
    browser = await sits_down(house)
    page = await upload(browser, house, edexml())
    page = await press(browser, page, "discard")
    assert "Er is niets gewijzigd" in page.text
    assert await pupils(house) == 3
    assert len(await recorded(house, "import.discarded")) == 1


async def test_a_yes_to_something_else_than_was_shown_does_nothing(house: House) -> None:
    browser = await sits_down(house)
    page = await upload(browser, house, edexml())
    page = await press(browser, page, "carry-out", fingerprint="0" * 64)
    assert page.status == 400
    assert "intussen anders dan getoond" in page.text
    assert fingerprint(page) != "0" * 64, "the page shows what it would do now"
    assert await pupils(house) == 3


async def test_an_import_is_undone_and_says_so_before(house: House) -> None:
    browser = await sits_down(house)
    page = await upload(browser, house, edexml())
    page = await press(browser, page, "carry-out", fingerprint=fingerprint(page))
    page = await browser.get(f"{page.url.partition('?')[0]}/undo")
    assert "gaat op handmatig" in page.text
    page = await browser.post(page.url, {"ticket": ticket_on(page)})
    assert "De import is teruggedraaid" in page.text
    assert await pupils(house) == 3


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "leeg"),
        (b"<html>", "EDEXML"),
        (edexml(brin="98XX"), "andere school"),
        (edexml()[:900], "bestand"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "bestand"),
    ],
    ids=["nothing", "a page", "of another school", "cut off", "a picture"],
)
async def test_what_is_wrong_with_a_file_is_said_and_nothing_changes(house: House, content: bytes, told: str) -> None:
    browser = await sits_down(house)
    page = await upload(browser, house, content)
    assert page.status == 400
    assert "Niet gelukt" in page.text
    assert told in page.text
    assert await pupils(house) == 3
    async with house.floor.database.read() as db:
        assert await runs.listed(db, house.school.id, now=house.clock.now) == []


async def test_a_file_without_the_ticket_is_not_even_read(house: House) -> None:
    browser = await sits_down(house)
    for raw in (
        multipart(None, edexml()),
        multipart("x" * 32, edexml()),
        edexml(),
        multipart("x", b"")[:60],
        f"--{MARK}--\r\n".encode(),
        b"vooraf\r\n" + multipart("x" * 32, b""),
    ):
        assert (await upload(browser, house, b"", raw=raw)).status == 403


async def test_a_body_that_ends_early_or_goes_on_is_refused(house: House) -> None:
    browser = await sits_down(house)
    ticket = ticket_on(await browser.get(f"{base(house)}/imports/new"))
    whole = multipart(ticket, edexml())
    more = whole[:-4] + b'\r\nContent-Disposition: form-data; name="x"\r\n\r\ny\r\n--' + MARK.encode() + b"--\r\n"
    for raw in (whole[:-30], more):
        page = await upload(browser, house, b"", raw=raw)
        assert page.status == 400
        assert "niet helemaal aangekomen" in page.text


async def test_a_file_that_is_too_large_is_refused_while_it_comes(house: House) -> None:
    browser = await sits_down(house)
    ticket = ticket_on(await browser.get(f"{base(house)}/imports/new"))
    page = await upload(browser, house, b"", raw=multipart(ticket, b"<EDEX>" + b" " * LARGEST))
    assert page.status == 400
    assert await pupils(house) == 3


async def test_a_run_of_another_school_is_none(house: House) -> None:
    browser = await sits_down(house)
    page = await upload(browser, house, edexml())
    number = page.url.rpartition("/")[2]
    other = await add_school(house, "De Overkant", "98XX")
    await give_role(house, "ict", "ict-coordinator", at=other)
    there = f"/desk/{other.code}/imports"
    ticket = ticket_on(await browser.get(f"{there}/new"))
    assert (await browser.get(f"{there}/{number}")).status == 404
    assert (await browser.get(f"{there}/{number}/undo")).status == 404
    for act in ("carry-out", "let-go", "discard", "undo"):
        form = {"ticket": ticket, "fingerprint": fingerprint(page)}
        assert (await browser.post(f"{there}/{number}/{act}", form)).status == 404, act
    assert await pupils(house) == 3


async def test_departures_that_were_held_wait_for_a_yes(house: House) -> None:
    browser = await sits_down(house)
    page = await upload(browser, house, edexml(pupils=60, groups=3))
    await press(browser, page, "carry-out", fingerprint=fingerprint(page))
    async with house.floor.database.begin() as db:
        got = files.read(BytesIO(edexml(pupils=20, groups=1)))
        run = await runs.receive(
            db,
            house.school,
            got.administration,
            source="uwlr",
            origin="night",
            by="system",
            now=house.clock.now,
            keyring=house.floor.keyring,
            pictures=TILE_PICTURES,
        )
    assert run.state == "held"
    page = await browser.get(base(house))
    assert "Vertrek wacht op uw akkoord" in page.text
    page = await browser.get(f"{base(house)}/imports/{run.id}")
    assert "Al het andere is verwerkt" in page.text
    before = await pupils(house)
    page = await press(browser, page, "let-go", fingerprint=fingerprint(page))
    assert "inactief gemaakt" in page.text
    assert await pupils(house) == 20 < before


async def test_data_of_a_coming_year_wait(house: House) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(update(School).where(School.id == house.school.id).values(school_year="2026-2027"))
    browser = await sits_down(house)
    page = await upload(browser, house, edexml(year="2027-2028"))
    assert 'gaan vanzelf in op <time datetime="2027-08-01"' in page.text
    assert await pupils(house) == 3
    page = await browser.get(f"{base(house)}/school-year")
    assert "De gegevens van het nieuwe jaar staan klaar" in page.text
    assert str(date(2027, 8, 1)) in page.text


async def test_the_table_goes_out_and_comes_in(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/imports/table")
    assert "Download de tabel" in page.text
    for name in ("filled.xlsx", "filled.csv", "empty.xlsx", "empty.csv"):
        got = await browser.request("GET", f"{base(house)}/imports/table/{name}")
        assert got.status == 200
        assert got.response.headers["content-disposition"].startswith("attachment")
    filled = f"{base(house)}/imports/table/filled.xlsx"
    page = await upload(browser, house, (await browser.request("GET", filled)).response.content)
    assert "Geen wijzigingen" in page.text, "what came out goes in again without a change"
    for name in ("filled.exe", "other.csv", "filled", "..%2f"):
        assert (await browser.get(f"{base(house)}/imports/table/{name}")).status == 404


async def test_pages_of_runs(house: House) -> None:
    browser = await sits_down(house)
    async with house.floor.database.begin() as db:
        for _ in range(25):
            await runs.failed(
                db, house.school, source="uwlr", origin="night", by="system", now=house.clock.now, error="too_slow"
            )
    page = await browser.get(f"{base(house)}/imports")
    assert page.text.count("mislukt") == 20
    further = re.findall(r'href="([^"]*\?before=\d+)"', page.text)[0]
    page = await browser.get(further)
    assert page.text.count("mislukt") == 5
    assert (await browser.get(f"{base(house)}/imports?before=x")).status == 404


def with_colleague(email: str, *, brin: str) -> bytes:
    """A school's file with one child and one colleague."""
    return document(
        school=f"<schooljaar>2026-2027</schooljaar><brincode>{brin}</brincode>",
        pupils='<leerling key="p1"><roepnaam>Noor</roepnaam><jaargroep>3</jaargroep><groep key="g3"/></leerling>',
        staff=f'<leerkracht key="m1"><achternaam>Vos</achternaam><emailadres>{email}</emailadres>'
        '<groepen><groep key="g3"/></groepen></leerkracht>',
    ).encode()


async def until_it_waits(db: Db) -> None:
    """Until another transaction waits for this one: only PostgreSQL lets a second one begin at all."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'")
    while db.dialect.name == "postgresql" and not (await db.execute(waiting)).scalar_one():
        continue


async def test_two_schools_say_yes_to_the_same_new_colleague_at_the_same_moment(house: House) -> None:
    """Whoever comes second begins again and invites the owner of the account; the desk sees no difference (D15)."""
    email = "dubbel@elders.example"
    browser = await sits_down(house)
    page = await upload(browser, house, with_colleague(email, brin="99ZZ"))
    async with house.floor.database.begin() as db:
        name = {"first_name": "Dubbel", "prefix": None, "surname": "Vos"}
        await people.new_person(db, kind="staff", **name, email=email, now=house.clock.now)
        pressed = asyncio.create_task(press(browser, page, "carry-out", fingerprint=fingerprint(page)))
        await until_it_waits(db)
    page = await pressed
    assert "De import is verwerkt" in page.text
    async with house.floor.database.read() as db:
        assert await db.scalar(select(func.count()).select_from(Person).where(Person.email == email)) == 1
        assert await db.scalar(select(func.count()).select_from(PendingMembership)) == 1
