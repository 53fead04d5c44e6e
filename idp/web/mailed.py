"""Where the links in our mails lead: a first password, an invitation to work at a school, a new address.

A GET only shows: programs that look through mail follow links too. What a link can do is done by a POST that carries its token, which is good for
one address and once; nothing here needs a session, but for an invitation to somebody who can sign in (D15).
"""

from typing import Any, Final, Literal

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from directory import people
from directory.lifecycle import addresses, memberships, offers
from directory.lifecycle.days import day_of
from directory.lifecycle.offers import Offer
from idp.core import ledger
from idp.core.crypto import same
from idp.core.errors import Problem
from idp.credentials import activation, passwords
from idp.credentials.activation import Link
from idp.http import forms, headers, visitors
from idp.http.resources import Resources, resources_of
from idp.signin import flow
from idp.signin.sessions import Session
from idp.web import signin

LENGTH: Final = 36
"""Of a token (R95)."""
INVITATIONS: Final = "/account/invitations"

Done = Literal["activated", "sent", "joined", "declined", "address_changed", "address_waits", "address_taken", "gone"]


async def ask_password(request: Request) -> Response:
    """A first password, if the link is good; another mail to the same address, if it was."""
    resources = resources_of(request)
    token = _token(forms.query_of(request))
    link = await _link(resources, token)
    if link is None:
        return _done(request, "gone")
    return _password_page(request, link, token)


async def set_password(request: Request) -> Response:
    """Takes the first password, or sends a fresh link in the place of an old one."""
    resources = resources_of(request)
    form = await forms.form_of(request)
    token = _token(form)
    link = await _link(resources, token)
    if link is None:
        return _done(request, "gone")
    if not link.live:
        return await _send_again(request, resources, link)
    password = form.get("password", "")
    longest = resources.floor.settings.password_max_length
    if wrong := passwords.refuse_weak(password, longest=longest, names=await _names(resources, link.person_id)):
        return _password_page(request, link, token, error=wrong)
    with resources.hasher.place():
        phc = await resources.hasher.hash(password)
    return _done(request, "activated" if await _activate(resources, token, phc) else "gone")


async def _link(resources: Resources, token: str) -> Link | None:
    floor = resources.floor
    async with floor.database.read() as db:
        return await activation.find(db, floor.keyring, token, now=floor.now)


async def _names(resources: Resources, person_id: int) -> tuple[str, ...]:
    """What a password must not hold (D1)."""
    floor = resources.floor
    async with floor.database.read() as db:
        places = await people.workplaces(db, person_id, today=day_of(floor.now))
        return (*await people.names_of(db, person_id), *(place.school_name for place in places))


async def _activate(resources: Resources, token: str, phc: str) -> bool:
    floor = resources.floor
    async with floor.database.begin() as db:
        # Of two clicks at once the first one's password counts: the second finds the link used.
        link = await activation.find(db, floor.keyring, token, now=floor.now)
        if link is None or not link.live or not await activation.use(db, floor.keyring, token):
            return False
        await passwords.set_password(db, link.person_id, phc, now=floor.now)
        _, ledger_id = await people.identity(db, link.person_id)
        await ledger.record(db, "account.activated", now=floor.now, by=ledger_id, subject=ledger_id)
    return True


async def _send_again(request: Request, resources: Resources, link: Link) -> Response:
    floor, settings = resources.floor, resources.floor.settings
    async with floor.database.begin() as db:
        context = {"base_url": settings.base_url, "contact": settings.support_contact}
        await activation.invite(db, floor.keyring, [link.person_id], **context, now=floor.now)
    return _done(request, "sent")


async def show_invitation(request: Request) -> Response:
    """Whom a school invites, and as what."""
    resources = resources_of(request)
    token = _token(forms.query_of(request))
    offer = await _offer(resources, token)
    if offer is None:
        return _done(request, "gone")
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
    offer = await _offer(resources, _token(form))
    if offer is None:
        return _done(request, "gone")
    if offer.must_sign_in:
        # The link proves the address; the account it leads to has more than that to prove itself.
        visitor = await visitors.visitor_of(request, resources.floor)
        return await signin.ask_staff(resources, visitor, back=INVITATIONS)
    return await _answered(request, resources, offer, yes=form.get("answer") == "yes")


async def _answer_signed_in(request: Request, resources: Resources, wanted: str, form: dict[str, str]) -> Response:
    session = await _session(request, resources)
    if session is None or not same(_ticket(resources, session), form.get("ticket", "")):
        raise Problem("csrf", status=403, detail="wrong ticket at an invitation")
    async with resources.floor.database.read() as db:
        found = await offers.open_for(db, session.person_id, now=resources.floor.now)
    offer = next((offer for offer in found if str(offer.id) == wanted), None)
    if offer is None:
        return _done(request, "gone")
    response = await _answered(request, resources, offer, yes=form.get("answer") == "yes")
    return RedirectResponse("/account", status_code=303) if response.status_code < 400 else response


async def _answered(request: Request, resources: Resources, offer: Offer, *, yes: bool) -> Response:
    floor = resources.floor
    token = None
    async with floor.database.begin() as db:
        if not yes:
            return _done(request, "declined" if await offers.decline(db, offer, now=floor.now) else "gone")
        person_id = await offers.accept(db, offer, now=floor.now)
        if person_id is None:
            return _done(request, "gone")
        if await passwords.known_hash(db, person_id) is None:
            # The link of the invitation proved the address already: no second mail is needed.
            token = await activation.issue(db, floor.keyring, person_id, offer.email, now=floor.now)
    if token is not None:
        return RedirectResponse(f"{activation.PATH}?token={token}", status_code=303)
    return _done(request, "joined")


async def _offer(resources: Resources, token: str) -> Offer | None:
    floor = resources.floor
    async with floor.database.read() as db:
        return await offers.find(db, floor.keyring, token, now=floor.now)


async def ask_address(request: Request) -> Response:
    """Is this the new address?"""
    token = _token(forms.query_of(request))
    return _page(request, "mailed/address.html", action=addresses.PATH, token=token)


async def confirm_address(request: Request) -> Response:
    """Whoever reads the new address says yes (D15)."""
    floor = resources_of(request).floor
    token = _token(await forms.form_of(request))
    contact = floor.settings.support_contact
    async with floor.database.begin() as db:
        outcome = await addresses.confirm(db, floor.keyring, token, contact=contact, now=floor.now)
    said: dict[addresses.Outcome | None, Done] = {
        "changed": "address_changed",
        "waits": "address_waits",
        "taken": "address_taken",
        None: "gone",
    }
    return _done(request, said[outcome])


async def _session(request: Request, resources: Resources) -> Session | None:
    """The staff session, if it still proves what it proved."""
    visitor = await visitors.visitor_of(request, resources.floor)
    session = visitor.session
    if session is None or session.kind != "staff":
        return None
    return session if await flow.still_stands(resources.floor, session, visitor) else None


def _ticket(resources: Resources, session: Session) -> str:
    return resources.floor.keyring.mac("ticket", "invitation", session.key).hex()[:32]


def _token(given: dict[str, str]) -> str:
    token = given.get("token", "")
    return token if len(token) == LENGTH and token.isascii() else ""


def _password_page(request: Request, link: Link, token: str, *, error: str | None = None) -> Response:
    template = "mailed/password.html" if link.live else "mailed/expired.html"
    shown = {"token": token, "email": link.email, "error": error}
    return _page(request, template, status=200 if error is None else 400, action=activation.PATH, **shown)


def _invitations_page(
    request: Request, found: list[Offer], *, token: str | None = None, ticket: str | None = None
) -> Response:
    shown = [
        {"id": offer.id, "school": offer.school_name, "roles": offer.roles, "ends_on": offer.ends_on} for offer in found
    ]
    first = any(offer.must_sign_in for offer in found) and token is not None
    action = memberships.PATH
    return _page(
        request, "mailed/invitations.html", action=action, token=token, ticket=ticket, offers=shown, sign_in_first=first
    )


def _done(request: Request, what: Done) -> Response:
    return _page(request, "mailed/done.html", status=410 if what == "gone" else 200, what=what)


def _page(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    context.setdefault("error", None)
    # The other language would lose the token: it is in the mail that people find it again.
    return resources_of(request).pages.respond(
        request, template, status=status, headers=headers.PAGE, party=None, lang_switch_url=None, **context
    )


ROUTES = [
    Route(activation.PATH, ask_password, methods=["GET"]),
    Route(activation.PATH, set_password, methods=["POST"]),
    Route(INVITATIONS, show_invitations, methods=["GET"]),
    Route(memberships.PATH, show_invitation, methods=["GET"]),
    Route(memberships.PATH, answer_invitation, methods=["POST"]),
    Route(addresses.PATH, ask_address, methods=["GET"]),
    Route(addresses.PATH, confirm_address, methods=["POST"]),
]
