"""Every forged Response is refused over HTTP, leaves nobody signed in, and costs the honest answer nothing (C-250 to C-278).

The attacks are data (`tests.upstreams.attacks`); each is named by its number. One house stands for all of them.
"""

from collections.abc import AsyncIterator

import pytest

from tests.storage import Storage
from tests.upstreams import attacks, kit, provider
from tests.upstreams.forging import Forge, Make
from tests.upstreams.kit import Road

NAMED = list(attacks.every())


@pytest.fixture(scope="module")
async def road(storage: Storage) -> AsyncIterator[Road]:
    async with kit.attached_house(storage, scopes=("moo.example",)) as opened:
        yield opened


@pytest.mark.parametrize("make", [make for _, make in NAMED], ids=[name for name, _ in NAMED])
async def test_a_forged_response_brings_nobody(road: Road, make: Make) -> None:
    browser = road.house.browser()
    told = await road.ask(browser)
    xml = make(Forge(told, await road.certificate()))
    page = await road.send(browser, xml)
    assert (page.status in {400, 403, 410}, await road.session_of(browser)) == (True, None), page.heading
    # What was refused used nothing up: the honest answer to the same question still counts.
    await road.send(browser, provider.answer(told))
    assert await road.session_of(browser) == "Noor"
