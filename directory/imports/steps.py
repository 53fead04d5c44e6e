"""What a plan consists of: one step per group, pupil and member of staff, and the doubts that a person should look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Generic, Literal, TypeVar

Told = TypeVar("Told")
Known = TypeVar("Known")


MOVED_AWAY: Final = "moved_away"
"""The reason of a doubt: a split took this person elsewhere, and this administration still tells of it."""


class Kind(StrEnum):
    """What happens to one group or person.

    `PAST` is somebody whom the file lists as having left and who is not active here: nothing happens. `DOUBTFUL` is somebody for whom
    nothing happens until the doubt is solved in the administration.
    """

    NEW = "new"
    CHANGED = "changed"
    MOVED = "moved"
    GONE = "gone"
    UNCHANGED = "unchanged"
    DOUBTFUL = "doubtful"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Step(Generic[Told, Known]):
    """`record` is what the file says (None: it says nothing any more), `current` what we have (None: nothing yet).

    `fields` names what differs, in our words; it is empty for every kind but `CHANGED` and `MOVED`.
    """

    kind: Kind
    record: Told | None
    current: Known | None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about one person that only the school can settle. `reason` is a key of `refusals.DOUBTS`; `key` is the administration's."""

    about: Literal["pupil", "staff"]
    key: str
    reason: str


def arrivals(steps: Sequence[Step[Told, Known]]) -> list[Told]:
    """What the file says about everybody and everything new."""
    return [step.record for step in steps if step.kind is Kind.NEW and step.record is not None]


def changes(steps: Sequence[Step[Told, Known]]) -> list[tuple[Told, Known, tuple[str, ...]]]:
    """What the file says, what we have, and in which fields they differ."""
    return [
        (step.record, step.current, step.fields)
        for step in steps
        if step.kind in (Kind.CHANGED, Kind.MOVED) and step.record is not None and step.current is not None
    ]


def departures(steps: Sequence[Step[Told, Known]]) -> list[Known]:
    """Whom and what we have, and must not be active any longer."""
    return [step.current for step in steps if step.kind is Kind.GONE and step.current is not None]


def count(steps: Sequence[Step[Told, Known]]) -> dict[str, int]:
    """How many steps there are of each kind, zeros included."""
    found = {kind.value: 0 for kind in Kind}
    for step in steps:
        found[step.kind.value] += 1
    return found


def differing(*pairs: tuple[str, object, object]) -> tuple[str, ...]:
    """The names of those (name, now, then) that differ."""
    return tuple(name for name, now, then in pairs if now != then)
