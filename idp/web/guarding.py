"""What every room for members of staff shares at its door: a session that stands, proven freshly where it matters, and our own forms.

Who may sit in a room is the room's own business: the coordinators' desk and the classroom each bring a function that lets people in.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, Final, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from directory import people, rights, schools
from directory.addresses import Address
from directory.imports.refusals import Language
from directory.schools import KnownSchool
from directory.standing import Standing
from idp.core.crypto import same
from idp.core.errors import Problem
from idp.core.floor import Floor
from idp.http import cookies, forms, problems, uploads, visitors
from idp.http.forms import Unreadable
from idp.http.language import language_of
from idp.http.resources import Resources, resources_of
from idp.http.uploads import Upload
from idp.signin import flow, network_sessions
from idp.signin.assurance import PASSKEYS
from idp.signin.question import Visitor
from idp.signin.sessions import NETWORK, Session
from idp.web import again, beginning

STEP_UP: Final = 15 * 60
"""Seconds since the last whole proof within which a page that changes something is opened (C-318)."""
TO_SEND: Final = 30 * 60
"""And within which its form counts: who began in time finishes."""

BOARD: Final = "/board"
"""Where the pages of boards begin: other rooms lead there."""

Form = Mapping[str, str]
Route = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting(ABC):
    """A member of staff in a room: the request, the session, the ledger id (`by`), where the browser is and which enrolled device."""

    request: Request
    resources: Resources
    session: Session
    by: str
    address: Address
    device: bytes | None = None

    @property
    def standing(self) -> Standing:
        """What says whether this browser is at a school."""
        return Standing(self.address, self.device)

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
    @abstractmethod
    def ticket(self) -> str:
        """What every form of this room's pages must carry, in this session only (C-133). Each room makes its own."""

    def number(self, name: str) -> int:
        """A number in the address. Raises `Problem("not_found")`."""
        return number(str(self.request.path_params[name]))


def number(text: str) -> int:
    """An id as it stands in an address or a form. Raises `Problem("not_found")`."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Problem("not_found", status=404, detail="not a number")
    return int(text)


Who = TypeVar("Who", bound=Sitting)
LetsIn = Callable[[Request, int | None], Awaitable[Who | Response]]
"""Who sits there, or the way to prove oneself (again): within so many seconds since the last whole proof, None for no matter when."""


class Door(Generic[Who]):
    """The ways into a room; each makes a route of a page or an act. `to_open` is in seconds since the last whole proof."""

    def __init__(self, lets_in: LetsIn[Who], *, to_open: int, to_send: int = TO_SEND) -> None:
        self._lets_in = lets_in
        self._to_open = to_open
        self._to_send = to_send

    def view(self, page: Callable[[Who], Awaitable[Response]]) -> Route:
        """A page to look at."""
        return self._showing(page, within=None)

    def opens(self, page: Callable[[Who], Awaitable[Response]]) -> Route:
        """A page that shows a secret, or whose form changes something: the proof must be fresh before anybody begins to type."""
        return self._showing(page, within=self._to_open)

    def act(self, takes: Callable[[Who, Form], Awaitable[Response]]) -> Route:
        """What a form of such a page does."""
        return self._taking(takes, within=self._to_send)

    def acts_at_once(self, takes: Callable[[Who, Form], Awaitable[Response]]) -> Route:
        """What a button on a page does that could be opened without a fresh proof: it takes one itself."""
        return self._taking(takes, within=self._to_open, keeps=False)

    def asks(self, takes: Callable[[Who, Form], Awaitable[Response]]) -> Route:
        """A form that changes nothing worth a fresh proof, or a question sent by POST because a name stands in it."""
        return self._taking(takes, within=None)

    def receives(self, takes: Callable[[Who, Upload], Awaitable[Response]]) -> Route:
        """What a form with a file does. Who sends it, and whether our page made the form, is settled before the file's first byte is taken."""

        @wraps(takes)
        async def guarded(request: Request) -> Response:
            found = await self._lets_in(request, self._to_send)
            if isinstance(found, Response):
                return found
            try:
                upload = await uploads.upload_of(request)
            except Unreadable as error:
                raise Problem("csrf", status=403, detail=str(error)) from error
            check_ticket(found, upload.fields.get("ticket", ""))
            return await takes(found, upload)

        return guarded

    def _showing(self, page: Callable[[Who], Awaitable[Response]], *, within: int | None) -> Route:
        @wraps(page)
        async def guarded(request: Request) -> Response:
            found = await self._lets_in(request, within)
            return found if isinstance(found, Response) else await page(found)

        return guarded

    def _taking(
        self, takes: Callable[[Who, Form], Awaitable[Response]], *, within: int | None, keeps: bool = True
    ) -> Route:
        @wraps(takes)
        async def guarded(request: Request) -> Response:
            form = await forms.form_of(request)
            found = await self._lets_in(request, within)
            if isinstance(found, Response):
                return (await self._later(request, form) if keeps else None) or found
            check_ticket(found, form.get("ticket", ""))
            return await takes(found, form)

        return guarded

    async def _later(self, request: Request, form: Form) -> Response | None:
        """The way to a fresh proof with the form kept, for who sits here with a proof that is only too old; None for everybody else."""
        found = await self._lets_in(request, None)
        if isinstance(found, Response) or not same(found.ticket, form.get("ticket", "")):
            return None
        visitor = await visitors.visitor_of(request, found.floor)
        return await again.ask(found.resources, visitor, path=request.scope["path"], form=form)


def check_ticket(sitting: Sitting, given: str) -> None:
    """Raises `Problem("csrf")` unless the form came from a page of this room and this session."""
    kept = again.ticket(sitting.floor.keyring, sitting.session, sitting.request.scope["path"])
    if not same(sitting.ticket, given) and not same(kept, given):
        raise Problem("csrf", status=403, detail="wrong ticket of a room")


async def stands(floor: Floor, session: Session, visitor: Visitor, *, closed: str) -> bool:
    """Whether a session proves a member of staff at this moment (C-317). Raises `Problem` with the code `closed` for a child's."""
    if not await flow.still_stands(floor, session, visitor):
        return False
    if session.kind != "staff":
        raise Problem(closed, status=403, detail="a child's session in a room of staff")
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Somebody at the door of a room of staff. `session` is None for who proves nobody at this moment."""

    request: Request
    resources: Resources
    visitor: Visitor
    session: Session | None

    async def prove(self, *, back: str | None = None, segments: int = 4, school_id: int | None = None) -> Response:
        """To the password and the code, and back to the page that was asked for, or to `back`.

        A form that came too late leads back to its page: the first so many `segments` of its address. `school_id` as in `beginning.ask_staff`.
        """
        path = self.request.scope["path"]
        page = path if self.request.method == "GET" else "/".join(path.split("/")[:segments])
        return await beginning.ask_staff(self.resources, self.visitor, back=back or page, school_id=school_id)

    async def sitting(self, session: Session) -> dict[str, Any]:
        """What every `Sitting` consists of."""
        async with self.resources.floor.database.read() as db:
            _, by = await people.identity(db, session.person_id)
        where = {"address": self.visitor.address, "device": self.visitor.device}
        return {"request": self.request, "resources": self.resources, "session": session, "by": by, **where}


async def arrival(request: Request, *, closed: str) -> Arrival:
    """Who comes to a door of staff, spoken to as staff. Raises `Problem` with the code `closed` for a child."""
    problems.speak_to(request, "staff")
    resources = resources_of(request)
    visitor = await visitors.visitor_of(request, resources.floor)
    session = visitor.session
    if session is not None and not await stands(resources.floor, session, visitor, closed=closed):
        session = None
    return Arrival(request=request, resources=resources, visitor=visitor, session=session)


async def workplaces(floor: Floor, session: Session) -> tuple[KnownSchool, ...]:
    """The schools where this person works now, by name."""
    here = await people.workplace_ids(floor.database.hot, session.person_id, today=flow.today(floor.now))
    async with floor.database.read() as db:
        return tuple(await schools.by_ids(db, here))


async def place(floor: Floor, session: Session, code: str) -> tuple[KnownSchool, tuple[KnownSchool, ...]] | None:
    """The school with this code, if this person works there or manages it now, and those where he works; else None."""
    works_at = await workplaces(floor, session)
    for school in works_at:
        if school.code == code:
            return school, works_at
    async with floor.database.read() as db:
        managed = await rights.managed(db, session.person_id, today=flow.today(floor.now))
    return next(((school, works_at) for school in managed if school.code == code), None)


def enough(session: Session, school: KnownSchool, *, within: int | None, now: datetime) -> bool:
    """Whether the proof is fresh enough and, where this school wants two steps of everybody, had both.

    The session stands by the rules of the school that was signed in at; this one may have switched two steps on (D7).
    """
    return (session.second_at is not None or not school.mfa_for_staff) and fresh(session, within=within, now=now)


def by_own_proof(session: Session) -> bool:
    """Whether the person gave a password or a passkey of ours in this session: a network provider's word opens no page on which somebody makes
    himself at home in an account, and stays when the provider has long closed his there (C-279, C-315)."""
    return NETWORK not in session.ways or not PASSKEYS.isdisjoint(session.ways)


async def vouched(resources: Resources, session: Session, school_id: int) -> bool:
    """Whether who proved the person counts at this school: we ourselves everywhere, a network provider where the school ticks it (C-278, D35). Who
    works at two schools brings the provider of the one into the other by nothing that he does."""
    if by_own_proof(session):
        return True
    opened = await network_sessions.of(resources.floor.store, session.mark)
    upstream = await resources.upstreams.at_school(opened.upstream_id, school_id) if opened is not None else None
    return upstream is not None and upstream.enabled


def fresh(session: Session, *, within: int | None, now: datetime) -> bool:
    """Whether every factor that the session has was proven within so many seconds; None asks nothing."""
    if within is None:
        return True
    return now.timestamp() - min(session.proven_at, session.second_at or session.proven_at) < within
