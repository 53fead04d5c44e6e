"""Children whom a file surely means, judged a portion at a time: nobody holds both sides of a whole region. Pure.

Of most a file says just what we have: nothing happens to them. Of the others what happens is a step, and held pressed.
"""

from array import array
from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from directory.imports.pressed import TOGETHER, Press
from directory.imports.pupil_steps import Lookup, PupilStep, differences, differing_step, doubts_about, may_have_left
from directory.imports.records import Administration, PupilRecord
from directory.imports.snapshot import CurrentPupil, Place
from idp.core.portions import portions

_MOST_PORTIONS: Final = (1 << 12) - 1
_ASIDE: Final = 100
"""Of every portion of the file so many of ours are held as they are."""


@dataclass(frozen=True, slots=True)
class Same:
    """What a plan must know of children who need no step: how many, how many of them have an ECK-iD, the pictures in use by group key, and the
    groups that they are in."""

    number: int = 0
    eckids: int = 0
    pictures: Mapping[str | None, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))
    places: Set[Place] = frozenset()


NOBODY = Same()
"""For a plan in which everybody has a step."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """What is known of the children of ours whose key the file has: to whom nothing happens, what is settled of others, and who is `unsure`.

    `rest` is the file without those of whom it is known.
    """

    rest: Administration
    same: Same = NOBODY
    settled: Sequence[PupilStep] = ()
    unsure: Sequence[CurrentPupil] = ()


class Sieve:
    """Is asked about one child of ours after the other, in any order; then `sifted` once."""

    def __init__(self, administration: Administration, *, lookup: Lookup) -> None:
        self._administration = administration
        self._grouped = bool(administration.groups)
        self._lookup = lookup
        # In order: of every key of the file the hash, its last bits the portion that has it. Of a region a table of keys would weigh ten times as
        # much. Made when the first child comes: of a school that is new here there are none.
        self._marks: array[int] | None = None
        self._aside: deque[Press[CurrentPupil]] = deque()
        self._pictures: dict[str | None, list[str]] = defaultdict(list)
        self._places: set[Place] = set()
        self._number = self._eckids = 0
        self._steps = Press[PupilStep]()

    def __call__(self, pupil: CurrentPupil) -> bool:
        """Whether the file seems to have a child of this key: then ours is kept here, beside those of the same portion of the file."""
        if self._marks is None:
            told = enumerate(self._file())
            self._marks = array(
                "q", sorted(_mark(record.key) + number for number, portion in told for record in portion)
            )
            self._aside.extend(Press[CurrentPupil](together=_ASIDE) for _ in self._file())
        mark = _mark(pupil.key)
        at = bisect_left(self._marks, mark)
        if at == len(self._marks) or self._marks[at] - mark > _MOST_PORTIONS:
            return False
        self._aside[self._marks[at] - mark].add(pupil)
        return True

    def sifted(self) -> Sifted:
        """What follows for those of whom it said yes, a portion at a time."""
        if self._marks is None:
            return Sifted(self._administration)
        unsure, rest = list[CurrentPupil](), Press[PupilRecord]()
        for portion in self._file():
            waiting = {record.key: record for record in portion}
            ours = self._aside.popleft().row()
            unsure += (pupil for pupil in ours if not self._known(waiting, pupil))
            for record in waiting.values():
                rest.add(record)
        left = replace(self._administration, pupils=rest.row())
        same = Same(self._number, self._eckids, self._pictures, self._places)
        return Sifted(left, same, self._steps.row(), unsure)

    def _file(self) -> Iterator[Sequence[PupilRecord]]:
        return portions(self._administration.pupils, most=TOGETHER)

    def _known(self, waiting: dict[str, PupilRecord], pupil: CurrentPupil) -> bool:
        """Whether it is known what happens to this child, whatever the rest of the file and of the school; then it waits no longer.

        Key and ECK-iD must both say who it is, for else another child of the file might be this one (D14). Without an ECK-iD nothing may differ:
        of two children with one key it must be the one who is still here.
        """
        record = waiting.get(pupil.key)
        fields = None if record is None else self._differing(record, pupil)
        if record is None or fields is None:
            return False
        del waiting[pupil.key]
        if fields:
            self._steps.add(differing_step(record, pupil, fields))
            return True
        self._number += 1
        self._eckids += pupil.eckid is not None
        self._pictures[pupil.group_key].append(pupil.picture)
        if record.group_key is not None:
            self._places.add(("stamgroep", record.group_key))
        self._places.update(("subgroep", key) for key in record.subgroup_keys)
        return True

    def _differing(self, record: PupilRecord, pupil: CurrentPupil) -> tuple[str, ...] | None:
        """What the file says differently of a child that it surely means; None where the rest of it must be asked."""
        if (
            pupil.eckid_aliases
            or (record.eckid is None) != (pupil.eckid is None)
            or may_have_left(record)
            or any(doubts_about(record, grouped=self._grouped))
        ):
            return None
        fields = tuple(differences(record, pupil, grouped=self._grouped, lookup=self._lookup))
        return None if fields and (record.eckid is None or "eckid" in fields) else fields


def _mark(key: str) -> int:
    """Where two keys have the same, a child comes beside a stranger, and is unsure."""
    return hash(key) & ~_MOST_PORTIONS
