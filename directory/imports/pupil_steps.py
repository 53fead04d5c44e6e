"""Which child of the file is which child of ours, and what follows (D14, D18, D21). Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import date

from directory.imports.pressed import Press
from directory.imports.records import HISTORIC, Administration, PupilRecord
from directory.imports.snapshot import CurrentPupil, Snapshot
from directory.imports.steps import MOVED_AWAY, Doubt, Kind, Step, differing

PupilStep = Step[PupilRecord, CurrentPupil]
Lookup = Callable[[str], bytes]


def pupil_steps(
    current: Snapshot, administration: Administration, *, on: date, lookup: Lookup
) -> tuple[Sequence[PupilStep], tuple[Doubt, ...]]:
    """One step per pupil of the file and per active pupil that it lacks. A file without pupils is not for here: it says nothing."""
    matches, doubted = _match(current, administration, lookup)
    doubted |= _moved_away(current, administration, matches, on=on)
    steps = Press[PupilStep]()
    doubts: list[Doubt] = []
    for record in administration.pupils:
        pupil = matches.get(record.key)
        if record.key in doubted:
            steps.add(Step(Kind.DOUBTFUL, record, pupil))
            doubts.append(Doubt("pupil", record.key, doubted[record.key]))
            continue
        step = _step(record, pupil, grouped=bool(administration.groups), on=on, lookup=lookup)
        steps.add(step)
        if step.kind not in (Kind.PAST, Kind.GONE):
            doubts.extend(doubts_about(record, grouped=bool(administration.groups)))
    found = {pupil.id for pupil in matches.values()}
    for pupil in current.pupils:
        if pupil.active and pupil.id not in found:
            steps.add(Step(Kind.GONE, None, pupil))
    return steps.row(), tuple(doubts)


def _match(
    current: Snapshot, administration: Administration, lookup: Lookup
) -> tuple[dict[str, CurrentPupil], dict[str, str]]:
    """By key of the file: who it is, and where that is in doubt, why. First by ECK-iD, then by key, never by name (D14)."""
    if not current.pupils:
        return {}, {}
    by_eckid = {lookup_value: pupil for pupil in current.pupils for lookup_value in pupil.eckid_aliases}
    by_eckid |= {pupil.eckid: pupil for pupil in current.pupils if pupil.eckid is not None}
    matches = {
        record.key: pupil
        for record in administration.pupils
        if record.eckid is not None and (pupil := by_eckid.get(lookup(record.eckid))) is not None
    }
    by_eckid.clear()
    taken = {pupil.id for pupil in matches.values()}
    by_key = _by_key(current, {record.key for record in administration.pupils if record.key not in matches})
    doubted: dict[str, str] = {}
    for record in administration.pupils:
        pupil = by_key.get(record.key)
        if record.key in matches or pupil is None or pupil.id in taken:
            continue
        matches[record.key] = pupil
        if record.eckid is not None and pupil.eckid is not None:
            # Two ECK-iDs are two children, or one child with a corrected ECK-iD. We cannot know, and a mistake gives one the other's work.
            doubted[record.key] = "eckid_differs"
        elif record.key.startswith("#") and not _same_name(record, pupil):
            doubted[record.key] = "unstable_key"
    return matches, doubted


def _moved_away(
    current: Snapshot, administration: Administration, matches: Mapping[str, CurrentPupil], *, on: date
) -> dict[str, str]:
    """Whom a split took elsewhere and the administration still tells of: not a second child, but a doubt."""
    if not current.moved:
        return {}
    told = (one for one in administration.pupils if one.key not in matches and not has_left(one, on=on))
    return {record.key: MOVED_AWAY for record in told if ("pupil", record.key) in current.moved}


def _by_key(current: Snapshot, keys: Set[str]) -> dict[str, CurrentPupil]:
    """Whose these keys are. An active child wins over one who left: a key should never be used again, and some are."""
    asked = [pupil for pupil in current.pupils if pupil.key in keys]
    return {pupil.key: pupil for pupil in sorted(asked, key=lambda pupil: (pupil.active, pupil.id))}


def _step(record: PupilRecord, pupil: CurrentPupil | None, *, grouped: bool, on: date, lookup: Lookup) -> PupilStep:
    if has_left(record, on=on):
        return Step(Kind.GONE if pupil is not None and pupil.active else Kind.PAST, record, pupil)
    if pupil is None:
        return Step(Kind.NEW, record, None)
    fields = tuple(differences(record, pupil, grouped=grouped, lookup=lookup))
    if not fields:
        return Step(Kind.UNCHANGED, record, pupil)
    return differing_step(record, pupil, fields)


def differing_step(record: PupilRecord, pupil: CurrentPupil, fields: tuple[str, ...]) -> PupilStep:
    """What happens to a child of whom the file says these things differently."""
    return Step(Kind.MOVED if "group" in fields else Kind.CHANGED, record, pupil, fields)


def has_left(record: PupilRecord, *, on: date) -> bool:
    """After the last day, or marked historic. On the last day itself the pupil is still there."""
    return record.year_group == HISTORIC or (record.ends_on is not None and record.ends_on < on)


def may_have_left(record: PupilRecord) -> bool:
    """Whether the day on which one asks decides if the child is still there."""
    return record.year_group == HISTORIC or record.ends_on is not None


def differences(record: PupilRecord, pupil: CurrentPupil, *, grouped: bool, lookup: Lookup) -> Iterator[str]:
    """The names of what the file says differently, as in `Step.fields`. `grouped`: whether the file has groups at all."""
    yield from differing(
        ("name", _name(pupil), _name(record)),
        ("key", pupil.key, record.key),
        ("year_group", pupil.year_group, record.year_group),
        ("last_day", pupil.ends_on, record.ends_on),
        ("returned", pupil.active, True),
    )
    # An ECK-iD that the file leaves out is not withdrawn by that.
    # Neither does one that was replaced, or is to come, change anything before its day.
    if record.eckid is not None and lookup(record.eckid) not in {pupil.eckid, *pupil.eckid_aliases}:
        yield "eckid"
    # Neither is a place in a group, where the file has no groups at all.
    if grouped:
        yield from differing(
            ("group", pupil.group_key, record.group_key),
            ("subgroups", pupil.subgroup_keys, frozenset(record.subgroup_keys)),
        )


def doubts_about(record: PupilRecord, *, grouped: bool) -> Iterator[Doubt]:
    """What the school should look at, whoever the child is here. `grouped` as in `differences`."""
    if record.first_name is None:
        yield Doubt("pupil", record.key, "no_first_name")
    if grouped and record.group_key is None:
        yield Doubt("pupil", record.key, "no_group")


def _name(person: PupilRecord | CurrentPupil) -> tuple[str | None, str | None, str | None]:
    return person.first_name, person.prefix, person.surname


def _same_name(record: PupilRecord, pupil: CurrentPupil) -> bool:
    return (record.first_name, record.surname) == (pupil.first_name, pupil.surname)
