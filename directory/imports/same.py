"""Children of whom a file says just what we have: nothing happens to them, and nobody holds both sides of a whole region. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from directory.imports.pupil_steps import Lookup, differences, doubts_about, may_have_left
from directory.imports.records import Administration, PupilRecord
from directory.imports.snapshot import CurrentPupil


@dataclass(frozen=True, slots=True)
class Same:
    """What a plan must know of children who need no step: how many, how many of them have an ECK-iD, and the pictures in use by group key."""

    number: int = 0
    eckids: int = 0
    pictures: Mapping[str | None, Sequence[str]] = field(default_factory=lambda: MappingProxyType({}))


NOBODY = Same()
"""For a plan in which everybody has a step."""


class Sieve:
    """Is asked about one child of ours after the other, in any order; afterwards `same` and `rest` are the two parts of the file."""

    def __init__(self, administration: Administration, *, lookup: Lookup) -> None:
        self._administration = administration
        self._grouped = bool(administration.groups)
        self._lookup = lookup
        # Made when the first child comes: of a school that is new here there are none.
        self._waiting: dict[str, PupilRecord] | None = None
        self._pictures: dict[str | None, list[str]] = defaultdict(list)
        self._number = self._eckids = 0

    def __call__(self, pupil: CurrentPupil) -> bool:
        """Whether nothing can happen to this child, whatever the rest of the file and of the school: then it needs no step.

        Key and ECK-iD must both say so, for else another child of the file might be this one (D14).
        """
        if self._waiting is None:
            self._waiting = {record.key: record for record in self._administration.pupils}
        record = self._waiting.get(pupil.key)
        if record is None or not self._settled(record, pupil):
            return False
        del self._waiting[pupil.key]
        self._number += 1
        self._eckids += pupil.eckid is not None
        self._pictures[pupil.group_key].append(pupil.picture)
        return True

    def same(self) -> Same:
        """Those of whom it said yes."""
        return Same(self._number, self._eckids, self._pictures)

    def rest(self) -> Administration:
        """The file without them."""
        if self._waiting is None:
            return self._administration
        return replace(self._administration, pupils=tuple(self._waiting.values()))

    def _settled(self, record: PupilRecord, pupil: CurrentPupil) -> bool:
        return not (
            pupil.eckid_aliases
            or (record.eckid is None) != (pupil.eckid is None)
            or may_have_left(record)
            or any(doubts_about(record, grouped=self._grouped))
            or any(differences(record, pupil, grouped=self._grouped, lookup=self._lookup))
        )
