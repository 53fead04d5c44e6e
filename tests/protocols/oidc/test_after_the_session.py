"""An access token outlives its session by minutes: it brings what it did, and nothing that nobody could tell the party to end (C-078, D11)."""

from sqlalchemy import func, select

from consent import ticks
from consent.models import Release
from tests.conformance.relying_party import arrives, claims_at_userinfo, tokens_of
from tests.conformance.test_c060_logout import logout_url
from tests.house import House


async def allows(house: House, *fields: str) -> None:
    async with house.floor.database.begin() as db:
        wanted = frozenset({"subject", *fields})
        await ticks.give(db, house.school.id, house.party_id, wanted, now=house.clock.now, by="test")


async def test_what_a_school_allows_more_after_the_session_leaves_by_no_token_of_it(house: House) -> None:
    await allows(house, "roles")
    arrival = await arrives(house)
    browser, tokens = arrival.browser, await tokens_of(house, arrival)
    before = await claims_at_userinfo(browser, tokens["access_token"])
    await browser.request("GET", logout_url(id_token_hint=tokens["id_token"]))
    await allows(house, "roles", "groups")
    assert await claims_at_userinfo(browser, tokens["access_token"]) == before
    async with house.floor.database.read() as db:
        assert (await db.execute(select(func.count()).select_from(Release))).scalar_one() == 1
