"""Takes people out of what imports keep for a yes or for undo, when they are deleted for good (R40, D17, D40)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import or_, select, update

from directory.imports import advice, kept
from directory.imports.models import ImportRun
from directory.imports.pressed import press
from directory.imports.pupil_steps import has_left
from directory.imports.records import Administration
from idp.core.crypto import Keyring
from idp.core.db import Db

Ids = frozenset[int]

_LINK_OF = {
    "eck_ids": "persons",
    "employment_roles": "employments",
    "subgroup_members": "enrolments",
    "group_teachers": "employments",
}
"""Whose id stands first in each kind of link."""


async def forget(
    db: Db, school_id: int, gone: Mapping[str, Ids], keys: frozenset[str], *, on: date, keyring: Keyring
) -> int:
    """Leaves those ids (`persons`, `enrolments`, `employments`) and those keys out of everything this school's imports keep.

    A waiting file that lists a deleted child as being there keeps it: it is the administration's word of today, and makes a new person.
    Returns how many runs were rewritten.
    """
    await advice.forget(db, school_id)
    rows = await db.execute(
        select(ImportRun.id, ImportRun.content, ImportRun.inverse)
        .where(ImportRun.school_id == school_id)
        .where(or_(ImportRun.content.is_not(None), ImportRun.inverse.is_not(None)))
    )
    rewritten = 0
    for row in rows.all():
        values: dict[str, bytes] = {}
        if row.content is not None:
            was = kept.open_content(keyring, row.id, row.content)
            if (content := without_departed(was, keys, on=on)) != was:
                values["content"] = kept.seal_content(keyring, row.id, content)
        if row.inverse is not None:
            left, changed = kept.Lines(), False
            for part in kept.open_inverse(keyring, row.id, row.inverse):
                left.add(fewer := without_rows(part, gone))
                changed = changed or fewer != part
            if changed:
                values["inverse"] = kept.seal_inverse(keyring, row.id, left)
        if values:
            await db.execute(update(ImportRun).where(ImportRun.id == row.id).values(**values))
            rewritten += 1
    return rewritten


def without_departed(administration: Administration, keys: frozenset[str], *, on: date) -> Administration:
    """The data without the pupils of these keys who have left by that day. Pure."""
    pupils = press(pupil for pupil in administration.pupils if pupil.key not in keys or not has_left(pupil, on=on))
    return replace(administration, pupils=pupils)


def without_rows(inverse: Mapping[str, Any], gone: Mapping[str, Ids]) -> dict[str, Any]:
    """The way back without what would put a deleted person's values back. Pure."""
    none: Ids = frozenset()
    made = {"pupils": gone["persons"], "staff": gone["persons"]}
    return {
        **inverse,
        "made": {name: [i for i in ids if i not in made.get(name, none)] for name, ids in inverse["made"].items()},
        "rows": [row for row in inverse["rows"] if row[1] not in gone.get(row[0], none)],
        **{
            name: {
                table: [link for link in links if link[0] not in gone[_LINK_OF[table]]]
                for table, links in inverse[name].items()
            }
            for name in ("lost", "won")
        },
    }
