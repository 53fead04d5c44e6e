"""By way of a network provider over SAML: from the shortcut of the school to a session, and every way in which nobody gets one (D34, D35)."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.house import ECKID
from tests.storage import Storage
from tests.upstreams import kit, provider
from tests.upstreams.kit import Road


@pytest.fixture(scope="module")
async def road(storage: Storage) -> AsyncIterator[Road]:
    async with kit.attached_house(storage) as opened:
        yield opened


@pytest.mark.parametrize("signed", ["assertion", "response", "both"])
@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_linked_child_comes_in(road: Road, signed: str, encrypted: bool) -> None:
    browser = road.house.browser()
    told = await road.ask(browser)
    to = await road.certificate() if encrypted else None
    page = await road.send(browser, provider.answer(told, signed=signed, to=to))
    assert (page.status, await road.session_of(browser)) == (200, "Noor")


async def test_a_child_is_recognised_by_its_eckid(road: Road) -> None:
    browser = road.house.browser()
    told = await road.ask(browser)
    told = replace(told, name_id="nooit gezien", attributes={provider.ECKID: (ECKID,)})
    await road.send(browser, provider.answer(told))
    assert await road.session_of(browser) == "Noor"
