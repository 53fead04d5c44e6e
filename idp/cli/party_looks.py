"""`idp parties look-at`: what a party's own people changed under test, looked at before schools can say yes to it (`idp.sandbox.looking`)."""

from typing import Annotated, Any, Final

import typer

from idp.cli import output
from idp.cli.acting import OPERATOR, perform
from idp.cli.options import AsJson
from idp.cli.output import Refused
from idp.core.crypto import same
from idp.core.floor import Floor
from idp.sandbox import looking, probing
from idp.sandbox.looking import Changed, Looked
from metadata import parties

STALE: Final = "it stands otherwise by now: look once more"

PartyName = Annotated[str, typer.Argument(metavar="PARTY", help="A party's id, client_id or entityID.")]
Seen = Annotated[
    str | None,
    typer.Option("--seen", metavar="FINGERPRINT", help="What this command printed: it is right as it stands."),
]


def look_at(party: PartyName, *, seen: Seen = None, as_json: AsJson = False) -> None:
    """Checks where a party is reached as for a live one, and shows it; with --seen it is right, and schools can say yes to the party."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.read() as db:
            known = await parties.find(db, party)
        looked = await looking.look(laid, known, probing.guarded(laid))
        stands = looking.fingerprint(looked)
        if seen is not None:
            if not same(stands, seen):
                raise Refused("changed", STALE)
            if trouble := [one for one in looked if one.trouble]:
                raise Refused("unusable", f"{trouble[0].connection.name}: {trouble[0].trouble}")
            try:
                async with laid.database.begin() as db:
                    await looking.seen(db, known, seen, now=laid.now, by=OPERATOR)
            except Changed:
                raise Refused("changed", STALE) from None
        shown = {"party": known.id, "name": known.name, "fingerprint": stands}
        unseen = known.unseen_since is not None and seen is None
        return {**shown, "unseen": unseen, "connections": [_plain(one) for one in looked]}

    shown = perform(work, as_json=as_json)
    output.answer(shown, _told(shown), as_json=as_json)


def _plain(one: Looked) -> dict[str, Any]:
    checks = {line.key: line.verdict for line in one.lines}
    return {"connection": one.connection.name, "addresses": one.addresses, "trouble": one.trouble, "checks": checks}


def _told(shown: dict[str, Any]) -> list[str]:
    lines = [f"{shown['name']}: {'waits for a look' if shown['unseen'] else 'nothing waits for a look'}."]
    for one in shown["connections"]:
        lines.append(f"{one['connection']}: {one['trouble'] or 'can be used'}")
        lines += [f"  {address}" for address in one["addresses"]]
        lines += [f"  {verdict}  {key}" for key, verdict in one["checks"].items()]
    return [*lines, f"fingerprint  {shown['fingerprint']}"]
