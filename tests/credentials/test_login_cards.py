"""Sign-in cards (D26, D28, D29): what one holds, that it is the same until voided, and that nothing brings an old one back."""

import re

import pytest
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from directory.models import Person
from idp.credentials import login_cards
from idp.credentials.models import LoginCard
from tests.cards import card_of, void_card
from tests.house import House
from tests.journeys.stories import add_child


async def test_a_card_holds_160_bits_and_no_address(house: House) -> None:
    code = await card_of(house, "Noor")
    assert re.fullmatch(r"[A-Z2-7]{32}", code)
    assert code != await card_of(house, "Finn")
    assert login_cards.read(code) == code


@pytest.mark.parametrize(
    "given", ["", "A" * 31, "A" * 33, "0" * 32, "é" * 32, "ſ" * 32, "A" * 16 + "/" * 16, "٢" * 32], ids=range(8)
)
def test_what_no_card_of_ours_holds_is_not_looked_up(given: str) -> None:
    assert login_cards.read(given) is None


async def test_printing_again_gives_the_same_card_until_it_is_voided(house: House) -> None:
    first = await card_of(house, "Noor")
    assert await card_of(house, "Noor") == first
    await void_card(house, "Noor")
    second = await card_of(house, "Noor")
    await void_card(house, "Noor")
    assert len({first, second, await card_of(house, "Noor")}) == 3
    async with house.floor.database.read() as db:
        assert await login_cards.made_at(db, house.people.values()) == {house.people["Noor"]: house.clock.now}


async def test_voiding_says_who_had_one(house: House) -> None:
    await card_of(house, "Noor")
    children = [house.people["Noor"], house.people["Finn"]]
    async with house.floor.database.begin() as db:
        assert await login_cards.void(db, children, now=house.clock.now) == [house.people["Noor"]]
        assert await login_cards.void(db, children, now=house.clock.now) == []


async def test_a_card_goes_with_its_child_and_never_comes_back_for_another(house: House) -> None:
    """SQLite gives the number of the newest row again when that is deleted: a card depends on nothing of the kind."""
    codes = []
    for name in ("Bo", "Ties"):
        house.people[name] = await add_child(house, house.school, house.groups["Groep 6"], name, "Bos")
        codes.append(await card_of(house, name))
        async with house.floor.database.begin() as db:
            await db.execute(delete(Person).where(Person.id == house.people[name]))
            assert (await db.execute(select(LoginCard.serial))).all() == []
    assert len(set(codes)) == 2


async def test_two_who_print_at_once_make_one_card(house: House) -> None:
    """The database itself holds one valid card a child."""
    await card_of(house, "Noor")
    row = {"person_id": house.people["Noor"], "serial": 9, "lookup": b"x" * 32, "made_at": house.clock.now}
    with pytest.raises(IntegrityError, match=r"(?i)unique"):
        async with house.floor.database.begin() as db:
            await db.execute(insert(LoginCard).values(row))
