"""What taking in a school of ordinary size costs a process that does so all night: CPU milliseconds, reading included."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from directory import schools
from directory.imports import files, runs
from directory.imports.runs import Run
from directory.schools import KnownSchool
from idp.core.floor import Floor
from idp.web.pictures import TILE_PICTURES
from tests.directory.schools import school_file


@dataclass(frozen=True, slots=True)
class Pace:
    """Medians. `unchanged_ms`: reading and planning the file of a school in which nothing changed; `first_ms`: its first import."""

    first_ms: float
    unchanged_ms: float
    states: frozenset[str]


async def pace(laid: Floor, brins: Sequence[str], *, pupils: int = 225) -> Pace:
    """Takes in one new school per BRIN, and its file once more. The first school warms up and does not count."""
    first: list[float] = []
    unchanged: list[float] = []
    states: set[str] = set()
    for number, brin in enumerate(brins):
        content = school_file(brin=brin, seed=number + 1, pupils=pupils, mail_domain=f"school{number}.example")
        async with laid.database.begin() as db:
            school = await schools.add(db, name="De Maat", brin=brin, location="", now=laid.now)
        for found in (first, unchanged):
            began = time.process_time()
            run = await _received(laid, school, content)
            found.append((time.process_time() - began) * 1000)
            states.add(run.state)
    return Pace(statistics.median(first[1:]), statistics.median(unchanged[1:]), frozenset(states))


async def _received(laid: Floor, school: KnownSchool, content: bytes) -> Run:
    administration = files.read([content]).administration
    context: dict[str, Any] = {"now": laid.now, "keyring": laid.keyring, "pictures": TILE_PICTURES}
    async with laid.database.begin() as db:
        return await runs.receive(db, school, administration, source="edexml", origin="night", by="test", **context)
