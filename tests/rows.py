"""What stands in the database, for tests that look through all of it: most tables of a test are empty, and every question costs."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from idp.core.db import Db


async def rows(db: Db, questions: Mapping[str, Select[Any]]) -> dict[str, list[tuple[Any, ...]]]:
    """The rows that answer each question, in an order that is always the same. What none would answer is seen of all in one question, first."""
    some = (await db.execute(select(*(question.exists() for question in questions.values())))).one()
    return {
        name: sorted((tuple(row) for row in await db.execute(question)), key=repr) if any_ else []
        for (name, question), any_ in zip(questions.items(), some, strict=True)
    }
