"""The locations of a school's administration, and whose account each of them is (D13).

A coordinator says so for the schools that are theirs, and has then agreed for both sides. Where the other school has a coordinator of its own, the
helpdesk enters it (`idp locations deliver`) and that coordinator says yes at the coupling. Either side ends it here.
"""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory import schools
from directory.imports import locations, seen_locations
from directory.imports.locations import Delivered
from directory.schools import KnownSchool
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.errors import Problem
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, number, opens

HERE: Final = ""
"""What the form says for the account whose administration it is."""


async def listed(coordinator: Coordinator) -> Response:
    """Which locations came, whose each of them is, and what other administrations deliver here."""
    return await _page(coordinator, error=None, wrong=None)


async def _page(coordinator: Coordinator, *, error: str | None, wrong: str | None) -> Response:
    school_id = coordinator.school.id
    async with coordinator.floor.database.read() as db:
        seen = await seen_locations.of_school(db, school_id)
        last = await seen_locations.last(db, school_id)
        delivered = {one.key: one for one in await locations.delivered_by(db, school_id)}
        arriving = await locations.delivered_to(db, school_id)
        called = await _names(db, [*delivered.values(), *arriving])
    known = {one.key: one for one in seen}
    rows = [
        {
            "key": key,
            "name": known[key].name if key in known else "",
            "pupils": known[key].pupils if key in known else None,
            "wrong": key == wrong,
            **_whose(coordinator, delivered.get(key), called),
        }
        for key in sorted(known.keys() | delivered.keys())
    ]
    return frame.respond(
        coordinator,
        "locations.html",
        at="imports",
        error=error,
        rows=rows,
        last=last.astimezone(AMSTERDAM) if last else None,
        schools=[{"id": str(one.id), "name": _called(one)} for one in _others(coordinator)],
        arriving=[
            {"id": one.id, "key": one.key, "school": called.get(one.school_id, "–"), "agreed": one.agreed}
            for one in arriving
        ],
    )


def _whose(coordinator: Coordinator, one: Delivered | None, called: dict[int, str]) -> dict[str, Any]:
    """Of one location: the account it goes to (`to`, empty for this one), its name where it is none of this coordinator's, and how it stands."""
    if one is None:
        return {"to": HERE, "elsewhere": None, "state": "here"}
    mine = one.target_school_id in {school.id for school in _others(coordinator)}
    elsewhere = None if mine else called.get(one.target_school_id, "–")
    return {"to": str(one.target_school_id), "elsewhere": elsewhere, "state": "goes" if one.agreed else "waits"}


def _others(coordinator: Coordinator) -> list[KnownSchool]:
    return [school for school in coordinator.schools if school.id != coordinator.school.id]


async def _names(db: Db, found: list[Delivered]) -> dict[int, str]:
    ids = {school_id for one in found for school_id in (one.school_id, one.target_school_id)}
    return {school.id: _called(school) for school in await schools.by_ids(db, sorted(ids))} if ids else {}


def _called(school: KnownSchool) -> str:
    return f"{school.name} ({school.code})"


async def change(coordinator: Coordinator, form: Form) -> Response:
    """Says whose account a location is, or ends what another administration delivers here."""
    key = form.get("key", "")
    try:
        async with coordinator.floor.database.begin() as db:
            if form.get("do") == "end":
                await _end(db, coordinator, number(form.get("location", "")))
            else:
                await _assign(db, coordinator, key, form.get("to", HERE))
    except LookupError:
        raise Problem("not_found", status=404, detail="no such location of this school") from None
    except ValueError:
        return await _page(coordinator, error="desk.locations.refused.elsewhere", wrong=key)
    return frame.back(coordinator, "/imports/locations", done="location_saved")


async def _end(db: Db, coordinator: Coordinator, delivered_id: int) -> None:
    await locations.withdraw(db, coordinator.school.id, delivered_id, now=coordinator.now, by=coordinator.by)


async def _assign(db: Db, coordinator: Coordinator, key: str, to: str) -> None:
    """Raises `LookupError` for a location or school that is not theirs, `ValueError` where the other account gets its pupils elsewhere."""
    school_id = coordinator.school.id
    who: dict[str, Any] = {"now": coordinator.now, "by": coordinator.by}
    before = next((one for one in await locations.delivered_by(db, school_id) if one.key == key), None)
    if before is None and key not in {one.key for one in await seen_locations.of_school(db, school_id)}:
        raise LookupError("no such location in this administration")
    if to == HERE:
        if before is not None:
            await _end(db, coordinator, before.id)
        return
    target = number(to)
    if target not in {school.id for school in _others(coordinator)}:
        raise LookupError("not a school of this coordinator")
    made = await locations.deliver(db, school_id, key, to=target, **who)
    # Whoever coordinates both schools said yes for both.
    await locations.agree(db, target, made.id, **who)


_HERE = f"{ADDRESS}/{{school}}/imports/locations"

ROUTES = [
    Route(_HERE, opens(listed)),
    Route(_HERE, act(change), methods=["POST"]),
]
