"""Whoever has no place at any school any more is deleted, and everything that hangs on the person with him (D42).

The contacts of a party have none and need none, nor do people with a role on a board or the platform's own; once they are that no more they go like
everybody else.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import delete, exists, select

from directory.models import BoardRole, Employment, Enrolment, Person
from idp.core.db import Db
from idp.core.portions import portions

_OF_NOBODY: Final = (Person.contact_of.is_(None), Person.duty.is_(None))


async def delete_placeless(db: Db, person_ids: Iterable[int]) -> frozenset[int]:
    """Deletes those of these people who are enrolled and employed nowhere; returns who they were.

    A place that somebody is giving them at this moment counts: the people are locked first, which waits for whoever refers to them, and only
    then is it asked whether a place is left.
    """
    gone: set[int] = set()
    enrolled = exists().where(Enrolment.person_id == Person.id)
    employed = exists().where(Employment.person_id == Person.id)
    on_a_board = exists().where(BoardRole.person_id == Person.id)
    for some in portions(sorted(person_ids)):
        await hold(db, some)
        lost = (
            delete(Person)
            .where(Person.id.in_(some), ~enrolled, ~employed, ~on_a_board, *_OF_NOBODY)
            .returning(Person.id)
        )
        gone.update((await db.execute(lost)).scalars())
    return frozenset(gone)


async def found(db: Db, *, since: datetime, but_for: Collection[int], limit: int) -> list[int]:
    """Those who have no place anywhere and came before that moment, by id: by whatever way they lost it, nobody would delete them any more.

    `but_for` are those whose place may still come back.
    """
    enrolled = exists().where(Enrolment.person_id == Person.id)
    employed = exists().where(Employment.person_id == Person.id)
    on_a_board = exists().where(BoardRole.person_id == Person.id)
    nobody = ~enrolled, ~employed, ~on_a_board, *_OF_NOBODY
    query = select(Person.id).where(*nobody, Person.created_at < since, Person.id.not_in(but_for))
    return list((await db.execute(query.order_by(Person.id).limit(limit))).scalars())


async def hold(db: Db, person_ids: Iterable[int]) -> None:
    """Nobody else refers to these people anew until the caller's transaction ends; waits for who does so now."""
    some = sorted(person_ids)
    await db.execute(select(Person.id).where(Person.id.in_(some)).order_by(Person.id).with_for_update())
