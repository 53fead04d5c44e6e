"""Attack: sign in with a card that was voided, stolen, copied or guessed (D26, R108). Every refusal looks the same."""

import logging
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select, update

from directory.models import Enrolment, Person
from idp.core import throttle
from idp.core.models import LedgerEntry
from idp.signin.card_proofs import CARD
from tests.browser import Page
from tests.cards import card_of, shows, to_the_card, void_card
from tests.house import AT_SCHOOL, ELSEWHERE, House, authorize_url
from tests.inside import lapse
from tests.journeys.stories import add_child, add_group, add_school, shortcut, step_of

WRONG = "Dit kaartje doet het hier niet"


def refused(page: Page) -> bool:
    return step_of(page) == "card" and WRONG in page.text


async def _voided(house: House) -> str:
    code = await card_of(house, "Noor")
    await void_card(house, "Noor")
    return code


async def _of_another_school(house: House) -> str:
    other = await add_school(house, "De Overkant", "99YY", networks=["198.51.100.0/24"])
    house.people["Lotte"] = await add_child(house, other, await add_group(house, other, "Groep 5"), "Lotte", "Bos")
    return await card_of(house, "Lotte")


async def _inactive(house: House) -> str:
    code = await card_of(house, "Noor")
    async with house.floor.database.begin() as db:
        mine = Enrolment.person_id == house.people["Noor"]
        await db.execute(update(Enrolment).where(mine).values(active=False, inactive_since=house.clock.now))
    return code


async def _switched_off(house: House) -> str:
    code = await card_of(house, "Noor")
    async with house.floor.database.begin() as db:
        await db.execute(update(Person).where(Person.id == house.people["Noor"]).values(disabled=True))
    return code


async def _made_up(_: House) -> str:
    return "A" * 32


async def _an_address(_: House) -> str:
    return "https://verkeerd.example/?q=A"


@pytest.mark.parametrize(
    "stolen",
    [_voided, _of_another_school, _inactive, _switched_off, _made_up, _an_address],
    ids=lambda one: one.__name__,
)
async def test_what_does_not_let_in_says_nothing_of_why(
    house: House, stolen: Callable[[House], Awaitable[str]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    code = await stolen(house)
    browser = house.browser()
    page = await shows(house, browser, code)
    assert refused(page)
    assert "Noor" not in page.text
    assert "Lotte" not in page.text
    assert "__Host-session" not in browser.cookies
    async with house.floor.database.read() as db:
        told = [
            str(row) for row in await db.execute(select(LedgerEntry.action, LedgerEntry.subject, LedgerEntry.detail))
        ]
    logged = [str(vars(record)["msg"]) + str(record.args) for record in caplog.records if record.name != "httpx2"]
    assert code not in page.text + page.url + "".join(told) + "".join(logged)
    assert "('signin.failed', 'unknown', {'way': 'card'})" in told


async def test_a_voided_card_ends_nothing_but_is_worth_nothing_for_good(house: House) -> None:
    old = await _voided(house)
    new = await card_of(house, "Noor")
    assert old != new
    assert refused(await shows(house, house.browser(), old))
    assert (await shows(house, house.browser(), new)).heading == "Hoi Noor!"


async def test_a_card_is_worth_nothing_at_home(house: House) -> None:
    code = await card_of(house, "Noor")
    home = house.browser(ELSEWHERE)
    page = await home.get(shortcut(house.school))
    assert step_of(page) == "not_here"
    # An attempt that began at school, carried home with its ticket.
    school = house.browser()
    page = await to_the_card(school, house)
    home.cookies = dict(school.cookies)
    page = await home.choose(page, "card", code)
    assert step_of(page) == "not_here"
    assert "__Host-session" not in home.cookies
    # And on a device that went by cards.
    home.cookies = {"__Host-card": ("1", "Lax")}
    assert step_of(await home.get(shortcut(house.school))) == "not_here"
    assert step_of(await home.get(authorize_url().url)) == "way"


async def test_a_session_by_card_ends_at_the_gate_of_the_school(house: House) -> None:
    tablet = house.browser()
    await shows(house, tablet, await card_of(house, "Noor"))
    home = house.browser(ELSEWHERE)
    home.cookies = dict(tablet.cookies)
    assert "code" not in (await home.get(authorize_url().url)).query


async def test_guessing_gets_slow_in_a_browser_and_the_next_one_is_free(house: House) -> None:
    code, attacker = await card_of(house, "Noor"), house.browser()
    page = await to_the_card(attacker, house)
    form = page.form("card")
    for letter in "ABCDEFGHIJKLMNOPQRSTU":
        page = await attacker.post(form.action, {**form.hidden, "card": letter * 32})
    assert "data-wait" in page.text
    page = await attacker.post(form.action, {**form.hidden, "card": code})
    assert "data-wait" in page.text, "while it waits not even the right one is looked at"
    assert (await shows(house, house.browser(), code)).heading == "Hoi Noor!"
    await lapse(house, seconds=60)
    assert (await attacker.post(form.action, {**form.hidden, "card": code})).heading == "Hoi Noor!"


async def test_a_class_whose_cards_are_right_never_waits_on_one_tablet(house: House) -> None:
    code, tablet = await card_of(house, "Noor"), house.browser()
    for _ in range(CARD.free + 1):
        assert (await shows(house, tablet, code)).heading == "Hoi Noor!"


async def test_a_flood_of_wrong_cards_from_one_network_is_noticed(house: House) -> None:
    """Whoever drops the cookie with every try still comes from somewhere."""
    network = house.floor.keyring.mac("token", "throttle", "children", f"{AT_SCHOOL}/32")
    policy = throttle.CHILDREN_OF_A_NETWORK
    await house.floor.store.add("failures", network, policy.free, policy.window)
    assert refused(await shows(house, house.browser(), "A" * 32))
    assert "data-wait" in (await shows(house, house.browser(), await card_of(house, "Noor"))).text


async def test_a_card_does_not_answer_for_somebody_who_is_proven_already(house: House) -> None:
    """C-317: the form of an earlier page puts nobody else in the middle of a sign-in."""
    code, tablet = await card_of(house, "Noor"), house.browser()
    page = await tablet.choose(await tablet.get(authorize_url().url), "instead", "card")
    form = page.form("card")
    await tablet.post(form.action, {**form.hidden, "card": await card_of(house, "Finn")})
    await tablet.post(form.action, {**form.hidden, "card": code})
    assert (await tablet.get("/account")).heading == "Hoi Finn!"
