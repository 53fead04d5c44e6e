"""Applications at the helpdesk's pages: two operators, what stands beside the form, the letter as a file to save (R9 to R15, D37)."""

import re

from directory.lifecycle import memberships
from tests.browser import Browser, Page
from tests.desk.sitting import recorded, ticket_on
from tests.helpdesk.working import comes_to_work
from tests.house import ELSEWHERE, House
from tests.journeys.mailbox import link, mailed_to
from tests.onboarding.kit import REPLY, answers, apply, hands_in, listed, looked, numbers, opens_link, pdf, waiting

LIST = "/helpdesk/applications"
SECOND = "tweede@poortwachter.example"


def acts(page: Page) -> list[str]:
    return re.findall(r'name="do" value="(\w+)"', page.text)


async def decides(browser: Browser, page: Page, do: str, **fields: str) -> Page:
    form = {"ticket": ticket_on(page), "seen": page.form("do").hidden["seen"], "do": do, **fields}
    return await browser.post(page.url, form)


async def test_two_operators_let_a_school_in(house: House) -> None:
    """From the applicant's letter to the coordinator's invitation; nobody sees which software anybody uses."""
    await listed(house, name="Basisschool De Duinroos", board_name="Stichting Zandgrond")
    applicant, one, other = (
        house.browser(ELSEWHERE),
        await comes_to_work(house, "operator"),
        await comes_to_work(house, "operator", SECOND),
    )
    await apply(applicant)
    [number] = await numbers(house)
    page = await one.get(LIST)
    assert "De Duinroos" not in page.text, "not before its letter is there"
    await hands_in(applicant, await opens_link(house, applicant), pdf(b"een handtekening"))
    assert "Aanvragen van scholen: 1" in (await one.get("/helpdesk")).text
    page = await one.get(f"{LIST}/{number}")
    assert page.text.count("verschilt") == 2, "the school's name and the board's"
    assert "Zandweg 1 a, 7822 HG ZAND" in page.text, "where its board is, to look it up by (D8)"
    assert "Basisschool De Duinroos" in page.text
    assert "Rekenrijk" not in page.text
    saved = await one.request("GET", f"{LIST}/{number}/letter")
    assert saved.response.content == pdf(b"een handtekening")
    headers = saved.response.headers
    assert headers["content-disposition"] == f'attachment; filename="aanvraag-{number}.pdf"'
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert (headers["content-type"], headers["x-content-type-options"]) == ("application/pdf", "nosniff")
    assert headers["cache-control"] == "no-store"
    page = await decides(one, page, "approve")
    assert "Een ander geeft het tweede" in page.text
    assert acts(page) == ["return", "refuse"], "the second yes is not his to give"
    assert "wacht op het tweede akkoord" in (await other.get(LIST)).text
    page = await decides(other, await other.get(f"{LIST}/{number}"), "confirm")
    assert "Het account is er" in page.text
    assert acts(page) == []
    assert await mailed_to(house, "b.klaver@duinroos.example") == ["Uitnodiging van Basisschool De Duinroos"]
    newcomer = house.browser(ELSEWHERE)
    page = await newcomer.get(await link(house, "b.klaver@duinroos.example", memberships.PATH))
    page = await newcomer.choose(page, "answer", "yes")
    assert page.offers("password"), "the first coordinator chooses a password (R16)"
    assert "Uw aanvraag is goedgekeurd" in (await opens_link(house, applicant)).text
    assert "De Duinroos" in (await one.get(f"{LIST}?which=decided")).text
    [(_, first, _)], [(_, second, _)] = [
        await recorded(house, f"application.{act}") for act in ("approved", "confirmed")
    ]
    assert first != second


async def test_one_operator_is_one_pair_of_eyes_whatever_he_sends(house: House) -> None:
    number = await waiting(house)
    one = await comes_to_work(house, "operator")
    page = await one.get(f"{LIST}/{number}")
    await decides(one, page, "approve")
    page = await decides(one, page, "confirm")
    assert (page.status, "iemand anders" in page.text) == (400, True)
    page = await decides(one, page, "approve")
    assert (page.status, "kan nu niet meer" in page.text) == (400, True)
    assert (await looked(house, number)).standing.state == "approved"


async def test_what_was_not_seen_is_not_decided_and_a_no_needs_its_reason(house: House) -> None:
    number = await waiting(house)
    one = await comes_to_work(house, "operator")
    page = await one.get(f"{LIST}/{number}")
    for do, fields, said in (
        ("approve", {"seen": "0"}, "veranderd sinds u keek"),
        ("refuse", {"reason": "  "}, "Schrijf kort waarom"),
        ("return", {"reason": "x" * 1001}, "Schrijf kort waarom"),
    ):
        answer = await decides(one, page, do, **fields)
        assert (answer.status, said in answer.text) == (400, True), do
    assert (await decides(one, page, "erase")).status == 400
    assert (await one.post(page.url, {"do": "approve", "seen": "1"})).status == 403, "no ticket"
    assert (await looked(house, number)).standing.state == "received"
    page = await decides(one, page, "refuse", reason="Geen bestuurder.")
    assert "Geen bestuurder." in page.text
    assert (await mailed_to(house, REPLY))[-1] == "Uw aanvraag is afgewezen: De Duinroos"


async def test_a_school_with_coordinators_cannot_be_approved(house: House) -> None:
    number = await waiting(house, answers(brin="99ZZ"))
    page = await (await comes_to_work(house, "operator")).get(f"{LIST}/{number}")
    assert "heeft al ICT-coördinatoren" in page.text
    assert acts(page) == ["return", "refuse"]


async def test_only_operators_look(house: House) -> None:
    number = await waiting(house)
    browser = await comes_to_work(house, "helpdesk")
    for address in (LIST, f"{LIST}/{number}", f"{LIST}/{number}/letter"):
        assert (await browser.get(address)).status == 403
    assert "Aanvragen" not in (await browser.get("/helpdesk")).text
    assert (await recorded(house, "application.letter_read")) == []
    operator = await comes_to_work(house, "operator")
    for address in (f"{LIST}/{number + 1}", f"{LIST}/{number + 1}/letter", f"{LIST}/x"):
        assert (await operator.get(address)).status == 404
