"""`idp parties add-target`, `remove-target` and `targets`: the learning material to which shortcuts may lead (D36)."""

from typing import Annotated, Any

import typer

from idp.cli import output
from idp.cli.acting import note, perform
from idp.cli.options import AsJson
from idp.cli.output import Refused
from idp.core.floor import Floor
from metadata import parties, targets
from metadata.targets import KnownTarget, TargetRefused

Address = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="Whole; the names in its query may come along, with any value.")
]


def add_target(
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="A client_id or an entityID.")],
    address: Address,
    *,
    as_json: AsJson = False,
) -> None:
    """Registers learning material of a connection: shortcuts whose TARGET equals it lead there after the sign-in."""

    async def work(laid: Floor) -> dict[str, Any]:
        try:
            async with laid.database.begin() as db:
                known = await targets.add(
                    db, connection, address, now=laid.now, loopback_allowed=laid.settings.loopback
                )
                await note(db, laid, "party.target_added", party=known.party_id, target=known.id)
        except TargetRefused as error:
            raise Refused("target", str(error)) from None
        return _plain(known)

    shown = perform(work, as_json=as_json)
    output.answer(shown, [_line(shown)], as_json=as_json)


def remove_target(address: Address, *, as_json: AsJson = False) -> None:
    """No shortcut leads there any more, at once."""

    async def work(laid: Floor) -> dict[str, Any]:
        try:
            async with laid.database.begin() as db:
                known = await targets.remove(db, address)
                await note(db, laid, "party.target_removed", party=known.party_id, target=known.id)
        except TargetRefused as error:
            raise Refused("target", str(error)) from None
        return _plain(known)

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"removed: {_line(shown)}"], as_json=as_json)


def list_targets(
    party: Annotated[str, typer.Argument(metavar="PARTY", help="A party's id, client_id or entityID.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Lists the targets of a party."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            known = await parties.find(db, party)
            return [_plain(target) for target in await targets.of_party(db, known.id)]

    shown = perform(work, as_json=as_json)
    output.answer(shown, [_line(one) for one in shown] or ["no targets"], as_json=as_json)


def _plain(target: KnownTarget) -> dict[str, Any]:
    return {
        "party": target.party_id,
        "protocol": target.protocol,
        "connection": target.connection,
        "address": target.address,
        "names": sorted(target.names),
    }


def _line(shown: dict[str, Any]) -> str:
    names = f"  ?{'&'.join(shown['names'])}" if shown["names"] else ""
    return f"{shown['address']}{names}  ({shown['protocol']} {shown['connection']})"
