"""Staff on their way in: entered by hand, invited, addresses for everybody who has none in one list, proposed addresses, and the yearly look."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory.lifecycle import addresses, days, memberships, pages, review, staff_list
from directory.lifecycle.memberships import Newcomer
from directory.lifecycle.refusals import Refused
from directory.lifecycle.staff_list import Colleague
from idp.core.db import Db
from idp.core.errors import Problem
from idp.web.desk import frame, mailing
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, number, opens, view
from idp.web.desk.staff import name_of
from idp.web.desk.staff_acts import EVERYDAY, read_day, refusal

MOST_ADDRESSES: Final = 40
"""Fields of one page of the list: a form has at most a hundred."""
ANSWERED: Final = {
    "resend": "invited_again",
    "withdraw": "invitation_withdrawn",
    "approve": "address_approved",
    "refuse": "address_refused",
}
"""What is said after an answer to what waits."""


def _by(coordinator: Coordinator) -> dict[str, Any]:
    return {"by": coordinator.by, "now": coordinator.now}


async def new(coordinator: Coordinator) -> Response:
    """The form for somebody by hand (R79, R80)."""
    return _new_page(coordinator, error=None, values={})


def _new_page(coordinator: Coordinator, *, error: str | None, values: Form) -> Response:
    latest = days.latest_end(coordinator.today)
    return frame.respond(
        coordinator, "staff_new.html", at="staff", error=error, values=values, everyday=EVERYDAY, latest=latest
    )


async def invite(coordinator: Coordinator, form: Form) -> Response:
    """Mails an invitation; whoever has the address says yes, and works here from then on (D15)."""
    floor = coordinator.floor
    try:
        newcomer = Newcomer(
            form.get("email", ""),
            _name(form, "first_name", 64),
            _name(form, "prefix", 16),
            _name(form, "surname", 200),
            tuple(role for role in EVERYDAY if f"role_{role}" in form),
            read_day(form.get("ends_on", "")),
        )
        async with floor.database.begin() as db:
            await mailing.invite(db, coordinator, newcomer)
    except ValueError as error:
        return _new_page(coordinator, error=refusal(error), values=form)
    return frame.back(coordinator, "/staff/pending", done="invited")


def _name(form: Form, field: str, longest: int) -> str | None:
    return " ".join(form.get(field, "").split())[:longest] or None


async def pending(coordinator: Coordinator) -> Response:
    """Invitations that nobody answered yet, and addresses that wait."""
    return await _pending_page(coordinator, error=None)


async def _pending_page(coordinator: Coordinator, *, error: str | None) -> Response:
    school_id, now = coordinator.school.id, coordinator.now
    async with coordinator.floor.database.read() as db:
        invited = await memberships.of_school(db, school_id)
        proposed = await addresses.of_school(db, school_id, now=now)
        people = {one.person_id: one for one in await _everybody(db, coordinator)}
    return frame.respond(
        coordinator,
        "staff_pending.html",
        at="staff",
        error=error,
        invitations=[
            {"id": one.id, "name": name_of(one), "email": one.email, "roles": one.roles, "over": one.expires_at <= now}
            | {"bounced": one.bounced_at, "asked_at": one.asked_at, "ends_on": one.ends_on}
            for one in invited
        ],
        proposals=[
            {"id": one.id, "name": name_of(people[one.person_id]), "old": people[one.person_id].email}
            | {"new": one.email, "approve": one.needs_approval and not one.approved, "confirmed": one.confirmed}
            for one in proposed
            if one.person_id in people
        ],
    )


async def _everybody(db: Db, coordinator: Coordinator) -> list[Colleague]:
    """Everybody who works at this school, page after page."""
    everybody: list[Colleague] = []
    after = None
    while True:
        page = await staff_list.page(
            db, coordinator.school.id, today=coordinator.today, after=after, limit=pages.LONGEST
        )
        everybody += page
        if len(page) < pages.LONGEST:
            return everybody
        after = page[-1].place


async def answer_pending(coordinator: Coordinator, form: Form) -> Response:
    """Sends an invitation again, withdraws it, or judges a proposed address."""
    floor, school_id = coordinator.floor, coordinator.school.id
    what, _, which = form.get("do", "").partition("-")
    if what not in ANSWERED:
        raise Problem("request.invalid", detail="no such answer")
    approver: dict[str, Any] = {"approver": coordinator.session.person_id, **_by(coordinator)}
    try:
        async with floor.database.begin() as db:
            match what:
                case "resend":
                    await mailing.invite_again(db, coordinator, number(which))
                case "withdraw":
                    await memberships.withdraw(db, school_id, number(which), **_by(coordinator))
                case "approve":
                    await _proposed_here(db, coordinator, number(which))
                    contact = floor.settings.support_contact
                    await addresses.approve(db, number(which), contact=contact, **approver)
                case _:
                    await _proposed_here(db, coordinator, number(which))
                    await addresses.refuse(db, number(which), **approver)
    except Refused as error:
        return await _pending_page(coordinator, error=refusal(error))
    except LookupError:
        raise Problem("not_found", status=404, detail="not of this school") from None
    return frame.back(coordinator, "/staff/pending", done=ANSWERED[what])


async def _proposed_here(db: Db, coordinator: Coordinator, proposal_id: int) -> None:
    """Raises `LookupError` for a proposal that does not stand on this school's page: nobody judges by a guessed number (D14)."""
    shown = await addresses.of_school(db, coordinator.school.id, now=coordinator.now)
    if proposal_id not in {one.id for one in shown}:
        raise LookupError("no such proposal at this school")


async def without_address(coordinator: Coordinator) -> Response:
    """Everybody who works here and has no address, in one list (R32)."""
    async with coordinator.floor.database.read() as db:
        waiting = await _without_address(db, coordinator)
    return _addresses_page(coordinator, waiting, wrong={}, values={}, mailed=0)


async def _without_address(db: Db, coordinator: Coordinator) -> list[Colleague]:
    asked = {one.employment_id for one in await memberships.of_school(db, coordinator.school.id)}
    everybody = await _everybody(db, coordinator)
    return [one for one in everybody if one.email is None and one.employment_id not in asked]


def _addresses_page(
    coordinator: Coordinator, waiting: list[Colleague], *, wrong: dict[int, str], values: Form, mailed: int
) -> Response:
    rows = [
        {"id": one.employment_id, "name": name_of(one), "groups": one.groups, "wrong": wrong.get(one.employment_id)}
        for one in waiting[:MOST_ADDRESSES]
    ]
    error = "desk.staff.refused.some_addresses" if wrong else None
    more = max(0, len(waiting) - MOST_ADDRESSES)
    return frame.respond(
        coordinator, "staff_addresses.html", at="staff", error=error, values=values, rows=rows, more=more, mailed=mailed
    )


async def enter_addresses(coordinator: Coordinator, form: Form) -> Response:
    """Mails every new, unique address its link at once; what is wrong stays in the list with the reason, the others go on."""
    wrong: dict[int, str] = {}
    mailed = 0
    async with coordinator.floor.database.read() as db:
        waiting = await _without_address(db, coordinator)
    for one in waiting:
        email = form.get(f"email_{one.employment_id}", "").strip()
        if not email:
            continue
        try:
            async with coordinator.floor.database.begin() as db:
                await mailing.enter_address(db, coordinator, one, email)
            mailed += 1
        except LookupError:
            continue
        except ValueError as error:
            wrong[one.employment_id] = refusal(error)
    if not wrong:
        return frame.back(coordinator, "/staff/addresses", done="addresses_mailed" if mailed else None)
    async with coordinator.floor.database.read() as db:
        waiting = await _without_address(db, coordinator)
    return _addresses_page(coordinator, waiting, wrong=wrong, values=form, mailed=mailed)


async def to_review(coordinator: Coordinator) -> Response:
    """Who was entered by hand and not looked at for a year (R80)."""
    return await _review_page(coordinator, error=None, at=None)


async def _review_page(coordinator: Coordinator, *, error: str | None, at: int | None) -> Response:
    async with coordinator.floor.database.read() as db:
        due = await review.due(db, coordinator.school.id, now=coordinator.now)
    rows = [
        {"id": one.employment_id, "name": name_of(one), "email": one.email, "since": one.since}
        | {"ends_on": one.ends_on, "wrong": one.employment_id == at}
        for one in due
    ]
    latest = days.latest_end(coordinator.today)
    return frame.respond(coordinator, "staff_review.html", at="staff", error=error, rows=rows, latest=latest)


async def reviewed(coordinator: Coordinator, form: Form) -> Response:
    """A coordinator looked: still here, address right, until this day."""
    which = number(form.get("colleague", ""))
    try:
        ends_on = read_day(form.get("ends_on", ""))
        async with coordinator.floor.database.begin() as db:
            await review.confirm(db, coordinator.school.id, which, ends_on, **_by(coordinator))
    except LookupError:
        raise Problem("not_found", status=404, detail="not of this school") from None
    except ValueError as error:
        return await _review_page(coordinator, error=refusal(error), at=which)
    return frame.back(coordinator, "/staff/review", done="reviewed")


_HERE = f"{ADDRESS}/{{school}}/staff"

ROUTES = [
    Route(f"{_HERE}/new", opens(new)),
    Route(f"{_HERE}/new", act(invite), methods=["POST"]),
    Route(f"{_HERE}/pending", view(pending)),
    Route(f"{_HERE}/pending", act(answer_pending), methods=["POST"]),
    Route(f"{_HERE}/addresses", opens(without_address)),
    Route(f"{_HERE}/addresses", act(enter_addresses), methods=["POST"]),
    Route(f"{_HERE}/review", opens(to_review)),
    Route(f"{_HERE}/review", act(reviewed), methods=["POST"]),
]
