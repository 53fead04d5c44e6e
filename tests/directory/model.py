"""An import without a database: what a school is after a plan, as a pure function. The real `apply` must do the same."""

from dataclasses import replace
from itertools import count

from directory import roles
from directory.imports.plan import Plan
from directory.imports.pupil_steps import Lookup
from directory.imports.snapshot import CurrentColleague, CurrentGroup, CurrentPupil, Snapshot
from directory.imports.staff_steps import linked_groups, usable_address
from directory.imports.steps import arrivals, changes, departures


def seen_in(current: Snapshot, year: str) -> Snapshot:
    """The same school as a file of this school year finds it: places in the groups of another year are none."""
    if current.newest_year in (None, year):
        return current
    return replace(
        current,
        groups=tuple(group for group in current.groups if group.active),
        pupils=tuple(replace(pupil, group_key=None, subgroup_keys=frozenset()) for pupil in current.pupils),
        staff=tuple(replace(known, groups=frozenset()) for known in current.staff),
    )


def outcome(current: Snapshot, plan: Plan, *, lookup: Lookup) -> Snapshot:
    """The snapshot that the same file would find after this plan was applied. Pictures are left out of account."""
    fresh = count(1 + max(_ids(current), default=0))
    return replace(
        current,
        newest_year=plan.school.school_year if arrivals(plan.groups) else current.newest_year,
        groups=_groups(current, plan, fresh),
        pupils=_pupils(current, plan, fresh, lookup),
        staff=_staff(current, plan, fresh),
    )


def _ids(current: Snapshot) -> list[int]:
    people = [each.id for each in current.pupils] + [each.id for each in current.staff]
    return people + [group.id for group in current.groups]


def _groups(current: Snapshot, plan: Plan, fresh: "count[int]") -> tuple[CurrentGroup, ...]:
    year = plan.school.school_year
    after = {group.id: group for group in current.groups}
    for group in departures(plan.groups):
        after[group.id] = replace(group, active=False)
    for record, group, _ in changes(plan.groups):
        after[group.id] = replace(group, name=record.name, year_group=record.year_group, active=True)
    new = [
        CurrentGroup(next(fresh), year, record.kind, record.key, record.name, record.year_group, active=True)
        for record in arrivals(plan.groups)
    ]
    # The next file of this year does not look at what ended before.
    return tuple(group for group in (*after.values(), *new) if group.school_year == year or group.active)


def _pupils(current: Snapshot, plan: Plan, fresh: "count[int]", lookup: Lookup) -> tuple[CurrentPupil, ...]:
    after = {pupil.id: pupil for pupil in current.pupils}
    for pupil in departures(plan.pupils):
        after[pupil.id] = replace(pupil, active=False)
    for record, pupil, fields in changes(plan.pupils):
        after[pupil.id] = replace(
            pupil,
            key=record.key,
            eckid=lookup(record.eckid) if record.eckid else pupil.eckid,
            first_name=record.first_name,
            prefix=record.prefix,
            surname=record.surname,
            year_group=record.year_group,
            group_key=record.group_key if "group" in fields else pupil.group_key,
            subgroup_keys=frozenset(record.subgroup_keys) if "subgroups" in fields else pupil.subgroup_keys,
            ends_on=record.ends_on,
            active=True,
        )
    new = [
        CurrentPupil(
            id=(number := next(fresh)),
            person_id=number,
            key=record.key,
            eckid=lookup(record.eckid) if record.eckid else None,
            first_name=record.first_name,
            prefix=record.prefix,
            surname=record.surname,
            year_group=record.year_group,
            group_key=record.group_key,
            subgroup_keys=frozenset(record.subgroup_keys),
            ends_on=record.ends_on,
            active=True,
            picture="",
        )
        for record in arrivals(plan.pupils)
    ]
    ended = {
        step.current.id: step.record.ends_on
        for step in plan.pupils
        if step.kind == "gone" and step.record and step.current
    }
    whole = (*after.values(), *new)
    return tuple(replace(pupil, ends_on=ended[pupil.id]) if pupil.id in ended else pupil for pupil in whole)


def _staff(current: Snapshot, plan: Plan, fresh: "count[int]") -> tuple[CurrentColleague, ...]:
    after = {known.id: known for known in current.staff}
    for known in departures(plan.staff):
        after[known.id] = replace(known, active=False)
    for record, known, fields in changes(plan.staff):
        named = record if "name" in fields else known
        teaches = "groups" in fields and not known.roles - {roles.ICT_COORDINATOR}
        after[known.id] = replace(
            known,
            key=record.key,
            groups=linked_groups(record) if "groups" in fields else known.groups,
            roles=known.roles | {roles.TEACHER} if teaches else known.roles,
            active=known.active or "returned" in fields,
            first_name=named.first_name,
            prefix=named.prefix,
            surname=named.surname,
        )
    # Whose address has an account already is asked, and has none here until the answer (D15).
    taken = {colleague.email for colleague in after.values()}
    new = [
        CurrentColleague(
            id=(number := next(fresh)),
            person_id=number,
            key=record.key,
            email=None if (address := usable_address(record)) in taken else address,
            first_name=record.first_name,
            prefix=record.prefix,
            surname=record.surname,
            groups=linked_groups(record),
            roles=frozenset({roles.TEACHER}),
            from_administration=True,
            active=True,
        )
        for record in arrivals(plan.staff)
    ]
    return (*after.values(), *new)
