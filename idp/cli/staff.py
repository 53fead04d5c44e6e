"""`idp staff`: who works at a school, roles and last days, and the end of it (R41, R79, R80)."""

from typing import Annotated, Any

import typer

from directory import people, schools
from directory.lifecycle import employments, pages, review, roles, staff, staff_list
from directory.lifecycle.staff_list import Colleague, Which
from idp.cli import output, staff_looked_after, waiting
from idp.cli.acting import OPERATOR, perform, today
from idp.cli.options import AsJson, AtSchool, KnownEmail, OnRequest, SchoolCode
from idp.cli.output import Refused
from idp.cli.staffing import called, coordinator_asked_for, day, found, refusals
from idp.core.floor import Floor
from idp.credentials import activation

app = typer.Typer(no_args_is_help=True)
app.command("invite")(waiting.invite)
app.command("invitations")(waiting.invitations)
app.command("resend")(waiting.resend)
app.command("withdraw")(waiting.withdraw)
app.command("addresses")(waiting.proposals)
app.command("propose-address")(waiting.propose)
app.command("approve-address")(waiting.approve)
app.command("refuse-address")(waiting.refuse)
app.command("link-groups")(staff_looked_after.link_groups)
app.command("reviewed")(staff_looked_after.reviewed)
app.command("held")(staff_looked_after.held)

WHICH: dict[str, Which] = {"working": "working", "left": "left", "all": "all"}

Role = Annotated[str, typer.Option("--role", help=f"One of {', '.join(roles.GIVEN_HERE)}.")]
Until = Annotated[str | None, typer.Option("--until", metavar="YYYY-MM-DD", help="The last day, included.")]


@app.command("list")
def list_(
    code: SchoolCode,
    *,
    search: Annotated[str, typer.Option(help="Any part of a name or an address.")] = "",
    which: Annotated[str, typer.Option(help="working, left or all.")] = "working",
    after: Annotated[str | None, typer.Option(metavar="EMAIL", help="The last one of the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=pages.LONGEST)] = 50,
    as_json: AsJson = False,
) -> None:
    """The staff of a school by surname. ACTIVATED: has made a password. LAS: the last file named this person. Two different things."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        if which not in WHICH:
            raise Refused("refused", "--which is working, left or all")
        async with laid.database.read() as db:
            at = await schools.by_code(db, code)
            place = None
            if after is not None:
                last = await employments.by_address(db, at.id, after)
                place = (await staff_list.one(db, at.id, last, today=today(laid))).place
            kind = WHICH[which]
            page = await staff_list.page(
                db, at.id, today=today(laid), search=search, which=kind, after=place, limit=limit
            )
        return [plain(colleague) for colleague in page]

    columns = {"name": "name", "e-mail": "email", "roles": "roles", "activated": "activated", "LAS": "las"}
    output.table(perform(work, as_json=as_json), {**columns, "groups": "groups", "until": "until"}, as_json=as_json)


def plain(colleague: Colleague) -> dict[str, Any]:
    """A row of the list."""
    return {
        **called(colleague),
        "roles": list(colleague.roles),
        "working": colleague.working,
        "activated": colleague.activated,
        "las": colleague.in_administration,
        "groups": list(colleague.groups),
        "until": colleague.ends_on.isoformat() if colleague.ends_on else None,
    }


@app.command("give-role")
def give_role(
    email: KnownEmail, *, school: AtSchool, role: Role, request: OnRequest = None, as_json: AsJson = False
) -> None:
    """One role more for somebody who works there. A new coordinator is made known to all coordinators by mail."""
    _role(email, school, role, as_json=as_json, take=False, request=request)


@app.command("take-role")
def take_role(email: KnownEmail, *, school: AtSchool, role: Role, as_json: AsJson = False) -> None:
    """One role less. The last coordinator without a last day keeps that role."""
    _role(email, school, role, as_json=as_json, take=True)


def _role(email: str, school: str, role: str, *, as_json: bool, take: bool, request: str | None = None) -> None:
    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            at, who = await found(db, school, email)
            contact = laid.settings.support_contact
            if not take:
                await coordinator_asked_for(db, laid, at, [role], request)
            change = roles.take if take else roles.give
            with refusals():
                now = await change(db, at.id, who, role, contact=contact, by=OPERATOR, now=laid.now)
        return {"email": people.normal_email(email), "school": at.code, "roles": sorted(now.roles)}

    shown = perform(work, as_json=as_json)
    held = ", ".join(shown["roles"]) or "nothing"
    output.answer(shown, [f"{shown['email']} works at {shown['school']} as {held}."], as_json=as_json)


@app.command("last-day")
def last_day(email: KnownEmail, *, school: AtSchool, until: Until = None, as_json: AsJson = False) -> None:
    """Until when somebody works there; without --until there is no last day, which only the administration's staff and coordinators may have."""

    async def work(laid: Floor) -> dict[str, Any]:
        ends_on = day(until)
        async with laid.database.begin() as db:
            at, who = await found(db, school, email)
            with refusals():
                await staff.change_last_day(db, at.id, who, ends_on, by=OPERATOR, now=laid.now)
        return {"email": people.normal_email(email), "school": at.code, "until": until}

    shown = perform(work, as_json=as_json)
    last = f"until {shown['until']}" if shown["until"] else "without a last day"
    output.answer(shown, [f"{shown['email']} works at {shown['school']} {last}."], as_json=as_json)


@app.command("end")
def end(email: KnownEmail, *, school: AtSchool, as_json: AsJson = False) -> None:
    """Somebody works there no more, from this moment: no sign-in, no data, no session. No file brings this person back."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            at, who = await found(db, school, email)
            with refusals():
                await staff.end(db, at.id, who, by=OPERATOR, now=laid.now)
        return {"email": people.normal_email(email), "school": at.code, "working": False}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{shown['email']} no longer works at {shown['school']}."], as_json=as_json)


@app.command("take-up")
def take_up(email: KnownEmail, *, school: AtSchool, until: Until = None, as_json: AsJson = False) -> None:
    """Somebody who had left works there again, with the same account; the right to coordinate is given anew."""

    async def work(laid: Floor) -> dict[str, Any]:
        ends_on = day(until)
        async with laid.database.begin() as db:
            at, who = await found(db, school, email)
            with refusals():
                await staff.take_up(db, at.id, who, ends_on, by=OPERATOR, now=laid.now)
        return {"email": people.normal_email(email), "school": at.code, "working": True}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{shown['email']} works at {shown['school']} again."], as_json=as_json)


@app.command("send-link")
def send_link(email: KnownEmail, *, school: AtSchool, as_json: AsJson = False) -> None:
    """Mails somebody without a password a link to make one; the link of an earlier mail stops working."""

    async def work(laid: Floor) -> dict[str, Any]:
        base_url, contact = laid.settings.base_url, laid.settings.support_contact
        async with laid.database.begin() as db:
            at, employment_id = await found(db, school, email)
            who = await employments.at(db, at.id, employment_id, today=today(laid))
            if not who.working:
                raise Refused("not_working", "this person no longer works there")
            mailed = await activation.invite(
                db, laid.keyring, [who.person_id], base_url=base_url, contact=contact, now=laid.now
            )
        return {"email": people.normal_email(email), "school": at.code, "mailed": bool(mailed)}

    shown = perform(work, as_json=as_json)
    told = "A mail is on its way." if shown["mailed"] else "This account has a password already."
    output.answer(shown, [told], as_json=as_json)


@app.command("review")
def review_(code: SchoolCode, *, as_json: AsJson = False) -> None:
    """Who was entered by hand and not looked at for a year (R80)."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            at = await schools.by_code(db, code)
            due = await review.due(db, at.id, now=laid.now)
        return [
            {
                **called(one),
                "until": one.ends_on.isoformat() if one.ends_on else None,
                "since": one.since.isoformat(),
            }
            for one in due
        ]

    columns = {"name": "name", "e-mail": "email", "until": "until", "last look": "since"}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)
