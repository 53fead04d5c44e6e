"""`idp refusals ...`: what a page of refusal said, by the code on it, as the helpdesk reads it: without the party (D37)."""

from datetime import datetime
from typing import Annotated, Any

import typer

from directory import schools
from idp.cli import output
from idp.cli.acting import note, perform
from idp.cli.options import AsJson
from idp.core.clock import AMSTERDAM
from idp.core.floor import Floor
from idp.http import pages
from idp.signin import refusals

app = typer.Typer(help="What pages of refusal said.", no_args_is_help=True)


@app.callback()
def _refusals() -> None:
    """Keeps the noun a group: it has one command now."""


@app.command()
def explain(
    reference: Annotated[str, typer.Argument(metavar="CODE", help="As it stands on the page: WJYV-TQRS.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Tells why a sign-in ended, or what failed. Of a refusal, without `IDP_REDIS_URL` only the serving process itself knows: see its pages."""

    async def work(laid: Floor) -> dict[str, Any]:
        read = refusals.read_reference(reference)
        if read is None:
            raise ValueError("a code has eight letters and digits")
        found = await refusals.find(laid, read)
        if found is None:
            return await _failure(laid, read)
        told = found.blind
        async with laid.database.begin() as db:
            await note(db, laid, "helpdesk.refusal_explained", code=told.code)
            school = await schools.by_id(db, told.school_id) if told.school_id is not None else None
        at = datetime.fromtimestamp(told.at, AMSTERDAM)
        return {"reference": read, "code": told.code, "at": at, "school": school.code if school else None}

    shown = perform(work, as_json=as_json)
    texts = pages.shared()
    names = {"party": texts.text("en", "words.this_software"), "school": shown["school"] or "the school"}
    told = [
        texts.text("en", f"problem.{shown['code']}.{part}", **names) for part in ("staff_title", "staff", "staff_who")
    ]
    at = f"{shown['at']:%Y-%m-%d %H:%M}  " if shown["at"] else ""
    output.answer(shown, [f"{at}{shown['code']}", *told], as_json=as_json)


async def _failure(laid: Floor, read: str) -> dict[str, Any]:
    """Of a page of failure nothing is kept: the code stands in the reference itself."""
    code = refusals.code_of(read, pages.shared().problems())
    if code is None:
        raise LookupError("this code is not known (any more)")
    async with laid.database.begin() as db:
        await note(db, laid, "helpdesk.refusal_explained", code=code)
    return {"reference": read, "code": code, "at": None, "school": None}
