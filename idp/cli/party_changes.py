"""`idp parties renew-secret`, `readdress` and `proposals`: what a party wants changed about a connection (`idp.sandbox.proposals`)."""

from datetime import timedelta
from typing import Annotated, Any

import orjson
import typer

from idp.cli import output
from idp.cli.acting import OPERATOR, perform
from idp.cli.options import AsJson, GivenFile
from idp.cli.output import Refused
from idp.core.floor import Floor
from idp.sandbox import proposals
from idp.sandbox.proposals import Desired, Waiting
from metadata import client_changes, parties
from metadata.client_changes import LISTS, SINGLE, Unchangeable
from metadata.oidc import referred
from metadata.oidc.clients import MetadataRefused

app = typer.Typer(no_args_is_help=True, help="What contacts of parties propose: list, show, approve, refuse.")

ClientId = Annotated[str, typer.Argument(metavar="CLIENT_ID", help="The client_id of an OIDC connection.")]
Number = Annotated[int, typer.Argument(metavar="PROPOSAL", help="The number of a proposal.")]
LARGEST = 64 * 1024


def renew_secret(
    client_id: ClientId,
    *,
    overlap_days: Annotated[int, typer.Option(min=0, max=7, help="For how long the former secret still counts.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Makes a new client secret, shown this once; every contact of the party is mailed."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            party = await parties.find(db, client_id)
            known = await client_changes.registered(db, client_id)
            overlap = timedelta(days=overlap_days)
            try:
                made = await client_changes.renew_secret(db, laid.keyring, known, overlap=overlap, now=laid.now)
            except Unchangeable as refused:
                raise Refused("unchangeable", str(refused)) from None
            await proposals.secret_renewed(db, party, known, now=laid.now, by=OPERATOR, contact=_contact(laid))
        until = laid.now + overlap if overlap else None
        return {"party": party.id, "client_id": client_id, "client_secret": made, "former_until": until}

    shown = perform(work, as_json=as_json)
    ends = f"The former one counts until {shown['former_until']:%Y-%m-%d %H:%M} UTC." if overlap_days else ""
    told = [f"client_secret  {shown['client_secret']}  (shown once)", ends or "The former one counts no more."]
    output.answer(shown, told, as_json=as_json)


def readdress(client_id: ClientId, file: GivenFile, *, as_json: AsJson = False) -> None:
    """Puts the addresses of a client in the place of its own, from a JSON file with those members of RFC 7591 that change; at once."""

    async def work(laid: Floor) -> dict[str, Any]:
        loopback = laid.settings.loopback
        given = _addresses(file.read_bytes()[: LARGEST + 1])
        async with laid.database.read() as db:
            party = await parties.find(db, client_id)
            known = await client_changes.registered(db, client_id)
        wanted = {name: known.metadata.get(name) for name in (*LISTS, *SINGLE)} | given
        desired = await _fetched(laid, known, wanted)
        async with laid.database.begin() as db:
            try:
                differs = await proposals.differs_by(db, desired, now=laid.now, loopback=loopback)
                if differs:
                    await proposals.apply(
                        db, party, desired, now=laid.now, by=OPERATOR, contact=_contact(laid), loopback=loopback
                    )
            except Unchangeable as refused:
                raise Refused("unchangeable", str(refused)) from None
        return {"party": party.id, "client_id": client_id, "differs": dict(differs)}

    shown = perform(work, as_json=as_json)
    output.answer(shown, _lines(shown["client_id"], shown["differs"]), as_json=as_json)


def _addresses(raw: bytes) -> dict[str, Any]:
    try:
        given = orjson.loads(raw) if len(raw) <= LARGEST else None
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict) or not given.keys() <= {*LISTS, *SINGLE}:
        raise Refused("not_json", f"the file must be a JSON object with {', '.join((*LISTS, *SINGLE))}")
    return given


async def _fetched(laid: Floor, known: client_changes.Registered, wanted: dict[str, Any]) -> Desired:
    loopback = laid.settings.loopback
    try:
        made = client_changes.readdressed(known, wanted, loopback_allowed=loopback)
        return Desired(known.client_id, known, await referred.fetched(made, loopback_allowed=loopback))
    except MetadataRefused as refused:
        raise Refused(refused.error, str(refused)) from None


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """Lists what waits for a decision, the oldest first."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            return [_short(one) for one in await proposals.waiting(db)]

    columns = {"proposal": "proposal", "party": "name", "connection": "connection", "since": "since"}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


@app.command("show")
def show(number: Number, *, as_json: AsJson = False) -> None:
    """Shows what a proposal would change."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.read() as db:
            one = await proposals.find(db, number)
        desired = await _desired(laid, one)
        async with laid.database.read() as db:
            try:
                differs = await proposals.differs_by(db, desired, now=laid.now, loopback=laid.settings.loopback)
            except Unchangeable as refused:
                raise Refused("unchangeable", str(refused)) from None
        return {**_short(one), "differs": dict(differs)}

    shown = perform(work, as_json=as_json)
    output.answer(shown, _lines(f"{shown['name']}: {shown['connection']}", shown["differs"]), as_json=as_json)


@app.command("approve")
def approve(number: Number, *, as_json: AsJson = False) -> None:
    """Lets a proposal count, from now on; every contact of the party is mailed."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.read() as db:
            one = await proposals.find(db, number)
        desired = await _desired(laid, one)
        async with laid.database.begin() as db:
            try:
                await proposals.approve(
                    db,
                    one,
                    desired,
                    now=laid.now,
                    by=OPERATOR,
                    contact=_contact(laid),
                    loopback=laid.settings.loopback,
                )
            except Unchangeable as refused:
                raise Refused("unchangeable", str(refused)) from None
        return _short(one)

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{shown['connection']} of {shown['name']} is changed."], as_json=as_json)


@app.command("refuse")
def refuse(number: Number, *, as_json: AsJson = False) -> None:
    """Drops a proposal; every contact of the party is mailed."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            one = await proposals.find(db, number)
            await proposals.refuse(db, one, now=laid.now, by=OPERATOR, contact=_contact(laid))
        return _short(one)

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{shown['connection']} of {shown['name']} stays as it was."], as_json=as_json)


async def _desired(laid: Floor, one: Waiting) -> Desired:
    if one.addresses is None:
        return Desired(one.connection, document=one.document)
    async with laid.database.read() as db:
        known = await client_changes.registered(db, one.connection)
    return await _fetched(laid, known, one.addresses)


def _contact(laid: Floor) -> str:
    return laid.settings.support_contact


def _short(one: Waiting) -> dict[str, Any]:
    return {
        "proposal": one.id,
        "party": one.party_id,
        "name": one.party,
        "protocol": one.protocol,
        "connection": one.connection,
        "since": one.proposed_at,
    }


def _lines(head: str, differs: dict[str, Any]) -> list[str]:
    lines = [f"  {line}" for name, what in differs.items() for line in output.difference(name, what)]
    return [head, *(lines or ["  nothing differs"])]
