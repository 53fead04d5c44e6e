"""What these tests read of the whole tree is kept, millions of small objects."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="package", autouse=True)
def trees_rest() -> Iterator[None]:
    """Afterwards nobody looks through them for rubbish: that would take two seconds, in whichever test it comes by."""
    yield
    gc.collect()
    gc.freeze()
