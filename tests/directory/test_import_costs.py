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


async def test_memory_grows_with_what_is_kept_of_a_pupil_only(storage: Storage) -> None:
    """200,000 pupils may take 150 MiB: 0.75 KiB each. A process takes some for itself, whatever it imports."""
    found = {}
    for pupils in (4_000, 44_000):
        database_url, _ = storage.fresh()
        found[pupils] = await asyncio.to_thread(measured, pupils, database_url)
        assert found[pupils].state == "applied"
    assert (found[44_000].rss_mib - found[4_000].rss_mib) * 1024 / 40_000 < 0.75
