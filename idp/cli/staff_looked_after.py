"""What a coordinator sees to about single colleagues, as an operator may: groups by hand, the yearly look, mails that wait (R80, D20)."""

from typing import Annotated, Any

import typer

from directory import groups, people, schools
from directory.lifecycle import held_mails, review, staff, staff_list
from idp.cli import output
from idp.cli.acting import OPERATOR, note, perform, today
from idp.cli.options import AsJson, AtSchool, KnownEmail, SchoolCode
from idp.cli.output import Refused
from idp.cli.staffing import called, day, found, refusals
from idp.core.floor import Floor
from idp.credentials import first_mail


def link_groups(
    email: KnownEmail,
    *,
    school: AtSchool,
    group: Annotated[list[str] | None, typer.Option("--group", help="Name of a group; as often as needed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Links somebody to exactly these groups by hand; what the administration linked stays. Without --group to none."""

    async def work(laid: Floor) -> dict[str, Any]:
        wanted = set(group or [])
        async with laid.database.begin() as db:
            at, who = await found(db, school, email)
            known = [one for one in await groups.of_school(db, at.id) if one.name in wanted]
            if missing := wanted - {one.name for one in known}:
                raise Refused("not_found", f"school {at.code} has no group called {min(missing)!r}")
            with refusals():
                ids = [one.id for one in known]
                await staff.link_groups(db, at.id, who, ids, by=OPERATOR, now=laid.now)
        return {"email": people.normal_email(email), "school": at.code, "groups": sorted(wanted)}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{shown['email']}: {', '.join(shown['groups']) or 'no groups by hand'}."], as_json=as_json)


def reviewed(
    email: KnownEmail,
    *,
    school: AtSchool,
    until: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="The last day, included.")] = None,
    as_json: AsJson = False,
) -> None:
    """Records that somebody was looked at: works there still, the address is right, and this is the last day."""

    async def work(laid: Floor) -> dict[str, Any]:
        ends_on = day(until)
        async with laid.database.begin() as db:
            at, who = await found(db, school, email)
            with refusals():
                await review.confirm(db, at.id, who, ends_on, by=OPERATOR, now=laid.now)
        return {"email": people.normal_email(email), "school": at.code, "until": until}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{shown['email']} is looked at for this year."], as_json=as_json)


def held(
    code: SchoolCode,
    *,
    send: Annotated[bool, typer.Option("--send", help="Mail all of them now.")] = False,
    as_json: AsJson = False,
) -> None:
    """New colleagues whose first mail waits for a second look, because a file brought very many; --send mails them."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            at = await schools.by_code(db, code)
            places = await held_mails.of_school(db, at.id)
            waiting = [await staff_list.one(db, at.id, place, today=today(laid)) for place in places]
            if send:
                mails = {"base_url": laid.settings.base_url, "contact": laid.settings.support_contact}
                with refusals():
                    sent = [
                        await first_mail.send(db, laid.keyring, at.id, one, now=laid.now, **mails) for one in waiting
                    ]
                await note(db, laid, "staff.newcomers_mailed", school_id=at.id, sent=sum(sent))
        rows = [called(one) for one in waiting]
        return {"school": at.code, "sent": send, "people": rows}

    shown = perform(work, as_json=as_json)
    told = "mailed" if send else "waits"
    output.answer(shown, [f"{one['email']}  {told}" for one in shown["people"]] or ["Nobody waits."], as_json=as_json)
