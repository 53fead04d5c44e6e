"""Knocking at a party's own addresses: what software does with an answer that it never asked for (RFC 6749 10.12)."""

from urllib.parse import parse_qs, urlsplit

from directory.reference import people as reference_people
from idp.core.fetching import Fetched, FetchRefused
from idp.sandbox import checking, probing
from idp.sandbox.probing import Ask
from metadata import connections
from metadata.connections import Connection
from tests.browser import Browser, forms_of
from tests.conformance.relying_party import basic, change_metadata, post_token
from tests.house import BASE, CALLBACK, House
from tests.inside import lapse
from tests.sandbox.trying import contact_comes, kept, put_under_test, told

START = "https://rekenrijk.example/begin?taal=nl"
BEGINS = f"{BASE}/oidc/authorize?client_id=rekenrijk&state=s&nonce=n&code_challenge=c&code_challenge_method=S256"


def software(browser: Browser, house: House, *, redeems: bool, begins: str = BEGINS, status: int = 400) -> Ask:
    """A publisher's software; one that `redeems` takes every code that it is brought."""

    async def answers(address: str) -> Fetched:
        parts = urlsplit(address)
        brought = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/begin":
            assert brought == {"taal": "nl", "iss": BASE}
            return Fetched(303, {"location": begins}, b"", address)
        assert brought["iss"] != BASE
        if redeems:
            form = {"grant_type": "authorization_code", "code": brought["code"], "redirect_uri": CALLBACK}
            await post_token(
                browser, {**form, "code_verifier": "v" * 43}, headers=basic("rekenrijk", house.client_secret)
            )
        return Fetched(status, {}, b"<p>welkom</p>", address)

    return answers


async def tried(house: House, ask: Ask) -> dict[str, str]:
    """The verdicts of the list after a round."""
    await lapse(house, seconds=11)
    async with house.floor.database.read() as db:
        [client] = await connections.of_party(db, house.party_id)
        school = await reference_people.school_of(db, house.party_id)
    assert school is not None
    await probing.probe(house.floor, house.party_id, school.id, client, ask)
    lines = checking.checklist(await kept(house), client.name, "oidc", "nl", but_for=useless(client))
    return {line.key: line.verdict for line in lines}


def useless(client: Connection) -> frozenset[str]:
    return checking.useless(client.details)


async def test_software_is_seen_refusing_or_taking_what_it_never_asked_for(house: House) -> None:
    await put_under_test(house)
    browser = house.browser()
    found = await tried(house, software(browser, house, redeems=False))
    assert (found["state_checked"], found["reachable"]) == ("passed", "passed")
    assert told((await kept(house))[0]) == ["good.probe"]
    assert "third_party" not in found
    found = await tried(house, software(browser, house, redeems=True, status=500))
    assert (found["state_checked"], found["reachable"]) == ("failed", "failed")
    newest = (await kept(house))[0]
    assert [one.step.endpoint for one in newest.steps] == ["probe", "token"]
    assert told(newest) == ["code.probe"]
    assert "welkom" not in repr(newest)
    found = await tried(house, software(browser, house, redeems=False))
    assert found["state_checked"] == "passed"


async def test_an_address_to_begin_at_leads_to_a_whole_request(house: House) -> None:
    await put_under_test(house)
    await change_metadata(house, initiate_login_uri=START)
    browser = house.browser()
    for begins, verdict in (
        (BEGINS, "passed"),
        (BEGINS.replace("&nonce=n", ""), "failed"),
        ("https://elders.example/oidc/authorize?state=s&nonce=n&code_challenge=c", "failed"),
    ):
        found = await tried(house, software(browser, house, redeems=False, begins=begins))
        assert found["third_party"] == verdict, begins
        assert {"good.start", "advice.start"} & {key for one in (await kept(house))[:2] for key in told(one)}


async def test_nobody_makes_us_knock_inside_the_house(house: House) -> None:
    """C-128: an address that lies in a private network is registered, and never asked; nor are we sent round twice in a moment."""
    await put_under_test(house)
    await change_metadata(house, redirect_uris=["https://10.0.0.1/callback", "https://[fd00::1]/callback"])
    browser = await contact_comes(house)
    page = await browser.get(f"/party/{house.party_id}/check")
    form = next(one for one in forms_of(page.text) if one.action.endswith("/check"))
    page = await browser.post(form.action, form.hidden)
    assert "Wij hebben uw adressen bezocht" in page.text
    troubles = {one.step.answered.get("trouble") for exchange in await kept(house) for one in exchange.steps}
    assert troubles == {"not_public"}
    page = await browser.post(form.action, form.hidden)
    assert "Wacht even" in page.text
    assert len(await kept(house)) == 2


async def test_what_does_not_answer_is_told(house: House) -> None:
    await put_under_test(house)

    async def silent(_: str) -> Fetched:
        raise FetchRefused("unreachable")

    found = await tried(house, silent)
    assert (found["reachable"], found["state_checked"]) == ("failed", "open")
    assert told((await kept(house))[0]) == ["advice.trouble"]
