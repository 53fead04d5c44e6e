"""What a coordinator sees of a plan before it happens: group by group, person by person, and what deserves a second look (R29). Pure.

Names are in here for the school's own people only, and in no `repr`. Machines and commands get the same from `nameless`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from directory import names
from directory.imports import tally
from directory.imports.brake import Braked
from directory.imports.notable import Notable, full_name, staff_order, warnings
from directory.imports.plan import Plan
from directory.imports.pupil_steps import PupilStep
from directory.imports.snapshot import Place
from directory.imports.staff_steps import StaffStep, linked_groups
from directory.imports.steps import Kind

_QUIET: Final = frozenset({Kind.UNCHANGED, Kind.PAST})


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one person. `kind` is a key of `words.KINDS`, `fields` of `words.FIELDS`, `reasons` of `refusals.DOUBTS`."""

    about: Literal["pupil", "staff"]
    kind: str
    key: str
    name: str = field(repr=False)
    fields: tuple[str, ...]
    from_groups: tuple[str, ...]
    to_groups: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupPart:
    """One group, what happens to it, and to whom in it. People who move stand with the group that they come to."""

    key: str
    name: str
    kind: str
    year_group: str | None
    change: str
    fields: tuple[str, ...]
    pupils: tuple[Change, ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class Description:
    """A plan for people. `fingerprint` is what `runs.carry_out` and `runs.let_go` want to hear; empty where nothing can be said yes to."""

    school_year: str
    counts: dict[str, dict[str, int]]
    held: dict[str, int]
    groups: tuple[GroupPart, ...]
    without_group: tuple[Change, ...]
    staff: tuple[Change, ...]
    doubts: tuple[Change, ...]
    warnings: tuple[Notable, ...]
    remarks: tuple[tuple[str, int, int], ...]
    eckids: tuple[int, int]
    changes_nothing: bool
    fingerprint: str


def describe(plan: Plan, braked: Braked, *, fingerprint: str = "") -> Description:
    """A plan as the page "wijzigingen bekijken" shows it. `braked` says which of its departures wait."""
    said = _Saying(plan, braked)
    with_doubts = [one for one in (*said.pupils, *said.staff) if one.reasons]
    counted = tally.eckids(plan)
    return Description(
        school_year=plan.school.school_year,
        counts=plan.counts(),
        held=dict(braked.held),
        groups=tuple(said.parts()),
        without_group=tuple(said.in_no_group()),
        staff=tuple(one for one in said.staff if one.kind not in _QUIET),
        doubts=tuple(with_doubts),
        warnings=tuple(warnings(plan, braked)),
        remarks=tuple((one.code, one.line, one.times) for one in plan.warnings),
        eckids=(counted["some"], counted["of"]),
        changes_nothing=plan.changes_nothing,
        fingerprint=fingerprint,
    )


class _Saying:
    """The lines of one plan, made once."""

    def __init__(self, plan: Plan, braked: Braked) -> None:
        self._plan = plan
        self._names = self._group_names()
        self._reasons: dict[tuple[str, str], list[str]] = defaultdict(list)
        for doubt in plan.doubts:
            self._reasons[doubt.about, doubt.key].append(doubt.reason)
        let = {step.current.id for step in braked.plan.pupils if step.kind is Kind.GONE and step.current}
        left = {step.current.id for step in braked.plan.staff if step.kind is Kind.GONE and step.current}
        self._pupil_lines = [(step, self._pupil(step, let)) for step in sorted(plan.pupils, key=_pupil_order)]
        self._staff_lines = [self._colleague(step, left) for step in sorted(plan.staff, key=_colleague_order)]

    @property
    def pupils(self) -> list[Change]:
        return [one for _, one in self._pupil_lines]

    @property
    def staff(self) -> list[Change]:
        return self._staff_lines

    def parts(self) -> Iterator[GroupPart]:
        """The stamgroepen first, by name; a subgroup is told of where something happens to it itself."""
        inside: dict[str | None, list[Change]] = defaultdict(list)
        quiet = defaultdict[str | None, int](int, ((key, len(used)) for key, used in self._plan.same.pictures.items()))
        for step, one in self._pupil_lines:
            place = _place(step)
            if one.kind in _QUIET and not one.reasons:
                quiet[place] += one.kind == Kind.UNCHANGED
            else:
                inside[place].append(one)
        for group in sorted(self._plan.groups, key=lambda one: (_group_of(one).kind, _group_of(one).name)):
            known = _group_of(group)
            stam = known.kind == "stamgroep"
            yield GroupPart(
                key=known.key,
                name=known.name,
                kind=known.kind,
                year_group=known.year_group,
                change=group.kind.value,
                fields=group.fields,
                pupils=tuple(inside[known.key]) if stam and group.kind is not Kind.GONE else (),
                unchanged=quiet[known.key] if stam and group.kind is not Kind.GONE else 0,
            )

    def in_no_group(self) -> Iterator[Change]:
        """Those who come into no group of the file: without one, or gone from one that is gone too."""
        shown = {group.record.key for group in self._plan.groups if group.record and group.record.kind == "stamgroep"}
        for step, one in self._pupil_lines:
            if _place(step) not in shown and (one.kind not in _QUIET or one.reasons):
                yield one

    def _group_names(self) -> dict[Place, str]:
        found: dict[Place, str] = {}
        for step in self._plan.groups:
            if step.current:
                found.setdefault((step.current.kind, step.current.key), step.current.name)
            if step.record:
                found[step.record.kind, step.record.key] = step.record.name
        return found

    def _called(self, places: Iterable[Place]) -> tuple[str, ...]:
        return tuple(sorted(self._names.get(place, place[1]) for place in places))

    def _pupil(self, step: PupilStep, let: set[int]) -> Change:
        who = step.record or step.current
        assert who is not None  # noqa: S101 - every step is about somebody
        held = step.kind is Kind.GONE and step.current is not None and step.current.id not in let
        return Change(
            about="pupil",
            kind="held" if held else step.kind.value,
            key=who.key,
            name=full_name(who),
            fields=step.fields,
            from_groups=self._called([("stamgroep", step.current.group_key)])
            if step.current and step.current.group_key
            else (),
            to_groups=self._called([("stamgroep", step.record.group_key)])
            if step.record and step.record.group_key
            else (),
            reasons=tuple(self._reasons.get(("pupil", who.key), ())),
        )

    def _colleague(self, step: StaffStep, left: set[int]) -> Change:
        who = step.record or step.current
        assert who is not None  # noqa: S101 - every step is about somebody
        held = step.kind is Kind.GONE and step.current is not None and step.current.id not in left
        return Change(
            about="staff",
            kind="held" if held else step.kind.value,
            key=who.key or "",
            name=full_name(who),
            fields=step.fields,
            from_groups=self._called(step.current.groups if step.current else ()),
            to_groups=self._called(linked_groups(step.record) if step.record else ()),
            reasons=tuple(self._reasons.get(("staff", who.key or ""), ())),
        )


def _place(step: PupilStep) -> str | None:
    """The key of the stamgroep with which a pupil is shown: where it comes, else where it was."""
    if step.record is not None and step.kind is not Kind.GONE:
        return step.record.group_key
    return step.current.group_key if step.current else None


def _group_of(step: Any) -> Any:
    return step.record or step.current


def _pupil_order(step: PupilStep) -> tuple[str, ...]:
    who = step.record or step.current
    # Of two of one name the key says who is first: a plan tells its steps in no order.
    return (*names.child_order(who.first_name, who.prefix, who.surname), who.key) if who else ()


def _colleague_order(step: StaffStep) -> tuple[str, ...]:
    who = step.record or step.current
    return staff_order(who) if who else ()
