"""The database's history ends where the models are, and every step can be taken back."""

from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from idp.core import migrate
from idp.core.db import Database
from idp.core.settings import Settings
from idp.tables import metadata_of_all


async def test_a_migrated_database_is_what_the_models_say(settings: Settings) -> None:
    database = Database(settings.database_url)

    def differences(connection: Connection) -> list[Any]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata_of_all))

    async with database.read() as db:
        found = await db.run_sync(differences)
    await database.close()
    assert found == []


async def test_every_step_can_be_taken_back_and_again(settings: Settings) -> None:
    database = Database(settings.database_url)

    def there_and_back(connection: Connection) -> tuple[set[str], set[str]]:
        config = migrate.config(connection)
        command.downgrade(config, "base")
        bare = set(inspect(connection).get_table_names())
        command.upgrade(config, "head")
        return bare, set(inspect(connection).get_table_names())

    async with database.begin() as db:
        bare, whole = await db.run_sync(there_and_back)
    await database.close()
    assert bare == {"alembic_version"}
    assert whole == {"alembic_version", *metadata_of_all.tables}


async def test_the_newest_revision_is_known_without_alembic(settings: Settings) -> None:
    database = Database(settings.database_url)
    async with database.read() as db:
        assert await migrate.revision(db) == migrate.newest()
    await database.close()
