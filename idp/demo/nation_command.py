"""`idp demo seed-nation`: a made-up country in the database of this installation, with a bar that shows how far it is."""

import argparse
import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from directory.register import reader
from idp.core import floor
from idp.core.settings import Settings
from idp.demo import nation, nation_people
from idp.demo.nation import Seeded
from idp.demo.nation_people import Place

DESCRIPTION = (
    "Fills an empty database with a made-up country: schools of realistic sizes with their pupils, staff, groups, secrets, "
    "networks and consents. All of it or nothing. Never beside real schools."
)


def run(read_settings: Callable[[], Settings], words: Sequence[str]) -> None:
    """Makes the country up and tells what is there now. Raises what the seeding raises, and `ValueError` for an unusable list."""
    asked = _options().parse_args(words)
    settings = read_settings()
    nation.refuse_real_eckids(settings)
    places = _places(asked.register, asked.schools)
    bar = (
        TextColumn("schools"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*bar, console=Console(stderr=True)) as shown:
        task = shown.add_task("schools", total=len(places))
        made = asyncio.run(_seed(settings, places, asked.seed, lambda stored: shown.update(task, completed=stored)))
    print(f"{made.schools} schools of {made.boards} boards, {made.pupils} pupils, {made.staff} staff")


async def _seed(settings: Settings, places: Sequence[Place], number: int, progress: nation.Progress) -> Seeded:
    laid = await floor.lay(settings)
    try:
        return await nation.seed(laid, places, number=number, progress=progress)
    finally:
        await laid.close()


def _places(register: Path | None, schools: int | None) -> list[Place]:
    if register is None:
        return list(nation_people.invented(nation_people.SCHOOLS if schools is None else schools))
    try:
        with register.open("rb") as file:
            listed = reader.read([file])
    except OSError as error:
        raise ValueError(f"{register} cannot be read: {error.strerror}") from None
    return list(nation_people.registered(listed, len(listed.locations) if schools is None else schools))


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser("idp demo seed-nation", description=DESCRIPTION, allow_abbrev=False)
    options.add_argument("--schools", type=int, help=f"how many (default: {nation_people.SCHOOLS}, or the whole list)")
    options.add_argument("--register", type=Path, metavar="FILE", help="names and codes from DUO's list of locations")
    options.add_argument("--seed", type=int, default=1, help="another number makes other people (default: 1)")
    return options
