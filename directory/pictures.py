"""Which child gets which tile picture: no two alike in one group while there are enough (D22). Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

Child = TypeVar("Child")


def deal(arriving: Mapping[Child, str | None], *, taken: Iterable[str], pictures: Sequence[str]) -> dict[Child, str]:
    """A picture for everybody who comes into a group where the pictures in `taken` are in use.

    Whoever brings one along keeps it if it is free there; the others get the first free one. When all are in use, the least used.
    """
    uses = Counter(dict.fromkeys(pictures, 0))
    uses.update(picture for picture in taken if picture in uses)
    dealt: dict[Child, str] = {}
    for child, brought in arriving.items():
        if brought is not None and brought in uses and uses[brought] == 0:
            dealt[child] = brought
            uses[brought] += 1
    for child in arriving:
        if child not in dealt:
            dealt[child] = min(pictures, key=uses.__getitem__)
            uses[dealt[child]] += 1
    return dealt
