"""Applications of schools, for operators: the form beside the register and our accounts, the signed letter, two yeses of two people (R9 to R15)."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory.lifecycle.refusals import Refused
from directory.names import full_name
from directory.onboarding import checking, deciding
from directory.onboarding.asking import LETTER, Told
from directory.onboarding.checking import Looked
from directory.onboarding.deciding import Checker
from directory.onboarding.steps import TO_CHECK, State
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.errors import Problem
from idp.http import forms
from idp.web.guarding import number
from idp.web.helpdesk import frame
from idp.web.helpdesk.guards import ADDRESS, Attendant, Form, decides, operators_open, operators_view
from idp.web.helpdesk.needs import Need

AT: Final = "/applications"
PAGE_OF: Final = 25
_COUNTED: Final = 100
_DECIDED: Final[tuple[State, ...]] = ("done", "refused")
_ONLY_A_FILE: Final = "sandbox; default-src 'none'"
"""Whatever the letter is, no browser does anything with it but save it."""


async def listed(operator: Attendant) -> Response:
    """What waits for a yes; or with `?which=decided` what was decided."""
    asked = forms.query_of(operator.request)
    decided = asked.get("which") == "decided"
    before = number(asked["before"]) if asked.get("before") else None
    async with operator.floor.database.read() as db:
        found = await checking.listed(
            db, operator.floor.keyring, _DECIDED if decided else TO_CHECK, before=before, limit=PAGE_OF + 1
        )
    which = "decided" if decided else ""
    last = str(found[PAGE_OF - 1].id) if len(found) > PAGE_OF else ""
    return frame.respond(
        operator,
        "applications.html",
        at="applications",
        decided=decided,
        found=[
            {
                "url": f"{ADDRESS}{AT}/{one.id}",
                "state": one.state,
                "code": one.code,
                "school": one.school_name,
                "number": one.id,
                "at": (one.received_at or one.asked_at).astimezone(AMSTERDAM),
                "mine": one.approved_by == operator.by,
            }
            for one in found[:PAGE_OF]
        ],
        shown={"previous": None, "next": frame.address(operator, AT, which=which, before=last) if last else None},
    )


async def one(operator: Attendant) -> Response:
    """One application with everything that is known beside it."""
    return await _page(operator)


async def letter(operator: Attendant) -> Response:
    """The signed letter as a file to save; that it was taken is recorded."""
    floor = operator.floor
    try:
        async with floor.database.begin() as db:
            wanted = operator.number("application")
            content = await checking.letter(db, floor.keyring, wanted, by=operator.by, now=operator.now)
    except (LookupError, Refused) as error:
        raise Problem("not_found", status=404, detail=str(error)) from None
    told = {
        "Content-Disposition": f'attachment; filename="aanvraag-{wanted}.pdf"',
        "Content-Security-Policy": _ONLY_A_FILE,
    }
    return Response(content, media_type="application/pdf", headers=told)


async def decide(operator: Attendant, form: Form) -> Response:
    """A yes, the second yes, back to the applicant, or no."""
    wanted, done = operator.number("application"), form.get("do", "")
    try:
        async with operator.floor.database.begin() as db:
            await _done(db, operator, wanted, form)
    except Refused as error:
        told = {"wrong": done, "typed": form.get("reason", "")}
        return await _page(operator, error=f"helpdesk.application.refused.{error.code}", **told)
    except LookupError as error:
        raise Problem("not_found", status=404, detail=str(error)) from None
    return frame.back(operator, f"{AT}/{wanted}", done=f"application_{done}")


async def _done(db: Db, operator: Attendant, wanted: int, form: Form) -> None:
    keyring, settings = operator.floor.keyring, operator.floor.settings
    told = Told(settings.base_url, settings.support_contact)
    checker = Checker(operator.by, number(form.get("seen", "")), operator.now)
    match form.get("do"):
        case "approve":
            await deciding.approve(db, keyring, wanted, checker)
        case "confirm":
            await deciding.confirm(db, keyring, wanted, checker, told)
        case "return":
            await deciding.send_back(db, keyring, wanted, form.get("reason", ""), checker, told)
        case "refuse":
            await deciding.refuse(db, keyring, wanted, form.get("reason", ""), checker, told)
        case _:
            raise Problem("request.invalid", detail="no such act")


async def _page(operator: Attendant, *, error: str | None = None, wrong: str = "", typed: str = "") -> Response:
    floor = operator.floor
    try:
        async with floor.database.read() as db:
            looked = await checking.one(db, floor.keyring, operator.number("application"), now=operator.now)
    except LookupError as missing:
        raise Problem("not_found", status=404, detail=str(missing)) from None
    shown = {**_shown(looked, operator), "error": error, "wrong": wrong, "typed": typed}
    return frame.respond(operator, "application.html", at="applications", **shown)


def _shown(looked: Looked, operator: Attendant) -> dict[str, Any]:
    asked, compared = looked.answers, looked.compared
    moments = {"asked_at": looked.asked_at, "received_at": looked.received_at, "decided_at": looked.decided_at}
    return {
        "number": looked.id,
        "kind": looked.kind,
        "state": looked.standing.state,
        "seen": looked.standing.version,
        "here": f"{ADDRESS}{AT}/{looked.id}",
        "list_url": f"{ADDRESS}{AT}",
        **{name: at.astimezone(AMSTERDAM) if at else None for name, at in moments.items()},
        "letter_kib": -(-looked.letter_size // 1024) if looked.letter_size else None,
        "mine": looked.standing.approved_by == operator.by,
        "asked": asked,
        "director": _name(asked.director_first_name, asked.director_prefix, asked.director_surname) if asked else "",
        "coordinator": _name(asked.first_name, asked.prefix, asked.surname) if asked else "",
        "compared": compared,
        "said": looked.reason,
        "kept_months": LETTER.count,
        "longest": deciding.LONGEST_REASON,
    }


def _name(first_name: str, prefix: str, surname: str) -> str:
    return full_name(first_name, prefix, surname)


async def waits(db: Db, attendant: Attendant) -> list[Need]:
    """Applications with their letter; those to which this operator gave the first yes wait for somebody else."""
    if not attendant.decides:
        return []
    found = await checking.listed(db, attendant.floor.keyring, limit=_COUNTED)
    mine = sum(one.approved_by != attendant.by for one in found)
    return [Need("applications", mine, AT, "sun")] if mine else []


ROUTES = [
    Route(ADDRESS + AT, operators_view(listed)),
    Route(ADDRESS + AT + "/{application}", operators_open(one)),
    Route(ADDRESS + AT + "/{application}", decides(decide), methods=["POST"]),
    Route(ADDRESS + AT + "/{application}/letter", operators_open(letter)),
]
