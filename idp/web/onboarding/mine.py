"""The applicant's own page, by the link in the mail: how it stands, the letter to sign, handing it in (R12, R15).

The token is in no address for longer than one redirect; forms carry it, so that a page that stayed open works for as long as the link does.
"""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from directory.lifecycle.refusals import Refused
from directory.onboarding import asking, letters
from directory.onboarding.asking import Mine
from directory.onboarding.letters import LetterRefused
from idp.core import throttle
from idp.core.clock import AMSTERDAM
from idp.http import cookies, forms, uploads
from idp.http.forms import Unreadable
from idp.http.resources import Resources, resources_of
from idp.http.uploads import Upload
from idp.web.mailed_frame import KEPT_SECONDS, carried, token_in, tucked_away
from idp.web.onboarding import paper
from idp.web.onboarding.asked import START, respond, told_of

LETTER: Final = f"{asking.PATH}/brief"
SIGNED: Final = f"{asking.PATH}/ondertekend"
_LARGEST_UPLOAD: Final = 3 * letters.LARGEST
"""Bytes that are read of a file that is too large, so that the browser that sends it shows why it is refused."""


async def show(request: Request) -> Response:
    """How the application stands."""
    if away := tucked_away(request):
        return away
    return await _page(request, carried(request))


async def letter(request: Request) -> Response:
    """The letter to sign, made from what the form said. By POST: its link is in the form, not in an address."""
    resources = resources_of(request)
    token = token_in(await forms.form_of(request))
    mine = await _found(resources, token)
    if mine is None or mine.answers is None:
        return _gone(request)
    if seconds := await throttle.enter(resources.floor.store, _counter(resources, "paper", token), asking.OF_A_PAPER):
        return await _page(request, token, wait_seconds=seconds, status=429)
    texts = resources.pages
    today = resources.floor.now.astimezone(AMSTERDAM).date()
    words = paper.words(lambda key, **values: texts.text(mine.lang, key, **values), mine.answers, mine.id, today)
    made = await asyncio.to_thread(paper.make, words)
    told = {"Content-Disposition": f'attachment; filename="brief-{mine.id}.pdf"'}
    return Response(made, media_type="application/pdf", headers=told)


async def hand_in(request: Request) -> Response:
    """Takes the signed letter. What the file is called is not read; what it is, is looked at before it is kept."""
    resources = resources_of(request)
    floor = resources.floor
    try:
        upload = await uploads.upload_of(request, largest=_LARGEST_UPLOAD)
    except Unreadable:
        return _gone(request)
    token = token_in(upload.fields)
    if await _found(resources, token) is None:
        return _gone(request)
    if seconds := await throttle.enter(floor.store, _counter(resources, "letter", token), asking.OF_A_LINK):
        return await _page(request, token, wait_seconds=seconds, status=429)
    try:
        content = await _read(upload)
        await asyncio.to_thread(letters.check, content)
        async with floor.database.begin() as db:
            await asking.hand_in(db, floor.keyring, token, content, told_of(resources), now=floor.now)
    except LetterRefused as error:
        return await _page(request, token, wrong=error.code, status=422)
    except Unreadable:
        return await _page(request, token, wrong="cut_off", status=422)
    except LookupError:
        return _gone(request)
    except Refused:
        return await _page(request, token, wrong="late", status=409)
    response = RedirectResponse(asking.PATH, status_code=303)
    response.headers.append("set-cookie", cookies.written(cookies.LINK, token, max_age=KEPT_SECONDS))
    return response


def _counter(resources: Resources, what: str, token: str) -> bytes:
    keyring = resources.floor.keyring
    return keyring.mac("token", "throttle", what, asking.hashed(keyring, token))


async def _read(upload: Upload) -> bytes:
    """The file; of one that is too large the rest is taken and thrown away. Raises `Unreadable`, `LetterRefused`."""
    content, too_large = bytearray(), False
    try:
        async for chunk in upload.chunks:
            too_large = too_large or len(content) + len(chunk) > letters.LARGEST
            if not too_large:
                content += chunk
    except Unreadable:
        if not too_large:
            raise
    if too_large:
        raise LetterRefused("too_large")
    return bytes(content)


async def _found(resources: Resources, token: str) -> Mine | None:
    floor = resources.floor
    async with floor.database.read() as db:
        return await asking.find(db, floor.keyring, token) if token else None


async def _page(
    request: Request, token: str, *, wrong: str | None = None, wait_seconds: int = 0, status: int = 200
) -> Response:
    mine = await _found(resources_of(request), token)
    if mine is None:
        return _gone(request)
    waited = resources_of(request).floor.now - (mine.returned_at or mine.asked_at)
    return respond(
        request,
        "mine.html",
        status=status,
        token=token,
        state=mine.state,
        asked=mine.answers,
        reason=mine.reason,
        asked_at=mine.asked_at.astimezone(AMSTERDAM),
        received_at=mine.received_at.astimezone(AMSTERDAM) if mine.received_at else None,
        decided_at=mine.decided_at.astimezone(AMSTERDAM) if mine.decided_at else None,
        days_left=max((asking.WITHOUT_LETTER.span - waited).days, 0),
        kept_months=asking.LETTER.count,
        letter=LETTER,
        signed=SIGNED,
        start=START,
        wrong=wrong,
        wait_seconds=wait_seconds,
    )


def _gone(request: Request) -> Response:
    """A link that leads nowhere, or an address without one."""
    response = respond(request, "gone.html", status=410, start=START)
    if cookies.LINK in cookies.read(request.headers.get("cookie")):
        response.headers.append("set-cookie", cookies.gone(cookies.LINK))
    return response


ROUTES = [
    Route(asking.PATH, show, methods=["GET"]),
    Route(LETTER, letter, methods=["POST"]),
    Route(SIGNED, hand_in, methods=["POST"]),
]
