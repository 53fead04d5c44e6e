"""A pending sign-in is kept whole, belongs to one browser, ends once (C-133, C-134)."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from idp.core.errors import Problem
from idp.signin import attempts
from idp.signin.attempts import Attempt
from idp.signin.steps import Step
from tests.house import House
from tests.inside import lapse
from tests.signin.test_steps import ATTEMPTS

BROWSER = b"\x01" * 32


@given(attempt=ATTEMPTS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_what_is_kept_is_found_as_it_was(house: House, attempt: Attempt) -> None:
    store, keyring = house.floor.store, house.floor.keyring
    mine = replace(attempt, browser=BROWSER.hex())
    await attempts.keep(store, keyring, mine)
    assert await attempts.find(store, keyring, mine.id, BROWSER) == mine


@pytest.mark.parametrize("browser", [None, b"", b"\x02" * 32, BROWSER[:-1]])
async def test_another_browser_gets_nothing(house: House, browser: bytes | None) -> None:
    store, keyring = house.floor.store, house.floor.keyring
    mine = attempts.begin(keyring, BROWSER, now=1000, question=None)
    await attempts.keep(store, keyring, mine)
    with pytest.raises(Problem) as refused:
        await attempts.find(store, keyring, mine.id, browser)
    assert (refused.value.code, refused.value.status) == ("signin.other_browser", 403)


async def test_the_id_is_not_what_the_store_knows_it_by(house: House) -> None:
    store, keyring = house.floor.store, house.floor.keyring
    mine = attempts.begin(keyring, BROWSER, now=1000, question=None)
    await attempts.keep(store, keyring, mine)
    assert await store.get("attempt", mine.id.encode()) is None


async def test_it_ends_for_exactly_one_of_many(house: House) -> None:
    store, keyring = house.floor.store, house.floor.keyring
    mine = attempts.begin(keyring, BROWSER, now=1000, question=None)
    await attempts.keep(store, keyring, mine)
    assert sum(await asyncio.gather(*(attempts.take(store, keyring, mine) for _ in range(20)))) == 1
    with pytest.raises(Problem) as over:
        await attempts.find(store, keyring, mine.id, BROWSER)
    assert over.value.code == "signin.expired"


async def test_half_an_hour_without_an_answer_ends_it(house: House) -> None:
    store, keyring = house.floor.store, house.floor.keyring
    mine = attempts.begin(keyring, BROWSER, now=1000, question=None)
    await attempts.keep(store, keyring, mine)
    await lapse(house, seconds=attempts.LIFETIME - 5)
    assert await attempts.find(store, keyring, mine.id, BROWSER) == mine
    await lapse(house, seconds=5)
    with pytest.raises(Problem):
        await attempts.find(store, keyring, mine.id, BROWSER)


async def test_a_ticket_belongs_to_attempt_browser_and_step(house: House) -> None:
    keyring = house.floor.keyring
    mine = attempts.begin(keyring, BROWSER, now=1000, question=None)
    others = [replace(mine, id="another"), replace(mine, browser="02" * 32)]
    tickets = {attempts.ticket(keyring, one, step) for one in (mine, *others) for step in Step}
    assert len(tickets) == 3 * len(Step)
    attempts.check_ticket(keyring, mine, Step.PASSWORD, attempts.ticket(keyring, mine, Step.PASSWORD))
    for wrong in (*tickets - {attempts.ticket(keyring, mine, Step.PASSWORD)}, "", "é"):
        with pytest.raises(Problem) as refused:
            attempts.check_ticket(keyring, mine, Step.PASSWORD, wrong)
        assert refused.value.status == 403
