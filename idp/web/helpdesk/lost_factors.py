"""A school's only coordinator lost the second factor: one operator asks on the signed request, another one agrees (D38)."""

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from directory import people
from directory.lifecycle.refusals import Refused
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.errors import Problem
from idp.web.helpdesk import frame
from idp.web.helpdesk.guards import ADDRESS, Attendant, Form, decides, operators_open
from idp.web.helpdesk.needs import Need
from mfa import lost_factors

LONGEST: Final = {"email": 254, "reference": 64}


async def show(attendant: Attendant) -> Response:
    """What waits, and the form for another one."""
    return await _page(attendant)


async def ask(attendant: Attendant, form: Form) -> Response:
    """The first operator, who read the signed request."""
    values = {name: " ".join(form.get(name, "").split())[:most] for name, most in LONGEST.items()}
    if not values["reference"]:
        return await _page(attendant, error="helpdesk.factor.no_reference", values=values)
    try:
        async with attendant.floor.database.begin() as db:
            await lost_factors.ask(
                db, values["email"], reference=values["reference"], by=attendant.by, now=attendant.now
            )
    except LookupError:
        await _note_refusal(attendant, "unknown")
        return await _page(attendant, error="helpdesk.factor.unknown", values=values)
    except Refused as refused:
        await _note_refusal(attendant, refused.code, email=values["email"])
        return await _page(attendant, error=f"helpdesk.factor.refused.{refused.code}", values=values)
    return frame.back(attendant, "/second-steps", done="factor_asked")


async def answer(attendant: Attendant, form: Form) -> Response:
    """The second operator's yes, or anybody's no."""
    number, yes = attendant.number("request"), form.get("do") == "agree"
    contact, by = attendant.floor.settings.support_contact, attendant.by
    try:
        async with attendant.floor.database.begin() as db:
            if yes:
                await lost_factors.agree(db, number, contact=contact, by=by, now=attendant.now)
            else:
                await lost_factors.withdraw(db, number, by=by, now=attendant.now)
    except LookupError as error:
        raise Problem("not_found", status=404, detail=str(error)) from None
    except Refused as refused:
        await _note_refusal(attendant, refused.code, request=number)
        return await _page(attendant, error=f"helpdesk.factor.refused.{refused.code}")
    return frame.back(attendant, "/second-steps", done="factor_reset" if yes else "factor_withdrawn")


async def _note_refusal(attendant: Attendant, why: str, *, email: str = "", **detail: int) -> None:
    """Who tries one address after the other, to learn which has an account and a second factor, is seen by that (D37)."""
    async with attendant.floor.database.begin() as db:
        account = await people.account(db, email) if email else None
        subject = account.ledger_id if account else None
        await attendant.note(db, "second_factor.reset_refused", subject=subject, why=why, **detail)


async def _page(attendant: Attendant, *, error: str | None = None, values: Form | None = None) -> Response:
    async with attendant.floor.database.read() as db:
        found = await lost_factors.waiting(db, now=attendant.now)
    rows = [
        {
            "id": one.id,
            "email": one.email,
            "reference": one.reference,
            "at": one.asked_at.astimezone(AMSTERDAM),
            "own": one.asked_by == attendant.by,
        }
        for one in found
    ]
    return frame.respond(attendant, "second_steps.html", at="accounts", error=error, values=values, rows=rows)


async def waits(db: Db, attendant: Attendant) -> list[Need]:
    """Requests of other operators that wait for this one."""
    if not attendant.decides:
        return []
    mine = [one for one in await lost_factors.waiting(db, now=attendant.now) if one.asked_by != attendant.by]
    return [Need("second-steps", len(mine), "/second-steps", "brick")] if mine else []


ROUTES = [
    Route(ADDRESS + "/second-steps", operators_open(show), methods=["GET"]),
    Route(ADDRESS + "/second-steps", decides(ask), methods=["POST"]),
    Route(ADDRESS + "/second-steps/{request}", decides(answer), methods=["POST"]),
]
