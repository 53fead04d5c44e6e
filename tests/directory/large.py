"""An administration of any size as a stream, and what importing it costs a process of its own.

`python -m tests.directory.large PUPILS DATABASE_URL STAGE` prints JSON; `measured` starts it.
"""

import asyncio
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from directory import schools
from directory.imports import files, runs
from directory.schools import KnownSchool
from idp.core import floor
from idp.core.floor import Floor
from idp.core.settings import Settings
from idp.demo.name_lists import FIRST_NAMES, SURNAMES
from idp.web.pictures import TILE_PICTURES
from tests.browser import BASE

ROOT = Path(__file__).resolve().parents[2]
BRIN = "99XX"
_GROUP = 25
_LAST_GROUP = 8

Stage = Literal["now", "coming", "new-year"]
"""A file of this year; one of the coming year beside what is here; and the first night of that year, when it is let in."""
_STAGES: Final[dict[str, tuple[datetime, str]]] = {
    "now": (datetime(2027, 5, 10, 2, tzinfo=UTC), "2026-2027"),
    "coming": (datetime(2027, 6, 20, 2, tzinfo=UTC), "2027-2028"),
    "new-year": (datetime(2027, 8, 1, 2, tzinfo=UTC), "2027-2028"),
}
"""The moment, and the school year of the file."""


@dataclass(frozen=True, slots=True)
class Measured:
    """`rss_mib` is the most that the process took beyond what it had just before the import began."""

    rss_mib: float
    cpu_ms: float
    megabytes: float
    state: str


def chunks(pupils: int, *, school_year: str = "2026-2027", years_on: int = 0) -> Iterator[bytes]:
    """The file, a pupil at a time: groups of 25, a teacher each, with what must not get in beside what may.

    `years_on`: so many years later everybody is so many groups further; who would be beyond the last one left, and others came.
    """
    groups = -(-pupils // _GROUP)
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<EDEX>\n<school><schooljaar>{school_year}</schooljaar>'.encode()
    yield f"<brincode>{BRIN}</brincode></school>\n<groepen>\n".encode()
    for group in range(groups):
        named = f"<naam>Groep {group}</naam><jaargroep>{group % _LAST_GROUP + 1}</jaargroep>"
        yield f'<groep key="G{group}">{named}</groep>\n'.encode()
    yield b"</groepen>\n<leerlingen>\n"
    for number in range(pupils):
        yield _pupil(number, pupils, years_on).encode()
    yield b"</leerlingen>\n<leerkrachten>\n"
    for group in range(groups):
        named = f"<achternaam>Vos</achternaam><emailadres>m{group}@school.example</emailadres>"
        yield f'<leerkracht key="M{group}">{named}<groepen><groep key="G{group}"/></groepen></leerkracht>\n'.encode()
    yield b"</leerkrachten>\n</EDEX>\n"


def _pupil(place: int, pupils: int, years_on: int) -> str:
    year_group = place // _GROUP % _LAST_GROUP + 1
    # Whoever sits in the first groups now came since then, as a child that nobody knew.
    number = place + (pupils if year_group <= years_on else -years_on * _GROUP)
    digest = hashlib.sha512(str(number).encode()).hexdigest()
    prefix, last = SURNAMES[int(digest[:4], 16) % len(SURNAMES)]
    named = f"<achternaam>{last}</achternaam>" + (f"<voorvoegsel>{prefix}</voorvoegsel>" if prefix else "")
    return (
        f'<leerling key="L{number:07}" eckid="https://ketenid.nl/pilot/{digest}">\n'
        f"  {named}\n  <roepnaam>{FIRST_NAMES[number % len(FIRST_NAMES)]}</roepnaam>\n"
        "  <geboortedatum>2016-01-01</geboortedatum><geslacht>9</geslacht>\n"
        f'  <jaargroep>{year_group}</jaargroep><groep key="G{place // _GROUP}"/>\n'
        "  <bsn>123456789</bsn><postcodenl>1234AB</postcodenl><instroomdatum>2024-08-01</instroomdatum>\n</leerling>\n"
    )


def measured(pupils: int, database_url: str, stage: Stage = "now") -> Measured:
    """Imports a file of so many pupils in a process of its own: into an empty migrated database, or into that of the stage before."""
    command = [sys.executable, "-m", "tests.directory.large", str(pupils), database_url, stage]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return Measured(**json.loads(said.stdout))


async def _measured(pupils: int, database_url: str, stage: str) -> Measured:
    now, year = _STAGES[stage]
    settings = Settings(
        _env_file=None,
        base_url=BASE,
        database_url=database_url,
        secret_key="a secret of thirty-two characters or more",
        argon2_memory_kib=8,
        argon2_passes=1,
    )
    laid = await floor.lay(settings, clock=lambda: now)
    async with laid.database.begin() as db:
        school = await schools.by_brin(db, BRIN, "")
        school = school or await schools.add(db, name="De Reus", brin=BRIN, location="", now=laid.now)
    if (
        stage == "new-year"
    ):  # read only then, for it takes as long as a thousand pupils do; and before anything is weighed
        from idp.jobs import school_year
        from idp.jobs.shift import Shift
    idle, began = _memory("VmRSS"), time.process_time()
    megabytes, state = 0.0, "applied"
    if stage == "new-year":
        counts = await school_year.roll_over(Shift(laid, TILE_PICTURES), school.id)
        state = "applied" if counts and counts["with_data"] else "without data"
    else:
        megabytes, state = await _import(laid, school, chunks(pupils, school_year=year, years_on=int(year[:4]) - 2026))
    spent = time.process_time() - began
    await laid.close()
    return Measured(_memory("VmHWM") - idle, spent * 1000, megabytes, state)


async def _import(laid: Floor, school: KnownSchool, file: Iterator[bytes]) -> tuple[float, str]:
    size = 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for chunk in file:
            size += len(chunk)
            yield chunk

    context: dict[str, Any] = {"now": laid.now, "keyring": laid.keyring, "pictures": TILE_PICTURES}
    administration = files.read(counted(), limits=files.LARGEST).administration
    async with laid.database.begin() as db:
        run = await runs.receive(db, school, administration, source="edexml", origin="now", by="test", **context)
    return size / 1e6, run.state


def _memory(name: str) -> float:
    """In MiB, as the kernel sees it."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) / 1024


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_measured(int(sys.argv[1]), sys.argv[2], sys.argv[3])))))
