"""Forgotten: the user name, or the password (R96, R97). Whoever asks, and for whichever address, gets the same answer at once (C-313)."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from directory import addresses, people
from idp.core import puzzles, throttle
from idp.core.puzzles import Puzzle
from idp.core.throttle import Suspect
from idp.credentials import forgotten, parent_links
from idp.credentials.forgotten import Told
from idp.http import forms, headers, visitors
from idp.http.announced import notice_of
from idp.http.resources import Resources, resources_of
from idp.web.chosen_password import told_of
from idp.web.puzzle import puzzle_shown

ASK = "/password/forgotten"
SENT = "/password/sent"


async def ask_address(request: Request) -> Response:
    """Which address? It is the one that the school entered, and it is the user name."""
    return await _page(request)


async def take_address(request: Request) -> Response:
    """Mails the account with this address a link, if there is one; the answer comes first and is always the same."""
    resources = resources_of(request)
    form = await forms.form_of(request)
    email = people.normal_email(form.get("email", ""))[:254]
    visitor = await visitors.lenient_visitor_of(request, resources.floor)
    resources.afterwards.check_room()
    floor, place = resources.floor, str(addresses.subscriber(visitor.address))
    network, crowd = _counter(resources, "network", place), _counter(resources, "crowd", place)
    if seconds := await throttle.waits(floor.store, network):
        return await _page(request, wait_seconds=seconds)
    asks = f"forgotten {network.hex()}"
    worked = await puzzles.earned(floor, asks, form, whom=crowd)
    # Counted and looked at in one step: of a thousand asks at once no more pass than of a thousand one after the other.
    suspect = Suspect(crowd, easy=forgotten.EASY, window=forgotten.OF_A_NETWORK.window)
    waits = await throttle.enter(floor.store, network, forgotten.OF_A_NETWORK, suspect=suspect, worked=worked)
    if waits == throttle.NEEDS_WORK:
        return await _page(request, email=email, puzzle=await puzzles.asked(floor, asks, crowd))
    if waits:
        return await _page(request, wait_seconds=waits)
    # While this address waits the newest mail is still good, so that nothing has to be said about it.
    if not await throttle.enter(floor.store, _counter(resources, "address", email), forgotten.OF_AN_ADDRESS):
        resources.afterwards.do(_send(resources, email, told_of(resources, visitor)))
    return RedirectResponse(SENT, status_code=303)


def _counter(resources: Resources, *what: str) -> bytes:
    return resources.floor.keyring.mac("token", "throttle", "forgotten", *what)


async def _send(resources: Resources, email: str, told: Told) -> None:
    floor = resources.floor
    async with floor.database.begin() as db:
        await forgotten.send(db, floor.keyring, email, told, now=floor.now)
        # One address may be that of a member of staff and of a parent: two accounts, each with its own link (D15).
        await parent_links.send(db, floor.keyring, email, told, now=floor.now)


async def sent(request: Request) -> Response:
    """Look in your mail; and what to do when nothing comes (R137, R169)."""
    settings = resources_of(request).floor.settings
    return resources_of(request).pages.respond(
        request, "forgotten/sent.html", headers=headers.PAGE, party=None, error=None, sender=settings.mail_from, ask=ASK
    )


async def _page(request: Request, *, wait_seconds: int = 0, email: str = "", puzzle: Puzzle | None = None) -> Response:
    notice = await notice_of(request)
    return resources_of(request).pages.respond(
        request,
        "forgotten/ask.html",
        status=429 if wait_seconds else 200,
        headers=headers.PAGE,
        party=None,
        error=None,
        notice=notice,
        ask=ASK,
        email=email,
        wait_seconds=wait_seconds,
        puzzle=puzzle_shown(puzzle, refused=True),
    )


ROUTES = [
    Route(ASK, ask_address, methods=["GET"]),
    Route(ASK, take_address, methods=["POST"]),
    Route(SENT, sent, methods=["GET"]),
]
