"""C-326: a new installation knows nobody: no account, secret, client or school that nobody made, and no token that sets one up."""

from sqlalchemy import func, select

from idp.core.settings import Settings
from idp.main import create_app
from idp.tables import metadata_of_all
from tests.clock import Clock

OURS_FROM_THE_START = {"data_keys", "signing_keys", "timetable", "versions", "job_runs"}
"""Keys and clockwork: what makes nobody and lets nobody in."""


async def test_c326_a_new_installation_has_no_account_and_no_client(settings: Settings, clock: Clock) -> None:
    app = create_app(settings, clock=clock, seconds=clock.seconds)
    async with app.router.lifespan_context(app), app.state.resources.floor.database.read() as db:
        counted = {
            table.name: (await db.execute(select(func.count()).select_from(table))).scalar_one()
            for table in metadata_of_all.sorted_tables
        }
    assert {"persons", "passwords", "oidc_clients", "schools", "totps", "mailed_links"} <= set(counted)
    assert {name for name, rows in counted.items() if rows} <= OURS_FROM_THE_START
