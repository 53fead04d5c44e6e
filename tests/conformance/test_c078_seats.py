"""C-078, D4: what ends a substitution ends it at the parties too, under the name that they know: the seat's, never the person's own."""

from collections.abc import Awaitable, Callable

import pytest

from directory.lifecycle import substitutes
from directory.lifecycle.reorganisation_requests import Merger
from tests.conformance.relying_party import arrives, tokens_of, unverified
from tests.conformance.test_c071_telling_clients import settings as settings
from tests.conformance.test_c071_telling_clients import token_of, told_at, work
from tests.directory.reorganisation import world
from tests.house import House, signed_in
from tests.journeys.stories import add_school
from tests.journeys.test_a_substitute_comes_for_a_week import bind
from tests.listening import listening


async def end(house: House) -> None:
    async with house.floor.database.begin() as db:
        await substitutes.end_for(db, house.school.id, house.groups["Groep 6"], by="x", now=house.clock.now)


async def leave_for_another(house: House) -> None:
    left = (await bind(house, group_id=house.groups["Groep 2"])).left
    assert left == house.groups["Groep 6"]


async def let_it_pass(house: House) -> None:
    house.clock.move(hours=12)
    async with house.floor.database.begin() as db:
        await substitutes.tidy(db, now=house.clock.now)


async def merge(house: House) -> None:
    """Who sits there sits at the school that stays."""
    stays = await add_school(house, "De Zonnebloem", "98ZZ")
    async with house.floor.database.begin() as db:
        await world.carried_out(
            db, house.clock, Merger((house.school.id,), stays.id), world.HELPDESK, world.coordinator(house.school)
        )


@pytest.mark.parametrize("how", [end, leave_for_another, let_it_pass, merge])
async def test_c078_a_party_hears_of_the_seat_that_it_knew(
    house: House, how: Callable[[House], Awaitable[None]]
) -> None:
    async with listening() as client:
        await told_at(house, client.address)
        house.people["ina"] = (await bind(house)).person_id
        house.clock.move(days=6, hours=4)
        browser = await signed_in(house, "ina")
        tokens = await tokens_of(house, await arrives(house, browser))
        known = unverified(tokens["id_token"])[1]
        house.clock.move(seconds=1)
        await how(house)
        house.clock.move(seconds=1)
        assert await work(house)
        claims = await token_of(house, await client.next())
        assert (claims["sub"], claims["sid"]) == (known["sub"], known["sid"])
