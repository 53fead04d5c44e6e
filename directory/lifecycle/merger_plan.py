"""Who of a school that ends is whom at the school that stays: pure (R150, D14, D19).

By ECK-iD, else by somebody's word. A name never decides, it only makes a doubt.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from directory.lifecycle.rehearsal import Fate, Meeting
from directory.lifecycle.reorganisation_requests import Choice


@dataclass(frozen=True, slots=True)
class Present:
    """An enrolment as a merger sees it. `eckids` are look-up values: the ECK-iD and what else the child answers to."""

    enrolment_id: int
    person_id: int
    school_id: int
    key: str
    active: bool
    year_group: str | None
    eckids: frozenset[bytes] = field(repr=False)
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)

    @property
    def name(self) -> str:
        """As people read it."""
        return " ".join(filter(None, (self.first_name, self.prefix, self.surname)))


def meetings(
    sources: Sequence[Present], target: Sequence[Present], choices: Mapping[str, Choice]
) -> tuple[Meeting, ...]:
    """Where a pupil of a source is, or may be, somebody who is at the target already or comes from an earlier source.

    Whoever is not in the answer simply moves. A pupil meets at most one other for sure; doubts are about pairs.
    """
    pool = _Pool(target)
    # Whoever is at both schools already is nobody else.
    pool.taken.update(pupil.person_id for pupil in sources if pupil.person_id in pool.by_person)
    found: list[Meeting] = []
    for pupil in sources:
        met = _meet(pupil, pool, choices)
        found += met
        sure = [meeting.other_id for meeting in met if meeting.fate in (Fate.JOINS, Fate.BOTH)]
        pool.taken.update(sure)
        if not sure:
            pool.add(pupil)
    return tuple(found)


class _Pool:
    """Those whom a pupil who comes may turn out to be."""

    def __init__(self, pupils: Iterable[Present]) -> None:
        self.taken: set[int] = set()
        self.by_person: dict[int, Present] = {}
        self.by_eckid: dict[bytes, list[Present]] = defaultdict(list)
        self.by_name: dict[tuple[str, str | None], list[Present]] = defaultdict(list)
        for pupil in pupils:
            self.add(pupil)

    def add(self, pupil: Present) -> None:
        self.by_person[pupil.person_id] = pupil
        for lookup in pupil.eckids:
            self.by_eckid[lookup].append(pupil)
        self.by_name[_called(pupil)].append(pupil)


def _meet(pupil: Present, pool: _Pool, choices: Mapping[str, Choice]) -> list[Meeting]:
    if other := pool.by_person.get(pupil.person_id):
        return [_meeting(pupil, other, Fate.BOTH, "same_account")]
    same = {other.person_id: other for lookup in pupil.eckids for other in pool.by_eckid[lookup]}
    if len(same) == 1 and not same.keys() & pool.taken:
        (other,) = same.values()
        return [_meeting(pupil, other, Fate.JOINS, "eckid")]
    if same:
        return _by_choice(pupil, list(same.values()), pool, choices, reason="several")
    namesakes = (other for other in pool.by_name[_called(pupil)] if other.person_id not in pool.taken)
    alike = [other for other in namesakes if _may_be(pupil, other)]
    return _by_choice(pupil, alike, pool, choices, reason="same_name")


def _by_choice(
    pupil: Present, alike: Sequence[Present], pool: "_Pool", choices: Mapping[str, Choice], *, reason: str
) -> list[Meeting]:
    asked = [_meeting(pupil, other, Fate.DOUBTFUL, reason) for other in alike]
    for meeting, other in zip(asked, alike, strict=True):
        if choices.get(meeting.choice) == "same" and other.person_id not in pool.taken:
            return [_meeting(pupil, other, Fate.JOINS, "chosen")]
    return [meeting for meeting in asked if choices.get(meeting.choice) != "different"]


def _may_be(pupil: Present, other: Present) -> bool:
    # Two ECK-iDs are two children; and who left both schools is nobody's question.
    return not (pupil.eckids and other.eckids) and (pupil.active or other.active)


def _called(pupil: Present) -> tuple[str, str | None]:
    return pupil.name.casefold(), pupil.year_group


def _meeting(pupil: Present, other: Present, fate: Fate, reason: str) -> Meeting:
    return Meeting(
        person_id=pupil.person_id,
        school_id=pupil.school_id,
        other_id=other.person_id,
        other_school_id=other.school_id,
        fate=fate,
        reason=reason,
        name=pupil.name,
        other_name=other.name,
    )
