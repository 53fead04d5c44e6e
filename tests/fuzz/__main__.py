"""Fuzzes targets for so many seconds each: `python -m tests.fuzz TARGET ... --seconds N`.

The product is read once; each target has a process that split off after that.

Where atheris is, it sees which lines an input reaches and goes on from what reached more; elsewhere the same changes are made blindly. An input
that breaks a contract ends the run with a status other than 0 and is written into the target's corpus, where the test suite holds it up for good.
"""

import argparse
import hashlib
import importlib.util
import os
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

from tests.fuzz import changes, inputs, words
from tests.fuzz.inputs import OneInput

HANGS = 20
"""Seconds after which an input that does not come back is given up."""


def main(arguments: list[str]) -> None:
    """Fuzzes; returns when the time is over for all and nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("targets", nargs="+", choices=inputs.TARGETS, metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--into", type=Path, help="a folder that keeps every input that reached something new")
    parser.add_argument("--blindly", action="store_true", help="as where there is no atheris")
    asked = parser.parse_args(arguments)
    blind = asked.blindly or importlib.util.find_spec("atheris") is None
    for name, one in (_read if blind else _instrumented)(asked.targets).items():
        sys.stdout.flush()
        if not (pid := os.fork()):
            if blind:
                print(
                    f"{name}: {blindly(one, tuple(inputs.corpus(name).values()), inputs.CORPUS / name, asked.seconds)}"
                )
            else:
                _seeing(name, one, asked.seconds, asked.into)
            return
        if status := os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
            sys.exit(abs(status))


def _read(names: list[str]) -> dict[str, OneInput]:
    return {name: inputs.target(name) for name in names}


def _instrumented(names: list[str]) -> dict[str, OneInput]:
    """Targets that tell which lines of the product an input reaches."""
    import atheris

    with atheris.instrument_imports(include=["protocols", "metadata", "idp"]):
        return _read(names)


def blindly(one: OneInput, kept: tuple[bytes, ...], folder: Path, seconds: float) -> str:
    """Changes what is kept, for so long, and says how often; what breaks the contract is written into the folder and raised again."""
    dice, until, tried, let_in = Random(), time.monotonic() + seconds, 0, 0
    while time.monotonic() < until:
        data = changes.changed(dice.choice(kept), dice, others=kept)
        tried += 1
        let_in += _kept_if_broken(one, data, folder)
    return f"{tried} inputs, {let_in} let in, no contract broken"


def _kept_if_broken(one: OneInput, data: bytes, folder: Path) -> bool:
    # Before anybody else hears of it: what ends a process does not always leave it the time.
    try:
        return one(data)
    except BaseException as broken:
        if not isinstance(broken, KeyboardInterrupt):
            (folder / f"crash-{hashlib.sha1(data).hexdigest()}").write_bytes(data)
        raise


def _seeing(name: str, one: OneInput, seconds: int, into: Path | None) -> None:
    import atheris

    pool = tuple(inputs.corpus(name).values())

    def test_one_input(data: bytes) -> None:
        _kept_if_broken(one, data, inputs.CORPUS / name)

    def mutator(data: bytes, largest: int, seed: int) -> bytes:
        dice = Random(seed)
        if dice.random() < 0.2:
            mutated: bytes = atheris.Mutate(data, largest)
            return mutated
        return changes.changed(data, dice, others=pool)[:largest]

    folder = Path(tempfile.mkdtemp())
    words_of_ours, found = folder / "words", into or folder / "found"
    words_of_ours.write_text(words.dictionary())
    found.mkdir(parents=True, exist_ok=True)
    how: Any = [
        *("fuzz", f"-max_total_time={seconds}", f"-timeout={HANGS}", "-rss_limit_mb=2048", f"-max_len={64 * 1024}"),
        *("-print_final_stats=1", f"-artifact_prefix={inputs.CORPUS / name}/", f"-dict={words_of_ours}"),
    ]
    atheris.Setup([*how, str(found), str(inputs.CORPUS / name)], test_one_input, custom_mutator=mutator)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
