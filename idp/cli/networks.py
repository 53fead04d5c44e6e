"""`idp schools add-ip` and `remove-ip`: where a school's pupils sign in from."""

from typing import Annotated, Any

import typer

from directory import addresses, schools
from directory.addresses import Network
from directory.schools import KnownSchool
from idp.cli import output
from idp.cli.acting import note, perform
from idp.cli.options import AsJson, SchoolCode, line
from idp.cli.output import Refused
from idp.core.db import Db
from idp.core.floor import Floor


def add_ip(
    words: Annotated[list[str], typer.Argument(metavar="[SCHOOL] NETWORK...", help="Addresses or networks.")],
    *,
    school: Annotated[str | None, typer.Option("--school", metavar="CODE", help="Instead of the first word.")] = None,
    connection_type: Annotated[str, typer.Option("--type", help="Kind of connection.", callback=line(32))] = "vast",
    label: Annotated[str | None, typer.Option(help="What the school calls it.", callback=line(100))] = None,
    other_board: Annotated[
        bool, typer.Option("--other-board", help="Also where a school of another board has the address.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Registers networks from which a school's pupils sign in: `192.0.2.7`, `192.0.2.0/28`, `2001:db8::/56`."""
    code, texts = (school, words) if school else (words[0], words[1:])

    async def work(laid: Floor) -> dict[str, Any]:
        given = [_read(text, loopback_allowed=laid.settings.demo) for text in texts]
        if not given:
            raise Refused("refused", "give at least one address or network")
        async with laid.database.begin() as db:
            known = await schools.by_code(db, code)
            if not other_board:
                await _refuse_other_board(db, known, given)
            how = {"connection_type": connection_type, "label": label or ""}
            added = [await addresses.add(db, known.id, network, now=laid.now, **how) for network in given]
            new = [str(network) for network, is_new in zip(given, added, strict=True) if is_new]
            if new:
                await note(db, laid, "school.addresses_added", school_id=known.id, networks=new)
            told = [{"network": str(network), "added": is_new} for network, is_new in zip(given, added, strict=True)]
            return {"school": known.code, "networks": told}

    shown = perform(work, as_json=as_json)
    told = [f"{n['network']} {'added' if n['added'] else 'was there already'}" for n in shown["networks"]]
    output.answer(shown, told, as_json=as_json)


def remove_ip(
    school: SchoolCode,
    texts: Annotated[list[str], typer.Argument(metavar="NETWORK...", help="As `idp schools show` lists them.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Takes networks away from a school, at once: all of them, or none where one is not the school's."""

    async def work(laid: Floor) -> dict[str, Any]:
        given = [_read(text, loopback_allowed=True) for text in texts]
        async with laid.database.begin() as db:
            known = await schools.by_code(db, school)
            for network in given:
                if not await addresses.remove(db, known.id, network):
                    raise LookupError(f"{known.code} has no network {network}")
            gone = [str(network) for network in given]
            await note(db, laid, "school.addresses_removed", school_id=known.id, networks=gone)
            left = len(await addresses.of_school(db, known.id))
        return {"school": known.code, "networks": gone, "left": left}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"removed; {shown['left']} networks are left"], as_json=as_json)


def _read(text: str, *, loopback_allowed: bool) -> Network:
    try:
        return addresses.read_network(text, loopback_allowed=loopback_allowed)
    except addresses.AddressRefused as error:
        raise Refused(error.code, str(error)) from None


async def _refuse_other_board(db: Db, school: KnownSchool, networks: list[Network]) -> None:
    """D24: an address used by another board needs the helpdesk's yes, which `--other-board` is."""
    for network in networks:
        if await addresses.at_another_board(db, school.id, network):
            told = f"a school of another board has an address of {network}; add --other-board if that is right"
            raise Refused("other_board", told)
