"""Who may sit at the desk: an ICT coordinator of the school in the address, proven with two factors, and freshly where something can be changed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from directory import people, roles, schools
from directory.addresses import Address
from directory.imports.refusals import Language
from directory.schools import KnownSchool
from idp.core.crypto import same
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.http import cookies, forms, problems, uploads, visitors
from idp.http.forms import Unreadable
from idp.http.language import language_of
from idp.http.resources import Resources, resources_of
from idp.http.uploads import Upload
from idp.signin import flow
from idp.signin.question import Visitor
from idp.signin.sessions import Session
from idp.web import signin

ADDRESS: Final = "/desk"
TO_OPEN: Final = 30 * 60
"""Seconds since the last whole proof within which a page that changes something is opened (C-318)."""
TO_SEND: Final = 60 * 60
"""And within which its form counts: who began in time finishes."""

Form = Mapping[str, str]
Route = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Coordinator:
    """An ICT coordinator at the desk of one school.

    `by` is the ledger id, `address` where the browser is; `schools` are all schools with that right, by name.
    """

    request: Request
    resources: Resources
    session: Session
    by: str
    address: Address
    school: KnownSchool
    schools: tuple[KnownSchool, ...]

    @property
    def floor(self) -> Floor:
        """Database, store, keys and clock."""
        return self.resources.floor

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.floor.now

    @property
    def today(self) -> date:
        """The day it is in the Netherlands."""
        return flow.today(self.now)

    @property
    def language(self) -> Language:
        """In which language sentences are told that do not stand in the templates."""
        return "en" if language_of(self.request, cookies.read(self.request.headers.get("cookie"))) == "en" else "nl"

    @property
    def base(self) -> str:
        """Where the pages of this school begin."""
        return f"{ADDRESS}/{self.school.code}"

    @property
    def ticket(self) -> str:
        """What every form of this school's pages must carry, in this session only (C-133)."""
        return self.floor.keyring.mac("ticket", "desk", self.session.key, str(self.school.id)).hex()[:32]

    def number(self, name: str) -> int:
        """A number in the address. Raises `Problem("not_found")`."""
        return number(str(self.request.path_params[name]))


def number(text: str) -> int:
    """An id as it stands in an address or a form. Raises `Problem("not_found")`."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Problem("not_found", status=404, detail="not a number")
    return int(text)


Shows = Callable[[Coordinator], Awaitable[Response]]
Takes = Callable[[Coordinator, Form], Awaitable[Response]]
Receives = Callable[[Coordinator, Upload], Awaitable[Response]]


def view(page: Shows) -> Route:
    """A page to look at."""
    return _guarded(page, within=None)


def opens(page: Shows) -> Route:
    """A page whose form changes something: the proof must be fresh before anybody begins to type."""
    return _guarded(page, within=TO_OPEN)


def act(takes: Takes) -> Route:
    """What a form of such a page does."""
    return _taking(takes, within=TO_SEND)


def asks(takes: Takes) -> Route:
    """A question that is sent by POST because a name stands in it; it changes nothing."""
    return _taking(takes, within=None)


def _taking(takes: Takes, *, within: int | None) -> Route:
    @wraps(takes)
    async def guarded(request: Request) -> Response:
        form = await forms.form_of(request)
        found = await at_the_desk(request, within=within)
        if isinstance(found, Response):
            return found
        check_ticket(found, form.get("ticket", ""))
        return await takes(found, form)

    return guarded


def receives(takes: Receives) -> Route:
    """What a form with a file does. Who sends it, and whether our page made the form, is settled before the file's first byte is taken."""

    @wraps(takes)
    async def guarded(request: Request) -> Response:
        found = await at_the_desk(request, within=TO_SEND)
        if isinstance(found, Response):
            return found
        try:
            upload = await uploads.upload_of(request)
        except Unreadable as error:
            raise Problem("csrf", status=403, detail=str(error)) from error
        check_ticket(found, upload.fields.get("ticket", ""))
        return await takes(found, upload)

    return guarded


def check_ticket(coordinator: Coordinator, given: str) -> None:
    """Raises `Problem("csrf")` unless the form came from our own page, of this school and this session."""
    if not same(coordinator.ticket, given):
        raise Problem("csrf", status=403, detail="wrong ticket at the desk")


def _guarded(page: Shows, *, within: int | None) -> Route:
    @wraps(page)
    async def guarded(request: Request) -> Response:
        found = await at_the_desk(request, within=within)
        return found if isinstance(found, Response) else await page(found)

    return guarded


async def at_the_desk(request: Request, *, within: int | None) -> Coordinator | Response:
    """The coordinator, or the way to prove oneself (again). Raises `Problem("desk.not_yours")` for everybody else."""
    problems.speak_to(request, "staff")
    resources = resources_of(request)
    visitor = await visitors.visitor_of(request, resources.floor)
    session = visitor.session
    if session is None or not await _proven(resources.floor, session, visitor, within=within):
        return await _prove(request, resources, visitor)
    managed = await managed_schools(resources.floor, session)
    code = request.path_params["school"]
    school = next((school for school in managed if school.code == code), None)
    if school is None:
        # The same for a school of somebody else's and for one that does not exist (C-324).
        raise Problem("desk.not_yours", status=403, detail="not a coordinator of that school")
    async with resources.floor.database.read() as db:
        _, by = await people.identity(db, session.person_id)
    return Coordinator(request, resources, session, by, visitor.address, school, managed)


async def _proven(floor: Floor, session: Session, visitor: Visitor, *, within: int | None) -> bool:
    """Whether the session stands. Without a second factor a member of staff is nobody here, whatever the facts say (C-317)."""
    if not await flow.still_stands(floor, session, visitor):
        return False
    if session.kind != "staff":
        raise Problem("desk.not_yours", status=403, detail="a child's session at the desk")
    if within is None or session.second_at is None:
        # Who has none yet and is no coordinator is refused a line further on; a coordinator's session without one does not stand.
        return True
    return floor.now.timestamp() - min(session.proven_at, session.second_at) < within


async def managed_schools(floor: Floor, session: Session) -> tuple[KnownSchool, ...]:
    """The schools whose ICT coordinator this person is now, by name; none without a second factor in this session."""
    if session.second_at is None:
        return ()
    async with floor.database.read() as db:
        places = await people.workplaces(db, session.person_id, today=flow.today(floor.now))
        ids = [place.school_id for place in places if roles.ICT_COORDINATOR in place.roles]
        return tuple(await schools.by_ids(db, ids)) if ids else ()


async def _prove(request: Request, resources: Resources, visitor: Visitor) -> Response:
    """To the password and the code, and back to the page that was asked for; a form that came too late leads back to its page."""
    path = request.scope["path"]
    back = path if request.method == "GET" else "/".join(path.split("/")[:4])
    return await signin.ask_staff(resources, visitor, back=back)
