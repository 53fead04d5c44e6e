"""A test environment as a way to other people's data: whatever a party under test does, it keeps nothing of who exists (D37, D40)."""

import re

import pytest
from sqlalchemy import func, select

from directory import schools
from directory.models import School
from directory.reference import people as reference_people
from idp.sandbox import exchanges, opening
from idp.sandbox.models import ExchangeStep
from idp.sandbox.seen import Seen, Step
from tests.conformance.relying_party import arrives, basic, post_token, redeems, register, staff_arrives, tokens_of
from tests.conformance.relying_party import userinfo as ask_userinfo
from tests.house import House, authorize_url, signed_in
from tests.journeys.stories import step_of
from tests.sandbox.trying import contact_comes, kept, plays, put_under_test


async def rows(house: House) -> int:
    await house.resources.afterwards.done()
    async with house.floor.database.read() as db:
        return (await db.execute(select(func.count()).select_from(ExchangeStep))).scalar_one()


async def test_a_real_persons_sign_in_leaves_nothing(house: House) -> None:
    """A pupil and a teacher, answered, refused at every endpoint, with and without a page."""
    await put_under_test(house)
    noor = await arrives(house)
    tokens = await tokens_of(house, noor)
    await ask_userinfo(noor.browser, tokens["access_token"])
    again = await redeems(house, noor)
    assert again.status_code == 400
    for changes in (
        {"prompt": "none", "max_age": "0"},
        {"scope": "profile"},
        {"redirect_uri": "https://elders.example/"},
    ):
        await noor.browser.request("GET", authorize_url(**changes).url)
    juf = await staff_arrives(house)
    assert (await redeems(house, juf, code_verifier="v" * 43)).status_code == 400
    assert await rows(house) == 0


async def test_what_is_handed_over_all_the_same_is_not_kept(house: House) -> None:
    """The table asks for itself: a school that exists, another party's reference school, a party that is under test no more."""
    await put_under_test(house)
    other = await register(house, "taalpaleis")
    await put_under_test(house, other)
    async with house.floor.database.read() as db:
        foreign = await reference_people.school_of(db, other)
        own = await reference_people.school_of(db, house.party_id)
    assert foreign is not None
    assert own is not None
    step, now = Step("authorize", "rekenrijk", {}, {}), house.clock.now
    for school_id, done in ((house.school.id, False), (foreign.id, False), (own.id, True)):
        assert await exchanges.keep(house.floor, Seen(house.party_id, school_id, None, step), at=now) is done
    async with house.floor.database.begin() as db:
        await opening.close_for(db, house.party_id, now=now, by="operator:test")
    assert not await exchanges.keep(house.floor, Seen(house.party_id, None, None, step), at=now)


async def test_nothing_is_kept_of_a_party_that_is_not_under_test(house: House) -> None:
    await house.browser().request("GET", authorize_url(scope="profile").url)
    assert await rows(house) == 0


async def test_what_is_kept_opens_nothing(house: House) -> None:
    """No secret, code, token, state, nonce, hint or ECK-iD, neither in the row nor on a page."""
    people = await put_under_test(house)
    browser = await contact_comes(house)
    hidden = {"state": "geheime-toestand-9", "nonce": "geheime-nonce-9", "login_hint": "iemand@school.example"}
    page, verifier = await plays(browser, people["Zoë"], **hidden)
    form = {"grant_type": "authorization_code", "code": page.query["code"], "code_verifier": verifier}
    form |= {"redirect_uri": "https://rekenrijk.example/callback", "geheim": "een-waarde", "x y": "z"}
    tokens = (await post_token(browser, form, headers=basic("rekenrijk", house.client_secret))).json()
    claims = (await ask_userinfo(browser, tokens["access_token"])).json()
    assert claims["eckid"].startswith("https://ketenid.nl/pilot/")
    await browser.request("GET", authorize_url(redirect_uri="https://a:b@elders.example/x?sleutel=waarde#y").url)
    seen = await kept(house)
    told = repr([kept.step for one in seen for kept in one.steps])
    pages = [(await browser.get(f"/party/{house.party_id}/exchanges/{one.name}")).text for one in seen]
    secrets = [*hidden.values(), *tokens.values(), page.query["code"], verifier, house.client_secret, claims["eckid"]]
    for secret in [str(one) for one in secrets if len(str(one)) > 12] + ["een-waarde", "sleutel=waarde", "a:b@"]:
        if secret != tokens["scope"]:
            assert secret not in told, secret[:6]
            assert not any(secret in page for page in pages), secret[:6]
    async with house.floor.database.read() as db:
        sealed = [row.sealed for row in await db.execute(select(ExchangeStep.sealed))]
    assert len(sealed) == 4
    assert not any(b"rekenrijk" in (one or b"") for one in sealed)


async def test_a_row_that_is_moved_to_another_party_does_not_name_it(house: House) -> None:
    """Another party's contact sees none of it, nor by its name."""
    people = await put_under_test(house)
    other = await register(house, "taalpaleis")
    await put_under_test(house, other)
    await plays(await contact_comes(house), people["Zoë"])
    [exchange] = await kept(house)
    stranger = await contact_comes(house, other, "bouwer@taalpaleis.example")
    assert await kept(house, other) == []
    assert (await stranger.get(f"/party/{other}/exchanges/{exchange.name}")).status == 404
    assert (await stranger.get(f"/party/{house.party_id}/exchanges/{exchange.name}")).status == 404


async def test_only_ones_own_reference_people_are_played(house: House) -> None:
    """Neither a real child, nor another party's reference person, nor by whoever is no contact of this party."""
    people = await put_under_test(house)
    other = await register(house, "taalpaleis")
    foreign = await put_under_test(house, other)
    browser = await contact_comes(house)
    page = await browser.get(authorize_url().url)
    assert step_of(page) == "reference"
    for person_id in (house.people["Noor"], house.people["juf"], foreign["Zoë"].person_id, 0):
        again = await browser.choose(page, "person", str(person_id))
        assert step_of(again) == "reference", person_id
    juf = await signed_in(house, "juf")
    form = page.form("person")
    assert (
        await juf.request("POST", form.action, data={**form.hidden, "person": str(people["Zoë"].person_id)})
    ).status == 403
    stranger = await contact_comes(house, other, "bouwer@taalpaleis.example")
    assert step_of(await stranger.get(authorize_url().url)) == "refused"


async def test_a_school_that_exists_is_never_a_reference_school(house: House) -> None:
    """The page, the change and the end of a test environment touch nobody else, whatever number is given; and nobody who exists gets there, by no
    file, command or invitation."""
    await put_under_test(house)
    browser = await contact_comes(house)
    page = await browser.get(f"/party/{house.party_id}/people")
    ticket = re.search(r'name="ticket" value="([0-9a-f]{32})"', page.text)
    assert ticket is not None
    address = f"/party/{house.party_id}/people/{house.people['Noor']}"
    assert (await browser.get(address)).status == 404
    done = await browser.request("POST", address, data={"ticket": ticket[1], "first_name": "Gekaapt"})
    assert done.status == 404
    async with house.floor.database.begin() as db:
        for name in ("97AA01", "97AA"):
            with pytest.raises(LookupError):
                await schools.by_code(db, name)
        reference = await reference_people.school_of(db, house.party_id)
        assert reference is not None
        assert await schools.by_brin(db, "97AA", "01") is await schools.by_ref(db, reference.instelling_ref) is None
        assert [one.name for one in await schools.listed(db)] == ["De Regenboog"]
        assert await opening.close_for(db, house.party_id, now=house.clock.now, by="operator:test")
        names = set((await db.execute(select(School.name))).scalars())
    assert names == {"De Regenboog"}
