"""Inputs: how they are written down, changed, kept, and held to their time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

TARGETS = ("authn_request", "authorize", "jwt", "logout_request", "metadata", "response", "token")
LONGEST_SECONDS = 2.0
"""Of the processor, for one input with its judges: a hundred times what the slowest honest one takes, on a machine that is busy."""
CORPUS = Path(__file__).parent / "corpus"

OneInput = Callable[[bytes], bool]


class BrokenContract(AssertionError):
    """What a target promised does not hold for an input."""


@dataclass(frozen=True, slots=True)
class Input:
    """The words of the first line, and what is behind it."""

    how: tuple[str, ...]
    body: bytes

    @property
    def seed(self) -> int:
        """The number at the end of the first line, 0 without one: by which what was signed is changed afterwards."""
        last = self.how[-1] if self.how else ""
        return int(last) if last.isascii() and last.isdigit() and len(last) < 10 else 0


def read(data: bytes) -> Input:
    """The parts of an input; nothing is refused here."""
    how, _, body = data.partition(b"\n")
    return Input(tuple(how.decode("ascii", "replace").split()), body)


def target(name: str) -> OneInput:
    """The contract of that name, its time included."""
    return within_time(import_module(f"tests.fuzz.{name}").one_input)


def within_time(one: OneInput, *, clock: Callable[[], float] = time.process_time) -> OneInput:
    """The contract, broken too by what takes longer than `LONGEST_SECONDS`."""

    def timed(data: bytes) -> bool:
        began = clock()
        let_in = one(data)
        if clock() - began > LONGEST_SECONDS:
            raise BrokenContract(f"more than {LONGEST_SECONDS} seconds for {len(data)} bytes")
        return let_in

    return timed


def corpus(name: str) -> dict[str, bytes]:
    """What is kept for a target, by file name."""
    return {path.name: path.read_bytes() for path in sorted((CORPUS / name).iterdir())}
