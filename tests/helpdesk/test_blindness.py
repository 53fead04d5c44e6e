"""D37, R144, R145, by construction: whoever works for the platform finds no pupil, no ECK-iD, and never a school and a party together.

A house is lived in until there is something of everything. Then every route of the table is asked, in every role of the platform and with every form
that anybody could send, and what is answered, what is logged meanwhile and what is counted is looked through. A new page is looked at by itself: what
its address names is known here, or this fails until somebody says what it is.
"""

import logging
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import pytest
from sqlalchemy import select
from starlette.routing import Route

from consent import agreement_papers, ticks
from consent.agreement_papers import Signing, Whose
from directory.lifecycle import reorganisation_asking as asking
from directory.lifecycle.models import Reorganisation
from directory.lifecycle.reorganisation_records import Asker
from directory.lifecycle.reorganisation_requests import Merger, Transfer
from directory.operators import DUTIES
from idp.core.log import JsonLines
from idp.main import every_route
from idp.support import announcements
from mfa import lost_factors
from tests.board.seating import board_of
from tests.browser import Browser, Page
from tests.clock import Clock
from tests.conformance.relying_party import register
from tests.desk.sitting import sits_down, ticket_on
from tests.helpdesk.test_reasons import reference_on
from tests.helpdesk.working import comes_to_work
from tests.house import ECKID, House, authorize_url, open_house, pupil_signs_in, redeem, signed_in, staff_signs_in
from tests.journeys.stories import add_child, add_group, add_school
from tests.onboarding.kit import waiting
from tests.storage import Storage
from tests.upstreams.kit import settings_for

PEOPLE: Final = ("Noor", "Finn", "Xandra", "van Beek", "Ypenburg", "Jansen", ECKID, ECKID.rpartition("/")[2])
"""Names and keys of people, as they stand in the tables."""
SCHOOLS: Final = ("Regenboog", "99ZZ", "Overkant", "98XX")
PARTIES: Final = ("Rekenrijk", "rekenrijk", "Taalpaleis", "taalpaleis")
UNREAD: Final = re.compile(r"/static/|/logos/")
"""Files and pictures of a hash: nothing in them is made for anybody."""


class Lines(logging.Handler):
    """What is logged, as it is written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonLines())
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(self.format(record))


@contextmanager
def listening() -> Iterator[list[str]]:
    """Every line of the product's log meanwhile."""
    lines, product = Lines(), logging.getLogger("poortwachter")
    before = product.level
    product.setLevel(logging.DEBUG)
    product.addHandler(lines)
    try:
        yield lines.written
    finally:
        product.removeHandler(lines)
        product.setLevel(before)


@dataclass(frozen=True, slots=True)
class Lived:
    """A house in which everything happened once, what was logged then, and what addresses and forms can name."""

    house: House
    logged: list[str]
    named: Mapping[str, str]
    typed: Mapping[str, str]


@pytest.fixture(scope="module")
async def lived(storage: Storage, shared: None) -> AsyncIterator[Lived]:
    """One house; looking changes nothing that another look needs."""
    async with open_house(settings_for(storage), Clock(), storage) as house:
        with listening() as logged:
            named, typed = await live(house)
        yield Lived(house, logged, named, typed)


async def live(house: House) -> tuple[dict[str, str], dict[str, str]]:
    """Children and teachers sign in at a party and are refused at another, mails wait, schools merge, a factor is lost."""
    await register(house, "taalpaleis", ticked=False)
    child = house.browser()
    asked = authorize_url()
    page = await pupil_signs_in(child, await child.get(asked.url), house, "Noor", "Groep 6", "4711")
    assert ECKID in (await redeem(house, child, page, asked)).text or page.query["code"]
    references = [reference_on(await refused(house, name)) for name in ("juf", "ict")]
    other = await add_school(house, "De Overkant", "98XX")
    group = await add_group(house, other, "Groep Elders")
    twin = await add_child(house, other, group, "Xandra", "Ypenburg")
    now, keyring = house.clock.now, house.floor.keyring
    mine, both = house.school.id, Asker("x", frozenset({house.school.id, other.id}))
    async with house.floor.database.begin() as db:
        how: dict[str, object] = {"effective_on": None, "now": now, "keyring": keyring, "contact": "x"}
        await asking.ask(db, Merger((other.id,), mine), by=both, **how)  # type: ignore[arg-type]
        await asking.ask(db, Transfer(other.id, mine, house.people["Finn"], twin), by=both, **how)  # type: ignore[arg-type]
        # The receipt, with school and party in it, waits in the outbox.
        await ticks.withdraw(db, mine, house.party_id, now=now, by="test")
        request = await lost_factors.ask(db, "ict@regenboog.example", reference="brief", by="x", now=now)
        words: dict[announcements.Lang, str] = {"nl": "Traag", "en": "Slow"}
        notice = await announcements.add(
            db, "outage", titles=words, texts=words, shown_from=now, shown_until=None, by="x", now=now
        )
        number = (await db.execute(select(Reorganisation.id).order_by(Reorganisation.id))).scalars().first()
    board_id = await board_of(house, house.school, number="41234")
    async with house.floor.database.begin() as db:
        today = house.clock.now.date()
        whose, signing = Whose(board_id=board_id), Signing("3.0", None, today)
        paper = await agreement_papers.record(db, whose, signing, now=house.clock.now, today=today, by="operator:cli")
    named = {
        "school": "99ZZ",
        "board": "41234",
        "agreement": str(paper),
        "application": str(await waiting(house)),
        "reorganisation": str(number),
        "request": str(request),
        "notice": str(notice),
    }
    typed = {"reference": references[0], "email": "ict@regenboog.example", "school": "99ZZ", "key": "Noor", "q": "e"}
    return named, typed


async def refused(house: House, who: str) -> Page:
    """Somebody at a party that the school did not tick; for the coordinator, in a session that there is."""
    url = authorize_url(client_id="taalpaleis").url
    browser = await sits_down(house) if who == "ict" else house.browser()
    page = await browser.get(url)
    return page if who == "ict" else await staff_signs_in(browser, page, who)


def betrays(text: str) -> list[str]:
    """What a text tells that nobody of the platform may read."""
    told = [word for word in PEOPLE if word in text]
    at, with_ = [[word for word in words if word in text] for words in (SCHOOLS, PARTIES)]
    return told + (at + with_ if at and with_ else [])


def test_what_betrays_is_noticed() -> None:
    assert betrays("De Regenboog (99ZZ) logt in bij Rekenrijk") == ["Regenboog", "99ZZ", "Rekenrijk"]
    assert betrays("Noor") == ["Noor"]
    assert betrays("De Regenboog, 99ZZ") == betrays("Rekenrijk") == []


async def crawled(lived: Lived, browser: Browser) -> AsyncIterator[tuple[str, Page]]:
    """Every route of the table that is answered to anybody of the platform, and every form of the helpdesk's with whatever there is to type."""
    ticket = ticket_on(await browser.get("/helpdesk/sessions"))
    for route in every_route():
        if UNREAD.search(route.path):
            continue
        ours = route.path.startswith("/helpdesk")
        address = filled(route, lived.named if ours else {})
        for method in sorted((route.methods or set()) & {"GET", "POST"}):
            if method == "POST" and not ours and "/signout" in route.path:
                continue
            data = {"ticket": ticket, **(lived.typed if ours else {})} if method == "POST" else None
            yield f"{method} {address}", await browser.request(method, address, data=data)
            if ours and method == "GET":
                yield f"GET {address}?q", await browser.request("GET", f"{address}?q=e&done=sessions_ended")


def filled(route: Route, named: Mapping[str, str]) -> str:
    """The address of a route. Below the helpdesk fails for a name of which nobody said what it is."""
    ours = route.path.startswith("/helpdesk")

    def value(found: re.Match[str]) -> str:
        return named[found[1]] if ours else {"school": "99ZZ"}.get(found[1], "1")

    return re.sub(r"\{(\w+)(?::\w+)?\}", value, route.path)


@pytest.mark.parametrize("duty", DUTIES)
async def test_no_answer_to_anybody_of_the_platform_betrays_anything(lived: Lived, duty: str) -> None:
    browser = await comes_to_work(lived.house, "operator" if duty == "operator" else "helpdesk")
    seen = 0
    with listening() as logged:
        # What is typed comes back to who typed it: the key of a pupil is the school's word for it, and no name of ours.
        typed = lived.typed["key"]
        async for what, page in crawled(lived, browser):
            text = (
                page.text.replace(f'value="{typed}"', "").replace(f"· {typed}<", "")
                if "/helpdesk" in what
                else page.text
            )
            assert betrays(f"{text} {page.location or ''}") == [], what
            seen += "/helpdesk" in what and page.status == 200
    assert seen > (15 if duty == "operator" else 10), "there were pages to look at"
    assert logged, "there was something to log"
    assert [line for line in logged if betrays(line)] == []


async def test_neither_the_log_nor_a_counter_of_a_whole_morning_betrays_anything(lived: Lived) -> None:
    """A line that names a school names no party, and none names anybody."""
    with listening() as more:
        for who in ("juf", "ict"):
            browser = await signed_in(lived.house, who, two_steps=True)
            for path in ("/desk/98XX", "/desk/99ZZ/parties/1", "/classroom/98XX/1", "/party/1", "/nergens?school=99ZZ"):
                await browser.request("GET", path)
    assert len(more) > 5
    assert [line for line in (*lived.logged, *more) if betrays(line)] == []
    told = lived.house.app.measures.text()
    assert 'poortwachter_refusals_total{code="consent.not_given"}' in told
    assert [word for word in (*PEOPLE, *SCHOOLS, *PARTIES) if word in told] == []
