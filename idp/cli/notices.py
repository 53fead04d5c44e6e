"""`idp notices ...`: what the operator tells everybody on the sign-in pages and on Actueel (R157, R161)."""

from datetime import datetime
from typing import Annotated, Any

import typer

from idp.cli import output
from idp.cli.acting import OPERATOR, perform
from idp.cli.options import AsJson, line
from idp.core.floor import Floor
from idp.support import announcements
from idp.support.announcements import Kind, Known

app = typer.Typer(help="Outages and news on the sign-in pages and on Actueel.", no_args_is_help=True)


def _text(given: str) -> str:
    try:
        return announcements.read_text(given)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _subject(given: str) -> str:
    try:
        return announcements.read_subject(given) or ""
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _moment(given: str | None) -> datetime | None:
    try:
        return announcements.read_moment(given or "")
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@app.command()
def add(
    *,
    kind: Annotated[Kind, typer.Option(help="An outage stands before news, in another colour.")],
    title_nl: Annotated[str, typer.Option(callback=line(announcements.LONGEST_TITLE))],
    title_en: Annotated[str, typer.Option(callback=line(announcements.LONGEST_TITLE))],
    text_nl: Annotated[str, typer.Option(callback=_text, help="A new line is a new paragraph.")],
    text_en: Annotated[str, typer.Option(callback=_text)],
    shown_from: Annotated[str | None, typer.Option("--from", metavar="MOMENT", help="Now, unless told.")] = None,
    shown_until: Annotated[
        str | None, typer.Option("--until", metavar="MOMENT", help="Until it is ended, unless told.")
    ] = None,
    subject: Annotated[
        str,
        typer.Option(callback=_subject, help="What it is about: a subject of the questions, such as invalkrachten."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Tells everybody, in two languages; pages show it within half a minute. Name no person and no school."""
    begins, ends = _moment(shown_from), _moment(shown_until)

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            number = await announcements.add(
                db,
                kind,
                titles={"nl": title_nl, "en": title_en},
                texts={"nl": text_nl, "en": text_en},
                shown_from=begins or laid.now,
                shown_until=ends,
                by=OPERATOR,
                now=laid.now,
                subject=subject or None,
            )
        return {"notice": number}

    answer = perform(work, as_json=as_json)
    output.answer(answer, [f"Notice {answer['notice']} added."], as_json=as_json)


@app.command("list")
def list_(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also what is over.")] = False,
    as_json: AsJson = False,
) -> None:
    """What is shown, what is to come, and with `--all` what is over."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        since = laid.now - announcements.KEPT if everything else laid.now
        async with laid.database.read() as db:
            found = await announcements.listed(db, since=since)
        return [_row(one, now=laid.now) for one in found]

    columns = {"NOTICE": "notice", "STATE": "state", "KIND": "kind", "FROM": "from", "UNTIL": "until", "TITLE": "title"}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


def _row(one: Known, *, now: datetime) -> dict[str, Any]:
    state = "shown" if one.shown_at(now) else "over" if one.over_at(now) else "to come"
    told = {"notice": one.id, "state": state, "kind": one.kind, "from": one.shown_from, "until": one.shown_until}
    return {**told, "title": one.titles["nl"]}


@app.command()
def end(
    number: Annotated[int, typer.Argument(metavar="NOTICE", min=1)],
    *,
    as_json: AsJson = False,
) -> None:
    """Ends it now. Actueel tells for a month that it is over."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            known = await announcements.end(db, number, by=OPERATOR, now=laid.now)
        return {"notice": known.id}

    answer = perform(work, as_json=as_json)
    output.answer(answer, [f"Notice {answer['notice']} ended."], as_json=as_json)
