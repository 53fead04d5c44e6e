"""`idp staff`, what waits for somebody's yes: invitations, and proposed addresses (D15)."""

from typing import Annotated, Any

import typer

from directory import schools
from directory.identifiers import parse_email_address
from directory.lifecycle import addresses, employments, memberships
from directory.lifecycle.memberships import Newcomer
from idp.cli import output
from idp.cli.acting import OPERATOR, perform, today
from idp.cli.options import AsJson, AtSchool, FirstName, InvitedEmail, OnRequest, Prefix, SchoolCode, Surname
from idp.cli.staffing import called, coordinator_asked_for, day, found, refusals
from idp.core.floor import Floor

Invitation = Annotated[
    int, typer.Argument(metavar="INVITATION", help="Its number, as `idp staff invitations` shows it.")
]
Proposal = Annotated[int, typer.Argument(metavar="PROPOSAL", help="Its number, as `idp staff addresses` shows it.")]


def _mailing(laid: Floor) -> dict[str, Any]:
    settings = laid.settings
    return {"base_url": settings.base_url, "contact": settings.support_contact, "by": OPERATOR, "now": laid.now}


def invite(
    *,
    school: AtSchool,
    email: InvitedEmail,
    first_name: FirstName,
    surname: Surname,
    role: Annotated[list[str], typer.Option(help="May be repeated.")],
    prefix: Prefix = None,
    until: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="The last day; only a coordinator may do without.")
    ] = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Mails somebody an invitation to work at a school. Nothing changes before the yes; the answer is the same whether an account exists or not."""

    async def work(laid: Floor) -> dict[str, Any]:
        newcomer = Newcomer(email, first_name, prefix, surname, tuple(role), day(until))
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            await coordinator_asked_for(db, laid, at, role, request)
            with refusals():
                number = await memberships.invite(db, laid.keyring, at.id, newcomer, **_mailing(laid))
        held = sorted(set(role))
        return {"invitation": number, "email": parse_email_address(email), "school": at.code, "roles": held}

    shown = perform(work, as_json=as_json)
    told = f"Invitation {shown['invitation']} to {shown['email']} for {shown['school']} is on its way."
    output.answer(shown, [told], as_json=as_json)


def invitations(code: SchoolCode, *, as_json: AsJson = False) -> None:
    """The invitations of a school that nobody answered yet."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            at = await schools.by_code(db, code)
            waiting = await memberships.of_school(db, at.id)
        return [
            {
                "invitation": one.id,
                **called(one),
                "roles": list(one.roles),
                "until": one.ends_on.isoformat() if one.ends_on else None,
                "asked": one.asked_at,
                "expires": one.expires_at,
            }
            for one in waiting
        ]

    columns = {"invitation": "invitation", "e-mail": "email", "name": "name", "roles": "roles", "expires": "expires"}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


def resend(number: Invitation, *, school: AtSchool, as_json: AsJson = False) -> None:
    """The same invitation once more; the link of the mail before stops working."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            await memberships.resend(db, laid.keyring, at.id, number, **_mailing(laid))
        return {"invitation": number, "school": at.code}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"Invitation {number} is on its way again."], as_json=as_json)


def withdraw(number: Invitation, *, school: AtSchool, as_json: AsJson = False) -> None:
    """The invitation holds no more."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            await memberships.withdraw(db, at.id, number, by=OPERATOR, now=laid.now)
        return {"invitation": number, "school": at.code}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"Invitation {number} was withdrawn."], as_json=as_json)


def proposals(code: SchoolCode, *, as_json: AsJson = False) -> None:
    """Addresses that were proposed for people of a school and wait: for the person, or for a coordinator."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            at = await schools.by_code(db, code)
            waiting = await addresses.of_school(db, at.id, now=laid.now)
        return [
            {
                "proposal": one.id,
                "email": one.email,
                "confirmed": one.confirmed,
                "needs_approval": one.needs_approval,
                "approved": one.approved,
                "expires": one.expires_at,
            }
            for one in waiting
        ]

    columns = {"proposal": "proposal", "e-mail": "email", "confirmed": "confirmed", "approved": "approved"}
    output.table(perform(work, as_json=as_json), {**columns, "needed": "needs_approval"}, as_json=as_json)


def propose(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address that the account has now.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The address to confirm.")],
    *,
    school: AtSchool,
    as_json: AsJson = False,
) -> None:
    """Proposes a new address for an account: both are mailed, and nothing changes before the new one confirms."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            at, employment_id = await found(db, school, email)
            who = await employments.at(db, at.id, employment_id, today=today(laid))
            mailed = await addresses.propose(db, laid.keyring, at.id, who.person_id, new, **_mailing(laid))
        return {"school": at.code, "mailed": mailed}

    shown = perform(work, as_json=as_json)
    told = "Both addresses are mailed." if shown["mailed"] else "That is the address, or it was proposed already."
    output.answer(shown, [told], as_json=as_json)


def approve(number: Proposal, *, as_json: AsJson = False) -> None:
    """Approves a proposed address at the school's signed request, where no other coordinator can (D38)."""

    async def work(laid: Floor) -> dict[str, Any]:
        contact = laid.settings.support_contact
        async with laid.database.begin() as db:
            outcome = await addresses.approve(db, number, approver=None, by=OPERATOR, contact=contact, now=laid.now)
        return {"proposal": number, "outcome": outcome}

    shown = perform(work, as_json=as_json)
    told = {
        "changed": "The address has changed, and every session has ended.",
        "waits": "Approved; it waits for the person to confirm.",
        "taken": "Another account has that address: the proposal is gone.",
    }
    output.answer(shown, [told[shown["outcome"]]], as_json=as_json)


def refuse(number: Proposal, *, as_json: AsJson = False) -> None:
    """The account keeps its address, also when the administration proposes the same one again."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            await addresses.refuse(db, number, approver=None, by=OPERATOR, now=laid.now)
        return {"proposal": number, "outcome": "refused"}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"Proposal {number} was refused."], as_json=as_json)
