"""A publisher that its federation no longer vouches for gets no answer any more, at once and in every process that knew it (C-204, C-206)."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from metadata import entity_changes, targets
from metadata.entity_changes import Change
from metadata.models import SamlEntity
from metadata.saml.party import SamlParty
from tests.house import House, pupil_signs_in, staff_signs_in
from tests.journeys.test_a_publisher_asks_over_saml import DOCUMENT, answered, ask, publish, status_of
from tests.journeys.test_a_shortcut_leads_to_a_lesson import NOOR, to
from tests.metadata.test_targets import LESSON
from tests.protocols.saml import party as sp


async def known(house: House) -> SamlParty:
    async with house.floor.database.read() as db:
        return SamlParty.from_json((await db.execute(select(SamlEntity.read))).scalar_one())


async def changed(house: House, kind: str, party: SamlParty | None = None) -> None:
    """As the worker applies it, in another process."""
    change = Change(kind, sp.ENTITY, "sp", party, DOCUMENT.encode())  # type: ignore[arg-type]
    async with house.floor.database.begin() as db:
        await entity_changes.apply(db, [change], source_id=None, now=house.clock.now)


async def test_c206_an_entity_that_is_gone_or_over_gets_no_answer(house: House) -> None:
    await publish(house)
    browser = house.browser()
    await staff_signs_in(browser, await ask(house, browser), "juf")
    assert status_of(answered(await ask(house, browser, ID="_1"))[0]) == ["Success"]
    party = await known(house)
    await changed(house, "gone")
    page = await ask(house, browser, ID="_2")
    assert (page.status, "SAMLResponse" in page.text) == (403, False)
    # It is back, for ten minutes.
    await changed(house, "same", replace(party, valid_until=house.clock.now + timedelta(minutes=10)))
    assert status_of(answered(await ask(house, browser, ID="_3"))[0]) == ["Success"]
    house.clock.move(minutes=10)
    page = await ask(house, browser, ID="_4")
    assert (page.status, "SAMLResponse" in page.text) == (403, False)


async def test_c206_nor_one_that_was_over_before_the_person_had_signed_in(house: House) -> None:
    """The entity ends while a password is typed; by the shortcut to its learning material nothing leaves either."""
    await publish(house)
    browser = house.browser()
    begun = await ask(house, browser)
    await changed(house, "gone")
    page = await staff_signs_in(browser, begun, "juf")
    assert (page.status, "SAMLResponse" in page.text) == (403, False)
    async with house.floor.database.begin() as db:
        await targets.add(db, sp.ENTITY, LESSON, now=house.clock.now, loopback_allowed=False)
    child = house.browser()
    page = await pupil_signs_in(child, await child.get(to(house.school, LESSON)), house, *NOOR)
    assert (page.status, "SAMLResponse" in page.text) == (403, False)
