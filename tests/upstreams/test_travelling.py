"""What a publisher asks travels on to the network provider, and its answer back: silence, a new proof, two factors; over both protocols, in both
directions (C-215, C-216, OIDC Core 3.1.2.1)."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import update

from idp.http import cookies
from idp.signin.assurance import ACR, Level
from metadata import upstreams
from metadata.models import Upstream
from metadata.oidc.issuers import KnownIssuers
from tests.browser import Browser, Page
from tests.clock import Clock
from tests.conformance import saml_party
from tests.house import ELSEWHERE, House, authorize_url, open_house
from tests.storage import Storage
from tests.upstreams import kit, provider
from tests.upstreams.kit import Road
from tests.upstreams.oidc_provider import Provider, asked, token
from tests.upstreams.test_the_road_over_oidc import Way, register

NO_PASSIVE = "urn:oasis:names:tc:SAML:2.0:status:NoPassive"
MFA = ACR[Level.TWO_FACTORS]


@dataclass(frozen=True)
class Journey:
    """From a publisher (over `asker`) by way of the house to a provider (over `prover`), and back."""

    house: House
    way: Way
    number: int
    asker: str
    prover: str

    def knows(self, browser: Browser) -> Browser:
        """A browser in which somebody came by this provider before."""
        browser.cookies[cookies.NETWORK] = (str(self.number), "Lax")
        return browser

    async def ask(self, browser: Browser, what: str = "") -> Page:
        """The publisher asks; where the browser then is."""
        if self.asker == "saml":
            told: dict[str, Any] = {"silent": {"IsPassive": "true"}, "fresh": {"ForceAuthn": "true"}}.get(what, {})
            return await saml_party.ask(
                self.house, browser, inside=saml_party.demand(MFA) if what == "sure" else "", **told
            )
        claims = json.dumps({"id_token": {"acr": {"essential": True, "value": MFA}}})
        changes = {"silent": {"prompt": "none"}, "fresh": {"prompt": "login"}, "sure": {"claims": claims}}.get(what, {})
        return await browser.get(authorize_url(**changes).url)

    def wanted(self, page: Page) -> dict[str, bool]:
        """What the question at the provider says."""
        if self.prover == "oidc":
            query = asked(page.location or "")
            prompt = query.get("prompt")
            return {"silent": prompt == "none", "fresh": prompt == "login", "sure": query.get("acr_values") == MFA}
        question = provider.question(page.location or "")
        told = {name: question.get(name) == "true" for name in ("IsPassive", "ForceAuthn")}
        context = question.findtext(".//{*}AuthnContextClassRef")
        return {"silent": told["IsPassive"], "fresh": told["ForceAuthn"], "sure": context == MFA}

    async def proves(self, browser: Browser, page: Page, *, who: str = "leerling-1", sure: bool = False) -> Page:
        """The provider knows who is there, and says so."""
        if self.prover == "oidc":
            query, now = asked(page.location or ""), self.way.now
            told = {"sub": who, "auth_time": now, **({"amr": ["pwd", "mfa"]} if sure else {})}
            made = token(self.way.provider.claims(query, now=now, **told), self.way.provider.key)
            self.way.provider.gives(query, made)
            return await self.way.come(browser, query)
        said = provider.Told(answers=provider.asked(page.location or "")["ID"], now=self.house.clock.now, name_id=who)
        said = replace(said, context=provider.MFA if sure else provider.PASSWORD)
        return await self.way.road.send(browser, provider.answer(said))

    async def declines(self, browser: Browser, page: Page) -> Page:
        """The provider would have to ask somebody."""
        if self.prover == "oidc":
            return await self.way.come(browser, asked(page.location or ""), code=None, error="login_required")
        said = provider.Told(answers=provider.asked(page.location or "")["ID"], now=self.house.clock.now)
        return await self.way.road.send(browser, provider.response(replace(said, status=NO_PASSIVE).named(), ""))

    def answered(self, page: Page) -> str:
        """What the publisher hears: `yes`, or its protocol's word for nobody."""
        if self.asker == "oidc":
            assert (page.location or "").startswith("https://rekenrijk.example/callback?"), page.heading
            return page.query.get("error", "yes")
        statuses = saml_party.answer(page).statuses
        return "yes" if statuses == ["Success"] else statuses[-1]


NOBODY = {"oidc": "login_required", "saml": "NoPassive"}


@pytest.fixture(scope="module")
async def house(storage: Storage) -> AsyncIterator[House]:
    async with open_house(kit.settings_for(storage), Clock(), storage) as opened:
        await saml_party.connect(opened)
        yield opened


@pytest.fixture(scope="module")
async def numbers(house: House) -> dict[str, int]:
    saml = await kit.attach(house, links={"Noor": "leerling-1", "juf": "juf-1"})
    oidc = await register(house, Provider())
    async with house.floor.database.begin() as db:
        await upstreams.link(db, house.floor.keyring, oidc, house.people["juf"], "juf-1", now=house.clock.now)
        await db.execute(update(Upstream).values(trusted_for_mfa=True))
    return {"saml": saml, "oidc": oidc}


@pytest.fixture(params=[("oidc", "oidc"), ("oidc", "saml"), ("saml", "oidc"), ("saml", "saml")], ids="-by-".join)
def journey(request: pytest.FixtureRequest, house: House, numbers: dict[str, int]) -> Journey:
    asker, prover = request.param
    there = Provider()
    known = KnownIssuers(loopback_allowed=False, get=there.get, post_form=there.post_form)
    house.app.state.resources = replace(house.app.state.resources, issuers=known)
    return Journey(house, Way(Road(house, numbers[prover]), there), numbers[prover], asker, prover)


async def test_c216_a_silent_question_is_a_silent_one_there_and_who_is_there_comes_back(journey: Journey) -> None:
    browser = journey.knows(journey.house.browser())
    page = await journey.ask(browser, "silent")
    assert journey.wanted(page) == {"silent": True, "fresh": False, "sure": False}
    assert journey.answered(await journey.proves(browser, page)) == "yes"
    assert journey.answered(await journey.ask(browser, "silent")) == "yes", "signed in here, nobody is asked again"


async def test_c216_who_would_have_to_be_asked_there_is_nobody_to_the_publisher(journey: Journey) -> None:
    browser = journey.knows(journey.house.browser())
    page = await journey.ask(browser, "silent")
    assert journey.answered(await journey.declines(browser, page)) == NOBODY[journey.asker]
    # Somebody whom we do not know, or who owes us a second step, is no page's business either.
    page = await journey.ask(browser, "silent")
    assert journey.answered(await journey.proves(browser, page, who="nooit-gezien")) == NOBODY[journey.asker]
    stranger = await journey.ask(journey.house.browser(), "silent")
    assert journey.answered(stranger) == NOBODY[journey.asker], "nobody is sent where this browser never was"


async def test_c325_a_silent_question_ends_though_the_provider_is_away_or_switched_off(journey: Journey) -> None:
    browser = journey.knows(journey.house.browser())
    journey.way.provider.away = True
    if journey.prover == "oidc":
        assert journey.answered(await journey.ask(browser, "silent")) == NOBODY[journey.asker]
    off = update(Upstream).where(Upstream.id == journey.number)
    async with journey.house.floor.database.begin() as db:
        await db.execute(off.values(enabled=False))
    journey.way.provider.away = False
    page = await journey.ask(browser, "silent")
    if (page.location or "").startswith(("https://moo.example", "https://zulu.example")):
        # The way there may be remembered; nobody is let in on the way back (C-279).
        page = await journey.proves(browser, page)
    assert journey.answered(page) == NOBODY[journey.asker]
    async with journey.house.floor.database.begin() as db:
        await db.execute(off.values(enabled=True))


async def test_c215_a_new_proof_is_asked_of_who_proved_the_person(journey: Journey) -> None:
    browser = journey.knows(journey.house.browser())
    await journey.proves(browser, await journey.ask(browser, "silent"))
    journey.house.clock.move(minutes=5)
    page = await journey.ask(browser, "fresh")
    assert journey.wanted(page) == {"silent": False, "fresh": True, "sure": False}
    assert journey.answered(await journey.proves(browser, page)) == "yes"


async def test_two_factors_are_asked_of_a_provider_that_is_trusted_for_them(journey: Journey) -> None:
    browser = journey.knows(journey.house.browser(ELSEWHERE))
    await journey.proves(browser, await journey.ask(browser, "silent"), who="juf-1")
    page = await journey.ask(browser, "sure")
    assert journey.wanted(page) == {"silent": False, "fresh": False, "sure": True}
    assert journey.answered(await journey.proves(browser, page, who="juf-1", sure=True)) == "yes"
    assert journey.answered(await journey.ask(browser, "sure")) == "yes"
    # One that did not prove them leaves that to us.
    other = journey.knows(journey.house.browser(ELSEWHERE))
    await journey.proves(other, await journey.ask(other, "silent"), who="juf-1")
    page = await journey.proves(other, await journey.ask(other, "sure"), who="juf-1")
    assert (page.status, page.location) == (200, None)


async def test_d35_a_child_that_its_provider_brought_is_answered_about_at_home_too(journey: Journey) -> None:
    browser = journey.knows(journey.house.browser(ELSEWHERE))
    page = await journey.proves(browser, await journey.ask(browser, "silent"))
    assert journey.answered(page) == "yes"
    assert journey.answered(await journey.ask(browser)) == "yes"
