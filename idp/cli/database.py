"""`idp migrate`."""

from idp.cli import output
from idp.cli.acting import finish, read_settings
from idp.cli.options import AsJson
from idp.core import migrate as migrations
from idp.core.db import Database


def migrate(*, as_json: AsJson = False) -> None:
    """Applies what is missing. Safe to run twice, beside another one, and while the former version still serves."""
    before, now = finish(_migrate, as_json=as_json)
    said = f"The database is at revision {now}" + (
        "; it was already." if before == now else f" (was: {before or 'empty'})."
    )
    answer = {"revision": now, "before": before}
    output.answer(answer, [said], as_json=as_json)


async def _migrate() -> tuple[str | None, str]:
    settings = read_settings()
    database = Database(settings.database_url, pool=settings.database_pool)
    try:
        async with database.read() as db:
            before = await migrations.revision(db)
        return before, await migrations.upgrade(database)
    finally:
        await database.close()
