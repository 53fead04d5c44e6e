"""What everybody reads on the sign-in pages and on Actueel: making, planning and ending it, in both languages (R157, R161)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from idp.core.clock import AMSTERDAM
from idp.core.errors import Problem
from idp.support import announcements, answers
from idp.support.announcements import Known
from idp.web.helpdesk import frame
from idp.web.helpdesk.guards import ADDRESS, Attendant, Form, decides, operators_open

READS: Final[Mapping[str, Callable[[str], object]]] = {
    "kind": announcements.read_kind,
    "subject": announcements.read_subject,
    "title_nl": announcements.read_title,
    "text_nl": announcements.read_text,
    "title_en": announcements.read_title,
    "text_en": announcements.read_text,
    "from": announcements.read_moment,
    "until": announcements.read_moment,
}
"""The fields of the form in their order, and what reads each."""


async def listed(attendant: Attendant) -> Response:
    """What is shown, what is to come, and what ended lately."""
    now = attendant.now
    async with attendant.floor.database.read() as db:
        found = await announcements.listed(db, since=now - announcements.REMEMBERED)
    rows = [_row(one, attendant) for one in found]
    return frame.respond(attendant, "notices.html", at="notices", rows=rows)


def _row(one: Known, attendant: Attendant) -> dict[str, Any]:
    now = attendant.now
    return {
        "id": one.id,
        "kind": one.kind,
        "title": one.titles[attendant.language],
        "state": "shown" if one.shown_at(now) else "over" if one.over_at(now) else "coming",
        "from": one.shown_from.astimezone(AMSTERDAM),
        "until": one.shown_until.astimezone(AMSTERDAM) if one.shown_until is not None else None,
    }


async def new(attendant: Attendant) -> Response:
    """The form."""
    return frame.respond(attendant, "notice_new.html", at="notices", wrong=None, subjects=_subjects(attendant))


def _subjects(attendant: Attendant) -> list[tuple[str, str]]:
    return [(one.key, one.name) for one in answers.subjects(attendant.language)]


async def add(attendant: Attendant, form: Form) -> Response:
    """Tells everybody, now or from a moment to come."""
    values = {name: form.get(name, "") for name in READS}
    wrong = next((name for name, read in READS.items() if not _is_read(read, values[name])), None)
    if wrong is not None:
        return _wrong(attendant, wrong, values)
    begins, ends = (announcements.read_moment(values[name]) for name in ("from", "until"))
    try:
        async with attendant.floor.database.begin() as db:
            await announcements.add(
                db,
                announcements.read_kind(values["kind"]),
                titles={lang: announcements.read_title(values[f"title_{lang}"]) for lang in announcements.LANGUAGES},
                texts={lang: announcements.read_text(values[f"text_{lang}"]) for lang in announcements.LANGUAGES},
                shown_from=begins or attendant.now,
                shown_until=ends,
                by=attendant.by,
                now=attendant.now,
                subject=announcements.read_subject(values["subject"]),
            )
    except ValueError:
        return _wrong(attendant, "until", values)
    return frame.back(attendant, "/notices", done="notice_added")


def _is_read(read: Callable[[str], object], given: str) -> bool:
    try:
        read(given)
    except ValueError:
        return False
    return True


def _wrong(attendant: Attendant, field: str, values: Form) -> Response:
    error = f"helpdesk.notice.wrong.{field.partition('_')[0]}"
    return frame.respond(
        attendant,
        "notice_new.html",
        at="notices",
        error=error,
        wrong=field,
        values=values,
        subjects=_subjects(attendant),
    )


async def end(attendant: Attendant, _: Form) -> Response:
    """Nobody reads it any more within half a minute."""
    try:
        async with attendant.floor.database.begin() as db:
            await announcements.end(db, attendant.number("notice"), by=attendant.by, now=attendant.now)
    except LookupError as error:
        raise Problem("not_found", status=404, detail=str(error)) from None
    except ValueError:
        return frame.back(attendant, "/notices", done="notice_over")
    return frame.back(attendant, "/notices", done="notice_ended")


ROUTES = [
    Route(ADDRESS + "/notices", operators_open(listed)),
    Route(ADDRESS + "/notices/new", operators_open(new), methods=["GET"]),
    Route(ADDRESS + "/notices/new", decides(add), methods=["POST"]),
    Route(ADDRESS + "/notices/{notice}/end", decides(end), methods=["POST"]),
]
