"""Enrolled devices and the links that enrol them (D23): what is kept, what ends, and that a device stands at its own school only."""

import ipaddress
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from directory import device_links, devices, standing
from directory.device_links import MOST
from directory.models import Device, DeviceLink, SchoolAddress
from directory.standing import Standing
from tests.house import AT_SCHOOL, ELSEWHERE, House
from tests.journeys.stories import add_school

TODAY = date(2026, 11, 23)


async def enrolled(house: House, label: str = "Tablet 1", *, link_id: int | None = None) -> bytes:
    """A device of the seeded school, by the hash of its token."""
    keyring, now = house.floor.keyring, house.clock.now
    async with house.floor.database.begin() as db:
        _, token = await devices.enrol(db, keyring, house.school.id, label, now=now, today=TODAY, link_id=link_id)
    found = devices.hashed(keyring, token)
    assert found is not None
    return found


async def made(house: House, *, until: date | None = None, most_a_day: int | None = None) -> tuple[int, str]:
    """A link of the seeded school."""
    floor = house.floor
    async with floor.database.begin() as db:
        return await device_links.make(
            db, floor.keyring, house.school.id, "Kar", now=floor.now, until=until, most_a_day=most_a_day
        )


async def followed(
    house: House, token: str, *, device: bytes | None = None, today: date = TODAY, most: int = MOST
) -> object:
    floor = house.floor
    async with floor.database.begin() as db:
        return await device_links.follow(db, floor.keyring, token, device=device, now=floor.now, today=today, most=most)


async def how_many(house: House) -> int:
    async with house.floor.database.read() as db:
        return (await db.execute(select(func.count()).select_from(Device))).scalar_one()


@pytest.mark.parametrize(
    ("address", "brings", "here"),
    [(AT_SCHOOL, False, True), (ELSEWHERE, False, False), (ELSEWHERE, True, True), (AT_SCHOOL, True, True)],
)
async def test_a_network_and_a_device_are_two_reasons_for_one_answer(
    house: House, address: str, brings: bool, here: bool
) -> None:
    other = await add_school(house, "De Overkant", "98XX", networks=["203.0.113.0/24"])
    device = await enrolled(house)
    stands = Standing(ipaddress.ip_address(address), device if brings else None)
    hot = house.floor.database.hot
    assert await standing.at_school(hot, house.school.id, stands) is here
    assert await standing.at_school(hot, other.id, stands) is False, "a device of one school stands at no other"
    assert await standing.schools_here(hot, stands) == ((house.school.id,) if here else ())
    both = Standing(ipaddress.ip_address("203.0.113.5"), device)
    assert await standing.schools_here(hot, both) == (other.id, house.school.id), "by name"


async def test_what_was_withdrawn_stands_nowhere(house: House) -> None:
    link_id, token = await made(house)
    by_hand, by_link = await enrolled(house), await enrolled(house, link_id=link_id)
    hot, school_id = house.floor.database.hot, house.school.id
    async with house.floor.database.begin() as db:
        [known] = await devices.by_hand(db, school_id)
        assert await devices.withdraw(db, school_id + 1, known.id) is False, "no other school withdraws it"
        assert await devices.withdraw(db, school_id, known.id) is True
        assert await device_links.withdraw(db, school_id + 1, link_id) is None
        assert await device_links.withdraw(db, school_id, link_id) == 1
    for device in (by_hand, by_link):
        assert not await standing.at_school(hot, school_id, Standing(ipaddress.ip_address(ELSEWHERE), device))
    assert await followed(house, token) == "device_link.unknown"


async def test_a_link_enrols_every_morning_but_not_who_is_enrolled_already(house: House) -> None:
    _, token = await made(house, most_a_day=2)
    first = await followed(house, token)
    assert isinstance(first, device_links.Enrolled)
    assert (first.instelling_ref, first.token is None) == (house.school.instelling_ref, False)
    device = devices.hashed(house.floor.keyring, first.token or "")
    assert await followed(house, token, device=device) == device_links.Enrolled(house.school.instelling_ref, None)
    assert await how_many(house) == 1
    assert isinstance(await followed(house, token), device_links.Enrolled)
    assert await followed(house, token) == "device_link.full"
    assert await followed(house, token, device=device) == device_links.Enrolled(house.school.instelling_ref, None)
    house.clock.move(days=1)
    tomorrow = TODAY + timedelta(days=1)
    assert isinstance(await followed(house, token, today=tomorrow), device_links.Enrolled), "forgotten overnight"
    async with house.floor.database.read() as db:
        [link] = await device_links.of_school(db, house.school.id)
    assert (link.devices, link.seen_on, link.over(tomorrow)) == (3, tomorrow, False)


async def test_a_link_ends_after_its_last_day(house: House) -> None:
    _, token = await made(house, until=TODAY)
    came = await followed(house, token)
    assert isinstance(came, device_links.Enrolled)
    tomorrow = TODAY + timedelta(days=1)
    assert await followed(house, token, today=tomorrow) == "device_link.over"
    device = devices.hashed(house.floor.keyring, came.token or "")
    assert isinstance(await followed(house, token, device=device, today=tomorrow), device_links.Enrolled), "it stays"


async def test_the_token_of_a_link_is_shown_to_its_own_school_only(house: House) -> None:
    link_id, token = await made(house)
    async with house.floor.database.read() as db:
        assert await device_links.token_of(db, house.floor.keyring, house.school.id, link_id) == token
        with pytest.raises(LookupError):
            await device_links.token_of(db, house.floor.keyring, house.school.id + 1, link_id)
        row = (await db.execute(select(DeviceLink))).one()
        assert token.encode() not in (row.token, row.sealed)


@pytest.mark.parametrize("text", ["", "x", "x" * 44, "x" * 42 + "\n", "x" * 42 + ";", "é" * 43])
def test_what_can_be_no_token_is_none(text: str) -> None:
    assert devices.hashed(None, text) is None  # type: ignore[arg-type]


async def test_seen_is_written_once_a_day(house: House) -> None:
    device = await enrolled(house)
    stands = Standing(ipaddress.ip_address(AT_SCHOOL), device)
    for today in (TODAY, TODAY, TODAY + timedelta(days=1)):
        await standing.see(house.floor.database.hot, house.school.id, stands, today=today)
        async with house.floor.database.read() as db:
            days = set((await db.execute(select(SchoolAddress.network, SchoolAddress.seen_on))).all())
            assert {tuple(day) for day in days} == {("192.0.2.0/28", today), ("2001:db8:5::/48", None)}
            assert (await db.execute(select(Device.seen_on))).scalar_one() == today


async def test_who_stays_away_is_forgotten(house: House) -> None:
    link_id, _ = await made(house, until=TODAY)
    for days, link in ((365, None), (366, None), (92, link_id), (93, link_id)):
        device = await enrolled(house, f"{days}", link_id=link)
        seen = update(Device).where(Device.token == device).values(seen_on=TODAY - timedelta(days=days))
        async with house.floor.database.begin() as db:
            await db.execute(seen)
    async with house.floor.database.begin() as db:
        assert await devices.purge(db, today=TODAY, most=100) == 2
        left = set((await db.execute(select(Device.label))).scalars())
        assert left == {"365", "92"}
        long_ago = TODAY + timedelta(days=366)
        assert await device_links.purge(db, today=long_ago) == 0, "one device is left that came through it"
        await devices.purge(db, today=long_ago, most=100)
        assert await device_links.purge(db, today=TODAY + timedelta(days=365)) == 0
        assert await device_links.purge(db, today=long_ago) == 1


async def test_a_link_without_a_limit_that_got_about_does_not_fill_the_table(house: House) -> None:
    _, token = await made(house)
    assert not isinstance(await followed(house, token, most=1), str)
    assert await followed(house, token, most=1) == "device_link.full"
