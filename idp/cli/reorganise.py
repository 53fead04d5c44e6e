"""`idp reorganise`: mergers, splits, changes of code, closures and transfers, asked and checked by the helpdesk (R146-R156, D14, D19).

The helpdesk sees schools and numbers; which party knows whom it does not see (D37). Children are named by their school's own keys.
"""

from typing import Annotated, Any

import typer

from directory import schools
from directory.lifecycle import reorganisation_asking as asking
from directory.lifecycle import reorganisation_purge, reorganisation_records, reorganisation_views, reorganisations
from directory.lifecycle.reorganisation_requests import Choice, is_choice
from idp.cli import output, reorganise_asking
from idp.cli import reorganise_shown as telling
from idp.cli.acting import OPERATOR, perform
from idp.cli.options import AsJson, OnRequest
from idp.cli.output import Refused
from idp.cli.reorganise_asking import HELPDESK, asked_in_writing
from idp.core.floor import Floor

app = typer.Typer(no_args_is_help=True)
app.command("codes")(reorganise_asking.codes)
app.command("merge")(reorganise_asking.merge)
app.command("split")(reorganise_asking.split)
app.command("close")(reorganise_asking.close)
app.command("transfer")(reorganise_asking.transfer)

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="As `idp reorganise list` shows it.")]


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """Lists reorganisations, the newest first, with whose yes is missing."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            return [await telling.plain(db, known) for known in await reorganisation_records.listed(db)]

    columns = {
        "number": "number",
        "kind": "kind",
        "state": "state",
        "from": "from",
        "to": "to",
        "on": "on",
        "missing": "missing",
        "undo until": "undo_until",
    }
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


@app.command("show")
def show(number: Number, *, as_json: AsJson = False) -> None:
    """Rehearses it: what it would do now, what to know beforehand, what stands in the way. Changes nothing."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.read() as db:
            known = await reorganisation_records.of(db, number)
            if known.state not in reorganisation_records.OPEN:
                return {**await telling.plain(db, known), "counts": known.detail.get("counts", {})}
            view = await reorganisation_views.shown(db, known, by=HELPDESK, now=laid.now, keyring=laid.keyring)
            return await telling.plain(db, known) | await telling.rehearsal(db, view)

    shown = perform(work, as_json=as_json)
    output.answer(shown, telling.lines(shown), as_json=as_json)


@app.command("decide")
def decide(
    number: Number,
    choices: Annotated[list[str], typer.Argument(metavar="DOUBT=same|different")],
    *,
    as_json: AsJson = False,
) -> None:
    """Answers doubts of a merger, at the schools' word. Whoever agreed before agrees anew."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            answers = dict(_answer(text) for text in choices)
            await telling.possible(asking.choose(db, number, answers, by=HELPDESK, now=laid.now, keyring=laid.keyring))
            return await telling.plain(db, await reorganisation_records.of(db, number))

    shown = perform(work, as_json=as_json)
    output.answer(shown, [telling.state(shown)], as_json=as_json)


@app.command("code")
def code_(number: Number, new: Annotated[str, typer.Argument(metavar="BRIN")], *, as_json: AsJson = False) -> None:
    """Tells the BRIN that was not known when it was asked. Whoever agreed before agrees anew."""

    async def work(laid: Floor) -> dict[str, Any]:
        brin, location = telling.code(new)
        async with laid.database.begin() as db:
            await telling.possible(
                asking.name_code(db, number, brin, location, by=HELPDESK, now=laid.now, keyring=laid.keyring)
            )
            return await telling.plain(db, await reorganisation_records.of(db, number))

    shown = perform(work, as_json=as_json)
    output.answer(shown, [telling.state(shown)], as_json=as_json)


@app.command("agree")
def agree(
    number: Number,
    *,
    school: Annotated[
        str | None, typer.Option(metavar="CODE", help="The school of a transfer that said yes in writing.")
    ] = None,
    request: OnRequest = None,
    fingerprint: Annotated[
        str | None, typer.Option(help="That of `show`: refused when it would do something else now.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The helpdesk's yes: for itself, for schools without a coordinator, and of a transfer for a school that wrote it."""

    async def work(laid: Floor) -> dict[str, Any]:
        if school and not request:
            raise Refused("refused", "a school's yes is given with both --school and --request")
        async with laid.database.begin() as db:
            if school and request:
                at = await schools.by_code(db, school)
                act: Any = {"by": HELPDESK, "now": laid.now, "keyring": laid.keyring}
                saying = asking.agree_in_writing(db, number, at.id, request, **act)
            else:
                await asked_in_writing(db, laid, number, request)
                saying = asking.agree(
                    db, number, by=HELPDESK, now=laid.now, keyring=laid.keyring, fingerprint=fingerprint
                )
            return await telling.plain(db, await telling.possible(saying))

    shown = perform(work, as_json=as_json)
    output.answer(shown, [telling.state(shown)], as_json=as_json)


@app.command("withdraw")
def withdraw(number: Number, *, as_json: AsJson = False) -> None:
    """Takes it back. Couplings that it put on manual are automatic again."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            await telling.possible(asking.withdraw(db, number, by=HELPDESK, now=laid.now))
            return await telling.plain(db, await reorganisation_records.of(db, number))

    shown = perform(work, as_json=as_json)
    output.answer(shown, [telling.state(shown)], as_json=as_json)


@app.command("carry-out")
def carry_out(
    number: Number,
    *,
    fingerprint: Annotated[
        str | None, typer.Option(help="That of `show`: refused when it would do something else now.")
    ] = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Does it, all or nothing."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            await asked_in_writing(db, laid, number, request)
            contact = laid.settings.support_contact
            done = await telling.possible(
                reorganisations.carry_out(
                    db,
                    number,
                    fingerprint=fingerprint,
                    now=laid.now,
                    by=OPERATOR,
                    keyring=laid.keyring,
                    contact=contact,
                )
            )
            return {**await telling.plain(db, await reorganisation_records.of(db, number)), "counts": dict(done.counts)}

    shown = perform(work, as_json=as_json)
    numbers = ", ".join(f"{number} {name}" for name, number in shown["counts"].items())
    output.answer(shown, [f"Done: {numbers}. It can be undone until {shown['undo_until']}."], as_json=as_json)


@app.command("undo")
def undo(number: Number, *, request: OnRequest = None, as_json: AsJson = False) -> None:
    """Puts everything back. Couplings stay on manual."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            await asked_in_writing(db, laid, number, request)
            contact = laid.settings.support_contact
            between = await telling.possible(
                reorganisations.undo(db, number, now=laid.now, by=HELPDESK, keyring=laid.keyring, contact=contact)
            )
            # How often, not who and where: that is for the schools' coordinators (D37).
            times = sum(one.times for one in between)
            return {**await telling.plain(db, await reorganisation_records.of(db, number)), "signins_between": times}

    shown = perform(work, as_json=as_json)
    told = f"Undone. Children who had been made one signed in {shown['signins_between']} times in between."
    output.answer(shown, [told], as_json=as_json)


@app.command("erase")
def erase(number: Number, *, request: OnRequest = None, as_json: AsJson = False) -> None:
    """Deletes the data of a closed school at once, at its written word; that cannot be undone."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            await asked_in_writing(db, laid, number, request)
            counts = await telling.possible(reorganisation_purge.erase_now(db, number, now=laid.now, by=HELPDESK))
            return {**await telling.plain(db, await reorganisation_records.of(db, number)), "deleted": counts}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"Deleted for good: {shown['deleted']['persons']} people."], as_json=as_json)


def _answer(text: str) -> tuple[str, Choice]:
    doubt, _, answer = text.partition("=")
    if not is_choice(answer):
        raise ValueError("answer each doubt with same or different, such as 12-34=same")
    return doubt, "same" if answer == "same" else "different"
