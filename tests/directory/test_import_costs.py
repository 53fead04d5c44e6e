"""What an import may cost: CPU for a school of 225, memory for an administration of any size, in a process of its own."""

import asyncio

from idp.core import floor
from idp.core.settings import Settings
from tests.clock import Clock
from tests.directory.large import measured
from tests.directory.pace import pace
from tests.storage import Storage


async def test_a_school_of_225_costs_less_than_a_quarter_of_a_second_and_a_tenth_when_nothing_changed(
    settings: Settings, clock: Clock
) -> None:
    laid = await floor.lay(settings, clock=clock)
    found = await pace(laid, [f"99X{letter}" for letter in "ABCDE"])
    await laid.close()
    assert found.states == {"applied", "nothing"}
    assert found.first_ms < 250
    assert found.unchanged_ms < 60


async def test_a_file_of_200_000_pupils_takes_less_than_150_mib_the_first_time_and_again(storage: Storage) -> None:
    """Reckoned from two smaller files, four times apart: tables of keys grow by twos and fours, so both are as full in the one as in the
    other. The smaller is less than what is fetched and stored at a time, so that what is reckoned is rather too much than too little."""
    few, many = 2_500, 10_000
    taken = {}
    for pupils in (few, many):
        database_url, _ = storage.fresh()
        found = [await asyncio.to_thread(measured, pupils, database_url) for _ in ("first", "again")]
        assert [each.state for each in found] == ["applied", "nothing"]
        taken[pupils] = [each.rss_mib for each in found]
    for less, more in zip(taken[few], taken[many], strict=True):
        assert more + (more - less) / (many - few) * (200_000 - many) < 150
