"""A merger that dies half-way, run as a program by the test of being killed.

    python -m tests.directory.reorganisation.dying URL SECRET MOMENT NUMBER ENDING

Carries out reorganisation NUMBER (or, with a minus sign, undoes it) at the given moment; ENDING is that of `tests.jobs.dying`.
"""

import asyncio
import sys
from datetime import datetime

from directory.lifecycle import reorganisations
from directory.lifecycle.reorganisation_records import Asker
from idp.core import floor
from idp.core.settings import Settings
from tests.jobs.dying import arrange

HELPDESK = Asker("operator:test", helpdesk=True)


async def main(url: str, secret: str, moment: str, number: str, ending: str) -> None:
    """One carrying out, as far as it gets."""
    chosen = Settings(_env_file=None, base_url="https://inloggen.example", database_url=url, secret_key=secret)
    laid = await floor.lay(chosen)
    now, keyring = datetime.fromisoformat(moment), laid.keyring
    arrange(laid.database, ending)
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


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
