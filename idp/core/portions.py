"""Long lists in portions: a statement takes some 32,000 parameters on either database, and fewer are faster."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

Item = TypeVar("Item")

MOST: Final = 5_000


def portions(items: Iterable[Item], *, most: int = MOST) -> Iterator[Sequence[Item]]:
    """The items in lists short enough for one statement."""
    remaining = iter(items)
    while portion := list(islice(remaining, most)):
        yield portion
