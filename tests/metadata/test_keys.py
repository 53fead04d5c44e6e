"""A key that retired signs nothing and has no private part any more; what it signed can still be read (D27, D30, D40)."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from metadata import keys, rollover
from metadata.key_material import new_named_key
from metadata.models import SigningKey
from protocols.oidc.tokens import TokenRefused, read_hint, signed
from tests.house import BASE, House

CLAIMS = {"iss": BASE, "aud": "rekenrijk", "sub": "0" * 64}


async def rotated(house: House, *, leaked: bool = False) -> str:
    """The key that signed until now; a new one takes over."""
    known = await keys.load(house.floor.database, house.floor.keyring, now=house.clock.now)
    old = known.active("RS256", house.clock.now).kid
    house.clock.move(seconds=1)
    async with house.floor.database.begin() as db:
        await rollover.rotate(db, house.floor.keyring, "RS256", now=house.clock.now, leaked=leaked)
    return old


async def forgotten(house: House) -> int:
    async with house.floor.database.begin() as db:
        return await rollover.forget_private_parts(db, now=house.clock.now)


async def with_private_part(house: House) -> set[str]:
    async with house.floor.database.read() as db:
        return set((await db.execute(select(SigningKey.kid).where(SigningKey.sealed.is_not(None)))).scalars())


async def test_the_private_part_goes_a_day_after_the_key_signed_last(house: House) -> None:
    old = await rotated(house)
    house.clock.move(hours=47, minutes=59)
    assert await forgotten(house) == 0
    house.clock.move(minutes=1)
    assert await forgotten(house) == 1
    assert old not in await with_private_part(house)
    assert len(await with_private_part(house)) == 3
    assert await forgotten(house) == 0


async def test_that_of_a_leaked_key_goes_at_once(house: House) -> None:
    old = await rotated(house, leaked=True)
    assert old not in await with_private_part(house)


async def test_what_it_signed_is_believed_and_it_signs_no_more(house: House) -> None:
    known = await house.resources.keys.latest(now=house.clock.now)
    token = signed(known.active("RS256", house.clock.now), CLAIMS)
    old = await rotated(house)
    house.clock.move(hours=48)
    assert len((await house.resources.keys.latest(now=house.clock.now)).signers) == 4
    assert await forgotten(house) == 1
    # A process that knew the key looks at the rows again because their version is another.
    house.clock.move(seconds=6)
    afterwards = await house.resources.keys.latest(now=house.clock.now)
    (retired,) = (signer for signer in afterwards.signers if signer.kid == old)
    assert retired.jwk == next(signer.jwk for signer in known.signers if signer.kid == old)
    assert read_hint(token, afterwards, issuer=BASE) == CLAIMS
    with pytest.raises(LookupError):
        retired.sign(b"anything")
    assert afterwards.active("RS256", house.clock.now).kid != old
    assert old not in {signer.kid for signer in afterwards.published(house.clock.now)}


async def test_the_public_part_goes_when_nobody_asks_any_more(house: House) -> None:
    token = signed((await house.resources.keys.latest(now=house.clock.now)).active("RS256", house.clock.now), CLAIMS)
    await rotated(house)
    house.clock.move(hours=48)
    retired_at = house.clock.now
    async with house.floor.database.begin() as db:
        assert await rollover.remove_old(db, before=retired_at) == 0
        assert await rollover.remove_old(db, before=retired_at + timedelta(seconds=1)) == 1
    house.clock.move(seconds=6)
    with pytest.raises(TokenRefused):
        read_hint(token, await house.resources.keys.latest(now=house.clock.now), issuer=BASE)


def test_no_key_is_named_like_an_option() -> None:
    """One thumbprint in 64 begins with a dash, which a command line would read as an option."""
    assert not [kid for _, kid in (new_named_key("ES256") for _ in range(400)) if kid.startswith("-")]


async def test_keys_of_one_moment_keep_their_order(house: House) -> None:
    """Whatever is written down about one of them: PostgreSQL moves the row that it changes."""

    async def known() -> list[str]:
        loaded = await keys.load(house.floor.database, house.floor.keyring, now=house.clock.now)
        return [signer.alg for signer in loaded.signers]

    for alg in keys.ALGS:
        async with house.floor.database.begin() as db:
            await db.execute(update(SigningKey).where(SigningKey.alg == alg).values(leaked=False))
        assert await known() == list(keys.ALGS), alg
