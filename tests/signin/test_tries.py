"""Who has to wait, and a fresh start (D2)."""

from idp.core import throttle
from idp.core.throttle import CHILD
from idp.signin import tries
from tests.house import House


async def test_only_who_waits_is_told_and_forgiven_at_once(house: House) -> None:
    floor, noor, finn = house.floor, house.people["Noor"], house.people["Finn"]
    for _ in range(CHILD.free + 1):
        await throttle.enter(floor.store, tries.counter(floor.keyring, noor), CHILD)
    assert await tries.pauses(floor, [noor, finn]) == {noor: CHILD.first_pause}
    await tries.forgive(floor, [finn])
    assert list(await tries.pauses(floor, [noor, finn])) == [noor]
    await tries.forgive(floor, [noor])
    assert await tries.pauses(floor, [noor, finn]) == {}
    assert await throttle.enter(floor.store, tries.counter(floor.keyring, noor), CHILD) == 0


async def test_each_child_has_its_own_counter(house: House) -> None:
    keyring = house.floor.keyring
    assert len({tries.counter(keyring, number) for number in range(100)}) == 100
