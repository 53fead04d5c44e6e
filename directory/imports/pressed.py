"""Long rows of people, held pressed: of a whole region nobody holds every record at once. Pure.

A school's few stay the plain tuple that they are, and pay nothing for it.
"""

import pickle
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from io import BytesIO
from itertools import chain, islice
from mmap import mmap
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar, overload

from directory.imports.records import PupilRecord
from directory.imports.snapshot import CurrentPupil
from directory.imports.steps import Step

Item = TypeVar("Item")

Block = bytes | mmap

_OWN_PAGES: Final = 1 << 16

TOGETHER: Final = 2_000
"""So many are held as they are; longer rows are pressed by so many at a time."""


class Pressed(Sequence[Item]):
    """Equal to the tuple of the same items, which are made anew each time: nothing may tell them apart by who they are.

    Going through is cheap, asking for one of them is not.
    """

    __slots__ = ("_blocks", "_number")

    def __init__(self, blocks: Sequence[Block], number: int) -> None:
        self._blocks = tuple(blocks)
        self._number = number

    def __len__(self) -> int:
        return self._number

    def __iter__(self) -> Iterator[Item]:
        return chain.from_iterable(map(_opened, self._blocks))

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Item, ...]: ...
    def __getitem__(self, place: int | slice) -> Item | tuple[Item, ...]:
        if isinstance(place, slice):
            return tuple(self)[place]
        return next(islice(self, range(self._number)[place], None))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Pressed | tuple)
            and len(other) == len(self)
            and all(mine == theirs for mine, theirs in zip(self, other, strict=True))
        )

    def __hash__(self) -> int:
        return hash(tuple(self))

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What it is made of."""
        return self._blocks


class Press(Generic[Item]):
    """`add` one after the other; `row` is what was added. `together`: so many are held as they are."""

    def __init__(self, *, together: int = TOGETHER) -> None:
        self._together = together
        self._blocks: list[Block] = []
        self._last: list[Item] = []
        self._number = 0

    def add(self, item: Item) -> None:
        """The next one."""
        if len(self._last) == self._together:
            self._blocks.append(_block(self._last))
            self._last = []
        self._last.append(item)
        self._number += 1

    def row(self) -> Sequence[Item]:
        """All of them, in the order in which they came: a tuple if they are few."""
        if not self._blocks:
            return tuple(self._last)
        return Pressed([*self._blocks, _block(self._last)], self._number)


def press(items: Iterable[Item]) -> Sequence[Item]:
    """The items as a row that weighs little, however many they are."""
    pressing = Press[Item]()
    for item in items:
        pressing.add(item)
    return pressing.row()


def joined(first: Sequence[Item], second: Sequence[Item]) -> Sequence[Item]:
    """The one row and then the other; what is pressed stays so."""
    if not (first and second):
        return first or second
    if len(first) + len(second) <= TOGETHER:
        return (*first, *second)
    return Pressed([*_blocks(first), *_blocks(second)], len(first) + len(second))


def _blocks(row: Sequence[Item]) -> Sequence[Block]:
    return row.blocks if isinstance(row, Pressed) else [_block(row)]


def _by_fields(kind: type[Any]) -> Callable[[object], tuple[type[Any], tuple[Any, ...]]]:
    """Without it each value would go with the names of its fields, and be put together in Python."""
    values = attrgetter(*(one.name for one in fields(kind)))
    return lambda one: (kind, values(one))


_HOW: Final[dict[type[Any], Callable[[Any], Any]]] = {
    kind: _by_fields(kind) for kind in (PupilRecord, CurrentPupil, Step)
}


def _block(items: Sequence[object]) -> Block:
    written = BytesIO()
    writing = pickle.Pickler(written, protocol=5)
    writing.dispatch_table = _HOW
    writing.dump(items)
    block = zlib.compress(written.getbuffer(), 1)
    if len(block) < _OWN_PAGES:
        return block
    # In pages of its own, which the machine has back as soon as the row is gone: among other things they would leave holes that nothing fills.
    own = mmap(-1, len(block))
    own.write(block)
    return own


def _opened(block: Block) -> Sequence[Any]:
    found: Sequence[Any] = pickle.loads(zlib.decompress(block))  # noqa: S301 - made by this process, and never left it
    return found
