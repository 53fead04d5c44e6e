"""`make bench-nation`: imports, nights, lists and sign-ins at the size of the country, on PostgreSQL.

Figures go into the same file as those of `make bench`. With `--schools` the country is smaller, and the minutes of the nightly run and of the
turn of the year are then extrapolated, which the figures and the table say.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench import nation_desk, nation_imports, nation_jobs, nation_pages
from bench.__main__ import RESULTS
from bench.nation_country import WHOLE, Country, country

Figures = Mapping[str, Any]

GOALS: Final = {
    "import_plan_unchanged": ("cpu_ms", 60.0),
    "import_apply_first": ("cpu_ms", 250.0),
    "import_large": ("rss_mib", 150.0),
    "import_large_again": ("rss_mib", 150.0),
    "import_large_coming": ("rss_mib", 150.0),
    "rollover_large": ("rss_mib", 150.0),
    "nation_nightly": ("minutes", 15.0),
    "nation_rollover": ("minutes", 30.0),
    "list_pages": ("p95_ms", 150.0),
    "desk_pages": ("p95_ms", 150.0),
    "nation_fast_path": ("ratio", 1.15),
}
"""Which figure counts, and what it must not exceed."""
QUICK: Final = ("import_plan_unchanged", "import_apply_first")
LARGE: Final = ("import_large", "import_large_again", "import_large_coming", "rollover_large")
OF_THE_COUNTRY: Final = ("desk_pages",)
"""Measured at a school of the country itself, so that they need no other one."""
# In this order: the year turns for a country whose nights were busy, and the lists are those of a country in use.
NATIONAL: Final[Mapping[str, Callable[[Country], Awaitable[Figures]]]] = {
    "nation_nightly": nation_jobs.nightly,
    "nation_rollover": nation_jobs.rollover,
    "list_pages": nation_pages.list_pages,
    "desk_pages": nation_desk.desk_pages,
    "nation_fast_path": nation_pages.fast_path,
}


def main() -> int:
    """Measures what was asked for, adds it to the file of figures and prints it; 1 when something could not be measured."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an ended run still ends its servers
    for name in ("TEST_DATABASE_URL", "TEST_REDIS_URL"):  # an empty database and its processor time are needed
        os.environ.pop(name, None)
    wanted = [key for key in (QUICK if asked.quick else GOALS) if asked.only is None or key in asked.only]
    with tempfile.TemporaryDirectory(prefix="bench-nation-") as scratch:
        Path(scratch).chmod(0o755)
        keep = partial(_keep, asked.out)
        missing = asyncio.run(_run(Path(scratch), wanted, schools=asked.schools, keep=keep))
    return 1 if missing else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-nation", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only what needs no country")
    parser.add_argument("--only", action="append", metavar="KEY", choices=tuple(GOALS), help="may be repeated")
    parser.add_argument("--schools", type=int, default=WHOLE, help="of a smaller country (default: %(default)s)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures go (default: %(default)s)")
    return parser.parse_args()


async def _run(folder: Path, wanted: list[str], *, schools: int, keep: Callable[[str, Figures], None]) -> list[str]:
    """Measures these; what fails is said, and the rest goes on. Returns what is missing."""
    missing: list[str] = []
    if set(wanted) & set(QUICK):
        quick = await _guarded("imports", partial(nation_imports.small, _made(folder, "imports")), missing)
        for key in QUICK:
            if quick and key in wanted:
                keep(key, quick[key])
    if set(wanted) & set(LARGE):
        large = await _guarded("large imports", nation_imports.large_of_a_year, missing)
        for key in LARGE:
            if large and key in wanted:
                keep(key, large[key])
    if set(wanted) & set(NATIONAL):
        within = bool(set(wanted) & (set(NATIONAL) - set(OF_THE_COUNTRY)))
        async with country(_made(folder, "country"), schools=schools, measured_school=within) as made:
            print(f"a country of {schools} schools, made up in {made.seeded_s} s", flush=True)
            keep("nation_seed", {"seconds": made.seeded_s, "schools": schools})
            for key, measured in NATIONAL.items():
                if key in wanted and (figures := await _guarded(key, partial(measured, made), missing)):
                    keep(key, figures)
    return missing


async def _guarded(key: str, measured: Callable[[], Awaitable[Figures]], missing: list[str]) -> Figures | None:
    print(f"measuring {key} ...", flush=True)
    try:
        return await measured()
    except Exception as failed:
        missing.append(key)
        print(f"{key} was not measured: {failed!r}", file=sys.stderr, flush=True)
        return None


def _keep(out: Path, key: str, figures: Figures) -> None:
    """Writes one figure beside all others, and says it."""
    known = json.loads(out.read_text()) if out.exists() else {}
    out.write_text(json.dumps({**known, key: figures}, indent=2) + "\n")
    if key in GOALS:
        name, goal = GOALS[key]
        extrapolated = ", EXTRAPOLATED from a smaller country" if figures.get("extrapolated") else ""
        print(f"{key}: {figures[name]:g} {name} (goal {goal:g}){extrapolated}", flush=True)
    print(f"    {json.dumps(figures)}", flush=True)


def _made(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    return made


if __name__ == "__main__":
    sys.exit(main())
