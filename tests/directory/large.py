"""An administration of any size as a stream, and what importing it costs a process of its own.

`python -m tests.directory.large PUPILS DATABASE_URL` prints JSON; `measured` starts it.
"""

import asyncio
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from directory import schools
from directory.imports import files, runs
from idp.core import floor
from idp.core.settings import Settings
from idp.demo.name_lists import FIRST_NAMES, SURNAMES
from idp.web.pictures import TILE_PICTURES
from tests.house import BASE

ROOT = Path(__file__).resolve().parents[2]
BRIN = "99XX"
_GROUP = 25


@dataclass(frozen=True, slots=True)
class Measured:
    """`rss_mib` is the most that the process took beyond what it had just before the import began."""

    rss_mib: float
    cpu_ms: float
    megabytes: float
    state: str


def chunks(pupils: int, *, school_year: str = "2026-2027") -> Iterator[bytes]:
    """The file, a pupil at a time: groups of 25, a teacher each, with what must not get in beside what may."""
    groups = -(-pupils // _GROUP)
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<EDEX>\n<school><schooljaar>{school_year}</schooljaar>'.encode()
    yield f"<brincode>{BRIN}</brincode></school>\n<groepen>\n".encode()
    for group in range(groups):
        named = f"<naam>Groep {group}</naam><jaargroep>{group % 8 + 1}</jaargroep>"
        yield f'<groep key="G{group}">{named}</groep>\n'.encode()
    yield b"</groepen>\n<leerlingen>\n"
    for number in range(pupils):
        yield _pupil(number).encode()
    yield b"</leerlingen>\n<leerkrachten>\n"
    for group in range(groups):
        named = f"<achternaam>Vos</achternaam><emailadres>m{group}@school.example</emailadres>"
        yield f'<leerkracht key="M{group}">{named}<groepen><groep key="G{group}"/></groepen></leerkracht>\n'.encode()
    yield b"</leerkrachten>\n</EDEX>\n"


def _pupil(number: int) -> str:
    digest = hashlib.sha512(str(number).encode()).hexdigest()
    prefix, last = SURNAMES[int(digest[:4], 16) % len(SURNAMES)]
    named = f"<achternaam>{last}</achternaam>" + (f"<voorvoegsel>{prefix}</voorvoegsel>" if prefix else "")
    return (
        f'<leerling key="L{number:07}" eckid="https://ketenid.nl/pilot/{digest}">\n'
        f"  {named}\n  <roepnaam>{FIRST_NAMES[number % len(FIRST_NAMES)]}</roepnaam>\n"
        "  <geboortedatum>2016-01-01</geboortedatum><geslacht>9</geslacht>\n"
        f'  <jaargroep>{number // _GROUP % 8 + 1}</jaargroep><groep key="G{number // _GROUP}"/>\n'
        "  <bsn>123456789</bsn><postcodenl>1234AB</postcodenl><instroomdatum>2024-08-01</instroomdatum>\n</leerling>\n"
    )


def measured(pupils: int, database_url: str) -> Measured:
    """Imports a file of so many pupils in a process of its own: into an empty migrated database, or again into that of the last time."""
    command = [sys.executable, "-m", "tests.directory.large", str(pupils), database_url]
    said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return Measured(**json.loads(said.stdout))


async def _import(pupils: int, database_url: str) -> Measured:
    settings = Settings(
        _env_file=None,
        base_url=BASE,
        database_url=database_url,
        secret_key="a secret of thirty-two characters or more",
        argon2_memory_kib=8,
        argon2_passes=1,
    )
    laid = await floor.lay(settings)
    async with laid.database.begin() as db:
        school = await schools.by_brin(db, BRIN, "")
        school = school or await schools.add(db, name="De Reus", brin=BRIN, location="", now=laid.now)
    size = 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for chunk in chunks(pupils):
            size += len(chunk)
            yield chunk

    context: dict[str, Any] = {"now": laid.now, "keyring": laid.keyring, "pictures": TILE_PICTURES}
    idle, began = _memory("VmRSS"), time.process_time()
    administration = files.read(counted(), limits=files.LARGEST).administration
    async with laid.database.begin() as db:
        run = await runs.receive(db, school, administration, source="edexml", origin="now", by="test", **context)
    spent = time.process_time() - began
    await laid.close()
    return Measured(_memory("VmHWM") - idle, spent * 1000, size / 1e6, run.state)


def _memory(name: str) -> float:
    """In MiB, as the kernel sees it."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1]) / 1024


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_import(int(sys.argv[1]), sys.argv[2])))))
