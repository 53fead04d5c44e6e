"""Public pages for whoever is stuck: Actueel, questions and answers, reporting an outage (R157 to R162). Nobody has to be signed in."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from directory import addresses
from idp.core import throttle
from idp.core.crypto import same
from idp.core.errors import Problem
from idp.http import announced, cookies, forms, headers, visitors
from idp.http.announced import notice_of
from idp.http.language import language_of
from idp.http.resources import Resources, resources_of
from idp.signin import browsers
from idp.signin.question import Visitor
from idp.support import answers, outages
from idp.support.answers import Answer
from idp.support.opening import opening
from idp.support.outages import Report

NEWS = "/actueel"
HELP = "/help"
OUTAGE = "/help/outage"
REPORTED = "/help/reported"
LONGEST_SEARCH = 100


async def news(request: Request) -> Response:
    """What is going on now, and what is over since a month."""
    resources = resources_of(request)
    now, lang = resources.floor.now, _lang(request)
    await resources.announcements.read(now=now)
    return _page(
        request,
        "support/news.html",
        now=[announced.told(one, lang) for one in resources.announcements.shown(now=now)],
        past=[announced.told(one, lang) for one in resources.announcements.past(now=now)],
    )


async def questions(request: Request) -> Response:
    """Every subject; or with `?q=` what was found for it."""
    lang = _lang(request)
    asked = " ".join(forms.query_of(request).get("q", "").split())[:LONGEST_SEARCH]
    found = answers.search(lang, asked) if asked else None
    return _page(
        request,
        "support/help.html",
        notice=await notice_of(request),
        asked=asked,
        subjects=answers.subjects(lang),
        found=None if found is None else [_filled(request, one) for one in found],
    )


async def subject(request: Request) -> Response:
    """The questions of one subject with their answers."""
    found = answers.subject(_lang(request), request.path_params["subject"])
    if found is None:
        raise Problem("not_found", status=404)
    shown = [_filled(request, one) for one in found.answers]
    video = resources_of(request).floor.settings.videos.get(found.key)
    resources, lang = resources_of(request), _lang(request)
    await resources.announcements.read(now=resources.floor.now)
    about = [one for one in resources.announcements.shown(now=resources.floor.now) if one.subject == found.key]
    news = [announced.told(one, lang) for one in about]
    return _page(request, "support/subject.html", subject=found, answers=shown, video=video, news=news)


async def outage(request: Request) -> Response:
    """The form, and above it what we know already."""
    await resources_of(request).announcements.read(now=resources_of(request).floor.now)
    reference = outages.reference_of(forms.query_of(request).get("reference", ""))
    return await _form(request, {"reference": reference})


async def report(request: Request) -> Response:
    """Mails the helpdesk what was told; the answer is the same for every school, known or not (C-313)."""
    resources = resources_of(request)
    form = await forms.form_of(request)
    visitor = await visitors.lenient_visitor_of(request, resources.floor)
    if visitor.browser is None or not same(_ticket(resources, visitor.browser), form.get("ticket", "")):
        # Another site made this browser send it, or it forgot our page since: what was typed stands there still, and a person presses once more.
        return await _form(request, form, wrong="ticket", status=403)
    try:
        told = outages.read(form)
    except outages.Unclear as unclear:
        return await _form(request, form, wrong=unclear.field, status=422)
    if seconds := await _has_to_wait(resources, visitor):
        return await _form(request, form, wait_minutes=-(-seconds // 60), status=429)
    await _send(request, resources, told)
    return RedirectResponse(REPORTED, status_code=303)


async def _has_to_wait(resources: Resources, visitor: Visitor) -> int:
    """The seconds before another report is taken; 0 counts this one. Of many at once no more pass than one after the other would."""
    store, keyring = resources.floor.store, resources.floor.keyring
    network = keyring.mac("token", "throttle", "outage", "network", str(addresses.subscriber(visitor.address)))
    everybody = keyring.mac("token", "throttle", "outage", "everybody", "")
    if seconds := await throttle.enter(store, network, outages.OF_A_NETWORK, crowd=everybody):
        return seconds
    await throttle.failed(store, everybody, outages.OF_EVERYBODY)
    return 0


async def _send(request: Request, resources: Resources, told: Report) -> None:
    floor = resources.floor
    browser = " / ".join(browsers.kind_of(request.headers.get("user-agent", "")))
    async with floor.database.begin() as db:
        await outages.send(db, told, to=floor.settings.support_contact, browser=browser, now=floor.now)


async def reported(request: Request) -> Response:
    """It is on its way; what happens next."""
    return _page(request, "support/reported.html")


async def _form(
    request: Request, form: Mapping[str, str], *, wrong: str | None = None, wait_minutes: int = 0, status: int = 200
) -> Response:
    resources = resources_of(request)
    visitor = await visitors.lenient_visitor_of(request, resources.floor)
    binding = visitors.bind(visitor, resources.floor.keyring)
    known = resources.announcements.shown(now=resources.floor.now)
    lang = _lang(request)
    response = _page(
        request,
        "support/outage.html",
        status=status,
        action=OUTAGE,
        ticket=_ticket(resources, binding.key),
        known=[announced.told(one, lang) for one in known if one.kind == "outage"],
        given={name: form.get(name, "") for name in ("what", *outages.LONGEST)},
        longest={**outages.LONGEST, "what": outages.LONGEST_TEXT},
        wrong=wrong,
        error=f"support.outage.wrong.{wrong}" if wrong else None,
        wait_minutes=wait_minutes,
    )
    return binding.attach(response)


def _ticket(resources: Resources, browser: bytes) -> str:
    return resources.floor.keyring.mac("ticket", "outage", browser).hex()[:32]


def _filled(request: Request, one: Answer) -> dict[str, Any]:
    """An answer with this installation's own addresses and hours in it."""
    settings = resources_of(request).floor.settings
    hours = _helpdesk(request)["hours"]
    values = {"contact": settings.support_contact, "sender": settings.mail_from, "hours": hours}
    blocks = [{"kind": b.kind, "lines": [line.format(**values) for line in b.lines]} for b in one.blocks]
    return {"key": one.key, "subject": one.subject, "question": one.question, "blocks": blocks, "links": one.links}


def _helpdesk(request: Request) -> dict[str, Any]:
    floor = resources_of(request).floor
    today = opening(floor.settings, now=floor.now)
    hours = f"{today.hours.opens:%H:%M}-{today.hours.closes:%H:%M}"
    told = {"email": floor.settings.support_contact, "phone": floor.settings.helpdesk_phone}
    return {**told, "hours": hours, "open_now": today.open_now}


def _lang(request: Request) -> str:
    return language_of(request, cookies.read(request.headers.get("cookie")))


def _page(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    return resources_of(request).pages.respond(
        request, template, status=status, headers=headers.PAGE, helpdesk=_helpdesk(request), **context
    )


ROUTES = [
    Route(NEWS, news, methods=["GET"]),
    Route(HELP, questions, methods=["GET"]),
    Route(OUTAGE, outage, methods=["GET"]),
    Route(OUTAGE, report, methods=["POST"]),
    Route(REPORTED, reported, methods=["GET"]),
    Route(HELP + "/{subject}", subject, methods=["GET"]),
]
