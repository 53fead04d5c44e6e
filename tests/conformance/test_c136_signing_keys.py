"""C-054 and C-136: our keys change while people sign in, and no publisher ever fails to verify."""

import asyncio
from datetime import timedelta
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.core.settings import Settings
from idp.main import create_app
from metadata import rollover
from tests.browser import Browser
from tests.conformance.relying_party import arrives, keys_of, tokens_of, unverified, verified
from tests.house import House, beside


async def rotate(house: House, *, at_once: bool = False) -> str:
    """As another process does it: by the database alone. Of two keys of one moment none is the newer, so a second passes first."""
    house.clock.move(seconds=1)
    async with house.floor.database.begin() as db:
        return await rollover.rotate(db, house.floor.keyring, "RS256", now=house.clock.now, at_once=at_once)


def fits(token: str, published: list[dict[str, str]]) -> bool:
    """Whether a publisher with these keys believes the token."""
    try:
        jwt.decode(token, KeySet.import_key_set({"keys": [dict(key) for key in published]}), algorithms=["RS256"])
    except (JoseError, ValueError):
        return False
    return True


async def id_token(house: House, browser: Browser | None = None) -> str:
    tokens = await tokens_of(house, await arrives(house, browser))
    token: str = tokens["id_token"]
    return token


async def test_c136_a_publisher_that_keeps_our_keys_for_a_day_never_fails(house: House) -> None:
    """Two rotations in four days, a sign-in every five hours, the JWKS fetched once in twenty-three."""
    kept, kept_at = await keys_of(house.browser()), house.clock.now
    signed_with = []
    for step in range(20):
        if step in {3, 11}:
            await rotate(house)
        house.clock.move(hours=5)
        if house.clock.now - kept_at >= timedelta(hours=23):
            kept, kept_at = await keys_of(house.browser()), house.clock.now
        token = await id_token(house)
        assert fits(token, kept), step
        signed_with.append(unverified(token)[0]["kid"])
    assert len(set(signed_with)) == 3
    assert signed_with == sorted(signed_with, key=list(dict.fromkeys(signed_with)).index)  # never back to an older one


async def test_c054_c136_a_new_key_is_shown_a_day_before_it_signs_and_the_old_a_day_after(house: House) -> None:
    browser = house.browser()
    old = unverified(await id_token(house))[0]["kid"]
    new = await rotate(house)
    shown = []
    for _ in range(10):
        house.clock.move(hours=6)
        published = {key["kid"] for key in await keys_of(browser) if key["alg"] == "RS256"}
        shown.append((unverified(await id_token(house))[0]["kid"], published))
    assert [kid for kid, _ in shown] == [old] * 3 + [new] * 7
    assert [published for _, published in shown] == [{old, new}] * 7 + [{new}] * 3


async def test_c136_under_continuous_sign_ins_a_rotation_at_once_breaks_none(house: House) -> None:
    """A leaked key: the new one signs from this moment. Whoever looks at the keys after the answer finds the one it names."""
    browser = (await arrives(house)).browser

    async def signs_in() -> bool:
        token = await id_token(house, browser)
        house.clock.move(
            seconds=5
        )  # a publisher looks again when it meets a new kid; we look at the rows every five seconds
        return fits(token, await keys_of(browser))

    before = [asyncio.create_task(signs_in()) for _ in range(6)]
    kid = await rotate(house, at_once=True)
    after = [asyncio.create_task(signs_in()) for _ in range(6)]
    assert all(await asyncio.gather(*before, *after))
    assert unverified(await id_token(house, browser))[0]["kid"] == kid


async def test_c136_another_process_follows(house: House, settings: Settings) -> None:
    """Its answers at the next sign-in, its document within five seconds (D10)."""
    other = create_app(settings, clock=house.clock, seconds=house.clock.seconds)
    async with other.router.lifespan_context(other):
        elsewhere = beside(house, other)
        assert await keys_of(elsewhere.browser()) == await keys_of(house.browser())
        kid = await rotate(house, at_once=True)
        signed = await id_token(elsewhere)
        assert unverified(signed)[0]["kid"] == kid
        house.clock.move(seconds=5)
        assert kid in {key["kid"] for key in await keys_of(elsewhere.browser())}
        assert fits(signed, await keys_of(elsewhere.browser()))
        await elsewhere.close()


async def test_c136_a_token_of_before_is_still_a_hint_after(house: House) -> None:
    arrival = await arrives(house)
    tokens: dict[str, Any] = await tokens_of(house, arrival)
    await rotate(house, at_once=True)
    house.clock.move(seconds=6)
    await verified(house, arrival.browser, tokens)
    page = await arrival.browser.request("GET", f"/oidc/logout?id_token_hint={tokens['id_token']}")
    assert (page.status, page.location) == (303, "https://inloggen.example/signout/done?as=pupil")
