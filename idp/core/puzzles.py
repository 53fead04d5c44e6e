"""Work before a try: a sum that takes a browser a moment and a million of which take a machine long (D2). The protocol is ALTCHA's, version 2.

Signed and not kept: a puzzle is good for one form of one visitor, for ten minutes, and once; a spent one is remembered as long as it would be
good. Who runs no scripts does no sums: for him the same page, left open for half a minute, is worth as much, one at a time for whatever is tried.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from idp.core import throttle
from idp.core.crypto import Keyring, same
from idp.core.floor import Floor

LIFETIME: Final = 600
PATIENCE: Final = 30
ROUNDS: Final = 1000
"""Rounds of PBKDF2 a guess; a browser does them in its own code."""
GUESSES: Final = 250
"""At most so many guesses for each degree of effort, half of it on average."""


@dataclass(frozen=True, slots=True)
class Puzzle:
    """What a form carries: the puzzle for a script (`asked`), and the moment for who has none (`since`)."""

    asked: str
    since: str
    seconds: int = PATIENCE


def make(keyring: Keyring, form: str, *, effort: int, now: int) -> Puzzle:
    """A puzzle for one form; `form` names it and whoever has it before him, such as `password <attempt>`."""
    # Imported on first use: it brings a client for HTTP along, and most mornings nobody is asked (D43).
    import altcha

    challenge = altcha.create_challenge(
        "PBKDF2/SHA-256",
        ROUNDS,
        counter=secrets.randbelow(GUESSES * effort),
        data={"form": _form_mark(keyring, form, now), "at": now},
        hmac_secret=_secret(keyring),
    )
    return Puzzle(json.dumps(challenge.to_dict()), f"{now}.{_form_mark(keyring, form, now)}")


async def asked(floor: Floor, form: str, *keys: bytes) -> Puzzle | None:
    """A fresh puzzle where `throttle.enter` wants work now because of one of these counters, as hard as the hardest of them; else None."""
    effort = await throttle.effort(floor.store, *keys)
    return make(floor.keyring, form, effort=effort, now=_seconds(floor)) if effort else None


async def earned(floor: Floor, form: str, fields: Mapping[str, str], *, whom: bytes) -> bool:
    """Whether the fields of this form hold its work, done (`puzzle`) or waited for (`since`): what `throttle.enter` takes as `worked`.

    True once only; waiting counts once in half a minute for `whom` it is about.
    """
    solved, since = fields.get("puzzle", ""), fields.get("since", "")
    if solved:
        return await _solved(floor, form, solved)
    at, _, mark = since.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) < 12):
        return False
    if (
        not same(mark, _form_mark(floor.keyring, form, int(at)))
        or not PATIENCE <= _seconds(floor) - int(at) <= LIFETIME
    ):
        return False
    spent = floor.keyring.mac("token", "puzzle", since)
    return await floor.store.first("puzzle", whom, PATIENCE) and await floor.store.first("puzzle", spent, LIFETIME)


async def _solved(floor: Floor, form: str, solved: str) -> bool:
    import altcha

    if not altcha.verify_solution(solved, _secret(floor.keyring)).verified:
        return False
    # The signature holds: these are our own words.
    signed = json.loads(base64.b64decode(solved))["challenge"]
    told = signed["parameters"]["data"]
    young = 0 <= _seconds(floor) - told["at"] <= LIFETIME
    if not young or not same(told["form"], _form_mark(floor.keyring, form, told["at"])):
        return False
    return await floor.store.first("puzzle", floor.keyring.mac("token", "puzzle", signed["signature"]), LIFETIME)


def _seconds(floor: Floor) -> int:
    return int(floor.now.timestamp())


def _form_mark(keyring: Keyring, form: str, at: int) -> str:
    return keyring.mac("ticket", "puzzle", form, str(at)).hex()[:32]


def _secret(keyring: Keyring) -> bytes:
    return keyring.mac("token", "puzzle", "signing")
