"""People: staff accounts, their second factors, a child's secret."""

from typing import Annotated, Any

import typer

from directory import people, roles, schools
from directory.identifiers import parse_email_address
from directory.lifecycle import placed
from directory.people import Account
from idp.cli import accounts, output, people_again, people_sessions
from idp.cli.acting import OPERATOR, note, perform, today
from idp.cli.options import (
    AsJson,
    AtSchool,
    KnownEmail,
    KnownFirstName,
    KnownSurname,
    NewEmail,
    OnRequest,
    PasswordStdin,
    Prefix,
    line,
)
from idp.cli.output import Refused
from idp.cli.staffing import coordinator_asked_for, refusals
from idp.core import mail
from idp.core.db import Db
from idp.core.floor import Floor
from idp.credentials import login_cards, pupil_secrets
from idp.credentials.pupil_secrets import SecretKind
from idp.http import pages
from idp.http.pages import Pages
from idp.signin import hindrance_facts
from idp.signin.hindrances import answers
from mfa import recovery_codes, resets, totp

app = typer.Typer(no_args_is_help=True)
app.command("try-again")(people_again.try_again)
app.command("end-sessions")(people_sessions.end_sessions)


@app.command("add-staff")
def add_staff(
    *,
    school: AtSchool,
    email: NewEmail,
    role: Annotated[list[str], typer.Option(help=f"One of {', '.join(roles.ROLES)}; may be repeated.")],
    password_stdin: PasswordStdin = False,
    first_name: KnownFirstName = None,
    prefix: Prefix = None,
    surname: KnownSurname = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Adds a member of staff. An account that exists already gets this employment and these roles, and keeps its name and password."""

    async def work(laid: Floor) -> dict[str, Any]:
        address = parse_email_address(email)
        async with laid.database.read() as db:
            at = await schools.by_code(db, school)
        names = at.name, first_name, surname
        phc = await accounts.asked_for(laid, password_stdin=password_stdin, names=names)
        async with laid.database.begin() as db:
            await coordinator_asked_for(db, laid, at, role, request)
            account, is_new = await accounts.find_or_make(db, laid, address, first_name, prefix, surname)
            await people.employ(db, at.id, account.person_id, role)
            how = await accounts.settle(db, laid, account, phc)
            held = sorted(set(role))
            await note(db, laid, "staff.added", school_id=at.id, subject=account.ledger_id, roles=held)
        return {"email": address, "school": at.code, "roles": held, "new": is_new, "password": how}

    shown = perform(work, as_json=as_json)
    told = f"{shown['email']} works at {shown['school']} as {', '.join(shown['roles'])}."
    output.answer(shown, [told, *accounts.NOTES[shown["password"]]], as_json=as_json)


@app.command("enrol-totp")
def enrol_totp(
    email: KnownEmail,
    *,
    replace: Annotated[bool, typer.Option("--replace", help="Also where there is an app already: it ends.")] = False,
    as_json: AsJson = False,
) -> None:
    """Sets up an authenticator app and prints its secret and recovery codes, this once."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            account = await people.account(db, email)
            if account is None:
                raise LookupError(f"no account {email}")
            had = await totp.enrolled(db, account.person_id)
            if had and not replace:
                raise Refused("already_enrolled", f"{account.email} has an authenticator app; --replace ends it")
            return await _enrol(db, laid, account, had=had)

    shown = perform(work, as_json=as_json)
    told = [
        "Shown once; nobody can read it again.",
        f"secret  {shown['secret']}",
        f"uri     {shown['uri']}",
        "recovery codes, each works once:",
        *(f"  {code}" for code in shown["recovery_codes"]),
    ]
    output.answer(shown, told, as_json=as_json)


@app.command("reset-second-factor")
def reset_second_factor(
    email: KnownEmail,
    *,
    reference: Annotated[str, typer.Option(help="Of the request that the board signed.", callback=line(64))],
    as_json: AsJson = False,
) -> None:
    """Takes away the app, passkeys and recovery codes that somebody lost; the person and the coordinators are mailed."""

    async def work(laid: Floor) -> dict[str, Any]:
        contact = laid.settings.support_contact
        async with laid.database.begin() as db:
            with refusals():
                await resets.by_operator(db, email, reference=reference, contact=contact, by=OPERATOR, now=laid.now)
        return {"email": people.normal_email(email), "reference": reference}

    shown = perform(work, as_json=as_json)
    told = [f"{shown['email']} sets up a second factor anew at the next sign-in.", "All sessions have ended."]
    output.answer(shown, told, as_json=as_json)


@app.command("set-secret")
def set_secret(
    *,
    school: AtSchool,
    pupil_key: Annotated[str, typer.Option(metavar="KEY", help="The pupil's key in the administration.")],
    pin: Annotated[str | None, typer.Option(help="Four digits.")] = None,
    pictures: Annotated[
        str | None, typer.Option(help=f"Three in order, with commas, of {', '.join(pupil_secrets.PICTURES)}.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Gives one pupil a chosen PIN or chosen pictures."""

    async def work(laid: Floor) -> dict[str, Any]:
        kind, secret = _chosen(pin, pictures)
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            person_id = await people.pupil_by_key(db, at.id, pupil_key)
            await pupil_secrets.set_secrets(db, laid.keyring, {person_id: (kind, secret)}, now=laid.now)
            _, subject = await people.identity(db, person_id)
            await note(db, laid, "pupil.secret_set", school_id=at.id, subject=subject, kind=kind)
        return {"school": at.code, "pupil_key": pupil_key, "kind": kind}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"Pupil {shown['pupil_key']} signs in with the new {shown['kind']}."], as_json=as_json)


@app.command("card")
def card(
    *,
    school: AtSchool,
    pupil_key: Annotated[str, typer.Option(metavar="KEY", help="The pupil's key in the administration.")],
    void: Annotated[bool, typer.Option("--void", help="Make the card worthless instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Prints what one pupil's sign-in card holds, for whoever prints cards elsewhere; makes the card where there is none."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            person_id = await people.pupil_by_key(db, at.id, pupil_key)
            _, subject = await people.identity(db, person_id)
            about = {person_id: subject}
            if void:
                done = await login_cards.void(db, about, now=laid.now)
                await people.end_sessions(db, *done)
            else:
                done = await login_cards.make(db, laid.keyring, about, now=laid.now)
            code = (await login_cards.codes(db, laid.keyring, about)).get(person_id)
            action = "pupil.cards_voided" if void else "pupil.cards_printed"
            await note(db, laid, action, school_id=at.id, subject=subject, pupils=1)
        return {"school": at.code, "pupil_key": pupil_key, "code": code, "changed": bool(done)}

    shown = perform(work, as_json=as_json)
    voided = f"The card of pupil {shown['pupil_key']} is worthless." if shown["changed"] else "There was no card."
    output.answer(shown, [voided if void else shown["code"]], as_json=as_json)


@app.command("why")
def why(
    *,
    school: AtSchool,
    pupil_key: Annotated[str | None, typer.Option(metavar="KEY", help="A pupil's key in the administration.")] = None,
    email: Annotated[str | None, typer.Option(help="Or the address of a member of staff.")] = None,
    as_json: AsJson = False,
) -> None:
    """Says what keeps one person of a school from signing in, in the order in which to look. Names neither parties nor the person."""

    async def work(laid: Floor) -> dict[str, Any]:
        if (pupil_key is None) == (email is None):
            raise Refused("refused", "give either --pupil-key or --email")
        day = today(laid)
        async with laid.database.read() as db:
            at = await schools.by_code(db, school)
            if pupil_key is not None:
                place = await placed.enrolment_of(db, at.id, pupil_key)
                one = await hindrance_facts.of_pupil(db, laid, at, place, today=day)
            else:
                place = await placed.employment_of(db, at.id, people.normal_email(email or ""), today=day)
                one = await hindrance_facts.of_staff(db, laid, at, place, today=day)
        # D37: how many parties, never which.
        found = [
            {"what": each.what, "said": each.said, "state": each.state, "count": each.count}
            for each in answers(one.facts)
        ]
        return {"school": at.code, "kind": one.kind, "answers": found}

    shown = perform(work, as_json=as_json)
    told = pages.shared()
    lines = [
        f"{each['state']:5} {told.text('en', _key(each, 'title'))}: {_sentence(told, each)}"
        for each in shown["answers"]
    ]
    output.answer(shown, lines, as_json=as_json)


def _key(answer: dict[str, Any], last: str) -> str:
    return f"desk.why.{answer['what']}.{last}"


def _sentence(told: Pages, answer: dict[str, Any]) -> str:
    """What the coordinator reads, without the names that follow there."""
    return told.text("en", _key(answer, answer["said"]), count=answer["count"]).removesuffix(":")


async def _enrol(db: Db, laid: Floor, account: Account, *, had: bool) -> dict[str, Any]:
    secret = totp.new_secret()
    # No code of it was used yet, so none is spent.
    await totp.enrol(db, laid.keyring, account.person_id, secret, used_step=0, now=laid.now)
    codes = await recovery_codes.renew(db, laid.keyring, account.person_id)
    if had:
        await people.end_sessions(db, account.person_id)
    await note(db, laid, "second_factor.enrolled", subject=account.ledger_id, replaced=had)
    await mail.queue(db, "second_factor_on", account.email, now=laid.now, contact=laid.settings.support_contact)
    return {"secret": secret, "uri": totp.uri(secret, account=account.email), "recovery_codes": codes}


def _chosen(pin: str | None, pictures: str | None) -> tuple[SecretKind, str]:
    if (pin is None) == (pictures is None):
        raise Refused("refused", "give either --pin or --pictures")
    kind: SecretKind = "pin" if pin is not None else "pictures"
    secret = pin if pin is not None else ",".join(name.strip() for name in (pictures or "").split(","))
    if not pupil_secrets.well_formed(kind, secret):
        wanted = "four digits" if kind == "pin" else "three picture names with commas between them"
        raise Refused("malformed_secret", f"a secret of this kind is {wanted}")
    return kind, secret
