"""Where other links in our mails lead than those to a password: an invitation to work at a school, a new address.

A GET only shows: programs that look through mail follow links too. What a link can do is done by a POST that carries its token, which is good for
one address and once; nothing here needs a session, but for an invitation to somebody who can sign in (D15).
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from directory.lifecycle import addresses, memberships, offers
from directory.lifecycle.accounts import Appeared
from directory.lifecycle.offers import Offer
from idp.core.crypto import same
from idp.core.errors import Problem
from idp.credentials import activation, links, passwords
from idp.http import forms, visitors
from idp.http.resources import Resources, resources_of
from idp.signin import flow
from idp.signin.sessions import Session
from idp.web import beginning
from idp.web.mailed_frame import Done, carried, carrying, done, page, token_in, tucked_away

INVITATIONS: Final = "/account/invitations"


async def show_invitation(request: Request) -> Response:
    """Whom a school invites, and as what."""
    if away := tucked_away(request):
        return away
    resources = resources_of(request)
    token = carried(request)
    offer = await _offer(resources, token)
    if offer is None:
        return done(request, "gone")
    return _invitations_page(request, [offer], token=token)


async def show_invitations(request: Request) -> Response:
    """The open invitations of whoever is signed in."""
    resources = resources_of(request)
    session = await _session(request, resources)
    if session is None:
        return RedirectResponse("/", status_code=303)
    async with resources.floor.database.read() as db:
        found = await offers.open_for(db, session.person_id, now=resources.floor.now)
    return _invitations_page(request, found, ticket=_ticket(resources, session))


async def answer_invitation(request: Request) -> Response:
    """Yes or no to one invitation: by its link, or by whoever is signed in."""
    resources = resources_of(request)
    form = await forms.form_of(request)
    if "token" not in form:
        return await _answer_signed_in(request, resources, form.get("offer", ""), form)
    offer = await _offer(resources, token_in(form))
    if offer is None:
        return done(request, "gone")
    if offer.must_sign_in:
        # The link proves the address; the account it leads to has more than that to prove itself.
        visitor = await visitors.visitor_of(request, resources.floor)
        return await beginning.ask_staff(resources, visitor, back=INVITATIONS)
    try:
        return await _answered(request, resources, offer, yes=form.get("answer") == "yes")
    except Appeared:
        return carrying(memberships.PATH, token_in(form))


async def _answer_signed_in(request: Request, resources: Resources, wanted: str, form: dict[str, str]) -> Response:
    session = await _session(request, resources)
    if session is None or not same(_ticket(resources, session), form.get("ticket", "")):
        raise Problem("csrf", status=403, detail="wrong ticket at an invitation")
    async with resources.floor.database.read() as db:
        found = await offers.open_for(db, session.person_id, now=resources.floor.now)
    offer = next((offer for offer in found if str(offer.id) == wanted), None)
    if offer is None:
        return done(request, "gone")
    try:
        response = await _answered(request, resources, offer, yes=form.get("answer") == "yes")
    except Appeared:
        return RedirectResponse(INVITATIONS, status_code=303)
    return RedirectResponse("/account", status_code=303) if response.status_code < 400 else response


async def _answered(request: Request, resources: Resources, offer: Offer, *, yes: bool) -> Response:
    floor = resources.floor
    token = None
    async with floor.database.begin() as db:
        if not yes:
            return done(request, "declined" if await offers.decline(db, offer, now=floor.now) else "gone")
        person_id = await offers.accept(db, offer, now=floor.now)
        if person_id is None:
            return done(request, "gone")
        if await passwords.known_hash(db, person_id) is None:
            # The link of the invitation proved the address already: no second mail is needed.
            token = await links.issue(db, floor.keyring, person_id, offer.email, purpose="activation", now=floor.now)
    if token is not None:
        return carrying(activation.PATH, token)
    return done(request, "joined")


async def _offer(resources: Resources, token: str) -> Offer | None:
    floor = resources.floor
    async with floor.database.read() as db:
        return await offers.find(db, floor.keyring, token, now=floor.now)


async def ask_address(request: Request) -> Response:
    """Is this the new address?"""
    if away := tucked_away(request):
        return away
    token = carried(request)
    return page(request, "mailed/address.html", action=addresses.PATH, token=token)


async def confirm_address(request: Request) -> Response:
    """Whoever reads the new address says yes (D15)."""
    floor = resources_of(request).floor
    token = token_in(await forms.form_of(request))
    contact = floor.settings.support_contact
    lang = (await visitors.lenient_visitor_of(request, floor)).lang
    async with floor.database.begin() as db:
        outcome = await addresses.confirm(db, floor.keyring, token, contact=contact, now=floor.now, lang=lang)
    said: dict[addresses.Outcome | None, Done] = {
        "changed": "address_changed",
        "waits": "address_waits",
        "taken": "address_taken",
        None: "gone",
    }
    return done(request, said[outcome])


async def _session(request: Request, resources: Resources) -> Session | None:
    """The staff session, if it still proves what it proved."""
    visitor = await visitors.visitor_of(request, resources.floor)
    session = visitor.session
    if session is None or session.kind != "staff":
        return None
    return session if await flow.still_stands(resources.floor, session, visitor) else None


def _ticket(resources: Resources, session: Session) -> str:
    return resources.floor.keyring.mac("ticket", "invitation", session.key).hex()[:32]


def _invitations_page(
    request: Request, found: list[Offer], *, token: str | None = None, ticket: str | None = None
) -> Response:
    shown = [
        {"id": offer.id, "school": offer.school_name, "roles": offer.roles, "ends_on": offer.ends_on} for offer in found
    ]
    first = any(offer.must_sign_in for offer in found) and token is not None
    action = memberships.PATH
    return page(
        request, "mailed/invitations.html", action=action, token=token, ticket=ticket, offers=shown, sign_in_first=first
    )


ROUTES = [
    Route(INVITATIONS, show_invitations, methods=["GET"]),
    Route(memberships.PATH, show_invitation, methods=["GET"]),
    Route(memberships.PATH, answer_invitation, methods=["POST"]),
    Route(addresses.PATH, ask_address, methods=["GET"]),
    Route(addresses.PATH, confirm_address, methods=["POST"]),
]
