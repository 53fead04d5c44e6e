"""D9: what a school refuses one person at the very moment when another one is answered about refuses that other one nothing."""

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest

from consent import exclusions, ticks
from consent.release import _RELEASE
from idp.core.hot import Hot, Row, Statement
from idp.core.together import Company
from protocols.attributes import catalogue
from tests.conformance.relying_party import arrives, redeems, tokens_of, userinfo
from tests.conformance.saml_party import answer, ask, connect
from tests.consent.test_withdrawal import recorded
from tests.house import House, pupil_signs_in


class Slow:
    """The hot path of a database that is so slow that the first release looks before somebody is kept away, and locks after."""

    def __init__(self, house: House, hot: Hot) -> None:
        self.house, self.hot, self.waited = house, hot, 0

    async def row(self, statement: Statement, *args: object) -> Row | None:
        if statement not in _RELEASE.values() or self.waited:
            return await self.hot.row(statement, *args)
        self.waited += 1
        url = self.house.floor.database.url.replace("+asyncpg", "")
        keeper, other = await asyncpg.connect(url), await asyncpg.connect(url)
        try:
            await keeper.execute("SELECT pg_advisory_lock(9)")
            gate = "FOR SHARE", "AND (SELECT 1 FROM pg_advisory_xact_lock_shared(9)) = 1 FOR SHARE"
            first = asyncio.ensure_future(other.fetchrow(statement.postgres.replace(*gate), *args))
            while not await keeper.fetchval(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            ):
                pass
            async with self.house.floor.database.begin() as db:
                who = self.house.school.id, self.house.party_id, self.house.people["Finn"]
                assert await exclusions.exclude(db, *who, now=self.house.clock.now, by="test")
            await keeper.execute("SELECT pg_advisory_unlock(9)")
            found: Row | None = await first
            assert found is None, "it did look before, and lock after"
            return found
        finally:
            await keeper.close()
            await other.close()

    async def rows(self, statement: Statement, *args: object) -> Sequence[Row]:
        return await self.hot.rows(statement, *args)

    def expect(self, company: Company) -> None:
        self.hot.expect(company)

    async def close(self) -> None:
        await self.hot.close()


def slow(house: House) -> Slow:
    """From now on this house's database is so slow, once."""
    database = house.floor.database
    if database.sqlite:
        pytest.skip("SQLite has one writer at a time")
    database.hot = made = Slow(house, database.hot)
    return made


async def test_a_code_is_redeemed_while_another_child_is_kept_away(house: House) -> None:
    arrival = await arrives(house)
    late = slow(house)
    assert (await redeems(house, arrival)).status_code == 200
    assert late.waited == 1


async def test_nothing_more_leaves_unrecorded_while_another_child_is_kept_away(house: House) -> None:
    """D11: what the school allowed since the code was redeemed leaves with its own record, or not."""
    at = house.school.id, house.party_id
    async with house.floor.database.begin() as db:
        await ticks.give(db, *at, {"subject", "given_name"}, now=house.clock.now, by="test")
    arrival = await arrives(house)
    token = (await tokens_of(house, arrival))["access_token"]
    async with house.floor.database.begin() as db:
        await ticks.give(db, *at, catalogue.NAMES, now=house.clock.now, by="test")
    before, late = await recorded(house), slow(house)
    told = await userinfo(arrival.browser, token)
    assert (told.status_code, "family_name" in told.json(), await recorded(house)) == (200, True, before + 1)
    assert late.waited == 1
    assert (await userinfo(arrival.browser, token)).json() == told.json()
    assert await recorded(house) == before + 1


async def test_a_service_provider_is_answered_while_another_child_is_kept_away(house: House) -> None:
    await connect(house)
    browser = house.browser()
    page = await ask(house, browser)
    late = slow(house)
    page = await pupil_signs_in(browser, page, house, "Noor", "Groep 6", "4711")
    assert answer(page).statuses == ["Success"]
    assert late.waited == 1
