"""Where links lead by which somebody chooses a password: a first one (R16), or another one for a forgotten one (R96). In the place of a first one
the account of a board's own provider will do, where the school has one (D35).

A GET only shows: programs that look through mail follow links too. The password is taken by a POST that carries the token, which is good for one
address and once. Nobody is signed in by it: the second factor is asked for at the sign-in that follows (C-314).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from directory import people
from directory.lifecycle import named
from directory.lifecycle.days import day_of
from directory.lifecycle.named import Named
from idp.core import ledger
from idp.core.db import Db
from idp.core.errors import Problem
from idp.credentials import activation, forgotten, links, passwords, terms
from idp.credentials.forgotten import Told
from idp.credentials.links import Link, Purpose
from idp.http import arriving, forms, visitors
from idp.http.resources import Resources, resources_of
from idp.signin.question import Visitor
from idp.web import mailed_frame
from idp.web.mailed_frame import carried, carrying, done, token_in, tucked_away
from metadata import upstreams

PATHS: dict[Purpose, str] = {"activation": activation.PATH, "reset": forgotten.PATH}

NOT_HERE = "not_here_"
"""How the fields of the schools begin; the number of the place follows."""

Page = Callable[[Request], Awaitable[Response]]


def asks(purpose: Purpose) -> Page:
    """The page of a link of this purpose."""

    async def ask_password(request: Request) -> Response:
        """A password, if the link is good; another mail to the same address, if it was."""
        if away := tucked_away(request):
            return away
        token = carried(request)
        link = await _link(resources_of(request), token, purpose)
        if link is None:
            return done(request, "gone")
        return _page(request, link, token, await _beside(resources_of(request), link))

    return ask_password


def takes(purpose: Purpose) -> Page:
    """What the form of that page does."""

    async def take_password(request: Request) -> Response:
        """Takes the password, or sends a fresh link in the place of an old one."""
        resources = resources_of(request)
        form = await forms.form_of(request)
        token = token_in(form)
        link = await _link(resources, token, purpose)
        if link is None:
            return done(request, "gone")
        visitor = await visitors.lenient_visitor_of(request, resources.floor)
        told = told_of(resources, visitor)
        if not link.live:
            return await _send_again(request, resources, link, told)
        if "by" in form:
            return await _by_provider(request, resources, link, token, form)
        password = form.get("password", "")
        unread = purpose == "activation" and form.get("terms") != terms.VERSION
        if wrong := await too_weak(resources, link.person_id, password) or ("terms_unread" if unread else None):
            agreed = form.get("terms") == terms.VERSION
            beside = await _beside(resources, link)
            return _page(request, link, token, beside, error=wrong, ticked=_not_here(form), agreed=agreed)
        with resources.hasher.place():
            phc = await resources.hasher.hash(password)
        if not await _keep(resources, link, token, phc, told, not_here=_not_here(form)):
            return done(request, "gone")
        return done(request, "activated" if purpose == "activation" else "reset")

    return take_password


async def _link(resources: Resources, token: str, purpose: Purpose) -> Link | None:
    floor = resources.floor
    async with floor.database.read() as db:
        return await links.find(db, floor.keyring, token, purpose=purpose, now=floor.now)


async def too_weak(resources: Resources, person_id: int, password: str) -> str | None:
    """Why this person cannot have this password, as a code, or None (D1)."""
    floor = resources.floor
    async with floor.database.read() as db:
        places = await people.workplaces(db, person_id, today=day_of(floor.now))
        names = (*await people.names_of(db, person_id), *(place.school_name for place in places))
        email = await people.email_of(db, person_id) or ""
    # What stands before the @ names the person as well.
    names = (*names, email.partition("@")[0])
    return passwords.refuse_weak(password, longest=floor.settings.password_max_length, names=names)


def told_of(resources: Resources, visitor: Visitor) -> Told:
    """What a mail about a password says of the one who is here."""
    settings = resources.floor.settings
    network = forgotten.network_name(visitor.address)
    return Told(settings.base_url, settings.support_contact, network, visitor.lang)


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the password at an activation: the schools whose file made this account before its owner was asked (D15), and the ways in
    by a board's own provider, which make a password needless (D35)."""

    named: Sequence[Named] = ()
    providers: Sequence[tuple[int, str]] = ()


async def _beside(resources: Resources, link: Link) -> Beside:
    if link.purpose != "activation" or not link.live:
        return Beside()
    now = resources.floor.now
    async with resources.floor.database.read() as db:
        offered = await upstreams.for_staff_of(db, link.person_id, today=day_of(now))
        return Beside(await named.of(db, link.person_id, now=now), offered)


async def _by_provider(
    request: Request, resources: Resources, link: Link, token: str, form: dict[str, str]
) -> Response:
    """On to the board's own provider, which proves who this is there; the link is used when it did."""
    if carried(request) != token:
        # Another site made this browser send a link of somebody else, to bind who is here to that account; or the page lay open for long.
        return carrying(PATHS[link.purpose], token)
    floor, wanted = resources.floor, form["by"]
    offered = (await _beside(resources, link)).providers
    number = next((number for number, _ in offered if str(number) == wanted), None)
    upstream = await resources.upstreams.by_id(number) if number is not None else None
    if upstream is None:
        raise Problem("network.disabled", status=403, detail="no provider for staff of this person's schools")
    marked = links.mark(floor.keyring, link.purpose, token)
    visitor = await visitors.visitor_of(request, floor)
    return await arriving.go_to_bind(resources, visitor, upstream, binding=marked, not_here=_not_here(form))


def _not_here(form: dict[str, str]) -> frozenset[int]:
    """The places of which somebody ticked that he does not work there."""
    ticked = (field.removeprefix(NOT_HERE) for field in form if field.startswith(NOT_HERE))
    return frozenset(int(place) for place in ticked if place.isascii() and place.isdigit() and len(place) < 19)


async def _keep(
    resources: Resources, link: Link, token: str, phc: str, told: Told, *, not_here: frozenset[int]
) -> bool:
    floor = resources.floor
    async with floor.database.begin() as db:
        # Of two clicks at once the first one's password counts: the second finds the link used.
        found = await links.find(db, floor.keyring, token, purpose=link.purpose, now=floor.now)
        if found is None or not found.live or not await links.use(db, floor.keyring, token, purpose=link.purpose):
            return False
        await passwords.set_password(db, link.person_id, phc, now=floor.now)
        await people.forget_bounces(db, [link.person_id])
        if link.purpose == "reset":
            await people.end_sessions(db, link.person_id)
            await forgotten.tell(db, "password_reset", link.person_id, told, now=floor.now)
        if link.purpose == "activation":
            await named.answer(db, link.person_id, not_here=not_here, now=floor.now)
        await _record(db, resources, link)
    return True


async def _record(db: Db, resources: Resources, link: Link) -> None:
    _, ledger_id = await people.identity(db, link.person_id)
    if link.purpose == "activation":
        await terms.record(db, link.person_id, by=ledger_id, now=resources.floor.now)
    action = "account.activated" if link.purpose == "activation" else "password.reset"
    await ledger.record(db, action, now=resources.floor.now, by=ledger_id, subject=ledger_id)


async def _send_again(request: Request, resources: Resources, link: Link, told: Told) -> Response:
    floor = resources.floor
    async with floor.database.begin() as db:
        await forgotten.send(db, floor.keyring, link.email, told, now=floor.now)
    return done(request, "sent")


def _page(
    request: Request,
    link: Link,
    token: str,
    beside: Beside,
    *,
    error: str | None = None,
    ticked: frozenset[int] = frozenset(),
    agreed: bool = False,
) -> Response:
    template = "mailed/password.html" if link.live else "mailed/expired.html"
    shown = {"token": token, "email": link.email, "purpose": link.purpose, "version": terms.VERSION, "error": error}
    schools = [
        {"field": f"{NOT_HERE}{one.id}", "name": one.school_name, "no": one.id in ticked} for one in beside.named
    ]
    return mailed_frame.page(
        request,
        template,
        status=200 if error is None else 400,
        action=PATHS[link.purpose],
        named=schools,
        providers=[{"id": number, "name": name} for number, name in beside.providers],
        agreed=agreed,
        **shown,
    )


ROUTES = [
    route
    for purpose, path in PATHS.items()
    for route in (Route(path, asks(purpose), methods=["GET"]), Route(path, takes(purpose), methods=["POST"]))
]
