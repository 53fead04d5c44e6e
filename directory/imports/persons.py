"""Persons in bulk, for an import: `directory.people.new_person` for hundreds at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import bindparam, insert, update

from directory.imports.records import PupilRecord, StaffRecord
from directory.models import Person, SubjectSeed
from idp.core import crypto, ids
from idp.core.db import Db

_NAME = ("first_name", "prefix", "surname")


async def insert_persons(
    db: Db,
    kind: Literal["pupil", "staff"],
    people: Sequence[tuple[PupilRecord | StaffRecord, str | None]],
    *,
    now: datetime,
) -> tuple[int, ...]:
    """A person for each (record, address), each with a ledger id and a subject seed of its own (D19); the ids in the same order."""
    if not people:
        return ()
    rows = [
        {"kind": kind, "email": email, "ledger_id": ids.guid(), "created_at": now, **_named(record)}
        for record, email in people
    ]
    inserted = await db.execute(insert(Person).returning(Person.ledger_id, Person.id), rows)
    by_ledger_id = {row.ledger_id: row.id for row in inserted}
    found = tuple(by_ledger_id[row["ledger_id"]] for row in rows)
    await db.execute(
        insert(SubjectSeed), [{"person_id": person_id, "seed": crypto.new_secret()} for person_id in found]
    )
    return found


async def rename_persons(db: Db, people: Sequence[tuple[int, PupilRecord | StaffRecord]]) -> None:
    """Gives each person (by id) the names of the record."""
    rows = [
        {"of": person_id, **{f"to_{column}": value for column, value in _named(record).items()}}
        for person_id, record in people
    ]
    if rows:
        here = update(Person).where(Person.id == bindparam("of"))
        names: dict[str, Any] = {column: bindparam(f"to_{column}") for column in _NAME}
        await db.execute(here.values(**names), rows)


def _named(record: PupilRecord | StaffRecord) -> dict[str, str | None]:
    return {column: getattr(record, column) for column in _NAME}
