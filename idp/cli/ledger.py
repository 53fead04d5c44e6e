"""`idp ledger`: whether the record of what happened is whole, and a school's own part of it (D41, C-323)."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer

from directory import schools
from idp.cli import output
from idp.cli.acting import note, perform, refuse_unasked
from idp.cli.options import AsJson, AtSchool, OnRequest
from idp.core import heads, ledger_file, ledger_reading, verification
from idp.core.clock import AMSTERDAM
from idp.core.floor import Floor
from idp.core.heads import HeadKeys
from idp.core.ledger_reading import Entry
from idp.core.verification import Finding

app = typer.Typer(no_args_is_help=True)

DAY: Final = ["%Y-%m-%d"]

MEANS: Final = {
    "seal_missing": "seal {seal} is missing",
    "seal_changed": "seal {seal} does not fit the one before it, or was changed",
    "seal_unsigned": "seal {seal} is not signed by a key of this installation",
    "entry_changed": "of seal {seal} these entries are not as they were: {ids}",
    "entry_removed": "of seal {seal} these entries are gone: {ids}",
    "entry_slipped_in": "these entries were added behind a seal: {ids}",
    "unsealed_too_long": "entries wait for their seal for more than a quarter of an hour: does `idp worker` run?",
    "head_not_ours": "the printed head {seal} is not signed by this installation",
    "head_not_in_the_chain": "the printed head {seal} is not in the chain: what was written then is gone or was rewritten",
}
"""What findings say to people."""


@app.command("verify")
def verify(
    *,
    head: Annotated[
        list[str] | None,
        typer.Option("--head", metavar="HEAD", help="A head from a receipt or export; it must be in the chain."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Checks every seal and every entry. Ends with 0 when all is as it was written, with 1 when something is not."""

    async def work(laid: Floor) -> dict[str, Any]:
        printed = [heads.read(one) for one in head or ()]
        keys = HeadKeys(laid.settings.secrets)
        async with laid.database.read() as db:
            return asdict(await verification.verify(db, keys, now=laid.now, printed=printed))

    shown = perform(work, as_json=as_json)
    output.answer(shown, _told(shown), as_json=as_json)
    if shown["findings"]:
        raise typer.Exit(output.REFUSED)


@app.command("head")
def head_(*, as_json: AsJson = False) -> None:
    """Prints the newest head, to be kept outside this installation, and the public key that signs heads now."""

    async def work(laid: Floor) -> dict[str, Any]:
        return await _head(laid)

    shown = perform(work, as_json=as_json)
    output.answer(
        shown, [shown["head"] or "Nothing is sealed yet.", f"public key {shown['public_key']}"], as_json=as_json
    )


@app.command("export")
def export(
    *,
    school: AtSchool,
    request: OnRequest = None,
    from_: Annotated[datetime | None, typer.Option("--from", formats=DAY, help="From this day on.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=DAY, help="To the end of this day.")] = None,
    as_json: AsJson = False,
) -> None:
    """Writes one school's entries as CSV, or as JSON, with the newest head; it is in the school's ledger that this was done."""

    async def work(laid: Floor) -> dict[str, Any]:
        refuse_unasked(laid, request)
        since = from_.replace(tzinfo=AMSTERDAM).astimezone(UTC) if from_ else None
        before = (until + timedelta(days=1)).replace(tzinfo=AMSTERDAM).astimezone(UTC) if until else None
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            entries = await ledger_reading.of_school(db, at.id, since=since, until=before)
            await note(db, laid, "ledger.exported", school_id=at.id, request=request, entries=len(entries))
        return {"school": at.code, **await _head(laid), "entries": [asdict(entry) for entry in entries]}

    shown = perform(work, as_json=as_json)
    output.answer(shown, _csv(shown), as_json=as_json)


async def _head(laid: Floor) -> dict[str, Any]:
    async with laid.database.read() as db:
        newest = await heads.newest(db)
    return {"head": str(newest) if newest else None, "public_key": HeadKeys(laid.settings.secrets).public()}


def _told(shown: dict[str, Any]) -> Iterator[str]:
    yield f"{shown['seals']} seals, {shown['entries']} sealed entries, {shown['purged']} purged after their term."
    yield f"{shown['unsealed']} entries wait for their seal, the oldest for {shown['unsealed_seconds']} seconds."
    yield f"{shown['unused']} numbers were never used: transactions that were undone."
    if shown["head"]:
        yield f"head {shown['head']}"
    yield from (_sentence(Finding(**one)) for one in shown["findings"])
    if not shown["findings"]:
        yield "Everything is as it was written."


def _sentence(one: Finding) -> str:
    return f"NOT AS IT WAS: {MEANS[one.code].format(seal=one.seal, ids=one.ids)}"


def _csv(shown: dict[str, Any]) -> Iterator[str]:
    """A line for each entry, and one at the end that is none: the newest head, under `ledger.head`."""
    yield ledger_file.line(ledger_file.COLUMNS)
    yield from (ledger_file.line(ledger_file.row(Entry(**entry))) for entry in shown["entries"])
    yield ledger_file.line(ledger_file.last_row(shown["head"]))
