"""What tests see and do inside the short-lived store, on either storage: count what is kept, let time pass for it."""

from redis.asyncio import Redis

from idp.core.store import Kind, MemoryStore
from tests.house import House


async def stored(house: House, kind: Kind) -> int:
    """How many values of a kind the store keeps now; an empty one only keeps a place."""
    store = house.floor.store
    if isinstance(store, MemoryStore):
        return sum(bool(live[0]) for place in list(store._data) if place[0] == kind and (live := store._live(*place)))
    async with Redis.from_url(house.floor.settings.redis_url or "") as redis:
        names = [name async for name in redis.scan_iter(match=f"{kind}:*")]
        return sum([await redis.type(name) != b"string" or await redis.strlen(name) > 0 for name in names])


async def lapse(house: House, **by: float) -> None:
    """Lets time pass, `lapse(house, minutes=5)`: on the clock, and for everything in the store that ends by itself."""
    before = house.clock.now
    house.clock.move(**by)
    if house.floor.settings.redis_url:
        await age(house.floor.settings.redis_url, (house.clock.now - before).total_seconds())


async def age(redis_url: str, seconds: float) -> None:
    """Makes every key of a Redis that much older; what is past its end goes."""
    async with Redis.from_url(redis_url) as redis:
        async for key in redis.scan_iter():
            left = await redis.pttl(key)
            if left >= 0:
                await redis.pexpire(key, max(0, left - round(seconds * 1000)))
