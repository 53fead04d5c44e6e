"""Where the link of an invitation to a role on a board leads.

A GET only shows. Who has an account that can sign in has more than the link to prove itself: it signs in first, as that very person, and then says
yes. Who has none gets one by accepting, and chooses a password at once: the link proved the address.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from directory.lifecycle import board_invitations
from directory.lifecycle.accounts import Appeared
from directory.lifecycle.board_invitations import BoardOffer
from idp.core.crypto import same
from idp.core.errors import Problem
from idp.credentials import activation, links, passwords
from idp.http import forms, visitors
from idp.http.resources import Resources, resources_of
from idp.signin import flow
from idp.signin.question import Visitor
from idp.signin.sessions import Session
from idp.web import beginning
from idp.web.guarding import BOARD
from idp.web.mailed_frame import carried, carrying, done, page, token_in, tucked_away

HERE: Final = board_invitations.PATH


async def show(request: Request) -> Response:
    """Which board invites, and to what."""
    if away := tucked_away(request):
        return away
    resources, token = resources_of(request), carried(request)
    offer = await _offer(resources, token)
    if offer is None:
        return done(request, "gone")
    visitor = await visitors.visitor_of(request, resources.floor)
    session = await _session(resources, visitor, offer)
    return page(
        request,
        "mailed/board_invitation.html",
        action=HERE,
        token=token,
        ticket=_ticket(resources, session) if session else None,
        board=offer.board_name,
        role=offer.role,
        sign_in_first=offer.must_sign_in and session is None,
    )


async def answer(request: Request) -> Response:
    """Yes or no, or first to the password."""
    resources = resources_of(request)
    form = await forms.form_of(request)
    offer = await _offer(resources, token_in(form))
    if offer is None:
        return done(request, "gone")
    if offer.must_sign_in:
        visitor = await visitors.visitor_of(request, resources.floor)
        session = await _session(resources, visitor, offer)
        if session is None:
            return await beginning.ask_staff(resources, visitor, back=HERE)
        if not same(_ticket(resources, session), form.get("ticket", "")):
            raise Problem("csrf", status=403, detail="wrong ticket at an invitation of a board")
    if form.get("answer") not in {"yes", "no"}:
        raise Problem("request.invalid", detail="neither yes nor no")
    try:
        return await _answered(request, resources, offer, yes=form["answer"] == "yes")
    except Appeared:
        return carrying(HERE, token_in(form))


async def _answered(request: Request, resources: Resources, offer: BoardOffer, *, yes: bool) -> Response:
    floor = resources.floor
    token = None
    async with floor.database.begin() as db:
        if not yes:
            return done(request, "declined" if await board_invitations.decline(db, offer, now=floor.now) else "gone")
        contact = floor.settings.support_contact
        person_id = await board_invitations.accept(db, offer, contact=contact, now=floor.now)
        if person_id is None:
            return done(request, "gone")
        if await passwords.known_hash(db, person_id) is None:
            token = await links.issue(db, floor.keyring, person_id, offer.email, purpose="activation", now=floor.now)
    return carrying(activation.PATH, token) if token else RedirectResponse(BOARD, status_code=303)


async def _offer(resources: Resources, token: str) -> BoardOffer | None:
    async with resources.floor.database.read() as db:
        return await board_invitations.find(db, resources.floor.keyring, token, now=resources.floor.now)


async def _session(resources: Resources, visitor: Visitor, offer: BoardOffer) -> Session | None:
    """The session of the very person whose address was invited, if it still proves what it proved."""
    session = visitor.session
    if session is None or session.person_id != offer.person_id:
        return None
    return session if await flow.still_stands(resources.floor, session, visitor) else None


def _ticket(resources: Resources, session: Session) -> str:
    return resources.floor.keyring.mac("ticket", "board invitation", session.key).hex()[:32]


ROUTES = [Route(HERE, show, methods=["GET"]), Route(HERE, answer, methods=["POST"])]
