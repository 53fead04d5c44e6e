"""The database's history leads exactly to the tables that the code names, and back (issue: migrations against models)."""

import re
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from idp.core import migrate
from idp.core.db import Database
from idp.tables import OWNERS, metadata_of_all


def differences(connection: Connection) -> list[Any]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata_of_all))


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def shape(connection: Connection) -> dict[str, Any]:
    """Every table with its columns, keys and indexes, as the database tells it."""
    look = inspect(connection)
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in look.get_columns(table)],
            look.get_pk_constraint(table)["constrained_columns"],
            sorted((tuple(k["constrained_columns"]), k["referred_table"]) for k in look.get_foreign_keys(table)),
            sorted((i["name"] or "", tuple(map(str, i["column_names"])), i["unique"]) for i in look.get_indexes(table)),
            sorted(tuple(u["column_names"]) for u in look.get_unique_constraints(table)),
            sorted(c["name"] or "" for c in look.get_check_constraints(table)),
        )
        for table in tables(connection)
    }


async def test_history_ends_at_the_models(database: Database) -> None:
    async with database.begin() as db:
        assert await db.run_sync(differences) == []


async def test_down_to_nothing_and_up_again_is_the_same(database: Database) -> None:
    async with database.begin() as db:
        before = await db.run_sync(shape)
        await db.run_sync(lambda connection: command.downgrade(migrate.config(connection), "base"))
        assert await db.run_sync(tables) == {"alembic_version"}
        await db.run_sync(lambda connection: command.upgrade(migrate.config(connection), "head"))
        assert await db.run_sync(shape) == before
        assert await migrate.revision(db) == migrate.newest()


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    async with database.read() as db:
        before = await db.run_sync(shape)
    assert await migrate.upgrade(database) == migrate.newest()
    async with database.read() as db:
        assert await db.run_sync(shape) == before


def test_history_is_one_line_of_numbered_steps() -> None:
    script = ScriptDirectory.from_config(migrate.config())
    steps = [step.revision for step in script.walk_revisions()]
    assert steps == sorted(steps, reverse=True)
    assert script.get_heads() == [migrate.newest()]
    files = sorted(path.name for path in (migrate.MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert all(re.fullmatch(r"\d{4}_[a-z0-9_]+\.py", name) for name in files)
    assert [name[:4] for name in files] == sorted(steps)


def test_every_owner_of_tables_is_read() -> None:
    owners = {owner.__name__ for owner in OWNERS}
    found = {mapper.class_.__module__ for mapper in __import__("idp.core.db").core.db.Base.registry.mappers}
    assert found == owners
