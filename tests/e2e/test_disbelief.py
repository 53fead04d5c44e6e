"""The demonstration's publishers believe nobody but the gate, and only what they asked for: else a walk would prove nothing."""

import base64
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx
import pytest

from tests.e2e.conftest import Begin
from tests.e2e.demo import Demo
from tests.e2e.walk import Walk

RIGHT = "<right>"


@pytest.mark.parametrize(
    ("iss", "state", "why"),
    [
        ("https://elders.example", RIGHT, "komt niet van de poort"),
        (None, RIGHT, "komt niet van de poort"),
        (RIGHT, "verzonnen", "weigerde de vraag"),
        (RIGHT, RIGHT, "weigerde de vraag"),
    ],
    ids=["another issuer", "no issuer", "another state", "a code that nobody gave"],
)
async def test_an_answer_that_the_gate_did_not_give_is_thrown_away(
    demo: Demo, iss: str | None, state: str, why: str
) -> None:
    async with httpx.AsyncClient(trust_env=False, base_url=demo.sites.rekenrijk) as client:
        asked = parse_qs(urlsplit((await client.get("/start")).headers["location"]).query)
        assert asked["code_challenge_method"] == ["S256"]
        right = {"iss": demo.sites.idp, "state": asked["state"][0]}
        given = {"code": "x" * 43, "iss": iss, "state": state}
        answer = {name: right[name] if value == RIGHT else value for name, value in given.items() if value}
        page = await client.get("/callback", params=answer)
        home = await client.get("/")
    assert page.status_code == 400
    assert why in page.text
    assert "Zo werkt inloggen" in home.text


async def _answer(walk: Walk) -> str:
    """A real answer for the SAML publisher, on its way in a browser without a script."""
    child = next(child for child in await walk.pupils() if child.pin)
    await walk.page.goto(f"{walk.sites.taalpaleis}/start")
    await walk.press(child.group)
    await walk.press(child.name)
    await walk.page.get_by_label("Jouw vier cijfers").fill(child.pin)
    await walk.press("Verder")
    return await walk.page.locator("input[name=SAMLResponse]").input_value()


async def test_an_assertion_counts_once_untouched_and_where_it_was_asked_for(begin: Begin) -> None:
    walk, stranger = await begin(script="off"), await begin(script="off")
    answer = await _answer(walk)
    acs = f"{walk.sites.taalpaleis}/acs"
    response = base64.b64decode(answer)
    assert b"<saml:EncryptedAssertion" in response
    forged = base64.b64encode(response.replace(b"</samlp:Status>", b" </samlp:Status>")).decode()
    assert forged != answer

    async def post(whose: Walk, response: str) -> str:
        got = await whose.page.request.post(acs, form={"SAMLResponse": response, "RelayState": "/"})
        return await got.text()

    assert "wij vroegen er niet om" in await post(stranger, answer)
    assert "Het antwoord is niet echt" in await post(walk, forged)
    await walk.page.goto(f"{walk.sites.taalpaleis}/start")
    answer = await walk.page.locator("input[name=SAMLResponse]").input_value()
    assert "Welkom, " in await post(walk, answer)
    assert "wij vroegen er niet om" in await post(walk, answer)


async def test_metadata_of_the_publisher_are_those_that_were_registered(demo: Demo) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        document = (await client.get(f"{demo.sites.taalpaleis}/saml/metadata")).text
    assert f'Location="{demo.sites.taalpaleis}/acs"' in document
    assert 'AuthnRequestsSigned="true"' in document
