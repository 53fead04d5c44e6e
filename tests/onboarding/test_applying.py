"""The applicant's side over HTTP: the form, the link, the letter, handing it in (R9, R12 to R15, C-313)."""

import asyncio
import re

import pytest
from sqlalchemy import select, update

from directory.onboarding import answers as forms
from directory.onboarding import asking, letters
from directory.onboarding.models import Application, ApplicationLetter
from idp.core.models import Mail
from tests.desk.sitting import recorded
from tests.house import ELSEWHERE, House
from tests.inside import lapse
from tests.journeys.mailbox import link, mailed_to
from tests.onboarding.kit import (
    ABROAD,
    FORM,
    HERE,
    LETTER,
    MINE,
    REPLY,
    SIGNED,
    apply,
    hands_in,
    looked,
    numbers,
    opens_link,
    pdf,
)
from tests.puzzles import asked_of, solved


async def test_a_school_applies_and_hands_in_its_letter(house: House) -> None:
    browser = house.browser(ELSEWHERE)
    start = await browser.get("/nieuwe-school")
    assert start.text.count(HERE) == 1
    assert start.text.count(ABROAD) == 1
    page = await apply(browser)
    assert (page.url.rpartition("/")[2], page.heading) == ("verstuurd", "Kijk in uw postvak")
    [number] = await numbers(house)
    assert (await looked(house, number)).standing.state == "asked"
    page = await opens_link(house, browser)
    assert page.url.endswith(MINE), "the link is in no address that stays"
    assert "De Duinroos (98XY)" in page.text
    letter = await browser.request("POST", LETTER, data=page.form("file").hidden)
    told = letter.response.headers
    assert (told["content-type"], told["content-disposition"]) == (
        "application/pdf",
        f'attachment; filename="brief-{number}.pdf"',
    )
    letters.check(letter.response.content)
    page = await hands_in(browser, page, letter.response.content)
    assert (page.status, page.url.rpartition("/")[2]) == (200, "aanvraag")
    assert "De brief is binnen sinds 23 november 2026" in re.sub(r"<[^>]+>", "", page.text)
    assert await mailed_to(house, REPLY) == [
        f"Uw aanvraag {number} voor een schoolaccount",
        "Ondertekende brief ontvangen: De Duinroos",
    ]
    assert await mailed_to(house, "helpdesk@poortwachter.example") == ["Er wacht een aanvraag van een school"]
    seen = await looked(house, number)
    assert (seen.standing.state, seen.standing.version, seen.letter_size) == (
        "received",
        1,
        len(letter.response.content),
    )
    assert [by for _, by, _ in await recorded(house, "application.letter_received")] == ["applicant"]
    other = pdf(b"een betere scan")
    await hands_in(browser, page, other)
    assert (await looked(house, number)).standing.version == 2, "a checker sees that there is another letter"
    async with house.floor.database.read() as db:
        assert await letters.content(db, house.floor.keyring, number) == other
        row = (await db.execute(select(Application.answers, ApplicationLetter.sealed).join(ApplicationLetter))).one()
    assert not any(word in row.answers + row.sealed for word in (b"Duinroos", b"klaver", b"PDF"))
    assert len(await mailed_to(house, REPLY)) == 2, "one mail for one wait"


async def test_abroad_there_is_another_form(house: House) -> None:
    browser = house.browser(ELSEWHERE, language="en")
    assert (await apply(browser, ABROAD)).heading == "Look in your mailbox"
    assert await mailed_to(house, REPLY) == [f"Your application {(await numbers(house))[0]} for a school account"]
    assert "De Verre School" in (await opens_link(house, browser)).text


async def test_nothing_that_anybody_typed_stands_in_the_first_mail(house: House) -> None:
    """Anybody can type anybody's address: the mail to it is ours, word for word."""
    await apply(house.browser(ELSEWHERE), school_name="Klik op kwaad.example {contact}")
    async with house.floor.database.read() as db:
        [(subject, body)] = (await db.execute(select(Mail.subject, Mail.body))).all()
    assert not any(word in subject + body for word in ("kwaad", "Duinroos", "Klaver", "Wal", "Zand"))


async def test_whoever_asks_for_a_school_that_is_with_us_reads_the_same(house: House) -> None:
    """R9, C-313: known school, known address, unknown ones: one answer, and as much asked of the database."""
    browser = house.browser(ELSEWHERE)
    said = []
    for changes in (
        {},
        {"brin": house.school.brin or "", "email": "ict@regenboog.example"},
        {"reply": "juf@regenboog.example"},
    ):
        form = (await browser.get(HERE)).form("school_name")
        page = await browser.request("POST", HERE, data={**form.hidden, **FORM, **changes})
        said.append((page.status, page.location, page.text))
    assert said[0] == said[1] == said[2]


async def test_a_mistake_loses_nothing(house: House) -> None:
    page = await apply(house.browser(ELSEWHERE), brin="12", surname="", school_name='De "Duin" & Roos')
    assert (page.status, page.title[:7]) == (422, "Let op:")
    assert re.findall(r'<li><a href="#(\w+)">', page.text) == ["brin", "surname"], "all mistakes at once, each a link"
    form = page.form("school_name")
    assert form.choices["school_name"] == ['De "Duin" & Roos']
    assert [form.choices[name][0] for name in ("board_name", "brin", "reply")] == ["Stichting Zand", "12", REPLY]
    assert set(form.choices) >= set(forms.FIELDS["nl"])
    assert await numbers(house) == []


async def test_another_site_sends_nothing(house: House) -> None:
    strange, mine = house.browser(), house.browser(ELSEWHERE)
    await mine.get(HERE)
    for sent in ({}, (await strange.get(HERE)).form("school_name").hidden):
        page = await mine.post(HERE, {**sent, **FORM})
        assert (page.status, await numbers(house)) == (403, [])
        assert "De Duinroos" in page.text
        assert "nog niet verstuurd" in page.text


async def test_a_flood_has_to_work_and_then_to_wait(house: House) -> None:
    browser, others = house.browser(ELSEWHERE), house.browser("203.0.113.9")
    for turn in range(asking.EASY):
        assert (await apply(browser, reply=f"a{turn}@zand.example")).status == 200
    page = await apply(browser)
    assert (page.status, page.heading) == (200, "Aanvraag voor een school in Nederland")
    assert "De Duinroos" in page.text
    worked = {**page.form("school_name").hidden, **FORM, "puzzle": solved(asked_of(page))}
    assert (await browser.post(HERE, worked)).heading == "Kijk in uw postvak"
    assert (await browser.post(HERE, worked)).heading != "Kijk in uw postvak", "a puzzle counts once"
    assert (await apply(others)).heading == "Kijk in uw postvak", "another network notices nothing"
    counter = house.floor.keyring.mac("token", "throttle", "application", "address", REPLY)
    await house.floor.store.add("failures", counter, asking.OF_AN_ADDRESS.free, 3600)
    assert (await apply(others)).status == 200, "the last one before the pause"
    page = await apply(others)
    assert (page.status, "data-wait" in page.text, "De Duinroos" in page.text) == (429, True, True)
    name, _, domain = REPLY.partition("@")
    assert (await apply(others, reply=f"{name}+1@{domain}")).status == 429, "the same mailbox by another name"
    await lapse(house, minutes=20)
    assert (await apply(others)).heading == "Kijk in uw postvak"


@pytest.mark.parametrize("token", ["", "x" * 36, "00000000-0000-4000-8000-000000000000"])
async def test_a_link_that_is_none_leads_nowhere(house: House, token: str) -> None:
    browser = house.browser(ELSEWHERE)
    assert (await browser.get(f"{MINE}?token={token}")).status == 410
    assert (await browser.request("POST", LETTER, data={"token": token})).status == 410
    assert (await hands_in(browser, await browser.get(MINE), pdf(), token=token)).status == 410


async def test_a_letter_that_is_none_is_refused_and_may_be_sent_again(house: House) -> None:
    """A page that is called brief.pdf, two files in one, ten megabytes too many, a path for a name."""
    browser = house.browser(ELSEWHERE)
    await apply(browser)
    [number] = await numbers(house)
    page = await opens_link(house, browser)
    for content, said in (
        (b"<!doctype html><script>alert(1)</script>" + b" " * 400, "geen PDF"),
        (pdf() + b"PK\x05\x06" + b"\0" * 18, "meer dan alleen een PDF"),
        (b"%PDF-1.7\n" + b"\0" * (20 * 1024 * 1024), "groter dan 10 MB"),
        (b"%PDF-1.7\n" + b"\0" * (31 * 1024 * 1024), "groter dan 10 MB"),
        (pdf()[:-40], "niet heel"),
        (b"", "Kies eerst"),
    ):
        page = await hands_in(browser, page, content)
        assert (page.status, said in page.text) == (422, True), said
        assert (await looked(house, number)).letter_size is None
    page = await hands_in(browser, page, pdf(), name="../../etc/passwd\\..\\x.html")
    assert (page.status, (await looked(house, number)).letter_size) == (200, len(pdf()))
    assert "passwd" not in page.text


async def test_letters_by_one_link_are_few(house: House) -> None:
    browser = house.browser(ELSEWHERE)
    await apply(browser)
    page = await opens_link(house, browser)
    keyring, token = house.floor.keyring, (await link(house, REPLY, MINE)).partition("=")[2]
    for what, policy in (("letter", asking.OF_A_LINK), ("paper", asking.OF_A_PAPER)):
        counter = keyring.mac("token", "throttle", what, asking.hashed(keyring, token))
        await house.floor.store.add("failures", counter, policy.free, 3600)
    pages = await asyncio.gather(*(hands_in(browser, page, pdf()) for _ in range(3)))
    assert sorted(page.status for page in pages) == [200, 429, 429]
    drawn = await asyncio.gather(*(browser.request("POST", LETTER, data={"token": token}) for _ in range(3)))
    assert sorted(page.status for page in drawn) == [200, 429, 429]


async def test_a_link_leads_to_one_application_only(house: House) -> None:
    """Two applications of two people: a form of the one does nothing to the other, whatever it carries."""
    one, other = house.browser(ELSEWHERE), house.browser("203.0.113.9")
    await apply(one)
    await apply(other, reply="ander@klei.example", school_name="De Kleine School", brin="97ab")
    first, second = await numbers(house)
    page = await opens_link(house, one)
    theirs = await opens_link(house, other, "ander@klei.example")
    assert "De Kleine School" not in page.text
    assert "De Duinroos" not in theirs.text
    await hands_in(one, page, pdf())
    assert ((await looked(house, first)).letter_size, (await looked(house, second)).letter_size) == (len(pdf()), None)


@pytest.mark.parametrize("state", ["approved", "done", "refused"])
async def test_after_a_yes_or_a_no_no_other_letter_is_taken(house: House, state: str) -> None:
    """What the first pair of eyes saw is what the second one confirms."""
    browser = house.browser(ELSEWHERE)
    await apply(browser)
    page = await opens_link(house, browser)
    await hands_in(browser, page, pdf())
    decided = None if state == "approved" else house.clock.now
    async with house.floor.database.begin() as db:
        await db.execute(update(Application).values(state=state, approved_by="x", decided_at=decided))
    answer = await hands_in(browser, page, pdf(b"een andere brief"))
    assert (answer.status, "kan nu niet meer" in answer.text) == (409, True)
    assert (await looked(house, (await numbers(house))[0])).letter_size == len(pdf())
    assert (await browser.request("POST", SIGNED, data={"token": "x"})).status == 410
