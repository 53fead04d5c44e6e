"""Who else acts or looks for the board: the roles there are, inviting somebody to one, and taking one away."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory import names, people, roles
from directory.lifecycle import board_invitations, board_people
from directory.lifecycle.board_invitations import Invited
from directory.lifecycle.board_people import BoardColleague
from directory.lifecycle.refusals import Refused
from idp.core import throttle
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.errors import Problem
from idp.core.throttle import Policy
from idp.web.board import frame
from idp.web.board.guards import BOARD, Form, Overseer, act, number, opens, works

TO_AN_ADDRESS: Final = Policy(free=3, first_pause=3600, longest_pause=3600, most=10)
OF_A_BOARD: Final = Policy(free=30, first_pause=3600, longest_pause=3600, most=40)
"""Mails to one address, and mails of one board: a few at once, then one in an hour."""


async def everybody(overseer: Overseer) -> Response:
    """The roles there are, and the invitations that nobody answered yet."""
    async with overseer.floor.database.read() as db:
        found = await board_people.of_board(db, overseer.board.id)
        invited = await board_invitations.of_board(db, overseer.board.id)
    now = overseer.now
    return frame.respond(
        overseer,
        "people.html",
        at="people",
        people=[_shown(overseer, one) for one in found],
        invitations=[
            {"id": one.id, "name": _called(one), "email": one.email, "role": one.role, "over": one.expires_at <= now}
            | {"asked_at": one.asked_at.astimezone(AMSTERDAM)}
            for one in invited
        ],
    )


def _called(one: Any) -> str:
    return names.full_name(one.first_name, one.prefix, one.surname) or one.email


def _shown(overseer: Overseer, one: BoardColleague) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": _called(one),
        "email": one.email,
        "role": one.role,
        "since": one.given_at.astimezone(AMSTERDAM),
        "activated": one.activated,
        "second_factor": one.second_factor,
        "myself": one.person_id == overseer.session.person_id,
    }


async def new(overseer: Overseer) -> Response:
    """The form: who, and as what."""
    return _new_page(overseer, {}, error=None)


def _new_page(overseer: Overseer, form: Form, *, error: str | None) -> Response:
    return frame.respond(overseer, "people_new.html", at="people", error=error, values=form, roles=roles.BOARD_ROLES)


async def invite(overseer: Overseer, form: Form) -> Response:
    """Mails an invitation; whoever has the address says yes, and has the role from then on (D15)."""
    floor, settings = overseer.floor, overseer.floor.settings
    invited = Invited(
        form.get("email", ""),
        _line(form, "first_name", 64),
        _line(form, "prefix", 16) or None,
        _line(form, "surname", 200),
        form.get("role", ""),
    )
    mails = {"base_url": settings.base_url, "contact": settings.support_contact}
    try:
        async with floor.database.begin() as db:
            await board_invitations.invite(
                db, floor.keyring, overseer.board.id, invited, by=overseer.by, now=overseer.now, **mails
            )
            await _check_pace(overseer, invited.email)
    except ValueError as error:
        code = error.code if isinstance(error, Refused) else "malformed"
        return _new_page(overseer, form, error=f"board.people.refused.{code}")
    return frame.back(overseer, "/people", done="invited")


def _line(form: Form, name: str, longest: int) -> str:
    return " ".join(form.get(name, "").split())[:longest]


async def _check_pace(overseer: Overseer, email: str) -> None:
    """Raises `Refused` where an address, or everybody together, was mailed too often: asked in the transaction that then mails nothing."""
    floor, board = overseer.floor, str(overseer.board.id)
    for whom, policy in ((people.normal_email(email), TO_AN_ADDRESS), ("everybody", OF_A_BOARD)):
        counter = floor.keyring.mac("token", "throttle", "board invitation", board, whom)
        if await throttle.enter(floor.store, counter, policy):
            raise Refused("mailed_too_often", "mailed a few times a moment ago")


async def withdraw(overseer: Overseer, form: Form) -> Response:
    """An invitation holds no more."""
    try:
        async with overseer.floor.database.begin() as db:
            await board_invitations.withdraw(
                db, overseer.board.id, number(form.get("invitation", "")), by=overseer.by, now=overseer.now
            )
    except LookupError:
        raise Problem("not_found", status=404, detail="no such invitation of this board") from None
    return frame.back(overseer, "/people", done="invitation_withdrawn")


async def ask_take(overseer: Overseer) -> Response:
    """What taking the role away means."""
    async with overseer.floor.database.read() as db:
        one = await _found(db, overseer)
    return _sheet(overseer, one, error=None)


def _sheet(overseer: Overseer, one: BoardColleague, *, error: str | None) -> Response:
    return frame.respond(overseer, "people_take.html", at="people", error=error, one=_shown(overseer, one))


async def take(overseer: Overseer, _: Form) -> Response:
    """The role no more: every session of that person ends with the commit."""
    contact, myself = overseer.floor.settings.support_contact, overseer.session.person_id
    async with overseer.floor.database.begin() as db:
        one = await _found(db, overseer)
        try:
            await board_people.take(
                db, overseer.board.id, one.id, taker=myself, contact=contact, by=overseer.by, now=overseer.now
            )
        except Refused as error:
            return _sheet(overseer, one, error=f"board.people.refused.{error.code}")
        except LookupError:
            raise Problem("board.not_yours", status=403, detail="taken away a moment ago") from None
    return frame.back(overseer, "/people", done="role_taken")


async def _found(db: Db, overseer: Overseer) -> BoardColleague:
    """The role in the address, on this board. Raises `Problem("not_found")`."""
    wanted = overseer.number("place")
    one = next((one for one in await board_people.of_board(db, overseer.board.id) if one.id == wanted), None)
    if one is None:
        raise Problem("not_found", status=404, detail="no such role on this board")
    return one


_HERE = f"{BOARD}/{{board}}/people"

ROUTES = [
    Route(_HERE, works(everybody)),
    Route(f"{_HERE}/new", opens(new)),
    Route(f"{_HERE}/new", act(invite), methods=["POST"]),
    Route(f"{_HERE}/withdraw", act(withdraw), methods=["POST"]),
    Route(f"{_HERE}/{{place:int}}/take", opens(ask_take)),
    Route(f"{_HERE}/{{place:int}}/take", act(take), methods=["POST"]),
]
