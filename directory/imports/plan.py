"""What an import would do, as a value: pure, so that preview, dry run and undo come free (D14-D18, D21, D46).

A plan holds for the snapshot it was made of. Applying it and planning the same file again gives a plan in which nothing happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from directory.imports.moved import without_moved_groups
from directory.imports.pressed import joined
from directory.imports.pupil_steps import Lookup, PupilStep, pupil_steps
from directory.imports.records import Administration, GroupRecord, Remark, SchoolRecord
from directory.imports.refusals import ImportRefused
from directory.imports.same import NOBODY, Same, Sifted
from directory.imports.snapshot import NOTHING, CurrentGroup, Snapshot
from directory.imports.staff_steps import StaffStep, staff_steps
from directory.imports.steps import Doubt, Kind, Step, count, differing
from idp.core.clock import AMSTERDAM, school_year

GroupStep = Step[GroupRecord, CurrentGroup]

_QUIET = frozenset({Kind.UNCHANGED, Kind.DOUBTFUL, Kind.PAST})


@dataclass(frozen=True, slots=True)
class Plan:
    """Every step, every doubt, what was read around in the file, and of whom it says the same as we.

    `pupils` of a whole region are made anew each time that one goes through them (`pressed`).
    """

    school: SchoolRecord
    groups: tuple[GroupStep, ...]
    pupils: Sequence[PupilStep]
    staff: tuple[StaffStep, ...]
    doubts: tuple[Doubt, ...]
    warnings: tuple[Remark, ...]
    same: Same = NOBODY
    # Counted once: of a region that is a walk of seconds.
    _counted: dict[str, dict[str, int]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def counts(self) -> dict[str, dict[str, int]]:
        """Numbers by noun (`groups`, `pupils`, `staff`) and kind."""
        if not self._counted:
            pupils = count(self.pupils)
            pupils[Kind.UNCHANGED] += self.same.number
            self._counted.update(groups=count(self.groups), pupils=pupils, staff=count(self.staff))
        return {noun: dict(kinds) for noun, kinds in self._counted.items()}

    @property
    def changes_nothing(self) -> bool:
        """Whether applying it would leave everything as it is."""
        return all(number == 0 or kind in _QUIET for kinds in self.counts().values() for kind, number in kinds.items())


def plan(current: Snapshot, administration: Administration, *, now: datetime, lookup: Lookup) -> Plan:
    """Compares a school with a file of its own. `lookup` gives the keyed look-up value of an ECK-iD.

    Raises `ImportRefused` for a school year that would take the school back, or ahead of 1 August.
    """
    if not has_begun(current, administration, now=now):
        # R37: 1 August is the switch. Before it, the new groups would take the children off the pick lists of today.
        raise ImportRefused("year_not_begun", element="schooljaar")
    return compare(current, administration, on=now.astimezone(AMSTERDAM).date(), lookup=lookup)


def has_begun(current: Snapshot, administration: Administration, *, now: datetime) -> bool:
    """Whether these data are for now: a school that has groups does not take those of a coming year before its 1 August (R37).

    Raises `ImportRefused` for a year after the coming one: that is a slip of the pen.
    """
    year = administration.school.school_year
    if int(year[:4]) > int(school_year(now)[:4]) + 1:
        raise ImportRefused("far_year", element="schooljaar")
    return current.newest_year is None or year <= current.newest_year or year <= school_year(now)


def first_day(year: str) -> date:
    """The day on which a school year begins (R37)."""
    return date(int(year[:4]), 8, 1)


def compare(current: Snapshot, administration: Administration, *, on: date, lookup: Lookup) -> Plan:
    """What this file would do to this school on that day, also if the day is yet to come.

    Raises `ImportRefused` for a school year that would take the school back.
    """
    return compare_sifted(current, Sifted(administration), on=on, lookup=lookup)


def compare_sifted(current: Snapshot, sifted: Sifted, *, on: date, lookup: Lookup) -> Plan:
    """As `compare`, of a file that went through a sieve; `current` lacks those whom the sieve kept."""
    administration, same = sifted.rest, sifted.same
    if current.newest_year is not None and administration.school.school_year < current.newest_year:
        raise ImportRefused("older_year", element="schooljaar")
    pupils: Sequence[PupilStep] = ()
    pupil_doubts: tuple[Doubt, ...] = ()
    # A file without pupils says nothing about anybody.
    if administration.pupils or sifted.settled or same.number:
        if sifted.unsure:
            here = sorted((*current.pupils, *sifted.unsure), key=lambda pupil: pupil.id)
            current = replace(current, pupils=tuple(here))
        others, pupil_doubts = pupil_steps(current, administration, on=on, lookup=lookup)
        pupils = joined(sifted.settled, others)
        if current.moved:
            administration = without_moved_groups(administration, pupils, stayed=same.places)
    staff, staff_doubts = staff_steps(current, administration)
    return Plan(
        school=administration.school,
        groups=_group_steps(current, administration),
        pupils=pupils,
        staff=staff,
        doubts=pupil_doubts + staff_doubts,
        warnings=administration.warnings,
        same=same,
    )


def plan_for_unknown_school(administration: Administration, *, now: datetime) -> Plan:
    """The plan for a school that is not here yet: all "new". Needs neither database nor keys (D46)."""
    return plan(NOTHING, administration, now=now, lookup=str.encode)


def check_school(file: SchoolRecord, *, brin: str | None, location: str, instelling_ref: str | None = None) -> None:
    """Raises `ImportRefused` unless the file belongs to the school with this BRIN and location code (D13).

    A file that names an INSTELLING_REF belongs to that one school and no other, whatever it knows of BRINs.
    """
    if file.instelling_ref is not None:
        if file.instelling_ref != instelling_ref:
            raise ImportRefused("other_school", element="school")
    elif (file.brin, file.location) != (brin, location):
        raise ImportRefused("other_school", element="brincode" if file.brin != brin else "dependancecode")


def _group_steps(current: Snapshot, administration: Administration) -> tuple[GroupStep, ...]:
    """One step per group of the file, and per group in use that it lacks: those of earlier years with it, for a group lives one year.

    A file without groups says nothing about groups.
    """
    if not administration.groups:
        return ()
    year = administration.school.school_year
    known = {(group.kind, group.key): group for group in current.groups if group.school_year == year}
    told = {(record.kind, record.key) for record in administration.groups}
    steps = [_group_step(record, known.get((record.kind, record.key))) for record in administration.groups]
    steps += (
        Step(Kind.GONE, None, group)
        for group in current.groups
        if group.active and (group.school_year != year or (group.kind, group.key) not in told)
    )
    return tuple(steps)


def _group_step(record: GroupRecord, group: CurrentGroup | None) -> GroupStep:
    if group is None:
        return Step(Kind.NEW, record, None)
    fields = differing(
        ("name", group.name, record.name),
        ("year_group", group.year_group, record.year_group),
        ("returned", group.active, True),
    )
    return Step(Kind.CHANGED if fields else Kind.UNCHANGED, record, group, fields)
