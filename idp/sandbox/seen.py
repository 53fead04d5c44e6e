"""What the protocols hand over, with nothing in it that opens anything: the parameters that explain, and of all others how long they were."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit, urlunsplit

LONGEST: Final = 300
MOST_NAMES: Final = 12
PROBE: Final = "probe."
"""How a code begins that nobody was given: the checklist sends one to see whether software redeems what it never asked for."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request and our answer. `endpoint` is where, `connection` the client_id or entityID, `fault` what was wrong (a key of the explanations)."""

    endpoint: str
    connection: str
    asked: Mapping[str, Any]
    answered: Mapping[str, Any]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A step on its way to be kept. `school_id` is that of whom it is about, None while nobody was signed in; `thread` ties steps together."""

    party_id: int
    school_id: int | None
    thread: bytes | None
    step: Step


def told(values: Mapping[str, str], *, plain: Iterable[str], measured: Iterable[str]) -> dict[str, Any]:
    """The parameters that may be shown as they are, how long those are that may not, and the names of all others."""
    shown: dict[str, Any] = {name: cut(values[name]) for name in plain if name in values}
    shown |= {name: {"length": len(values[name])} for name in measured if name in values}
    others = [
        name for name in values if name not in shown and name.isascii() and name.isidentifier() and len(name) < 40
    ]
    return shown | ({"others": others[:MOST_NAMES]} if others else {})


def probe_thread(code: str) -> bytes:
    """What ties a probe to what became of it."""
    return hashlib.sha256(code.encode()).digest()[:16]


def cut(text: str) -> str:
    """A text that is kept."""
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def address(text: str) -> str:
    """An address that is kept: without user-info and fragment, and of its query the names only."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
        names = "&".join(f"{name}=…" for name, _ in parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        return "…"
    return cut(urlunsplit((parts.scheme, host + port, parts.path, names, "")))
