"""Fuzzes one target for so many seconds: `python -m tests.fuzz TARGET --seconds N`.

Where atheris is, it sees which lines an input reaches and goes on from what reached more; elsewhere the same changes are made blindly. An input
that breaks a contract ends the run with a status other than 0 and is written into the target's corpus, where the test suite holds it up for good.
"""

import argparse
import hashlib
import importlib.util
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
    """Fuzzes; returns when the time is over and nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("target", choices=inputs.TARGETS)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--into", type=Path, help="a folder that keeps every input that reached something new")
    parser.add_argument("--blindly", action="store_true", help="as where there is no atheris")
    asked = parser.parse_args(arguments)
    if asked.blindly or importlib.util.find_spec("atheris") is None:
        kept = tuple(inputs.corpus(asked.target).values())
        print(
            f"{asked.target}: {blindly(inputs.target(asked.target), kept, inputs.CORPUS / asked.target, asked.seconds)}"
        )
    else:
        _seeing(asked.target, asked.seconds, asked.into)


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


def _seeing(name: str, seconds: int, into: Path | None) -> None:
    import atheris

    with atheris.instrument_imports(include=["protocols", "metadata", "idp"]):
        one = inputs.target(name)
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
