"""Recovery codes (C-316): ten, readable, each once, kept as keyed hashes."""

import re

from sqlalchemy import select

from mfa import recovery_codes
from mfa.models import RecoveryCode
from tests.house import House


async def renew(house: House, name: str = "ict") -> list[str]:
    async with house.floor.database.begin() as db:
        return await recovery_codes.renew(db, house.floor.keyring, house.people[name])


async def spend(house: House, code: str, name: str = "ict") -> bool:
    async with house.floor.database.begin() as db:
        return await recovery_codes.spend(db, house.floor.keyring, house.people[name], code, now=house.clock.now)


async def left(house: House) -> int:
    async with house.floor.database.read() as db:
        return await recovery_codes.left(db, house.people["ict"])


def test_they_can_be_read_out_and_not_guessed() -> None:
    made = [recovery_codes.new_code() for _ in range(500)]
    assert len(set(made)) == 500
    assert all(re.fullmatch(r"[2-9a-hjkmnp-z]{4}(-[2-9a-hjkmnp-z]{4}){2}", code) for code in made)
    assert len(recovery_codes.LETTERS) ** 12 > 2**59


async def test_ten_and_each_once(house: House) -> None:
    codes = await renew(house)
    assert len(codes) == 10
    for spent, code in enumerate(codes, 1):
        assert await spend(house, code)
        assert not await spend(house, code)
        assert await left(house) == 10 - spent


async def test_written_by_hand_it_is_the_same_code(house: House) -> None:
    codes = await renew(house)
    assert await spend(house, codes[0].upper())
    assert await spend(house, codes[1].replace("-", ""))
    assert await spend(house, f"  {codes[2].replace('-', ' ')} ")
    assert not await spend(house, codes[3][:-1])
    assert not await spend(house, "")


async def test_new_ones_void_the_old_ones(house: House) -> None:
    old = await renew(house)
    new = await renew(house)
    assert not await spend(house, old[0])
    assert await spend(house, new[0])


async def test_they_are_of_one_person(house: House) -> None:
    codes = await renew(house)
    await renew(house, "juf")
    assert not await spend(house, codes[0], "juf")
    assert await left(house) == 10


async def test_what_is_kept_tells_nobody_what_they_are(house: House) -> None:
    codes = await renew(house)
    async with house.floor.database.read() as db:
        kept = list((await db.execute(select(RecoveryCode.hash))).scalars())
    assert {len(one) for one in kept} == {32}
    assert not [code for code in codes for one in kept if code.encode() in one]
