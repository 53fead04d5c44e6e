"""The shortcuts of a school to copy (R114, R115, R118), and what a child would see at this address (D24)."""

from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from consent import ticks
from directory import addresses, devices, names, picking, schools, standing
from idp.core import clock
from idp.core.db import Db
from idp.http import forms
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, number, view
from idp.web.shortcut import PUPILS
from idp.web.steps import before_the_secret
from metadata import targets
from metadata.targets import KnownTarget


async def shown(coordinator: Coordinator) -> Response:
    """The addresses for pupils and for staff, whole, and how each kind of device gets them."""
    base_url = coordinator.floor.settings.base_url
    pupils = f"{base_url}{PUPILS}?{urlencode({'INSTELLING_REF': coordinator.school.instelling_ref})}"
    async with coordinator.floor.database.read() as db:
        lessons = await _lessons(db, coordinator, after="", limit=1)
    return frame.respond(
        coordinator, "shortcuts.html", at="networks", pupils=pupils, staff=f"{base_url}/", lessons=bool(lessons)
    )


async def lessons(coordinator: Coordinator) -> Response:
    """Shortcuts to the registered learning material of the parties that the school ticked, by address, a page at a time (D36)."""
    base_url, reference = coordinator.floor.settings.base_url, coordinator.school.instelling_ref
    after = forms.query_of(coordinator.request).get("after", "")
    async with coordinator.floor.database.read() as db:
        found = await _lessons(db, coordinator, after=after, limit=frame.PAGE_OF + 1)
    rows = [
        {
            "party": one.party_name,
            "address": one.address,
            "shortcut": f"{base_url}{PUPILS}?{urlencode({'INSTELLING_REF': reference, 'TARGET': one.address})}",
        }
        for one in found[: frame.PAGE_OF]
    ]
    place, more = "/networks/shortcuts/lessons", len(found) > frame.PAGE_OF
    pager = {
        "previous": frame.address(coordinator, place) if after else None,
        "next": frame.address(coordinator, place, after=rows[-1]["address"]) if more else None,
    }
    return frame.respond(coordinator, "shortcut_lessons.html", at="networks", rows=rows, pager=pager)


async def _lessons(db: Db, coordinator: Coordinator, *, after: str, limit: int) -> list[KnownTarget]:
    ticked = [tick.party_id for tick in await ticks.listed(db, coordinator.school.id) if tick.given]
    return await targets.of_parties(db, ticked, after=after, limit=limit)


async def try_out(coordinator: Coordinator) -> Response:
    """What a child sees that opens the pupil shortcut where the coordinator is: the groups, one group's tiles, or why not. Signs nobody in."""
    hot, stands, school = coordinator.floor.database.hot, coordinator.standing, coordinator.school
    here = await standing.schools_here(hot, stands)
    async with coordinator.floor.database.read() as db:
        others = [one.name for one in await schools.by_ids(db, here) if one.id != school.id]
        reason = await _reason(db, coordinator)
    year = clock.school_year(coordinator.now)
    groups = await picking.groups(hot, school.id, school_year=year, standing=stands)
    asked = forms.query_of(coordinator.request).get("group", "")
    chosen = next((group for group in groups if asked and group.id == number(asked)), None)
    return frame.respond(
        coordinator,
        "shortcut_test.html",
        at="networks",
        address=str(addresses.plain(coordinator.address)),
        reason=reason,
        at_school=school.id in here,
        others=others,
        groups=[{"name": group.name, "url": _url(coordinator, group.id), "here": group == chosen} for group in groups],
        group=chosen.name if chosen else None,
        children=await _tiles(coordinator, chosen.id) if chosen else [],
    )


def _url(coordinator: Coordinator, group_id: int) -> str:
    return frame.address(coordinator, "/networks/shortcuts/test", group=str(group_id))


async def _reason(db: Db, coordinator: Coordinator) -> dict[str, str] | None:
    """Why this is at school: the network or the device; None where it is not."""
    networks = await addresses.of_school(db, coordinator.school.id)
    if entry := next((one for one in networks if one.holds(addresses.alone(coordinator.address))), None):
        return {"what": "network", "name": entry.network}
    this = await devices.this_one(db, coordinator.school.id, coordinator.device)
    return {"what": "device", "name": this.label} if this else None


async def _tiles(coordinator: Coordinator, group_id: int) -> list[dict[str, Any]]:
    """The tiles of one group, as its page shows them."""
    hot, pages = coordinator.floor.database.hot, coordinator.resources.pages
    stands, today = coordinator.standing, coordinator.today
    children = await picking.children(hot, coordinator.school.id, group_id, today=today, standing=stands)
    label = before_the_secret(children, partial(pages.text, coordinator.language))
    ordered = sorted(children, key=lambda c: names.child_order(c.first_name, c.prefix, c.surname))
    return [{"label": label[c.person_id], "picture": c.picture} for c in ordered]


_HERE = f"{ADDRESS}/{{school}}/networks/shortcuts"

ROUTES = [Route(_HERE, view(shown)), Route(f"{_HERE}/test", view(try_out)), Route(f"{_HERE}/lessons", view(lessons))]
