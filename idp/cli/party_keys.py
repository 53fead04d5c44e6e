"""`idp parties sign-with`: which of our keys signs for one connection during a rollover (C-232)."""

from typing import Annotated, Any

import typer

from idp.cli import output
from idp.cli.acting import note, perform
from idp.cli.options import AsJson
from idp.cli.output import Refused
from idp.core.floor import Floor
from metadata import key_users, keys


def sign_with(
    connection: Annotated[
        str,
        typer.Argument(metavar="CONNECTION", help="A client_id, or the entityID of a publisher or network provider."),
    ],
    *,
    kid: Annotated[
        str | None, typer.Option("--key", metavar="KID", help="This one, for as long as it is published.")
    ] = None,
    by_turn: Annotated[bool, typer.Option("--by-turn", help="Whichever key's turn it is, as for everybody.")] = False,
    as_json: AsJson = False,
) -> None:
    """Chooses the key that signs for a connection: the new one before its time, the old one after it, or the one whose turn it is."""
    if by_turn is (kid is not None):
        raise output.failure(Refused("usage", "choose either --key or --by-turn"), as_json=as_json)

    async def work(laid: Floor) -> dict[str, Any]:
        known = await keys.load(laid.database, laid.keyring, now=laid.now)
        async with laid.database.begin() as db:
            party = await key_users.choose(db, known, connection, kid, now=laid.now)
            await note(db, laid, "party.key_chosen", party=party, connection=connection, kid=kid)
            users = await key_users.listed(db, known, now=laid.now)
        now = next((one for one in users if one.connection == connection), None)
        return {"party": party, "connection": connection, "chosen": kid, "signs_now": now and now.kid}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{shown['signs_now'] or 'nothing'} signs for {connection}."], as_json=as_json)
