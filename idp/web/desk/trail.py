"""The school's ledger at the desk (*logboek*): what happened here, found by days, kind, party and person, and the same as a file (C-323, D41).

Names are sent by POST and stand in no address. Looking at one person's lines and taking the file along are in the ledger themselves.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from consent import received, ticks
from consent.received import About
from directory import names
from idp.core import heads, ledger, ledger_file, ledger_reading
from idp.core.db import Db
from idp.core.errors import Problem
from idp.core.ledger_reading import Wanted
from idp.http import forms
from idp.web.desk import frame, trail_lines, trail_search
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, asks, number, opens, view
from idp.web.desk.party_people import look, shown
from idp.web.desk.trail_acts import KINDS
from metadata import parties

PLACE: Final = "/trail"
WRONG_DAYS: Final = "desk.trail.wrong_days"
FILE_COLUMNS: Final = ("what",)


async def trail(coordinator: Coordinator) -> Response:
    """What happened at this school, the newest first."""
    return await _page(coordinator, None)


async def of_person(coordinator: Coordinator) -> Response:
    """What one person of this school did, and what was done about that person; that somebody looked is in the ledger."""
    async with coordinator.floor.database.begin() as db:
        who = await _about(db, coordinator, coordinator.number("person"))
        # Each page of it: which one it is, the address says, and anybody can write one.
        await _record(db, coordinator, "ledger.person_shown", who)
    return await _page(coordinator, who)


async def _page(coordinator: Coordinator, who: About | None) -> Response:
    asked = forms.query_of(coordinator.request)
    error = None
    try:
        search = trail_search.read(asked, today=coordinator.today)
    except ValueError:
        search, error = trail_search.usual(coordinator.today), WRONG_DAYS
    school_id, before = coordinator.school.id, trail_search.place(asked.get("before", ""))
    wanted = search.wanted(who.ledger_id if who else None)
    async with coordinator.floor.database.read() as db:
        found = await ledger_reading.page(db, school_id, wanted, before=before, limit=frame.PAGE_OF + 1)
        entries = found[: frame.PAGE_OF]
        called = await trail_lines.names_in(db, school_id, entries)
        choice = await _parties(db, school_id)
    here = PLACE if who is None else f"{PLACE}/people/{who.person_id}"
    more = {**search.values(), "before": trail_search.mark(entries[-1].place)} if len(found) > len(entries) else None
    pager = {
        "previous": frame.address(coordinator, here, **search.values()) if before else None,
        "next": frame.address(coordinator, here, **more) if more else None,
    }
    return frame.respond(
        coordinator,
        "trail.html",
        at="evidence",
        error=error,
        here=coordinator.base + here,
        person=None if who is None else {"id": who.person_id, "name": _name(who)},
        lines=[trail_lines.line(coordinator, entry, called) for entry in entries],
        kinds=tuple(KINDS),
        parties=choice,
        search=search.values(),
        pager=pager,
    )


async def _parties(db: Db, school_id: int) -> list[tuple[str, str]]:
    """Every party about which this school ever decided, by name."""
    decided = [tick.party_id for tick in await ticks.listed(db, school_id)]
    return [(str(one.id), one.name) for one in await parties.known(db, decided)] if decided else []


async def ask(coordinator: Coordinator) -> Response:
    """Whose lines?"""
    return _asking(coordinator, {"looked": None, "more": False}, {})


async def find(coordinator: Coordinator, form: Form) -> Response:
    """Who of this school has that in the name."""
    return _asking(coordinator, shown(await look(coordinator, form)), form)


def _asking(coordinator: Coordinator, looked: Mapping[str, Any], form: Form) -> Response:
    return frame.respond(coordinator, "trail_find.html", at="evidence", values=form, **looked)


async def export(coordinator: Coordinator, form: Form) -> Response:
    """The entries that were searched for as a file, as they stand in the ledger, with what each means and the newest head (D41)."""
    try:
        search = trail_search.read(form, today=coordinator.today)
    except ValueError:
        raise Problem("request.invalid", detail="not a year of days") from None
    school_id = coordinator.school.id
    async with coordinator.floor.database.begin() as db:
        who = await _about(db, coordinator, number(form["person"])) if form.get("person") else None
        wanted = search.wanted(who.ledger_id if who else None)
        entries = await ledger_reading.count(db, school_id, wanted)
        await _record(db, coordinator, "ledger.exported", who, entries=entries)
        newest = await heads.newest(db)
    name = f"logboek-{coordinator.school.code}-{search.since.isoformat()}-{search.until.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    told = _written(coordinator, wanted, str(newest) if newest else None)
    return StreamingResponse(told, media_type="text/csv; charset=utf-8", headers=headers)


async def _written(coordinator: Coordinator, wanted: Wanted, head: str | None) -> AsyncIterator[bytes]:
    # A spreadsheet takes UTF-8 for what it is by this mark only.
    yield f"\ufeff{ledger_file.line((*ledger_file.COLUMNS, *FILE_COLUMNS))}\r\n".encode()
    database, school_id = coordinator.floor.database, coordinator.school.id
    async for entries in ledger_reading.portions(database, school_id, wanted):
        async with database.read() as db:
            called = await trail_lines.names_in(db, school_id, entries)
        lines = []
        for entry in entries:
            said = trail_lines.sentence(coordinator, trail_lines.line(coordinator, entry, called))
            lines.append(ledger_file.line((*ledger_file.row(entry), said)) + "\r\n")
        yield "".join(lines).encode()
    yield f"{ledger_file.line(ledger_file.last_row(head))}\r\n".encode()


async def _about(db: Db, coordinator: Coordinator, person_id: int) -> About:
    try:
        return await received.about(db, coordinator.school.id, person_id)
    except LookupError:
        raise Problem("not_found", status=404, detail="nobody of this school") from None


def _name(who: About) -> str:
    return names.full_name(who.first_name, who.prefix, who.surname) or trail_lines.NOTHING


async def _record(db: Db, coordinator: Coordinator, action: str, who: About | None, **detail: int) -> None:
    subject, school_id = who.ledger_id if who else None, coordinator.school.id
    await ledger.record(
        db, action, now=coordinator.now, by=coordinator.by, school_id=school_id, subject=subject, detail=detail
    )


_HERE: Final = f"{ADDRESS}/{{school}}{PLACE}"

ROUTES = [
    Route(_HERE, view(trail)),
    Route(f"{_HERE}/people", view(ask)),
    Route(f"{_HERE}/people", asks(find), methods=["POST"]),
    Route(_HERE + "/people/{person:int}", opens(of_person)),
    Route(f"{_HERE}/file", act(export), methods=["POST"]),
]
