"""The two forms of a first request, for schools in the Netherlands and abroad (R13, R14).

Whoever sends one gets the same answer, whichever school, board or address it names (C-313): nothing is looked up here. What was typed stays on the
page until it is taken.
"""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from directory import addresses
from directory.identifiers import mailbox_of
from directory.onboarding import answers, asking
from directory.onboarding.answers import Kind
from directory.onboarding.asking import Told
from idp.core import puzzles, throttle
from idp.core.crypto import same
from idp.core.puzzles import Puzzle
from idp.core.throttle import Suspect
from idp.http import forms, headers, visitors
from idp.http.announced import notice_of
from idp.http.resources import Resources, resources_of
from idp.signin.question import Visitor
from idp.web.puzzle import puzzle_shown

START: Final = "/nieuwe-school"
SENT: Final = "/nieuwe-school/verstuurd"
FORMS: Final[Mapping[str, Kind]] = {"/nieuwe-school/nederland": "nl", "/nieuwe-school/buitenland": "abroad"}
_LONGEST_KEPT: Final = 400
"""Characters of a field that stand there again; longer than any that is taken."""


async def start(request: Request) -> Response:
    """What an application takes, and which of the two forms is yours."""
    kinds = [(kind, path) for path, kind in FORMS.items()]
    return respond(request, "start.html", kinds=kinds, notice=await notice_of(request))


async def ask(request: Request) -> Response:
    """The form."""
    return await _form(request, {})


async def take(request: Request) -> Response:
    """Keeps the application and mails its link; the answer is always the same."""
    resources = resources_of(request)
    form = await forms.form_of(request)
    visitor = await visitors.lenient_visitor_of(request, resources.floor)
    if visitor.browser is None or not same(_ticket(resources, visitor.browser), form.get("ticket", "")):
        # Another site made this browser send it, or it forgot our page since: a person presses once more.
        return await _form(request, form, error="ticket", status=403)
    try:
        asked = answers.read(form, FORMS[request.scope["path"]])
    except answers.Unclear as unclear:
        return await _form(request, form, wrong=unclear.fields, error="fields", status=422)
    held = await _held_back(resources, visitor, form, reply=asked.reply)
    if isinstance(held, Puzzle):
        return await _form(request, form, puzzle=held)
    if held:
        return await _form(request, form, wait_seconds=held, status=429)
    floor = resources.floor
    async with floor.database.begin() as db:
        await asking.ask(db, floor.keyring, asked, told_of(resources), lang=visitor.lang, now=floor.now)
    return RedirectResponse(SENT, status_code=303)


async def _held_back(resources: Resources, visitor: Visitor, form: Mapping[str, str], *, reply: str) -> Puzzle | int:
    """The work to be done first, or the seconds to wait; 0 lets this application through, and counts it."""
    floor, place = resources.floor, str(addresses.subscriber(visitor.address))
    network, crowd = _counter(resources, "network", place), _counter(resources, "crowd", place)
    everybody, address = _counter(resources, "everybody"), _counter(resources, "address", mailbox_of(reply))
    asks = f"application {network.hex()}"
    worked = await puzzles.earned(floor, asks, form, whom=crowd)
    suspect = Suspect(crowd, easy=asking.EASY, window=asking.OF_A_NETWORK.window)
    waits = await throttle.waits(floor.store, everybody)
    waits = waits or await throttle.enter(floor.store, network, asking.OF_A_NETWORK, suspect=suspect, worked=worked)
    if waits == throttle.NEEDS_WORK:
        puzzle = await puzzles.asked(floor, asks, crowd)
        return puzzle if puzzle is not None else 1
    waits = waits or await throttle.enter(floor.store, address, asking.OF_AN_ADDRESS)
    if not waits:
        await throttle.failed(floor.store, everybody, asking.OF_EVERYBODY)
    return waits


def _counter(resources: Resources, *what: str) -> bytes:
    return resources.floor.keyring.mac("token", "throttle", "application", *what)


def _ticket(resources: Resources, browser: bytes) -> str:
    return resources.floor.keyring.mac("ticket", "application", browser).hex()[:32]


async def sent(request: Request) -> Response:
    """Look in your mail; and what to do when nothing comes (R137)."""
    return respond(request, "sent.html", sender=resources_of(request).floor.settings.mail_from, start=START)


async def _form(
    request: Request,
    form: Mapping[str, str],
    *,
    wrong: tuple[str, ...] = (),
    error: str | None = None,
    wait_seconds: int = 0,
    puzzle: Puzzle | None = None,
    status: int = 200,
) -> Response:
    resources = resources_of(request)
    visitor = await visitors.lenient_visitor_of(request, resources.floor)
    binding = visitors.bind(visitor, resources.floor.keyring)
    kind = FORMS[request.scope["path"]]
    response = respond(
        request,
        "form.html",
        status=status,
        action=request.scope["path"],
        kind=kind,
        start=START,
        ticket=_ticket(resources, binding.key),
        given={name: form.get(name, "")[:_LONGEST_KEPT] for name in answers.FIELDS[kind]},
        optional=answers.OPTIONAL,
        wrong=wrong,
        error=error,
        wait_seconds=wait_seconds,
        puzzle=puzzle_shown(puzzle, refused=True),
    )
    return binding.attach(response)


def told_of(resources: Resources) -> Told:
    """What every mail about an application says beside its subject."""
    settings = resources.floor.settings
    return Told(settings.base_url, settings.support_contact)


def respond(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """A public page about an application."""
    settings = resources_of(request).floor.settings
    return resources_of(request).pages.respond(
        request,
        f"onboarding/{template}",
        status=status,
        headers=headers.PAGE,
        party=None,
        contact=settings.support_contact,
        **context,
    )


ROUTES = [
    Route(START, start, methods=["GET"]),
    *(Route(path, ask, methods=["GET"]) for path in FORMS),
    *(Route(path, take, methods=["POST"]) for path in FORMS),
    Route(SENT, sent, methods=["GET"]),
]
