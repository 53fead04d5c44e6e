"""What a sign-in page says about outages and news: the first announcement, short, and the way to all of them (R157)."""

from datetime import datetime
from typing import Any

from starlette.requests import Request

from idp.core.clock import AMSTERDAM
from idp.http import cookies
from idp.http.language import language_of
from idp.http.resources import resources_of
from idp.support import answers
from idp.support.announcements import Known

SHORT = 90
"""Letters of an announcement on a page that somebody came to for something else."""


async def notice_of(request: Request) -> dict[str, Any] | None:
    """What to show above the question; None nearly always. Costs the sign-in no statement: see `KnownAnnouncements`."""
    resources = resources_of(request)
    await resources.announcements.read(now=resources.floor.now)
    return known_notice(request)


def known_notice(request: Request) -> dict[str, Any] | None:
    """The same from memory alone, for pages that must appear when the database is away."""
    resources = resources_of(request)
    found = resources.announcements.shown(now=resources.floor.now)
    if not found:
        return None
    lang = language_of(request, cookies.read(request.headers.get("cookie")))
    first = found[0]
    return {"kind": first.kind, "title": first.titles[lang], "text": _short(first.texts[lang]), "more": len(found) - 1}


def told(one: Known, lang: str) -> dict[str, Any]:
    """One announcement as the public page tells it, whole; moments are those of Amsterdam."""
    moments = {"since": _local(one.shown_from), "until": _local(one.shown_until) if one.shown_until else None}
    text = [line for line in one.texts[lang].splitlines() if line.strip()]
    about = answers.subject(lang, one.subject) if one.subject else None
    return {"kind": one.kind, "title": one.titles[lang], "paragraphs": text, "about": about, **moments}


def _short(text: str) -> str:
    whole = " ".join(text.split())
    return whole if len(whole) <= SHORT else f"{whole[:SHORT].rsplit(' ', 1)[0]} …"


def _local(moment: datetime) -> datetime:
    return moment.astimezone(AMSTERDAM)
