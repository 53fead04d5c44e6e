"""What was measured, as a file for machines and a table for people."""

import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.yardstick import GOALS_BELONG_TO

Figures = Mapping[str, Any]
AT_MANY = "concurrency_32"
"""Under this key the figures of one operation with 32 persons at once."""

GOALS = {
    "oidc_sso_rs256_pg": 1.6,
    "oidc_sso_es256_pg": 1.1,
    "oidc_sso_rs256_embedded": 1.3,
    "token_refresh": 0.3,
    "token_cc": 0.3,
    "introspect": 0.2,
    "saml_sso_rsa_pg": 0.8,
    "saml_sso_encrypted_pg": 1.0,
    "pupil_pin_pg": 3.0,
    "pupil_picture_pg": 3.0,
    "pupil_qr_pg": 3.0,
    "staff_login_nohash_pg": 2.0,
    "federated_saml_to_oidc": 4.0,
    "upstream_acs": 1.5,
    "jwks": 0.06,
    "discovery": 0.06,
    "saml_metadata": 0.06,
}
LEAST_OPS_S = {"pupil_pin_pg": 300.0}
"""So many a second on one core, server, database and store together."""
MOST_IDLE_MIB = 110.0
MOST_COLD_START_S = 1.5


@dataclass(slots=True)
class Results:
    """Filled while the run goes on; `missing` says in words what was not measured and why."""

    ours: dict[str, Figures] = field(default_factory=dict)
    peers: dict[str, dict[str, Figures]] = field(default_factory=dict)
    yardstick: Figures = field(default_factory=dict)
    facts: dict[str, float] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


KEPT = ("import_", "nation_", "list_pages", "metadata_", "consent_page_", "consent_withdrawal", "desk_pages")
"""How the figures begin that `bench.nation`, `bench.aggregate`, `bench.consent_page` and `bench.withdrawal` write into the same file; a run
without them leaves them there."""


def write(results: Results, path: Path) -> None:
    """Our operations stand at the top, each under its key; everything else has a name of its own."""
    known = json.loads(path.read_text()) if path.exists() else {}
    kept = {key: figures for key, figures in known.items() if key.startswith(KEPT)}
    beside = {
        "yardstick": results.yardstick,
        **results.facts,
        "peers": results.peers,
        "missing": results.missing,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()},
    }
    path.write_text(json.dumps({**results.ours, **kept, **beside}, indent=2) + "\n")


def table(results: Results) -> str:
    """The figures by operation, ours first and each peer's below; then what one server weighs and the machine."""
    lines = [f"{'operation':<26}{'server':<33}{'goal':>6}{_HEAD}{'  | with 32':<11}{_HEAD}{'errors':>8}"]
    lines.append("-" * len(lines[0]))
    for key, figures in results.ours.items():
        lines.append(_row(key, "poortwachter", figures, f"{GOALS[key]:g}" if key in GOALS else ""))
        peers = ((name, theirs[_common(key)]) for name, theirs in results.peers.items() if _common(key) in theirs)
        lines.extend(_row("", name, figures, "") for name, figures in peers)
    compared = {_common(key) for key in results.ours}
    for name, theirs in results.peers.items():
        lines.extend(_row(key, name, figures, "") for key, figures in theirs.items() if key not in compared)
    return "\n".join(
        [*lines, "", *_a_second(results), *_machine(results), *(f"not measured: {words}" for words in results.missing)]
    )


def _common(key: str) -> str:
    """The operation without the storage below it, by which a peer's figure is known."""
    return key.removesuffix("_pg").removesuffix("_embedded")


_HEAD = f"{'CPU-ms':>8}{'undist.':>8}{'ops/s':>8}{'p50 ms':>8}{'p99 ms':>8}"


def _row(key: str, name: str, figures: Figures, goal: str) -> str:
    at_many = figures.get(AT_MANY)
    beside = f"{'  |':<11}{_cells(at_many)}" if at_many else f"{'':<{11 + len(_HEAD)}}"
    errors = figures["errors"] + (at_many["errors"] if at_many else 0)
    return f"{key:<26}{name:<33}{goal:>6}{_cells(figures)}{beside}{errors:>8.0f}"


def _cells(figures: Figures) -> str:
    at_goal_speed = figures.get("cpu_ms_at_goal_speed")
    quiet = f"{'-':>8}" if at_goal_speed is None else f"{at_goal_speed:>8.3f}"
    return f"{figures['cpu_ms']:>8.3f}{quiet}{figures['ops_s']:>8.0f}{figures['p50_ms']:>8.2f}{figures['p99_ms']:>8.2f}"


def _a_second(results: Results) -> Iterable[str]:
    for key, least in LEAST_OPS_S.items():
        if key in results.ours:
            figures = results.ours[key]
            fastest = max(each["ops_s"] for each in (figures, figures.get(AT_MANY, figures)))
            yield f"{key} on one core: {fastest:.0f} a second (goal {least:g} or more)"


def _machine(results: Results) -> Iterable[str]:
    if "idle_mib" in results.facts:
        yield f"one idle worker: {results.facts['idle_mib']:.0f} MiB (goal {MOST_IDLE_MIB:g})"
    if "cold_start_s" in results.facts:
        yield f"cold start to the first answer: {results.facts['cold_start_s']:.2f} s (goal {MOST_COLD_START_S:g})"
    if results.yardstick:
        yield "undisturbed: the median of the repeats during which signature and answer took no longer than where the goals were set"
        yield (
            f"yardstick: RSA-2048 signature {results.yardstick['rsa2048_sign_us']:.0f} µs, "
            f"bare uvicorn answer {results.yardstick['hello_request_us']:.0f} µs "
            f"(the goals belong to {GOALS_BELONG_TO.signature_us:g} and {GOALS_BELONG_TO.hello_us:g} µs), "
            f"password hash {results.yardstick['argon2id_ms']:.0f} ms"
        )
