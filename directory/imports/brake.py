"""The brake on mass departures: arrivals and moves go on, suspiciously many departures wait for somebody's yes (D17). Pure.

Many are many also when they go in small steps, night after night: who left in the last days counts as if all had left at once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from directory.imports.plan import GroupStep, Plan
from directory.imports.pressed import press
from directory.imports.pupil_steps import PupilStep
from directory.imports.staff_steps import StaffStep
from directory.imports.steps import Kind, Known, Step, Told

SHARE: Final = 0.2
"""More of the school's active people than this, in `LATELY`, is suspicious."""

SHARE_OF_A_YEAR: Final = 0.4
"""And so much more in the first data of a school year, when whoever changed schools in summer leaves at once."""

LATELY: Final = timedelta(days=7)
"""Departures of so many days count together."""

FLOOR_PUPILS: Final = 5
FLOOR_STAFF: Final = 3
"""So many may always leave: in a school of 23 pupils one family is a fifth of them."""

LAST_YEAR_GROUP: Final = "8"
_FAREWELL_MONTHS: Final = (7, 8, 9)


@dataclass(frozen=True, slots=True)
class Left:
    """How many left without anybody's yes, those aside whose leaving was to be expected."""

    pupils: int = 0
    staff: int = 0


NOBODY: Final = Left()


@dataclass(frozen=True, slots=True)
class Braked:
    """A plan without the departures that wait, how many those are by noun, and how many go without being asked about."""

    plan: Plan
    held: dict[str, int]
    left: Left = NOBODY

    @property
    def holds(self) -> bool:
        """Whether anything waits."""
        return any(self.held.values())


def brake(plan: Plan, *, on: date, lately: Left = NOBODY) -> Braked:
    """Takes the departures out of a plan where they are suspiciously many. `on` is the day in Amsterdam; `lately` left before, in `LATELY`.

    Whoever left before counts as still here and as leaving now: in whatever steps they go, no more go unasked than could go at once.

    In the first data of a new school year more may leave: 1 August is when everybody who is not in them becomes inactive (R37, R39). But half a
    school does not move in a summer. Group 8 leaves in summer, or on the last day that the administration gives; that is never suspicious.
    """
    counted = plan.counts()
    if not (counted["pupils"][Kind.GONE] or counted["staff"][Kind.GONE]):
        return Braked(plan, {"groups": 0, "pupils": 0, "staff": 0})
    began = _begins_a_year(plan)
    if began:
        lately = NOBODY
    share = SHARE_OF_A_YEAR if began else SHARE
    children = [step for step in _leaving(plan.pupils) if not _expected(step, on=on)]
    colleagues = _leaving(plan.staff)
    pupils_here, staff_here = _here(plan.pupils) + plan.same.number, _here(plan.staff)
    if began:
        # In summer group 8 is an eighth of a school, and gone whatever the others do.
        pupils_here -= counted["pupils"][Kind.GONE] - len(children)
    pupils = _suspicious(children, of=pupils_here, floor=FLOOR_PUPILS, lately=lately.pupils, share=share)
    staff = _suspicious(colleagues, of=staff_here, floor=FLOOR_STAFF, lately=lately.staff, share=share)
    groups = [step for step in _leaving(plan.groups) if _in_use(step, pupils, staff)]
    kept = plan
    if pupils or staff:
        kept = replace(
            plan,
            groups=tuple(_without(plan.groups, _among(groups))),
            pupils=press(_without(plan.pupils, lambda step: not _expected(step, on=on))) if pupils else plan.pupils,
            staff=tuple(_without(plan.staff, _among(staff))),
        )
    held = {"groups": len(groups), "pupils": len(pupils), "staff": len(staff)}
    left = NOBODY if began else Left(len(children) - len(pupils), len(colleagues) - len(staff))
    return Braked(kept, held, left)


def _begins_a_year(plan: Plan) -> bool:
    return any(step.current and step.current.school_year != plan.school.school_year for step in _leaving(plan.groups))


def _leaving(steps: Sequence[Step[Told, Known]]) -> list[Step[Told, Known]]:
    return [step for step in steps if step.kind is Kind.GONE]


def _expected(step: PupilStep, *, on: date) -> bool:
    """Whether this child leaves as every child does in the end."""
    year_group = step.current.year_group if step.current else None
    return year_group == LAST_YEAR_GROUP and (on.month in _FAREWELL_MONTHS or step.record is not None)


def _here(steps: Sequence[Step[Told, Known]]) -> int:
    """How many are active now."""
    return sum(1 for step in steps if step.current is not None and getattr(step.current, "active", False))


def _suspicious(
    leaving: list[Step[Told, Known]], *, of: int, floor: int, lately: int, share: float
) -> list[Step[Told, Known]]:
    """The departures, if they are too many; else none."""
    return leaving if len(leaving) + lately > max(floor, (of + lately) * share) else []


def _in_use(step: GroupStep, pupils: Sequence[PupilStep], staff: Sequence[StaffStep]) -> bool:
    """Whether somebody whose departure waits has a place in this group."""
    if step.current is None:
        return False
    place = step.current.kind, step.current.key
    children = [child.current for child in pupils if child.current is not None]
    colleagues = [known.current for known in staff if known.current is not None]
    return (
        any(place == ("stamgroep", child.group_key) for child in children)
        or any(place in (("subgroep", key) for key in child.subgroup_keys) for child in children)
        or any(place in known.groups for known in colleagues)
    )


def _without(
    steps: Sequence[Step[Told, Known]], held: Callable[[Step[Told, Known]], bool]
) -> Iterator[Step[Told, Known]]:
    """The steps, with nothing happening to those who leave and are held: they stay as they are, in their groups and with their pictures."""
    for step in steps:
        yield Step(Kind.UNCHANGED, None, step.current) if step.kind is Kind.GONE and held(step) else step


def _among(steps: Sequence[Step[Told, Known]]) -> Callable[[Step[Told, Known]], bool]:
    """Whether a step is one of these very ones."""
    these = {id(step) for step in steps}
    return lambda step: id(step) in these
