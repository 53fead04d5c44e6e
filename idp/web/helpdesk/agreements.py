"""Recording what was signed elsewhere: the agreement of a board with all its schools, or that of one school (R60-R67, D8). Operators only.

The address names the board or the school, nobody else. What was typed stands in the form again after a mistake, and in no address.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from consent import agreement_papers, agreement_receipts, agreements
from consent.agreement_papers import ENDINGS, End, NotAPaper, Recorded, Signing, Whose
from directory import boards, schools
from directory.boards import KnownBoard
from directory.register import readings
from directory.schools import KnownSchool
from idp.core.db import Db
from idp.core.errors import Problem
from idp.web.helpdesk import frame
from idp.web.helpdesk.guards import ADDRESS, Attendant, Form, decides, operators_open

FIELDS: Final = ("version", "signer", "signed_on", "ends_on", "reference")
OF_END: Final = ("on", "reason", "reference")
LONGEST_REFERENCE: Final = 100


@dataclass(frozen=True, slots=True)
class About:
    """Whose agreements these pages are about, and for which schools they hold."""

    found: KnownBoard | KnownSchool
    whose: Whose
    covered: Sequence[KnownSchool]
    path: str


async def show(attendant: Attendant) -> Response:
    """What was recorded, for which schools it holds, and the form for a new one."""
    values = {"version": agreements.CURRENT_VERSION, "signed_on": attendant.today.isoformat()}
    async with attendant.floor.database.read() as db:
        return await _page(db, attendant, await _about(db, attendant), values)


async def record(attendant: Attendant, form: Form) -> Response:
    """Records it for every school that it holds for, and mails who answers for them."""
    values = {name: " ".join(form.get(name, "").split()) for name in FIELDS}
    async with attendant.floor.database.begin() as db:
        about = await _about(db, attendant)
        try:
            signing = _signing(values)
            ref = _reference(values)
            made = await agreement_papers.record(
                db, about.whose, signing, now=attendant.now, today=attendant.today, by=attendant.by, request_ref=ref
            )
        except NotAPaper as error:
            return await _page(db, attendant, about, values, wrong=error.code)
        if made is not None:
            contact = attendant.floor.settings.support_contact
            await agreement_receipts.send(db, about.found, signing, contact=contact, now=attendant.now)
    return frame.back(attendant, about.path, done="agreement_recorded" if made is not None else "agreement_known")


async def ask_end(attendant: Attendant) -> Response:
    """Until when it holds, why it ends, and what comes of that."""
    async with attendant.floor.database.read() as db:
        about = await _about(db, attendant)
        return _end_page(attendant, about, await _going_on(db, attendant, about), {})


async def end(attendant: Attendant, form: Form) -> Response:
    """Announces the last day: who answers for it is mailed 90, 30 and 7 days before, and after it nothing leaves by it."""
    values = {name: " ".join(form.get(name, "").split()) for name in OF_END}
    async with attendant.floor.database.begin() as db:
        about = await _about(db, attendant)
        one = await _going_on(db, attendant, about)
        try:
            on = _day(values["on"], "too_soon")
            if on is None:
                raise NotAPaper("too_soon")
            ends = End(on, values["reason"], _reference(values))
            doing: dict[str, Any] = {"now": attendant.now, "today": attendant.today, "by": attendant.by}
            await agreement_papers.end(db, one.number, ends, whose=about.whose, **doing)
        except LookupError:
            return _end_page(attendant, about, one, values, wrong="sooner")
        except NotAPaper as error:
            return _end_page(attendant, about, one, values, wrong=error.code)
    return frame.back(attendant, about.path, done="agreement_ended")


async def _going_on(db: Db, attendant: Attendant, about: About) -> Recorded:
    """The agreement of the address. Raises `Problem("not_found")` where it is another's, or over."""
    number = attendant.request.path_params["agreement"]
    for one in await agreement_papers.of(db, about.whose):
        if one.number == number and _can_end(one.signing, attendant.today):
            return one
    raise Problem("not_found", status=404, detail="no such agreement, or none that goes on")


def _can_end(signing: Signing, today: date) -> bool:
    """Whether a sooner last day can be announced still."""
    return signing.ends_on is None or signing.ends_on > agreement_papers.earliest_end(today)


def _end_page(attendant: Attendant, about: About, one: Recorded, values: Form, *, wrong: str | None = None) -> Response:
    return _respond(
        attendant,
        "agreement_end",
        about,
        values,
        wrong,
        back=f"{ADDRESS}{about.path}",
        here=f"{ADDRESS}{about.path}/{one.number}/end",
        signing=one.signing,
        schools=len(about.covered),
        earliest=agreement_papers.earliest_end(attendant.today),
        reasons=ENDINGS if about.whose.board_id is None else [why for why in ENDINGS if why != "closing"],
    )


async def _page(db: Db, attendant: Attendant, about: About, values: Form, *, wrong: str | None = None) -> Response:
    recorded = await agreement_papers.of(db, about.whose)
    address = await readings.address_of(db, about.found.number) if isinstance(about.found, KnownBoard) else None
    return _respond(
        attendant,
        "agreement",
        about,
        values,
        wrong,
        here=f"{ADDRESS}{about.path}",
        address=str(address) if address else None,
        of_board=about.whose.board_id is not None,
        covered=[{"name": one.name, "code": one.code, "url": f"{ADDRESS}/schools/{one.code}"} for one in about.covered],
        rows=[_row(one, about.path, attendant.today) for one in recorded],
    )


def _respond(
    attendant: Attendant, template: str, about: About, values: Form, wrong: str | None, **context: Any
) -> Response:
    """A form about these agreements; `wrong` is the part of it that was refused."""
    error = f"helpdesk.{template}.wrong.{wrong}" if wrong else None
    told = {"wrong": wrong, "values": values, "name": about.found.name, **context}
    return frame.respond(attendant, f"{template}.html", at="schools", error=error, **told)


def _row(one: Recorded, path: str, today: date) -> dict[str, Any]:
    signing = one.signing
    return {
        "end": f"{ADDRESS}{path}/{one.number}/end" if _can_end(signing, today) else None,
        "version": signing.version,
        "signer": signing.signer,
        "signed_on": signing.signed_on,
        "ends_on": signing.ends_on,
        "over": signing.ends_on is not None and signing.ends_on < today,
    }


async def _about(db: Db, attendant: Attendant) -> About:
    """Raises `Problem("not_found")` for a board or school that is not known here."""
    named = attendant.request.path_params
    try:
        if "board" in named:
            board = await boards.by_number(db, named["board"])
            covered = await boards.schools_of(db, board.id)
            return About(board, Whose(board_id=board.id), covered, f"/boards/{board.number}/agreement")
        school = await schools.by_code(db, named["school"])
    except LookupError as error:
        raise Problem("not_found", status=404, detail=str(error)) from None
    return About(school, Whose(school_id=school.id), [school], f"/schools/{school.code}/agreement")


def _signing(values: Form) -> Signing:
    """What the form says. Raises `NotAPaper` for a day that is none; the signer is asked for here, where the paper lies beside it."""
    signed_on = _day(values["signed_on"], "signed_on")
    if signed_on is None:
        raise NotAPaper("signed_on")
    return Signing(values["version"], values["signer"], signed_on, _day(values["ends_on"], "ends_on"))


def _day(text: str, field: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise NotAPaper(field) from None


def _reference(values: Form) -> str | None:
    told = values["reference"]
    if len(told) > LONGEST_REFERENCE or not told.isprintable():
        raise NotAPaper("reference")
    return told or None


ROUTES = [
    route
    for whose in ("/boards/{board}", "/schools/{school}")
    for route in (
        Route(f"{ADDRESS}{whose}/agreement", operators_open(show), methods=["GET"]),
        Route(f"{ADDRESS}{whose}/agreement", decides(record), methods=["POST"]),
        Route(f"{ADDRESS}{whose}/agreement/{{agreement:int}}/end", operators_open(ask_end), methods=["GET"]),
        Route(f"{ADDRESS}{whose}/agreement/{{agreement:int}}/end", decides(end), methods=["POST"]),
    )
]
