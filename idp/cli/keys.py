"""Our signing keys, and the wrapping of the data keys."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, cast

import typer

from idp.cli import output
from idp.cli.acting import note, perform
from idp.cli.options import AsJson
from idp.core import keyring
from idp.core.clock import AMSTERDAM
from idp.core.floor import Floor
from metadata import key_users, keys, rollover
from metadata.key_material import RsaBits
from metadata.keys import Alg
from metadata.rollover import Rotation

app = typer.Typer(no_args_is_help=True)

DAY: Final = ["%Y-%m-%d"]
Kid = Annotated[str, typer.Argument(metavar="KID", help="A key as `idp keys list` names it.")]


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
    from_: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="Sign with it from this day on.")
    ] = None,
    kept: Annotated[int, typer.Option("--keep-days", min=1, max=3650, help="How long the old ones stay then.")] = 1,
    rsa_bits: Annotated[int, typer.Option(help="2048 or 3072.")] = 2048,
    at_once: Annotated[bool, typer.Option("--now", help="Sign with the new key at once.")] = False,
    leaked: Annotated[
        bool,
        typer.Option("--leaked", help="The old keys leaked: sign with the new one at once and withdraw the others."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Publishes new signing keys; they sign a day later, when every party has seen them, or from the day that is given."""
    if rsa_bits not in (2048, 3072):
        raise typer.BadParameter("2048 or 3072", param_hint="--rsa-bits")
    begins = from_.replace(tzinfo=AMSTERDAM).astimezone(UTC) if from_ else None
    how = Rotation(begins, timedelta(days=kept), cast(RsaBits, rsa_bits))

    async def work(laid: Floor) -> list[dict[str, Any]]:
        # An installation that has no keys yet gets those that sign today first.
        await keys.load(laid.database, laid.keyring, now=laid.now)
        made = set[str]()
        async with laid.database.begin() as db:
            for one in (alg,) if alg else keys.ALGS:
                kid = await rollover.rotate(
                    db, laid.keyring, one, now=laid.now, at_once=at_once, leaked=leaked, how=how
                )
                made.add(kid)
                await note(db, laid, "keys.rotated", alg=one, kid=kid, at_once=at_once or leaked, leaked=leaked)
        return [key for key in await _listed(laid) if key["kid"] in made]

    shown = perform(work, as_json=as_json)
    told = [f"{key['alg']} {key['kid']} signs from {output.moment(key['active_from'])}." for key in shown]
    output.answer(shown, told, as_json=as_json)


@app.command("revoke")
def revoke(kid: Kid, *, as_json: AsJson = False) -> None:
    """A key leaked: it is withdrawn at once, signs nothing and proves nothing; another one signs from this moment."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            signs = await rollover.revoke(db, laid.keyring, kid, now=laid.now)
            await note(db, laid, "keys.revoked", kid=kid, signs=signs)
        return {"revoked": kid, "signs_now": signs}

    shown = perform(work, as_json=as_json)
    told = [f"{kid} is withdrawn."]
    if shown["signs_now"]:
        told.append(f"{shown['signs_now']} signs from now on: parties that keep our keys must read them again.")
    output.answer(shown, told, as_json=as_json)


@app.command("keep")
def keep(
    kid: Kid,
    *,
    until: Annotated[datetime, typer.Option(formats=DAY, help="Published until the end of this day.")],
    as_json: AsJson = False,
) -> None:
    """Publishes an outgoing key longer, for parties that know no other one yet."""
    ends = (until + timedelta(days=1)).replace(tzinfo=AMSTERDAM).astimezone(UTC)

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            await rollover.keep(db, kid, until=ends, now=laid.now)
            await note(db, laid, "keys.kept", kid=kid, until=ends.isoformat())
        return {"kept": kid, "until": ends}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{kid} is published until {output.moment(ends)}."], as_json=as_json)


@app.command("users")
def users(
    kid: Annotated[str | None, typer.Argument(metavar="KID", help="Only of this key.")] = None,
    *,
    old: Annotated[bool, typer.Option("--old", help="Only of keys that have a successor.")] = False,
    as_json: AsJson = False,
) -> None:
    """Lists which key signs for which connection, who chose it, and when that ends: who still uses the old one."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        known = await keys.load(laid.database, laid.keyring, now=laid.now)
        async with laid.database.read() as db:
            found = await key_users.listed(db, known, now=laid.now)
        return [asdict(one) for one in found if kid in (None, one.kid) and not (old and one.newest)]

    columns = {name: name for name in ("party", "protocol", "connection", "alg", "kid", "chosen", "newest", "until")}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


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
