"""Every target holds for its corpus and for so many random changes of it, the same ones on every machine; `python -m tests.fuzz` goes on longer."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import pytest

from tests.fuzz import changes, inputs, response
from tests.fuzz.__main__ import blindly
from tests.fuzz.inputs import BrokenContract
from tests.protocols.saml import service_provider

CHANGES: Final = dict.fromkeys(inputs.TARGETS, 300) | {"response": 60}
"""How many changed inputs a target is given here: less than a second each, together with its judges."""


# pysaml2 leaves the certificates that it wrote down open, until somebody collects them.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")


@pytest.fixture(scope="module", autouse=True)
def _collected() -> Iterator[None]:
    yield
    response.judge.cache_clear()
    service_provider.collect()


@pytest.mark.parametrize("name", inputs.TARGETS)
def test_the_contract_holds_for_what_is_kept_and_for_changes_of_it(name: str) -> None:
    one, kept, dice = inputs.target(name), inputs.corpus(name), Random(name)
    pool = tuple(kept.values())
    good = tuple(data for data in pool if one(data))
    # A corpus that only ever bounces off the door tests the door, and so would changes of what did.
    assert 0 < len(good) < len(pool)
    tried = {changes.changed(dice.choice(dice.choice((good, pool))), dice, others=pool) for _ in range(CHANGES[name])}
    let_in = [one(data) for data in sorted(tried)]
    assert 0 < sum(let_in) < len(let_in)


def test_what_breaks_a_contract_is_kept_for_good(tmp_path: Path) -> None:
    def breaks(_: bytes) -> bool:
        raise RecursionError

    with pytest.raises(RecursionError):
        blindly(breaks, (b"how\nwhat",), tmp_path, 1)
    (kept,) = tmp_path.iterdir()
    assert kept.name.startswith("crash-")
    assert b"\n" in kept.read_bytes()
    assert blindly(lambda _: False, (b"how\nwhat",), tmp_path, 0) == "0 inputs, 0 let in, no contract broken"


def test_an_input_that_takes_too_long_breaks_its_contract() -> None:
    spent = iter((0.0, inputs.LONGEST_SECONDS + 0.1))
    with pytest.raises(BrokenContract, match="more than"):
        inputs.within_time(lambda _: True, clock=lambda: next(spent))(b"how\nwhat")


def test_a_broken_signature_is_never_explained_away() -> None:
    for words in (
        "signature of the message is wrong",
        "digest of the message is wrong",
        "neither the Response nor its assertion is signed",
    ):
        assert not response.explained(words)
    assert not response.stricter(ValueError("Invalid document format"))
