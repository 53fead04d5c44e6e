"""What these tests read of the whole tree is kept, millions of small objects."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="package", autouse=True)
def trees_rest() -> Iterator[None]:
    """Nobody looks through them for rubbish, now or later: that would take two seconds, in whichever test it comes by."""
    gc.collect()
    gc.disable()
    yield
    gc.freeze()
    gc.enable()
