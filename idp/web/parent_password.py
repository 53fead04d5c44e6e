"""Where the links in mails to parents lead: a password of their own choice, a first one or another one (R130, D1).

Under the same rules as for staff (`idp.web.chosen_password`): a GET only shows, the POST carries the token, nobody is signed in by it. A parent
agrees to nothing and works nowhere, so that is all.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.core import ledger, mail
from idp.credentials import parent_links, parent_sessions, passwords
from idp.credentials.forgotten import Told, about
from idp.credentials.parent_links import PATH, ParentLink
from idp.http import forms, visitors
from idp.http.resources import Resources, resources_of
from idp.web import mailed_frame
from idp.web.chosen_password import told_of
from idp.web.mailed_frame import carried, done, token_in, tucked_away


async def ask(request: Request) -> Response:
    """A password, if the link is good; another mail to the same address, if it was."""
    if away := tucked_away(request):
        return away
    token = carried(request)
    link = await _link(resources_of(request), token)
    return done(request, "parent_gone") if link is None else _page(request, link, token, error=None)


async def take(request: Request) -> Response:
    """Takes the password, or sends a fresh link in the place of an old one."""
    resources = resources_of(request)
    form = await forms.form_of(request)
    token = token_in(form)
    link = await _link(resources, token)
    if link is None:
        return done(request, "parent_gone")
    visitor = await visitors.lenient_visitor_of(request, resources.floor)
    told = told_of(resources, visitor)
    if not link.live:
        async with resources.floor.database.begin() as db:
            await parent_links.send(db, resources.floor.keyring, link.email, told, now=resources.floor.now)
        return done(request, "sent")
    password = form.get("password", "")
    longest = resources.floor.settings.password_max_length
    if wrong := passwords.refuse_weak(password, longest=longest, names=(link.email.partition("@")[0],)):
        return _page(request, link, token, error=wrong)
    with resources.hasher.place():
        phc = await resources.hasher.hash(password)
    kept = await _keep(resources, link, token, phc, told)
    return done(request, "parent_ready" if kept else "parent_gone")


async def _link(resources: Resources, token: str) -> ParentLink | None:
    floor = resources.floor
    async with floor.database.read() as db:
        return await parent_links.find(db, floor.keyring, token, now=floor.now)


async def _keep(resources: Resources, link: ParentLink, token: str, phc: str, told: Told) -> bool:
    """Of two clicks at once the first one's password counts: the second finds the link used. Whom the former one let in is out, children too."""
    floor = resources.floor
    async with floor.database.begin() as db:
        if not await parent_links.use(db, floor.keyring, token, phc):
            return False
        action = "home.parent_activated" if link.purpose == "activation" else "home.parent_password_reset"
        await ledger.record(db, action, now=floor.now, by=link.ledger_id, subject=link.ledger_id)
        if link.purpose == "reset":
            await parent_sessions.end(db, link.parent_id, now=floor.now)
            told_about = about(told, floor.now)
            await mail.queue(db, "parent_password_reset", link.email, now=floor.now, lang=told.lang, **told_about)
    return True


def _page(request: Request, link: ParentLink, token: str, *, error: str | None) -> Response:
    template = "mailed/password.html" if link.live else "mailed/expired.html"
    purpose = f"parent_{link.purpose}"
    shown: dict[str, Any] = {
        "token": token,
        "email": link.email,
        "purpose": purpose,
        "error": error,
        "named": [],
        "providers": [],
    }
    return mailed_frame.page(request, template, status=200 if error is None else 400, action=PATH, **shown)


ROUTES = [Route(PATH, ask, methods=["GET"]), Route(PATH, take, methods=["POST"])]
