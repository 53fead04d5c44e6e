"""Where somebody lands who signed in at our own door, and the way out."""

from datetime import UTC, date, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from consent import participants, ticks
from directory import contacts, operators, people, rights, roles, schools
from directory.lifecycle import offers, seats
from idp.core.clock import AMSTERDAM
from idp.core.crypto import same
from idp.core.db import Db
from idp.core.errors import Problem
from idp.http import forms, headers, leaving, visitors
from idp.http.anew import shortcut_of
from idp.http.announced import notice_of
from idp.http.kept import own
from idp.http.resources import Resources, resources_of
from idp.signin import childs_page, flow, logout, sessions
from idp.signin.question import Visitor
from idp.signin.sessions import Session
from idp.web import factors
from idp.web.guarding import BOARD
from metadata import parties


async def account(request: Request) -> Response:
    """One's own page: greeting, software, sessions."""
    resources = resources_of(request)
    visitor = await visitors.visitor_of(request, resources.floor)
    session = visitor.session
    if session is None:
        return RedirectResponse("/", status_code=303)
    shown = await (_pupil if session.kind == "pupil" else _staff)(request, resources, visitor, session)
    if shown is None:
        return RedirectResponse("/", status_code=303)
    template, context = shown
    return resources.pages.respond(
        request,
        template,
        headers=headers.PAGE,
        kept=session.kind == "pupil",
        action="/signout",
        ticket=own(_ticket(resources, session)),
        step="signout",
        **context,
    )


Shown = tuple[str, dict[str, Any]] | None
"""A page and what it shows; None where the session proves nothing any more."""


async def _still_good(resources: Resources, visitor: Visitor) -> Session | None:
    """The session, if it still proves what it proved; the same rule as at a party's question (C-317)."""
    session = visitor.session
    if session is None:
        return None
    return session if await flow.still_stands(resources.floor, session, visitor) else None


async def _pupil(_request: Request, resources: Resources, visitor: Visitor, session: Session) -> Shown:
    floor = resources.floor
    standing = None if session.at_home else visitor.standing
    if session.at_home and await _still_good(resources, visitor) is None:
        return None
    page = await childs_page.of(floor.database.hot, session, today=flow.today(floor.now), standing=standing)
    if page is None:
        return None
    child = page.child
    return "pupil.html", {
        "child": {"first_name": own(child.first_name), "label": own(child.label), "picture": own(child.child.picture)},
        "tiles": _tiles(page.software),
    }


async def _staff(request: Request, resources: Resources, visitor: Visitor, session: Session) -> Shown:
    floor = resources.floor
    if await _still_good(resources, visitor) is None:
        return None
    async with floor.database.read() as db:
        places = await people.workplaces(db, session.person_id, today=flow.today(floor.now))
        email = await people.email_of(db, session.person_id) or ""
        name = await people.first_name_of(db, session.person_id)
        invitations = await offers.open_for(db, session.person_id, now=floor.now)
        gives_seats_at = await _gives_seats_at(db, session.person_id, today=flow.today(floor.now))
        two_steps = await factors.shown(db, session.person_id)
        tries = None if places else await _tries(db, session.person_id)
        # Nobody has a role on a board and no second step (D7).
        above = await rights.boards(db, session.person_id) if session.second_at is not None else []
        on_duty = not places and await operators.duty_of(db, session.person_id) is not None
    since = datetime.fromtimestamp(session.created_at, UTC).astimezone(AMSTERDAM)
    until = datetime.fromtimestamp(session.created_at + sessions.LONGEST["staff"], UTC).astimezone(AMSTERDAM)
    here = next((place.school_name for place in places if place.school_id == session.school_id), tries or "")
    boards = [
        {"name": one.board.name, "url": f"{BOARD}/{one.board.number}", "roles": sorted(one.roles)} for one in above
    ]
    return "account.html", {
        "name": name,
        "email": email,
        "workplaces": [
            {"name": place.school_name, "roles": place.roles, "here": place.school_id == session.school_id}
            for place in places
        ],
        "manages": any(roles.ICT_COORDINATOR in place.roles for place in places)
        or any(one.coordinates for one in above),
        "boards": boards,
        "gives_seats_at": gives_seats_at,
        "invitations": len(invitations),
        "two_steps": two_steps,
        "tries": tries,
        "on_duty": on_duty,
        "sessions": [
            {"name": here or next((one["name"] for one in boards), ""), "current": True, "since": since, "until": until}
        ],
        "tiles": _tiles(await ticks.software(floor.database.hot, session.school_id)),
        "notice": await notice_of(request),
    }


async def _tries(db: Db, person_id: int) -> str | None:
    """The name of the party whose software this person tries as its contact, or None."""
    party_id = await contacts.party_of(db, person_id)
    return (await parties.by_id(db, party_id)).name if party_id is not None else None


async def _gives_seats_at(db: Db, person_id: int, *, today: date) -> list[dict[str, str]]:
    """The schools whose coordinator lets this person give substitute accounts (D4)."""
    chosen = await seats.delegated_to(db, person_id, today=today)
    known = await schools.by_ids(db, chosen) if chosen else []
    return [{"name": school.name, "url": f"/desk/{school.code}/deputy"} for school in known]


def _tiles(software: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "url": url} for name, url in software]


async def ask_sign_out(request: Request) -> Response:
    """Sign out? A party asked without a proof that it was the person who wanted it."""
    resources = resources_of(request)
    visitor = await visitors.visitor_of(request, resources.floor)
    if visitor.session is None:
        return RedirectResponse("/signout/done", status_code=303)
    if await _still_good(resources, visitor) is None:
        # Nobody is greeted by name where the session no longer counts; it is ended all the same.
        return await leaving.sign_out(resources, visitor, onwards="/signout/done")
    session, floor = visitor.session, resources.floor
    async with floor.database.read() as db:
        who = await people.first_name_of(db, session.person_id)
        parties = await participants.names_of(db, session.person_id, session.mark, now=floor.now)
    return resources.pages.respond(
        request,
        "signout/confirm.html",
        headers=headers.PAGE,
        action="/signout",
        ticket=_ticket(resources, visitor.session),
        step="signout",
        register=visitor.session.kind,
        who=who,
        parties=parties,
        party=None,
        error=None,
    )


async def sign_out(request: Request) -> Response:
    """Ends the session. "Ik ben iemand anders" leads a child straight back to the groups of its school."""
    resources = resources_of(request)
    floor = resources.floor
    form = await forms.form_of(request)
    visitor = await visitors.visitor_of(request, floor)
    session = visitor.session
    if session is None:
        return RedirectResponse("/signout/done", status_code=303)
    if not same(_ticket(resources, session), form.get("ticket", "")):
        raise Problem("csrf", status=403, detail="wrong ticket at sign-out")
    if form.get("answer") == "no":
        return RedirectResponse("/account", status_code=303)
    target = leaving.done(session)
    if session.at_home and form.get("not_me"):
        target = "/thuis"
    elif session.kind == "pupil" and form.get("not_me"):
        async with floor.database.read() as db:
            school = await schools.by_id(db, session.school_id)
        target = shortcut_of(school.instelling_ref)
    return await leaving.sign_out(resources, visitor, onwards=target)


async def signed_out(request: Request) -> Response:
    """You are signed out."""
    told = request.query_params.get("as", "")
    register = told if told in {"pupil", "home"} else "staff"
    pages = resources_of(request).pages
    return pages.respond(request, "signout/done.html", register=register, back_url=None, party=None, error=None)


async def elsewhere(request: Request) -> Response:
    """Signing out at parties by way of this browser, for a few seconds at most; then who did not answer, if anybody (C-077)."""
    resources, name = resources_of(request), request.path_params["run"]
    floor = resources.floor
    run = await leaving.find(floor, name)
    if run is None:
        return RedirectResponse("/signout/done", status_code=303)
    query = forms.query_of(request)
    here = f"{leaving.ELSEWHERE}/{name}"
    if run.frames and "seen" not in query:
        origins = [leaving.origin_of(frame.address) for frame in run.frames]
        return resources.pages.respond(
            request,
            "signout/elsewhere.html",
            headers=headers.opening_frames(origins),
            register=run.register,
            frames=run.frames,
            seconds=logout.FRAMES,
            after=f"{here}?seen=",
            party=None,
            error=None,
            lang_switch_url=None,
        )
    run, found = await leaving.opened(floor, name, run, frozenset(query.get("seen", "").split(".")))
    missing = [*run.unanswered, *(one.party_name for one in found if one.state in {"waiting", "asked", "failed"})]
    if run.answers is not None or not missing:
        return RedirectResponse(run.onwards, status_code=303)
    return resources.pages.respond(
        request,
        "signout/unanswered.html",
        headers=headers.PAGE,
        register=run.register,
        parties=list(dict.fromkeys(missing)),
        onwards=run.onwards,
        party=None,
        error=None,
        lang_switch_url=None,
    )


def _ticket(resources: Resources, session: Session) -> str:
    return resources.floor.keyring.mac("ticket", "signout", session.key).hex()[:32]


ROUTES = [
    Route("/account", account),
    Route("/signout", ask_sign_out, methods=["GET"]),
    Route("/signout", sign_out, methods=["POST"]),
    Route("/signout/done", signed_out),
    Route(leaving.ELSEWHERE + "/{run}", elsewhere),
]
