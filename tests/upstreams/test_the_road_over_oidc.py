"""By way of a network provider over OpenID Connect: state, nonce, issuer and keys, and what each of them refuses (C-116, C-127, C-134, D35)."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pytest

from consent import ticks
from idp.core.fetching import Fetched, FetchRefused
from idp.http import cookies
from metadata import parties, upstreams
from metadata.oidc.issuers import KnownIssuers
from metadata.upstreams import OidcIssuer
from tests.browser import Browser, Page
from tests.clock import Clock
from tests.house import BASE, ECKID, PASSWORD, House, open_house
from tests.storage import Storage
from tests.upstreams import kit
from tests.upstreams.kit import Road
from tests.upstreams.oidc_provider import (
    CLIENT_ID,
    ELLIPTIC,
    ISSUER,
    SECRET,
    STRANGER,
    Provider,
    asked,
    b64,
    jwk,
    token,
)


@dataclass(frozen=True)
class Way:
    """The road, and the provider at its end."""

    road: Road
    provider: Provider

    @property
    def house(self) -> House:
        return self.road.house

    @property
    def now(self) -> int:
        return int(self.house.clock.now.timestamp())

    async def ask(self, browser: Browser) -> dict[str, str]:
        page = await browser.get(self.road.shortcut())
        assert (page.location or "").startswith(f"{self.provider.issuer}/authorize?"), page.heading
        return asked(page.location or "")

    async def come(self, browser: Browser, query: Mapping[str, str], **changes: str | None) -> Page:
        """The provider sends the browser back, with a code unless the test changes that."""
        told = {"state": query["state"], "iss": self.provider.issuer, "code": "code-1", **changes}
        kept = {name: value for name, value in told.items() if value is not None}
        return await browser.get(f"{query['redirect_uri']}?{urlencode(kept)}")

    async def brought(self, id_token: object, query: Mapping[str, str], browser: Browser) -> str | None:
        self.provider.gives(query, id_token)
        await self.come(browser, query)
        return await self.road.session_of(browser)


async def register(house: House, provider: Provider, *, name: str = "Zulu") -> int:
    floor, now = house.floor, house.clock.now
    async with floor.database.begin() as db:
        party = await parties.add_party(db, name=name, kind="network", fields={"subject"}, sector=name, now=now)
        ours = OidcIssuer(provider.issuer, CLIENT_ID, SECRET)
        number = await upstreams.add_oidc(db, floor.keyring, party, ours, now=now, trusted_for_mfa=False)
        await ticks.give(db, house.school.id, party, {"subject"}, now=now, by="test")
        await upstreams.link(db, floor.keyring, number, house.people["Noor"], "leerling-1", now=now)
    return number


@pytest.fixture(scope="module")
async def house(storage: Storage) -> AsyncIterator[House]:
    async with open_house(kit.settings_for(storage), Clock(), storage) as opened:
        yield opened


@pytest.fixture(scope="module")
async def numbers(house: House) -> Mapping[str, int]:
    return {
        "zulu": await register(house, Provider()),
        "other": await register(house, Provider(issuer="https://ander.example"), name="Ander"),
    }


def way_to(house: House, number: int, provider: Provider) -> Way:
    """The house with only this provider outside, asked for the first time."""
    known = KnownIssuers(loopback_allowed=False, get=provider.get, post_form=provider.post_form)
    house.app.state.resources = replace(house.app.state.resources, issuers=known)
    return Way(Road(house, number), provider)


@pytest.fixture
def way(house: House, numbers: Mapping[str, int]) -> Way:
    return way_to(house, numbers["zulu"], Provider())


async def test_a_linked_child_comes_in_and_the_question_was_well_put(way: Way) -> None:
    browser = way.house.browser()
    query = await way.ask(browser)
    assert query["redirect_uri"].startswith(f"{BASE}/network/oidc/callback/")
    assert (query["response_type"], query["code_challenge_method"], query["scope"]) == ("code", "S256", "openid")
    assert min(len(query["state"]), len(query["nonce"]), len(query["code_challenge"])) >= 43
    claims = way.provider.claims(query, now=way.now)
    assert await way.brought(token(claims, way.provider.key), query, browser) == "Noor"


async def test_a_child_is_recognised_by_its_eckid_claim_and_keys_may_be_elliptic(
    house: House, numbers: Mapping[str, int]
) -> None:
    way = way_to(house, numbers["zulu"], Provider(key=ELLIPTIC))
    browser = house.browser()
    query = await way.ask(browser)
    claims = way.provider.claims(
        query, now=way.now, sub="nooit gezien", eckid=ECKID, name="Noor", roles=["ict-coordinator"]
    )
    assert await way.brought(token(claims, ELLIPTIC), query, browser) == "Noor"


CLAIMS: list[tuple[str, dict[str, Any]]] = [
    ("another issuer", {"iss": "https://ander.example"}),
    ("a list of issuers", {"iss": [ISSUER]}),
    ("another audience", {"aud": "iemand-anders"}),
    ("no audience", {"aud": None}),
    ("several audiences without azp", {"aud": [CLIENT_ID, "iemand-anders"]}),
    ("made for another of several", {"aud": [CLIENT_ID, "iemand-anders"], "azp": "iemand-anders"}),
    ("another nonce", {"nonce": "ander"}),
    ("no nonce", {"nonce": None}),
    ("no subject", {"sub": None}),
    ("an empty subject", {"sub": ""}),
    ("a list of subjects", {"sub": ["leerling-1"]}),
    ("over", {"exp": -200}),
    ("without an end", {"exp": None}),
    ("good for a year", {"exp": 365 * 86400}),
    ("from before the question", {"iat": -600}),
    ("still to come", {"nbf": 600}),
    ("proven tomorrow", {"auth_time": 86400}),
    ("a logout token", {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}}),
]


@pytest.mark.parametrize("changes", [changes for _, changes in CLAIMS], ids=[name for name, _ in CLAIMS])
async def test_an_id_token_that_is_wrong_in_one_claim_brings_nobody(way: Way, changes: dict[str, Any]) -> None:
    browser = way.house.browser()
    query = await way.ask(browser)
    moved = {
        n: way.now + v if n in {"exp", "iat", "nbf", "auth_time"} and v is not None else v for n, v in changes.items()
    }
    claims = way.provider.claims(query, now=way.now, **moved)
    assert await way.brought(token(claims, way.provider.key), query, browser) is None


def unsigned(claims: dict[str, Any], alg: str) -> str:
    return f"{b64(json.dumps({'alg': alg}).encode())}.{b64(json.dumps(claims).encode())}."


def by_secret(claims: dict[str, Any], secret: bytes) -> str:
    signed = f"{b64(json.dumps({'alg': 'HS256', 'kid': 'zulu'}).encode())}.{b64(json.dumps(claims).encode())}"
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), 'sha256'))}"


FORGED: dict[str, Any] = {
    "alg none": lambda c, p: unsigned(c, "none"),
    "alg nOnE": lambda c, p: unsigned(c, "nOnE"),
    "HS256 with the client secret": lambda c, p: by_secret(c, SECRET.encode()),
    "HS256 with the public key": lambda c, p: by_secret(c, json.dumps(jwk(p)).encode()),
    "HS256 with an empty key": lambda c, p: by_secret(c, b""),
    "a stranger's key": lambda c, p: token(c, STRANGER),
    "a stranger's key under the known name": lambda c, p: token(c, STRANGER, kid=p.kid),
    "an embedded key": lambda c, p: token(c, STRANGER, jwk=jwk(STRANGER)),
    "an address of keys": lambda c, p: token(c, STRANGER, jku="https://kwaad.example/jwks"),
    "an address of certificates": lambda c, p: token(c, p, x5u="https://kwaad.example/x"),
    "a certificate": lambda c, p: token(c, STRANGER, x5c=[STRANGER.certificate]),
    "an unknown critical extension": lambda c, p: token(c, p, crit=["x"], x=1),
    "b64 false": lambda c, p: token(c, p, b64=False, crit=["b64"]),
    "another type": lambda c, p: token(c, p, typ="logout+jwt"),
    "a huge header": lambda c, p: token(c, p, cty="x" * 9000),
    "JSON serialisation without signatures": lambda c, p: {"payload": b64(json.dumps(c).encode()), "signatures": []},
    "nothing": lambda c, p: None,
    "no JWT": lambda c, p: "a.b",
    "changed after signing": lambda c, p: token(c, p).replace(".", "." + b64(b"{}")[:0] + "e", 1),
}


@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED.keys())
async def test_c127_an_id_token_that_the_provider_did_not_sign_brings_nobody(way: Way, make: Any) -> None:
    browser = way.house.browser()
    query = await way.ask(browser)
    claims = way.provider.claims(query, now=way.now)
    assert await way.brought(make(claims, way.provider.key), query, browser) is None


async def test_c134_a_code_that_another_browser_asked_for_is_refused_and_not_redeemed(way: Way) -> None:
    attacker, victim = way.house.browser(), way.house.browser()
    query = await way.ask(attacker)
    await way.ask(victim)
    way.provider.gives(query, token(way.provider.claims(query, now=way.now), way.provider.key))
    page = await way.come(victim, query)
    assert (page.status, await way.road.session_of(victim)) == (403, None)
    assert f"{ISSUER}/token" not in way.provider.asked
    for state in (None, "", "_onbekend.x", query["state"][:-1]):
        assert (await way.come(victim, query, state=state)).status in {403, 410}


async def test_a_code_is_taken_once(way: Way) -> None:
    browser = way.house.browser()
    query = await way.ask(browser)
    assert await way.brought(token(way.provider.claims(query, now=way.now), way.provider.key), query, browser) == "Noor"
    assert (await way.come(browser, query)).status == 410


async def test_c116_an_answer_of_another_issuer_or_on_its_way_back_is_refused_before_the_code_goes_anywhere(
    way: Way, numbers: Mapping[str, int]
) -> None:
    browser = way.house.browser()
    query = await way.ask(browser)
    way.provider.gives(query, token(way.provider.claims(query, now=way.now), way.provider.key))
    assert (await way.come(browser, query, iss="https://ander.example")).status == 400
    # RFC 9207, 2.4: who promises to say who he is must do so.
    assert (await way.come(browser, query, iss=None)).status == 400
    assert (await way.come(browser, query, iss=None, code=None, error="access_denied")).status == 400
    digest = hashlib.sha256(b"https://ander.example").hexdigest()[:16]
    elsewhere = {**query, "redirect_uri": f"{BASE}/network/oidc/callback/{digest}"}
    assert (await way.come(browser, elsewhere)).status == 400
    assert f"{ISSUER}/token" not in way.provider.asked
    await way.come(browser, query)
    assert await way.road.session_of(browser) == "Noor"


async def test_a_provider_without_rfc_9207_is_told_apart_by_its_way_back(
    house: House, numbers: Mapping[str, int]
) -> None:
    way = way_to(house, numbers["zulu"], Provider(promises_iss=False))
    browser = house.browser()
    query = await way.ask(browser)
    way.provider.gives(query, token(way.provider.claims(query, now=way.now), way.provider.key))
    await way.come(browser, query, iss=None)
    assert await way.road.session_of(browser) == "Noor"


async def test_who_is_declined_reads_who_can_help(way: Way) -> None:
    browser = way.house.browser()
    query = await way.ask(browser)
    page = await way.come(browser, query, code=None, error="access_denied", error_description="<b>Noor</b>")
    assert (page.status, page.heading) == (200, "Het inloggen lukte niet")
    assert "<b>" not in page.text


async def test_c325_a_provider_that_is_away_leaves_the_other_ways_open(
    house: House, numbers: Mapping[str, int]
) -> None:
    way = way_to(house, numbers["zulu"], Provider(away=True))
    browser = house.browser()
    page = await browser.get(way.road.shortcut())
    assert (page.status, page.heading) == (200, "Deze deur is even dicht")
    page = await browser.choose(page, "back", "way")
    assert page.offers("way") == ["pupil", "staff", "home"]


async def test_c325_of_many_who_come_while_a_provider_is_away_one_waits_and_other_schools_notice_nothing(
    house: House, numbers: Mapping[str, int]
) -> None:
    """The circuit: after one call in vain nobody asks for a while; who goes by another provider, or by none, is not kept up."""
    way = way_to(house, numbers["zulu"], Provider(away=True))
    pages = [await house.browser().get(way.road.shortcut()) for _ in range(5)]
    assert {page.heading for page in pages} == {"Deze deur is even dicht"}
    assert way.provider.asked == [f"{ISSUER}/.well-known/openid-configuration"]
    known, other = house.app.state.resources.issuers, Provider(issuer="https://ander.example")
    known._get = other.get
    page = await house.browser().get(way.road.shortcut(numbers["other"]))
    assert (page.location or "").startswith("https://ander.example/authorize?")
    assert (
        await house.browser().get(f"/login/leerlingen/snelkoppelaar?INSTELLING_REF={house.school.instelling_ref}")
    ).offers("group")
    back = Provider()
    known._get, known._post_form = back.get, back.post_form
    assert (await house.browser().get(way.road.shortcut())).heading == "Deze deur is even dicht", "left alone"
    house.clock.move(seconds=16)
    assert (await house.browser().get(way.road.shortcut())).location is not None
    # Away between the question and the code: the person reads it at once, and has the other ways.
    browser = house.browser()
    query = asked((await browser.get(way.road.shortcut())).location or "")
    known._post_form = Silent().post_form
    page = await way.come(browser, query)
    assert page.heading == "Deze deur is even dicht"
    assert (await browser.choose(page, "back", "way")).offers("way") == ["pupil", "staff", "home"]


class Silent(Provider):
    """Its token endpoint does not answer."""

    async def post_form(self, address: str, form: Mapping[str, str], **_: Any) -> Fetched:
        raise FetchRefused("too_slow")


async def test_a_tile_over_oidc_is_a_hint_d34(way: Way) -> None:
    browser = way.house.browser()
    page = await browser.get(f"/network/oidc/start?{urlencode({'iss': ISSUER})}")
    query = asked(page.location or "")
    assert await way.brought(token(way.provider.claims(query, now=way.now), way.provider.key), query, browser) == "Noor"
    assert (await browser.get("/network/oidc/start?iss=https://vreemd.example")).status == 403


async def test_c318_a_provider_that_does_not_say_when_it_proved_somebody_opens_no_secret(way: Way) -> None:
    """Many providers send no `auth_time`, and let whoever sits at an unlocked computer in without a word."""
    house, code = way.house, way.house.school.code
    async with house.floor.database.begin() as db:
        juf = house.people["juf"]
        await upstreams.link(db, house.floor.keyring, way.road.number, juf, "juf-1", now=house.clock.now)
    browser = house.browser()
    query = await way.ask(browser)
    claims = way.provider.claims(query, now=way.now, sub="juf-1")
    assert await way.brought(token(claims, way.provider.key), query, browser) == "Juf"
    secret = f"/classroom/{code}/{house.groups['Groep 6']}/{house.people['Noor']}/secret"
    page = await browser.get(secret)
    assert (page.form("password").action.startswith("/signin/"), "4711" in page.text) == (True, False)
    page = await browser.choose(await browser.choose(page, "back", "way"), "way", "network")
    query = asked(page.location or "")
    assert (query["prompt"], query["max_age"]) == ("login", "0"), "by way of the provider too a new proof is wanted"
    anew = way.provider.claims(query, now=way.now, sub="juf-1", auth_time=way.now)
    way.provider.gives(query, token(anew, way.provider.key))
    assert "4711" in (await way.come(browser, query)).text
    for own in ("/account/two-steps", "/account/two-steps/app", "/account/password"):
        # C-279, C-315: who was let in by a provider's word makes himself no way in that stays when the provider throws him out.
        page = await browser.get(own)
        assert page.form("password").action.startswith("/signin/"), own
    page = await browser.choose(page, "password", PASSWORD, email="juf@regenboog.example")
    assert page.url.endswith("/account/password"), "with the own password it is one's own"
    later = house.browser()
    later.cookies.update({name: value for name, value in browser.cookies.items() if name == cookies.NETWORK})
    page = await later.choose(await later.choose(await later.get(secret), "back", "way"), "way", "network")
    query = asked(page.location or "")
    assert "prompt" not in query, "who only comes in is not refused for what his provider never says"
    claims = way.provider.claims(query, now=way.now, sub="juf-1")
    assert await way.brought(token(claims, way.provider.key), query, later) == "Juf"
    assert "4711" not in (await later.get(secret)).text


async def test_keys_that_are_not_known_are_asked_for_again_and_not_by_nonsense(way: Way) -> None:
    provider, moment = way.provider, way.house.clock.now
    browser = way.house.browser()
    query = await way.ask(browser)
    assert await way.brought(token(provider.claims(query, now=way.now), provider.key), query, browser) == "Noor"
    provider.shown = [jwk(provider.key), jwk(ELLIPTIC)]
    for _ in range(2):
        query = await way.ask(way.house.browser())
    fetched = provider.asked.count(f"{ISSUER}/jwks")
    assert fetched == 1
    for _ in range(3):
        browser = way.house.browser()
        query = await way.ask(browser)
        await way.brought(token(provider.claims(query, now=way.now), STRANGER, kid="verzonnen"), query, browser)
    assert provider.asked.count(f"{ISSUER}/jwks") == fetched, "within a minute nobody makes us ask again"
    way.house.clock.move(seconds=61)
    browser = way.house.browser()
    query = await way.ask(browser)
    assert await way.brought(token(provider.claims(query, now=way.now), ELLIPTIC), query, browser) == "Noor"
    assert provider.asked.count(f"{ISSUER}/jwks") == fetched + 1
    assert way.house.clock.now > moment
