"""Our signing keys, and the wrapping of the data keys."""

from typing import Annotated, Any

import typer

from idp.cli import output
from idp.cli.acting import note, perform
from idp.cli.options import AsJson
from idp.core import keyring
from idp.core.floor import Floor
from metadata import keys
from metadata.keys import Alg

app = typer.Typer(no_args_is_help=True)


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """Lists the signing keys with their phase: upcoming, active, outgoing or retired."""
    columns = {
        "kid": "kid",
        "algorithm": "alg",
        "phase": "phase",
        "published": "published_at",
        "active from": "active_from",
        "retired": "retired_at",
    }
    output.table(perform(_listed, as_json=as_json), columns, as_json=as_json)


@app.command("rotate")
def rotate(
    *,
    alg: Annotated[Alg | None, typer.Option(help="Only keys of this algorithm.")] = None,
    at_once: Annotated[bool, typer.Option("--now", help="Sign with the new key at once.")] = False,
    leaked: Annotated[
        bool,
        typer.Option("--leaked", help="The old keys leaked: sign with the new one at once and withdraw the others."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Publishes new signing keys; they sign a day later, when every party has seen them."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        # An installation that has no keys yet gets those that sign today first.
        await keys.load(laid.database, laid.keyring, now=laid.now)
        made = set[str]()
        async with laid.database.begin() as db:
            for one in (alg,) if alg else keys.ALGS:
                kid = await keys.rotate(db, laid.keyring, one, now=laid.now, at_once=at_once, leaked=leaked)
                made.add(kid)
                await note(db, laid, "keys.rotated", alg=one, kid=kid, at_once=at_once or leaked, leaked=leaked)
        return [key for key in await _listed(laid) if key["kid"] in made]

    shown = perform(work, as_json=as_json)
    told = [f"{key['alg']} {key['kid']} signs from {output.moment(key['active_from'])}." for key in shown]
    output.answer(shown, told, as_json=as_json)


@app.command("rewrap")
def rewrap(*, as_json: AsJson = False) -> None:
    """Wraps the data keys under the first secret of IDP_SECRET_KEY, so that the others can go; nothing needs a restart."""

    async def work(laid: Floor) -> dict[str, int]:
        async with laid.database.begin() as db:
            count = await keyring.rewrap(db, laid.settings.secrets)
            await note(db, laid, "keys.rewrapped", keys=count)
        return {"rewrapped": count}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{shown['rewrapped']} data keys are under the first secret now."], as_json=as_json)


async def _listed(laid: Floor) -> list[dict[str, Any]]:
    known = (await keys.load(laid.database, laid.keyring, now=laid.now)).signers
    return [
        {
            "kid": signer.kid,
            "alg": signer.alg,
            "phase": keys.phase(signer, known, laid.now),
            "published_at": signer.published_at,
            "active_from": signer.active_from,
            "retired_at": signer.retired_at,
        }
        for signer in known
    ]
