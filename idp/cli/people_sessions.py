"""`idp people end-sessions`: what the helpdesk does for a caller who left himself signed in somewhere (C-318)."""

from typing import Annotated, Any

import typer

from idp.cli import output
from idp.cli.acting import note, perform
from idp.cli.options import AsJson
from idp.cli.output import Refused
from idp.core.db import Db
from idp.core.floor import Floor
from idp.credentials import callers
from idp.credentials.callers import Caller


def end_sessions(
    *,
    email: Annotated[str | None, typer.Option(help="The address of a member of staff.")] = None,
    parent: Annotated[str | None, typer.Option(metavar="EMAIL", help="Or the address of a parent.")] = None,
    school: Annotated[str | None, typer.Option(metavar="CODE", help="Or the school of a pupil, with its key.")] = None,
    pupil_key: Annotated[str | None, typer.Option(metavar="KEY", help="The pupil's key in the administration.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ends every session of one person at once; a member of staff or a parent is mailed. A parent's children who came that way are signed out."""

    async def work(laid: Floor) -> dict[str, Any]:
        named = sum(one is not None for one in (email, parent, pupil_key))
        if named != 1 or (school is None) != (pupil_key is None):
            raise Refused("refused", "give one of --email, --parent, or --school with --pupil-key")
        async with laid.database.begin() as db:
            caller = await _caller(db, laid, email, parent, (school, pupil_key))
            await callers.end(db, caller, contact=laid.settings.support_contact, now=laid.now)
            subject = caller.ledger_id
            await note(db, laid, "helpdesk.sessions_ended", school_id=caller.school_id, subject=subject)
        return {
            "kind": "parent" if caller.parent else "staff" if caller.email else "pupil",
            "mailed": bool(caller.email),
        }

    shown = perform(work, as_json=as_json)
    told = " A mail is on its way." if shown["mailed"] else ""
    output.answer(shown, [f"All sessions have ended.{told}"], as_json=as_json)


async def _caller(
    db: Db, laid: Floor, email: str | None, parent: str | None, pupil: tuple[str | None, str | None]
) -> Caller:
    """Who that is; the caller looked that one of them is given. Raises `LookupError`."""
    match email, parent, pupil:
        case None, None, (str(school), str(key)):
            return await callers.of_pupil(db, school, key)
        case None, str(address), _:
            found = await callers.of_parent(db, address, now=laid.now)
        case _:
            found = await callers.of_staff(db, email or "")
    if found is None:
        raise LookupError("no account with this address")
    return found
