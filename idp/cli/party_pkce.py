"""`idp parties pkce`: the recorded exception of a client that cannot do PKCE (RFC 7636)."""

from typing import Annotated, Any, Literal

import typer

from idp.cli import output
from idp.cli.acting import note, perform
from idp.cli.options import AsJson, line
from idp.cli.output import Refused
from idp.core.floor import Floor
from metadata import connections
from metadata.connections import Unexceptional


def pkce(
    client_id: Annotated[
        str, typer.Argument(metavar="CLIENT_ID", help="A client that proves itself; never a public one.")
    ],
    pkce_is: Annotated[Literal["required", "excepted"], typer.Argument(help="Whether it has to send a challenge.")],
    *,
    request: Annotated[
        str | None, typer.Option("--request", metavar="REF", help="Its party's written request.", callback=line(100))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Lets a client ask without PKCE, by a nonce instead; or has it send a challenge again, as every other one does."""
    if pkce_is == "excepted" and request is None:
        wanted = Refused(
            "request_needed", "an exception is made at the party's written request: name it with --request"
        )
        raise output.failure(wanted, as_json=as_json)

    async def work(laid: Floor) -> dict[str, Any]:
        try:
            async with laid.database.begin() as db:
                party_id = await connections.except_from_pkce(db, client_id, excepted=pkce_is == "excepted")
                action = "party.pkce_excepted" if pkce_is == "excepted" else "party.pkce_required"
                await note(db, laid, action, party=party_id, client=client_id, request=request)
        except Unexceptional as error:
            raise Refused("pkce", str(error)) from None
        return {"party": party_id, "client_id": client_id, "pkce": pkce_is}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"PKCE is {shown['pkce']} for {client_id}."], as_json=as_json)
