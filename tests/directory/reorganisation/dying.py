"""A merger that dies half-way: a program of the test of being killed (`tests.stopping`)."""

from datetime import datetime

from directory.lifecycle import reorganisations
from directory.lifecycle.reorganisation_records import Asker
from idp.core import floor
from idp.core.settings import Settings
from tests.jobs.dying import arrange
from tests.stopping import Waits

HELPDESK = Asker("operator:test", helpdesk=True)


async def reorganise(waits: Waits, url: str, secret: str, moment: str, number: str, ending: str) -> None:
    """Carries out the reorganisation of that number (with a minus sign: undoes it), as far as it gets; endings as for `tests.jobs.dying`."""
    chosen = Settings(_env_file=None, base_url="https://inloggen.example", database_url=url, secret_key=secret)
    laid = await floor.lay(chosen)
    now, keyring = datetime.fromisoformat(moment), laid.keyring
    arrange(laid.database, ending, waits)
    async with laid.database.begin() as db:
        if number.startswith("-"):
            await reorganisations.undo(
                db, -int(number), now=now, by=HELPDESK, keyring=keyring, contact="helpdesk@poortwachter.example"
            )
        else:
            await reorganisations.carry_out(
                db, int(number), now=now, by="test", keyring=keyring, contact="helpdesk@poortwachter.example"
            )
    await laid.close()
