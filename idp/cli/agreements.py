"""`idp agreements`: the processing agreement with the platform, signed elsewhere: for a board with all its schools at once, or for one (D8)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Final

import typer

from consent import agreement_extract, agreement_import, agreement_papers, agreement_receipts, agreements
from consent.agreement_extract import ExtractRefused
from consent.agreement_papers import End, NotAPaper, Signing, Whose
from directory import boards, schools
from directory.boards import KnownBoard
from directory.schools import KnownSchool
from idp.cli import output
from idp.cli.acting import OPERATOR, perform, today
from idp.cli.options import AsJson, GivenFile, line
from idp.cli.output import Refused
from idp.cli.staffing import day
from idp.core.db import Db
from idp.core.floor import Floor

app = typer.Typer(no_args_is_help=True)

OfBoard = Annotated[
    str | None, typer.Option("--board", metavar="NUMBER", help="The funding number of the board: for all its schools.")
]
OfSchool = Annotated[
    str | None,
    typer.Option("--school", metavar="CODE", help="Or one school: BRIN, with location code, or INSTELLING_REF."),
]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="As `idp agreements list` shows it.")]
Reference = Annotated[
    str | None, typer.Option(metavar="REF", help="Where the signed paper or letter is found.", callback=line(100))
]

WRONG: Final = {
    "version": "a version is 1 to 16 characters",
    "signer": "the signer is 1 to 200 characters",
    "signed_on": "nothing is signed in the future",
    "ends_on": "the last day lies before today or before the day of signing",
    "reason": f"why it ends is one of {', '.join(agreement_papers.ENDINGS)}",
    "too_soon": "an end is announced 90, 30 and 7 days before: the last day is 90 days from now or later",
}


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except NotAPaper as error:
        raise Refused(error.code, WRONG[error.code]) from None


@app.command("record")
def record(
    *,
    board: OfBoard = None,
    school: OfSchool = None,
    version: Annotated[str, typer.Option(help="Of the document.", callback=line(16))] = agreements.CURRENT_VERSION,
    signer: Annotated[str | None, typer.Option(help="Who signed, as the paper says.", callback=line(200))] = None,
    signed_on: Annotated[str | None, typer.Option(metavar="DAY", help="2026-08-01; today where left out.")] = None,
    ends_on: Annotated[str | None, typer.Option(metavar="DAY", help="The last day on which it holds.")] = None,
    reference: Reference = None,
    as_json: AsJson = False,
) -> None:
    """Records a signed agreement. It holds at once, for a board also at schools that join it later; who answers for it is mailed."""

    async def work(laid: Floor) -> dict[str, Any]:
        signing = Signing(version, signer, day(signed_on) or today(laid), day(ends_on))
        async with laid.database.begin() as db:
            found, whose = await _named(db, board, school)
            covered = await boards.schools_of(db, found.id) if isinstance(found, KnownBoard) else [found]
            with _refusals():
                made = await agreement_papers.record(
                    db, whose, signing, now=laid.now, today=today(laid), by=OPERATOR, request_ref=reference
                )
            if made is not None:
                contact = laid.settings.support_contact
                await agreement_receipts.send(db, found, signing, contact=contact, now=laid.now)
        return {"agreement": made, "recorded": made is not None, "whose": found.name, "schools": len(covered)}

    shown = perform(work, as_json=as_json)
    told = "Recorded" if shown["recorded"] else "Stood here already"
    output.answer(shown, [f"{told}: {shown['whose']}, {shown['schools']} school(s)."], as_json=as_json)


@app.command("import")
def import_(
    file: GivenFile,
    *,
    carry_out: Annotated[
        bool, typer.Option("--apply", help="Do it, all or nothing; else only the plan is shown.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Reads an extract of a supplier's register as CSV, and shows by line what is new, changed, unchanged or about nobody here.

    Of a party or of the platform, for a board or one school. What the extract leaves out stays; an end of the platform's agreement that is
    too near for its three notices, or later than stands here, is left alone. No name of a party is shown: which a school has is its own to know.
    """

    async def work(laid: Floor) -> dict[str, Any]:
        on = today(laid)
        with file.open("rb") as source:
            content = source.read(agreement_extract.MOST_BYTES + 1)
        try:
            lines = list(agreement_extract.read(content, today=on))
            if carry_out:
                async with laid.database.begin() as db:
                    steps = await agreement_import.plan(db, lines, today=on)
                    contact = laid.settings.support_contact
                    await agreement_import.apply(db, steps, contact=contact, now=laid.now, today=on, by=OPERATOR)
            else:
                async with laid.database.read() as db:
                    steps = await agreement_import.plan(db, lines, today=on)
        except ExtractRefused as error:
            message = f"the extract is refused: {error}"
            raise Refused("extract_refused", message, reason=error.code, line=error.line, column=error.column) from None
        shown = [
            {"line": one.line.line, "kind": one.kind, "fields": list(one.fields), "lacks": one.lacks} for one in steps
        ]
        return {"lines": len(steps), **agreement_import.counts(steps), "applied": carry_out, "steps": shown}

    shown = perform(work, as_json=as_json)
    output.answer(shown, _import_lines(shown), as_json=as_json)


def _import_lines(shown: Mapping[str, Any]) -> Iterator[str]:
    numbers = ", ".join(f"{shown[kind]} {kind.replace('_', ' ')}" for kind in agreement_import.KINDS)
    yield f"{shown['lines']} agreements: {numbers}."
    yield from output.beginning([_step(one) for one in shown["steps"] if one["kind"] != "unchanged"])
    yield "Applied." if shown["applied"] else "Nothing was changed. Add --apply to carry it out."


def _step(shown: Mapping[str, Any]) -> str:
    more = f"no such {shown['lacks']}" if shown["lacks"] else " and ".join(shown["fields"])
    return f"line {shown['line']:<7}{shown['kind'].replace('_', ' ')}{': ' + more if more else ''}"


@app.command("list")
def list_(*, board: OfBoard = None, school: OfSchool = None, as_json: AsJson = False) -> None:
    """Every agreement that was recorded for a board or for a school, the newest first."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            _, whose = await _named(db, board, school)
            found = await agreement_papers.of(db, whose)
        return [
            {
                "agreement": one.number,
                "version": one.signing.version,
                "signer": one.signing.signer,
                "signed_on": one.signing.signed_on,
                "ends_on": one.signing.ends_on,
            }
            for one in found
        ]

    columns = {
        "agreement": "agreement",
        "version": "version",
        "signed by": "signer",
        "on": "signed_on",
        "until": "ends_on",
    }
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


@app.command("end")
def end(
    number: Number,
    *,
    on: Annotated[str, typer.Option(metavar="DAY", help="The last day, 90 days from now or later.")],
    reason: Annotated[
        str | None, typer.Option(help=f"Why: {', '.join(agreement_papers.ENDINGS)}.", show_default=False)
    ] = None,
    reference: Reference = None,
    as_json: AsJson = False,
) -> None:
    """Announces the end of an agreement: mails go 90, 30 and 7 days before, and after that day nothing leaves by it."""

    async def work(laid: Floor) -> dict[str, Any]:
        last = day(on) or today(laid)
        async with laid.database.begin() as db:
            with _refusals():
                ends = End(last, reason, reference)
                await agreement_papers.end(db, number, ends, now=laid.now, today=today(laid), by=OPERATOR)
        return {"agreement": number, "ends_on": last}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"Agreement {number} holds until {shown['ends_on']}."], as_json=as_json)


@app.command("remove")
def remove(number: Number, *, as_json: AsJson = False) -> None:
    """Takes back what was recorded by mistake. Where no other agreement holds, nothing leaves from this moment."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            await agreement_papers.remove(db, number, now=laid.now, by=OPERATOR)
        return {"agreement": number, "removed": True}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"Agreement {number} is taken back."], as_json=as_json)


async def _named(db: Db, board: str | None, school: str | None) -> tuple[KnownBoard | KnownSchool, Whose]:
    if (board is None) == (school is None):
        raise Refused("refused", "give either --board or --school")
    if board is not None:
        found = await boards.by_number(db, board)
        return found, Whose(board_id=found.id)
    known = await schools.by_code(db, school or "")
    return known, Whose(school_id=known.id)
