"""A school's people as rows of the table, so that a school without an administration system changes what is there and hands it in again."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from directory.imports.tables import BETWEEN_GROUPS
from directory.models import Employment, Enrolment, Group, GroupTeacher, Person, SubgroupMember
from idp.core.db import Db

_NAME = (Person.first_name, Person.prefix, Person.surname)
_COLUMNS = {"stamgroep": "groups", "subgroep": "subgroups"}


async def people_of(db: Db, school_id: int, school_year: str) -> list[dict[str, str]]:
    """Everybody active whom a file brought, as `tables_template.write` takes them: pupils by group and name, then staff.

    Nobody who was entered here by hand: a file neither brings nor ends them (D16). No addresses and no ECK-iDs.
    """
    return await _pupils(db, school_id, school_year) + await _staff(db, school_id, school_year)


async def _pupils(db: Db, school_id: int, school_year: str) -> list[dict[str, str]]:
    groups = await _groups(db, school_id, school_year)
    subgroups: dict[int, list[str]] = defaultdict(list)
    for enrolment_id, group_id in await db.execute(
        select(SubgroupMember.enrolment_id, SubgroupMember.group_id)
        .join(Enrolment, Enrolment.id == SubgroupMember.enrolment_id)
        .where(Enrolment.school_id == school_id)
    ):
        if group_id in groups:
            subgroups[enrolment_id].append(groups[group_id][1])
    rows = await db.execute(
        select(Enrolment.id, Enrolment.las_key, Enrolment.year_group, Enrolment.group_id, *_NAME)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.school_id == school_id, Enrolment.active)
        .order_by(Enrolment.group_id, Person.first_name, Person.surname, Enrolment.id)
    )
    return [
        _said("leerling", row)
        | {
            "year_group": row.year_group or "",
            "groups": groups[row.group_id][1] if row.group_id in groups else "",
            "subgroups": ", ".join(sorted(subgroups[row.id])),
        }
        for row in rows
    ]


async def _staff(db: Db, school_id: int, school_year: str) -> list[dict[str, str]]:
    groups = await _groups(db, school_id, school_year)
    links: dict[int, dict[str, list[str]]] = defaultdict(lambda: {"groups": [], "subgroups": []})
    for employment_id, group_id in await db.execute(
        select(GroupTeacher.employment_id, GroupTeacher.group_id)
        .join(Employment, Employment.id == GroupTeacher.employment_id)
        .where(Employment.school_id == school_id)
    ):
        if group_id in groups:
            column, name = groups[group_id]
            links[employment_id][column].append(name)
    rows = await db.execute(
        select(Employment.id, Employment.las_key, *_NAME)
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.school_id == school_id, Employment.active, Employment.las_key.is_not(None))
        .order_by(Person.surname, Person.first_name, Employment.id)
    )
    return [
        _said("leerkracht", row) | {column: ", ".join(sorted(names)) for column, names in links[row.id].items()}
        for row in rows
    ]


async def _groups(db: Db, school_id: int, school_year: str) -> Mapping[int, tuple[str, str]]:
    """Column and name of each group in use, by id."""
    rows = await db.execute(
        select(Group.id, Group.kind, Group.name).where(
            Group.school_id == school_id, Group.school_year == school_year, Group.active
        )
    )
    # In the table a comma ends the name of a group.
    return {row.id: (_COLUMNS[row.kind], BETWEEN_GROUPS.sub(" ", row.name)) for row in rows}


def _said(kind: str, row: Any) -> dict[str, str]:
    return {
        "kind": kind,
        "number": row.las_key,
        "first_name": row.first_name or "",
        "prefix": row.prefix or "",
        "surname": row.surname or "",
    }
