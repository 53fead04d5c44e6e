"""Takes people out of what undoing a reorganisation would put back, when they are deleted for good (R40, D40)."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import select, update

from directory.lifecycle.models import Reorganisation, ReorganisedSchool
from idp.core.crypto import Keyring
from idp.core.db import Db

Ids = frozenset[int]

_POINTERS = {"person_id": "persons", "enrolment_id": "enrolments", "employment_id": "employments"}


async def forget(db: Db, school_id: int, gone: Mapping[str, Ids], *, keyring: Keyring) -> int:
    """Leaves every row of and about those ids (`persons`, `enrolments`, `employments`) out of the reorganisations of this school.

    Returns how many were rewritten. Undoing one afterwards puts everybody else back.
    """
    mine = select(ReorganisedSchool.reorganisation_id).where(ReorganisedSchool.school_id == school_id)
    kept = select(Reorganisation.id, Reorganisation.inverse).where(
        Reorganisation.id.in_(mine), Reorganisation.inverse.is_not(None)
    )
    rewritten = 0
    for row in (await db.execute(kept)).all():
        place = f"reorganisations.inverse.{row.id}"
        was = orjson.loads(keyring.open(row.inverse or b"", bound_to=place))
        if (changes := without_rows(was, gone)) != was:
            sealed = keyring.seal(orjson.dumps(changes), bound_to=place)
            await db.execute(update(Reorganisation).where(Reorganisation.id == row.id).values(inverse=sealed))
            rewritten += 1
    return rewritten


def without_rows(changes: list[Any], gone: Mapping[str, Ids]) -> list[Any]:
    """What a trail remembers, without rows of and about those ids. Pure."""
    return [[table, kind, [row for row in rows if not _about(table, row, gone)]] for table, kind, rows in changes]


def _about(table: str, row: Mapping[str, Any], gone: Mapping[str, Ids]) -> bool:
    none: Ids = frozenset()
    own = row.get("id") in gone.get(table, none)
    return own or any(row.get(column) in gone.get(pointed, none) for column, pointed in _POINTERS.items())
