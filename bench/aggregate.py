"""`python -m bench.aggregate`: what it costs to import a signed aggregate of 5,000 entities with a filter (`metadata_aggregate`).

Written into `bench/results.json`: seconds from the first byte to parties that are known, of the wall clock and of the processor, and what the
process weighed at most beyond what it weighed before. The aggregate is made up, about 4 KB an entity.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.__main__ import RESULTS
from idp.core import floor
from idp.core.settings import Settings
from metadata import entity_changes, intake
from metadata.sources import Wanted

ENTITIES = 5_000
WANTED = 25
PIECE = 64 * 1024
"""As much as comes from the network at a time."""
MOST_SECONDS, MOST_MIB = 2.0, 100.0


def main(words: Sequence[str]) -> int:
    """Measures in a process of its own and writes the figures; 1 when they are above the goals."""
    if words:
        print(json.dumps(asyncio.run(_read(Path(words[0])))))
        return 0
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        _make(Path(folder))
        done = subprocess.run(
            [sys.executable, "-m", "bench.aggregate", folder], capture_output=True, text=True, check=True, timeout=120
        )
    figures = json.loads(done.stdout)
    known = json.loads(RESULTS.read_text())
    RESULTS.write_text(json.dumps({**known, "metadata_aggregate": figures}, indent=2) + "\n")
    print(figures)
    return 0 if figures["wall_s"] < MOST_SECONDS and figures["peak_mib"] < MOST_MIB else 1


def _make(folder: Path) -> None:
    from tests.metadata.aggregates import entity, group, signed
    from tests.protocols.saml.keys import rsa_pair

    trust = rsa_pair("federation")
    until = (datetime.now(UTC) + timedelta(days=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    (folder / "all.xml").write_bytes(signed(group([entity(one) for one in range(ENTITIES)], until=until), trust))
    (folder / "trust").write_text(trust.certificate)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece


async def _read(folder: Path) -> dict[str, float]:
    url = f"sqlite+aiosqlite:///{folder / 'idp.sqlite'}"
    settings = Settings(_env_file=None, database_url=url, secret_key="a secret of thirty-two characters or more")
    laid = await floor.lay(settings)
    wanted = Wanted(tuple(f"https://sp{one}.example/saml" for one in range(0, ENTITIES, ENTITIES // WANTED)))
    trusted = [(folder / "trust").read_text()]
    before, began, cpu = _mib("VmRSS"), time.perf_counter(), time.process_time()
    read = intake.read_file(_pieces(folder / "all.xml"), wanted, trusted=trusted)
    ends = intake.until(read, wanted, now=laid.now)
    async with laid.database.begin() as db:
        changes = await entity_changes.compare(db, read, ends=ends, source_id=None, loopback_http=False)
    wall, spent, most = time.perf_counter() - began, time.process_time() - cpu, _mib("VmHWM")
    await laid.close()
    assert (read.counted, sum(change.kind == "new" for change in changes)) == (ENTITIES, WANTED)
    size = (folder / "all.xml").stat().st_size
    return {
        "wall_s": round(wall, 3),
        "cpu_s": round(spent, 3),
        "peak_mib": round(most - before, 1),
        "process_mib": round(most, 1),
        "file_mib": round(size / 2**20, 1),
        "entities": ENTITIES,
    }


def _mib(line: str) -> float:
    """What the kernel says of this process: of now (`VmRSS`) or at most (`VmHWM`, which begins anew with the program)."""
    said = Path("/proc/self/status").read_text().split(f"{line}:", 1)[1].split()[0]
    return int(said) / 1024


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
