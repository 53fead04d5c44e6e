"""Addresses at which others publish the metadata of parties: add, look again, and what that changes (C-204 to C-206)."""

from pathlib import Path
from typing import Annotated, Any

import typer

from idp.cli import newcomers, output
from idp.cli.acting import note, perform
from idp.cli.newcomers import Typed
from idp.cli.options import AsJson, GivenFile
from idp.cli.output import Refused
from idp.core.db import Db
from idp.core.floor import Floor
from metadata import entity_changes, intake, parties, sources
from metadata.entity_changes import Change
from metadata.intake import IntakeRefused
from metadata.parties import PartyKind
from metadata.saml import certificates
from metadata.saml.party import SamlParty
from metadata.sources import Source, Wanted

app = typer.Typer(no_args_is_help=True)

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="https://...")]
SignedBy = Annotated[
    list[Path] | None,
    typer.Option(
        "--signed-by", metavar="PEM", exists=True, dir_okay=False, help="Certificate that signs it; repeatable."
    ),
]
Only = Annotated[list[str] | None, typer.Option("--only", metavar="ENTITYID", help="This entity of it; repeatable.")]
Category = Annotated[str | None, typer.Option(help="Every service provider with this entity category.")]
Authority = Annotated[str | None, typer.Option(help="Every service provider of this registrar.")]
Kind = Annotated[PartyKind, typer.Option(help="What new parties are.")]
Under = Annotated[str | None, typer.Option("--party", metavar="PARTY", help="Hang new ones under this existing party.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]
PIECE = 256 * 1024


@app.command("add")
def add(
    address: Address,
    *,
    signed_by: SignedBy = None,
    pin: Annotated[
        str | None, typer.Option(help="Base64 of the SHA-256 of the public key of the certificate at the address.")
    ] = None,
    only: Only = None,
    category: Category = None,
    authority: Authority = None,
    kind: Kind = "publisher",
    under: Under = None,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="Entities known from files come from here from now on.")
    ] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Reads metadata at an address, adds its parties, and goes on reading it; it must be signed, or its host pinned."""
    wanted = Wanted(tuple(only or ()), category, authority)

    async def work(laid: Floor) -> dict[str, Any]:
        trusted = _trusted(signed_by)
        if dry_run:
            tried = sources.untold(address, trusted=trusted, pin=pin, wanted=wanted, now=laid.now)
            return await _looked(laid, tried, kind, under, take_over=take_over, dry_run=True)
        async with laid.database.begin() as db:
            source = await sources.add(db, address, trusted=trusted, pin=pin, wanted=wanted, now=laid.now)
        try:
            return await _looked(laid, source, kind, under, take_over=take_over, dry_run=False)
        except Exception:
            # Nothing was read: nothing is left of it.
            async with laid.database.begin() as db:
                await sources.remove(db, source)
            raise

    _answer(perform(work, as_json=as_json), as_json=as_json)


@app.command("import")
def import_(
    file: GivenFile,
    *,
    signed_by: SignedBy = None,
    only: Only = None,
    category: Category = None,
    authority: Authority = None,
    kind: Kind = "publisher",
    under: Under = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Reads a file with the signed metadata of many, once: adds its parties, and renews those that came from files before."""
    wanted = Wanted(tuple(only or ()), category, authority)

    async def work(laid: Floor) -> dict[str, Any]:
        trusted = _trusted(signed_by)
        if not trusted:
            raise Refused(
                "refused", "a file of others is believed by its signature: give --signed-by, or use parties add-saml"
            )
        try:
            with file.open("rb") as opened:
                read = intake.read_file(iter(lambda: opened.read(PIECE), b""), wanted, trusted=trusted)
            ends = intake.until(read, wanted, now=laid.now)
            async with laid.database.begin() as db:
                loopback = laid.settings.loopback
                changes = await entity_changes.compare(db, read, ends=ends, source_id=None, loopback_http=loopback)
                if dry_run:
                    return _shown(str(file), changes, read.counted, dry_run=True)
                await entity_changes.apply(db, changes, source_id=None, now=laid.now)
                await _add_new(db, laid, changes, None, kind, under)
                await note(db, laid, "metadata.imported", sha256=read.sha256, counts=_tally(changes))
        except IntakeRefused as refused:
            raise Refused(refused.code, str(refused)) from None
        return _shown(str(file), changes, read.counted, dry_run=False)

    _answer(perform(work, as_json=as_json), as_json=as_json)


@app.command("refresh")
def refresh(
    address: Address,
    *,
    kind: Kind = "publisher",
    under: Under = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Looks at a source now, shows what differs, and adds parties that are new there; the worker never adds any."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.read() as db:
            source = await sources.find(db, address)
        return await _looked(laid, source, kind, under, take_over=False, dry_run=dry_run)

    _answer(perform(work, as_json=as_json), as_json=as_json)


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """Lists the sources: when they were read, until when that holds, and why the last look failed."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            return [_plain(source) for source in await sources.listed(db)]

    columns = {
        "address": "address",
        "read": "fetched_at",
        "valid until": "valid_until",
        "next": "next_fetch_at",
        "trouble": "trouble",
    }
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


@app.command("remove")
def remove(address: Address, *, as_json: AsJson = False) -> None:
    """Looks there no more. Its parties stay as last read, until the validUntil of that."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            await sources.remove(db, await sources.find(db, address))
            await note(db, laid, "metadata.source_removed", source=address)
        return {"removed": address}

    output.answer(perform(work, as_json=as_json), [f"removed: {address}"], as_json=as_json)


async def _looked(
    laid: Floor, source: Source, kind: PartyKind, under: str | None, *, take_over: bool, dry_run: bool
) -> dict[str, Any]:
    loopback = laid.settings.loopback
    try:
        arrived = await intake.look(source, loopback_allowed=loopback)
        async with laid.database.begin() as db:
            if dry_run:
                return await _would_change(db, laid, source, arrived, take_over=take_over)
            changes = await intake.refresh(
                db, source, arrived, now=laid.now, loopback_http=loopback, take_over=take_over
            )
            await _add_new(db, laid, changes, source.id, kind, under)
            await note(db, laid, "metadata.refreshed", source=source.address, counts=_tally(changes))
    except IntakeRefused as refused:
        raise Refused(refused.code, str(refused)) from None
    return _shown(source.address, changes, arrived.read.counted if arrived.read else None, dry_run=False)


async def _would_change(
    db: Db, laid: Floor, source: Source, arrived: intake.Arrived, *, take_over: bool
) -> dict[str, Any]:
    if arrived.read is None:
        return _shown(source.address, [], None, dry_run=True)
    ends = intake.until(arrived.read, source.wanted, now=laid.now)
    loopback = laid.settings.loopback
    changes = await entity_changes.compare(
        db, arrived.read, ends=ends, source_id=source.id, loopback_http=loopback, take_over=take_over
    )
    return _shown(source.address, changes, arrived.read.counted, dry_run=True)


async def _add_new(
    db: Db, laid: Floor, changes: list[Change], source_id: int | None, kind: PartyKind, under: str | None
) -> None:
    for change in changes:
        if change.kind == "new" and isinstance(change.said, SamlParty):
            existing = await parties.find(db, under) if under else None
            fields = newcomers.fields_asked(change.said, kind, existing)
            typed = Typed(kind, under, False, None, None, None)
            said = newcomers.by_service_provider(change.said)
            loopback = laid.settings.loopback
            party = await newcomers.party_for(db, typed, said, fields, now=laid.now, loopback_allowed=loopback)
            await parties.add_entity(db, party.id, change.said, change.octets, now=laid.now, source_id=source_id)
            await note(db, laid, "party.connected", party=party.id, protocol="saml", fields=sorted(party.fields))


def _trusted(files: list[Path] | None) -> list[str]:
    try:
        return [certificates.from_pem(file.read_bytes()).text for file in files or ()]
    except ValueError:
        raise Refused(
            "refused", "--signed-by is not a PEM certificate with a key of at least 2048 or 256 bits"
        ) from None


def _tally(changes: list[Change]) -> dict[str, int]:
    kinds = ("new", "changed", "same", "gone", "refused")
    return {kind: count for kind in kinds if (count := sum(change.kind == kind for change in changes))}


def _shown(place: str, changes: list[Change], counted: int | None, *, dry_run: bool) -> dict[str, Any]:
    told = [
        {"entity_id": one.entity_id, "role": one.role, "change": one.kind, "differs": one.differs, "why": one.why}
        for one in changes
    ]
    return {"source": place, "entities": counted, "dry_run": dry_run, "counts": _tally(changes), "changes": told}


def _answer(shown: dict[str, Any], *, as_json: bool) -> None:
    counts = ", ".join(f"{count} {kind}" for kind, count in shown["counts"].items()) or "nothing changed"
    lines = [f"{shown['source']}: {counts}{' (nothing was written)' if shown['dry_run'] else ''}"]
    for one in shown["changes"]:
        if one["change"] == "same":
            continue
        lines.append(f"  {one['change']:<8} {one['entity_id']}{': ' + one['why'] if one['why'] else ''}")
        lines += [
            f"           {line}" for name, what in one["differs"].items() for line in output.difference(name, what)
        ]
    output.answer(shown, lines, as_json=as_json)


def _plain(source: Source) -> dict[str, Any]:
    return {
        "address": source.address,
        "signed_by": len(source.trusted),
        "pin": source.pin,
        "only": source.wanted.entity_ids,
        "category": source.wanted.category,
        "authority": source.wanted.authority,
        "fetched_at": source.fetched_at,
        "valid_until": source.valid_until,
        "next_fetch_at": source.next_fetch_at,
        "attempts": source.attempts,
        "trouble": source.trouble,
        "document_sha256": source.document_sha256,
    }
