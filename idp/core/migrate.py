"""Bringing a database to the newest revision, and telling whether it is there.

Files in `migrations/versions` begin with their four-digit revision, so the newest is known without loading Alembic (D43).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, text

from idp.core.db import Database, Db
from idp.core.errors import Misconfigured

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
# Every start and every command asks: SQLAlchemy's own inspection of a database takes longer than most commands do.
_HAS_REVISION: Final = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'",
    "postgresql": "SELECT to_regclass('alembic_version') IS NOT NULL",
}


def newest() -> str:
    """The newest revision that this code knows."""
    return max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


async def revision(db: Db) -> str | None:
    """The revision that a database is at; None for an empty one."""
    if not (await db.execute(text(_HAS_REVISION[db.dialect.name]))).scalar():
        return None
    found: str | None = (await db.execute(text("SELECT version_num FROM alembic_version"))).scalar()
    return found


async def upgrade(database: Database) -> str:
    """Applies every step that is missing, in one transaction; returns the revision. Safe to run twice and beside itself."""
    async with database.begin() as db:
        if not database.sqlite:
            await db.execute(text("SELECT pg_advisory_xact_lock(7051974)"))
        await db.run_sync(_upgrade)
    return newest()


async def upgrade_if_behind(database: Database) -> None:
    """Like `upgrade`, but loads Alembic only when there is something to do."""
    async with database.read() as db:
        found = await revision(db)
    if found is None or found < newest():
        await upgrade(database)


async def require_newest(database: Database) -> None:
    """Raises `Misconfigured` when the database is not at this code's revision."""
    async with database.read() as db:
        found = await revision(db)
    if found is None or found < newest():
        raise Misconfigured(
            f"The database is at revision {found or 'none'}, this version needs {newest()}. Run: idp migrate"
        )


def config(connection: Connection | None = None) -> "Config":
    """Alembic's configuration, without a file."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS))
    made.attributes["connection"] = connection
    return made


def _upgrade(connection: Connection) -> None:
    from alembic import command

    command.upgrade(config(connection), "head")
