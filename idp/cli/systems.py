"""`idp systems`: the administration systems that schools couple with, how they are reached, and as whom (D5, R21)."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from directory.imports import systems
from directory.imports.systems import System
from directory.imports.uwlr import tls
from idp.cli import output
from idp.cli.acting import OPERATOR, perform
from idp.cli.options import AsJson, line
from idp.cli.output import Refused
from idp.core.floor import Floor

app = typer.Typer(no_args_is_help=True)

SystemCode = Annotated[
    str, typer.Argument(metavar="SYSTEM", help="Its code, such as esis; `idp systems list` has them.")
]
MOST_CERTIFICATE = 256 * 1024


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """Lists the systems: those that are known by themselves, and those that were added."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            return [_described(system) for system in await systems.listed(db)]

    columns = {
        "code": "code",
        "name": "name",
        "key": "needs_key",
        "endpoint": "endpoint",
        "staged": "staged",
        "certificate until": "certificate_until",
    }
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


@app.command("show")
def show(code: SystemCode, *, as_json: AsJson = False) -> None:
    """Shows a system with what it tells schools."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.read() as db:
            return _described(await systems.of(db, code))

    _show(perform(work, as_json=as_json), as_json=as_json)


@app.command("configure")
def configure(
    code: SystemCode,
    *,
    name: Annotated[str | None, typer.Option(help="Its name; needed for a new one.", callback=line(100))] = None,
    endpoint: Annotated[
        str | None, typer.Option(help="Address of its UWLR service, https://...; empty for files only.")
    ] = None,
    staged: Annotated[
        bool | None, typer.Option("--staged/--in-one", help="Ask in three calls, or all at once.")
    ] = None,
    needs_key: Annotated[
        bool | None, typer.Option("--key/--no-key", help="Whether schools need a key of this system.")
    ] = None,
    customer_code: Annotated[
        str | None, typer.Option(help="By what it knows us (klantcode).", callback=line(64))
    ] = None,
    customer_name: Annotated[str | None, typer.Option(help="Our name with it (klantnaam).", callback=line(64))] = None,
    help_nl: Annotated[str | None, typer.Option(help="What schools do there, in Dutch.")] = None,
    help_en: Annotated[str | None, typer.Option(help="What schools do there, in English.")] = None,
    as_json: AsJson = False,
) -> None:
    """Changes a system, or adds one: what is not given stays as it is."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            changed = await systems.configure(
                db,
                code,
                now=laid.now,
                by=OPERATOR,
                name=name,
                needs_key=needs_key,
                endpoint=endpoint,
                staged=staged,
                customer_code=customer_code,
                customer_name=customer_name,
                help_nl=help_nl,
                help_en=help_en,
            )
        return _described(changed)

    _show(perform(work, as_json=as_json), as_json=as_json)


@app.command("certificate")
def certificate(
    code: SystemCode,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="PEM or .p12")
    ] = None,
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="The file's password is on standard input.")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Forget the certificate.")] = False,
    as_json: AsJson = False,
) -> None:
    """Keeps our client certificate with its key for this system, sealed. Destroy the file afterwards."""

    async def work(laid: Floor) -> dict[str, Any]:
        if remove == (file is not None):
            raise Refused("refused", "give either a file or --remove")
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
        read = tls.read_certificate(_content(file), password) if file else None
        async with laid.database.begin() as db:
            changed = await systems.set_certificate(db, code, read, now=laid.now, by=OPERATOR, keyring=laid.keyring)
        return _described(changed)

    _show(perform(work, as_json=as_json), as_json=as_json)


def _content(file: Path) -> bytes:
    if file.stat().st_size > MOST_CERTIFICATE:
        raise Refused("refused", "this file is too large for a certificate")
    return file.read_bytes()


def _described(system: System) -> dict[str, Any]:
    return {**asdict(system), "reachable": system.reachable}


def _show(shown: dict[str, Any], *, as_json: bool) -> None:
    until = shown["certificate_until"]
    lines = [
        f"{shown['name']} ({shown['code']})",
        f"endpoint      {shown['endpoint'] or 'none: files only'}{', in three calls' if shown['staged'] else ''}",
        f"customer      {shown['customer_code'] or '-'}, {shown['customer_name'] or '-'}",
        f"school's key  {'needed' if shown['needs_key'] else 'not needed'}",
        f"certificate   {'until ' + output.moment(until) if until else 'none'}",
        f"in Dutch      {shown['help_nl']}",
        f"in English    {shown['help_en']}",
    ]
    output.answer(shown, lines, as_json=as_json)
