"""The command line of `make bench`."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import uvloop

from bench import processes, product, report
from bench.load import MeasurementError, Plan, Subject, WrongAnswerError, measure, summary
from bench.peers import oidc_provider, simplesamlphp
from bench.target import AbsentError, Candidate, end_of
from bench.yardstick import AS_FAST, Yardstick, yardstick

RESULTS = Path(__file__).parent / "results.json"
QUICK = Plan(seconds=1.0, warm_up=0.5, repeats=1)
FULL = Plan(warm_up=3.0, most=48)
FULL_OF_PEERS = Plan(warm_up=6.0)  # theirs is compiled while it runs
MANY = 32
"""Virtual persons at once at half past eight: a measurement beside the one with eight."""

OURS = (
    Candidate("poortwachter, PostgreSQL and Valkey", product.SERVERS_KEYS, product.with_servers),
    Candidate("poortwachter, embedded", product.EMBEDDED_KEYS, product.embedded),
)
PEERS = (
    Candidate("oidc-provider, memory", oidc_provider.KEYS, lambda folder: oidc_provider.running(folder, redis=False)),
    Candidate("oidc-provider, Valkey", oidc_provider.KEYS, lambda folder: oidc_provider.running(folder, redis=True)),
    Candidate("SimpleSAMLphp", simplesamlphp.KEYS, simplesamlphp.running),
)


def main() -> int:
    """Measures what was asked for, writes `bench/results.json` and prints the table; 1 when an own figure is missing."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an ended run still ends its servers
    for name in ("TEST_DATABASE_URL", "TEST_REDIS_URL"):  # an empty database and its processor time are needed
        os.environ.pop(name, None)
    with processes.on_core(processes.CLIENT_CORE):
        results = uvloop.run(_run(quick=asked.quick, only=asked.only, peers=asked.peers))
    report.write(results, asked.out)
    print(f"\n{report.table(results)}\n\nwritten to {asked.out}")
    wanted = [key for candidate in OURS for key in candidate.keys if _asked(key, asked.only)]
    return 0 if all(key in results.ours for key in wanted) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short repeat of each: to see that it works")
    parser.add_argument(
        "--only", action="append", metavar="KEY", help="only this operation, e.g. jwks; may be repeated"
    )
    parser.add_argument("--peers", action="store_true", help="install the peers and measure them in the same run")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures go (default: %(default)s)")
    return parser.parse_args()


def _asked(key: str, only: Collection[str] | None) -> bool:
    """`oidc_sso_rs256_pg` asks for the peers' `oidc_sso_rs256` too."""
    return only is None or any(word.startswith(key) for word in only)


def _folder(scratch: str, name: str) -> Path:
    """A folder that servers under other accounts can enter."""
    Path(scratch).chmod(0o755)
    folder = Path(scratch, name)
    folder.mkdir()
    return folder


async def _run(*, quick: bool, only: Collection[str] | None, peers: bool) -> report.Results:
    results = report.Results()
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        async with yardstick(_folder(scratch, "yardstick")) as stick:
            for number, candidate in enumerate((*OURS, *PEERS) if peers else OURS):
                keys = [key for key in candidate.keys if _asked(key, only)]
                if keys:
                    folder = _folder(scratch, str(number))
                    plan = QUICK if quick else FULL if candidate in OURS else FULL_OF_PEERS
                    await _measure(candidate, keys, folder, plan, stick, results)
        results.yardstick = stick.figures()
    return results


async def _measure(
    candidate: Candidate, keys: Sequence[str], folder: Path, plan: Plan, stick: Yardstick, results: report.Results
) -> None:
    """Runs one target and everything asked of it; what fails is written down and the rest goes on."""
    try:
        async with candidate.running(folder) as target:
            figures = results.ours if candidate in OURS else results.peers.setdefault(target.name, {})
            results.facts |= target.facts
            for key in keys:
                print(f"measuring {target.name}: {key} ...", flush=True)
                try:
                    figures[key] = await _figures(target.subjects[key], plan, stick)
                except (MeasurementError, WrongAnswerError) as failed:
                    results.missing.append(f"{key} of {target.name}: {failed}")
                    print(f"{failed}\n{end_of(target.log)}", file=sys.stderr, flush=True)
    except (AbsentError, RuntimeError, OSError) as failed:
        results.missing.append(f"{candidate.name}: {failed}")


async def _figures(subject: Subject, plan: Plan, stick: Yardstick) -> report.Figures:
    """With so many persons as the plan says, and with many."""
    many = replace(plan, persons=MANY, seconds=1.0, repeats=(plan.repeats + 2) // 3, most=plan.most // 3)
    few, at_many = [
        summary(await measure(subject, one, between=stick.lay_on, undisturbed_at=AS_FAST)) for one in (plan, many)
    ]
    return few | {report.AT_MANY: at_many}


if __name__ == "__main__":
    sys.exit(main())
