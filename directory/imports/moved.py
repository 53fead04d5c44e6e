"""A school that was split, whose administration still tells of those who went: the groups in which only they are do not come back. Pure."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from directory.imports.pupil_steps import PupilStep
from directory.imports.records import Administration
from directory.imports.snapshot import Place
from directory.imports.steps import Kind


def without_moved_groups(
    administration: Administration, pupils: Sequence[PupilStep], *, stayed: Set[Place] = frozenset()
) -> Administration:
    """The file without the groups that only children who went elsewhere are in, and without anybody's link to those.

    `stayed`: the groups of children who have no step.
    """
    went = frozenset(_places(pupils, went=True))
    if not went:
        return administration
    away = went - stayed - frozenset(_places(pupils, went=False))
    staff = tuple(
        replace(one, groups=tuple(link for link in one.groups if (link.kind, link.group_key) not in away))
        for one in administration.staff
    )
    groups = tuple(group for group in administration.groups if (group.kind, group.key) not in away)
    return replace(administration, groups=groups, staff=staff)


def _places(pupils: Sequence[PupilStep], *, went: bool) -> Iterator[Place]:
    """The groups of children who are nobody here any more, or those of everybody else."""
    for step in pupils:
        if step.record is None or (step.kind is Kind.DOUBTFUL and step.current is None) is not went:
            continue
        if step.record.group_key is not None:
            yield "stamgroep", step.record.group_key
        for key in step.record.subgroup_keys:
            yield "subgroep", key
