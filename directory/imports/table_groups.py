"""A table calls a group by its name; the school may know the same group by its administration's key (R31)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select

from directory.imports.records import Administration, GroupKind, GroupLink
from directory.models import Group
from idp.core.db import Db

Place = tuple[str, str]


async def known_by_name(db: Db, school_id: int, administration: Administration) -> Administration:
    """The same data, with the key of the school's own group of that year and name wherever there is exactly one.

    So that the table with the school of today, taken out and brought back unchanged, moves nobody.
    """
    keys = defaultdict[Place, list[str]](list)
    used = Group.school_id == school_id, Group.school_year == administration.school.school_year, Group.active
    for kind, key, name in await db.execute(select(Group.kind, Group.las_key, Group.name).where(*used)):
        keys[kind, name.casefold()].append(key)
    told = {(group.kind, group.key) for group in administration.groups}
    known: dict[Place, str] = {}
    for group in administration.groups:
        here = keys[group.kind, group.name.casefold()]
        if len(here) == 1 and (group.kind, here[0]) not in told:
            known[group.kind, group.key] = here[0]
    return _renamed(administration, known) if known else administration


def _renamed(administration: Administration, known: Mapping[Place, str]) -> Administration:
    def key(kind: GroupKind, told: str) -> str:
        return known.get((kind, told), told)

    def link(told: GroupLink) -> GroupLink:
        return replace(told, group_key=key(told.kind, told.group_key))

    return replace(
        administration,
        groups=tuple(replace(group, key=key(group.kind, group.key)) for group in administration.groups),
        pupils=tuple(
            replace(
                pupil,
                group_key=pupil.group_key and key("stamgroep", pupil.group_key),
                subgroup_keys=tuple(key("subgroep", told) for told in pupil.subgroup_keys),
            )
            for pupil in administration.pupils
        ),
        staff=tuple(
            replace(colleague, groups=tuple(link(told) for told in colleague.groups))
            for colleague in administration.staff
        ),
    )
