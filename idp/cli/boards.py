"""`idp boards`: who has which role on a board, at its written request (D20). A school gives none of these, nor does a file."""

from typing import Annotated, Any

import typer

from directory import boards, people, roles
from directory.boards import KnownBoard
from directory.identifiers import parse_email_address
from directory.lifecycle import board_invitations, board_people
from directory.lifecycle.board_invitations import Invited
from idp.cli import accounts, output
from idp.cli.acting import OPERATOR, note, perform, refuse_unasked
from idp.cli.options import (
    AsJson,
    FirstName,
    InvitedEmail,
    KnownEmail,
    KnownFirstName,
    KnownSurname,
    NewEmail,
    PasswordStdin,
    Prefix,
    Surname,
    line,
)
from idp.cli.output import Refused
from idp.cli.staffing import called, refusals
from idp.core.db import Db
from idp.core.floor import Floor

app = typer.Typer(no_args_is_help=True)

OfBoard = Annotated[str, typer.Option("--board", metavar="NUMBER", help="The funding number of the board.")]
Role = Annotated[str, typer.Option("--role", help=f"One of {', '.join(roles.BOARD_ROLES)}.")]
OnRequest = Annotated[
    str | None,
    typer.Option(
        "--request", metavar="REF", help="The board's written request; asked for outside the demo.", callback=line(100)
    ),
]


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """Every board, with how many schools it runs and where it is written to about agreements."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            found = await boards.listed(db)
        return [
            {"number": one.number, "name": one.name, "schools": count, "email": email} for one, count, email in found
        ]

    columns = {"number": "number", "name": "name", "schools": "schools", "agreements to": "email"}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


@app.command("write-to")
def write_to(
    email: Annotated[str | None, typer.Argument(metavar="[EMAIL]", help="As it stands in RIO.")] = None,
    *,
    board: OfBoard,
    none: Annotated[bool, typer.Option("--none", help="Nobody but those with a role on the board.")] = False,
    as_json: AsJson = False,
) -> None:
    """Where a board is written to about its agreements: its address in RIO (R65), beside those with a role on it."""

    async def work(laid: Floor) -> dict[str, Any]:
        if (email is None) is not none:
            raise Refused("email", "name the board's address, or --none")
        address = parse_email_address(email) if email is not None else None
        async with laid.database.begin() as db:
            at = await boards.by_number(db, board)
            await boards.write_to(db, at.id, address)
            await note(db, laid, "board.written_to", board=at.id, known=address is not None)
        return {"board": at.number, "email": address}

    shown = perform(work, as_json=as_json)
    told = f"Board {shown['board']} is written to about agreements at {shown['email'] or 'no address of its own'}."
    output.answer(shown, [told], as_json=as_json)


@app.command("people")
def people_(number: Annotated[str, typer.Argument(metavar="NUMBER")], *, as_json: AsJson = False) -> None:
    """Who has which role on a board, and whom it invited."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            board = await boards.by_number(db, number)
            held = await board_people.of_board(db, board.id)
            invited = await board_invitations.of_board(db, board.id)
        return [
            *({**called(one), "role": one.role, "since": one.given_at.isoformat(), "invitation": None} for one in held),
            *(
                {**called(one), "role": one.role, "since": one.asked_at.isoformat(), "invitation": one.id}
                for one in invited
            ),
        ]

    columns = {"name": "name", "e-mail": "email", "role": "role", "since": "since", "invitation": "invitation"}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


@app.command("add-staff")
def add_staff(
    *,
    board: OfBoard,
    email: NewEmail,
    role: Role,
    password_stdin: PasswordStdin = False,
    first_name: KnownFirstName = None,
    prefix: Prefix = None,
    surname: KnownSurname = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Gives somebody a role on a board at once. An account that exists already keeps its name and password."""

    async def work(laid: Floor) -> dict[str, Any]:
        refuse_unasked(laid, request)
        address = parse_email_address(email)
        async with laid.database.read() as db:
            at = await boards.by_number(db, board)
        names = at.name, first_name, surname
        phc = await accounts.asked_for(laid, password_stdin=password_stdin, names=names)
        async with laid.database.begin() as db:
            account, is_new = await accounts.find_or_make(db, laid, address, first_name, prefix, surname)
            await _asked(db, laid, at, request)
            with refusals():
                given = await board_people.give(db, at.id, account.person_id, role, **_doing(laid))
            how = await accounts.settle(db, laid, account, phc)
        return {"email": address, "board": at.number, "role": role, "new": is_new, "given": given, "password": how}

    shown = perform(work, as_json=as_json)
    told = f"{shown['email']} is {shown['role']} of board {shown['board']}."
    output.answer(shown, [told, *accounts.NOTES[shown["password"]]], as_json=as_json)


@app.command("invite")
def invite(
    *,
    board: OfBoard,
    email: InvitedEmail,
    first_name: FirstName,
    surname: Surname,
    role: Role,
    prefix: Prefix = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Mails somebody an invitation to a role on a board. Nothing changes before the yes."""

    async def work(laid: Floor) -> dict[str, Any]:
        refuse_unasked(laid, request)
        invited = Invited(email, first_name, prefix, surname, role)
        letter = {"base_url": laid.settings.base_url, **_doing(laid)}
        async with laid.database.begin() as db:
            at = await boards.by_number(db, board)
            await _asked(db, laid, at, request)
            with refusals():
                number = await board_invitations.invite(db, laid.keyring, at.id, invited, **letter)
        return {"invitation": number, "email": parse_email_address(email), "board": at.number, "role": role}

    shown = perform(work, as_json=as_json)
    told = f"An invitation ({shown['invitation']}) is on its way to {shown['email']}."
    output.answer(shown, [told], as_json=as_json)


@app.command("withdraw")
def withdraw(
    invitation: Annotated[int, typer.Argument(metavar="INVITATION", help="As `idp boards people` shows it.")],
    *,
    board: OfBoard,
    as_json: AsJson = False,
) -> None:
    """An invitation holds no more."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            at = await boards.by_number(db, board)
            await board_invitations.withdraw(db, at.id, invitation, by=OPERATOR, now=laid.now)
        return {"invitation": invitation, "board": at.number, "withdrawn": True}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"Invitation {shown['invitation']} holds no more."], as_json=as_json)


@app.command("take-role")
def take_role(
    email: KnownEmail,
    *,
    board: OfBoard,
    role: Role,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Takes a role on a board away, from this moment: every session of that person ends."""

    async def work(laid: Floor) -> dict[str, Any]:
        refuse_unasked(laid, request)
        address = people.normal_email(email)
        async with laid.database.begin() as db:
            at = await boards.by_number(db, board)
            held = await board_people.of_board(db, at.id)
            one = next((one for one in held if one.email == address and one.role == role), None)
            if one is None:
                raise LookupError("nobody with that address has that role on this board")
            await _asked(db, laid, at, request)
            await board_people.take(db, at.id, one.id, taker=None, **_doing(laid))
        return {"email": address, "board": at.number, "role": role, "taken": True}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{shown['email']} is no longer {shown['role']} of {shown['board']}."], as_json=as_json)


def _doing(laid: Floor) -> dict[str, Any]:
    return {"contact": laid.settings.support_contact, "by": OPERATOR, "now": laid.now}


async def _asked(db: Db, laid: Floor, board: KnownBoard, request: str | None) -> None:
    """The board's written request, kept in the ledger."""
    if request:
        await note(db, laid, "board.requested", board=board.id, request=request)
