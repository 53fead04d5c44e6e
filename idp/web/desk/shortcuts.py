"""The shortcuts of a school to copy or as files (R114 to R118), and what a child would see at this address (D24)."""

import asyncio
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import Route

from consent import reach, ticks
from directory import addresses, devices, picking, schools, standing
from idp.core import clock
from idp.core.db import Db
from idp.http import forms
from idp.http.anew import SHORTCUT
from idp.web.desk import frame, shortcut_files
from idp.web.desk.guards import ADDRESS, Coordinator, number, view
from idp.web.desk.shortcut_files import ICON, Shortcut
from idp.web.steps import before_the_secret
from metadata import targets
from metadata.targets import KnownTarget

MOST_LESSONS: Final = 500
"""Lessons in one zip; who has more of them ticked so many publishers that a device could not show them all."""


async def shown(coordinator: Coordinator) -> Response:
    """The addresses for pupils and for staff, whole, and how each kind of device gets them."""
    base_url = coordinator.floor.settings.base_url
    async with coordinator.floor.database.read() as db:
        lessons = await _lessons(db, coordinator, after="", limit=1)
        networks = await reach.networks(db, coordinator.school.id)
    return frame.respond(
        coordinator,
        "shortcuts.html",
        at="networks",
        pupils=_of_pupils(coordinator),
        staff=f"{base_url}/",
        ref=coordinator.school.instelling_ref,
        lessons=bool(lessons),
        networks=networks,
    )


async def as_zip(coordinator: Coordinator) -> Response:
    """The same as files for each kind of device; of lessons the first so many, for pupils and for teachers."""
    school, settings, language = coordinator.school, coordinator.floor.settings, coordinator.language
    say = partial(coordinator.resources.pages.text, language)
    async with coordinator.floor.database.read() as db:
        found = await _lessons(db, coordinator, after="", limit=MOST_LESSONS)
        networks = await reach.networks(db, school.id)
    day = coordinator.today
    told = say("desk.zip.read_me", school=school.name, day=f"{day.day} {say(f'month.{day.month}')} {day.year}")
    if networks:
        told += "\n" + say("desk.zip.read_me_not_needed", networks=", ".join(networks))
    content = await asyncio.to_thread(
        shortcut_files.zipped,
        school.name,
        [
            Shortcut(say("desk.zip.pupils", school=school.name), _of_pupils(coordinator)),
            Shortcut(say("desk.zip.staff", school=school.name), f"{settings.base_url}/"),
            *(Shortcut(_name(one), _of_pupils(coordinator, one.address), say("desk.zip.for_pupils")) for one in found),
            *(Shortcut(_name(one), one.address, say("desk.zip.for_staff")) for one in found),
        ],
        read_me=told,
        read_me_name=say("desk.zip.read_me_name"),
        on=day,
        icon=coordinator.resources.pages.static.content(ICON),
    )
    return shortcut_files.as_download(content, f"{say('desk.zip.file')}-{school.code}.zip")


def _name(one: KnownTarget) -> str:
    """A lesson has no name of its own: its publisher and the last part of its address."""
    last = one.address.partition("?")[0].rstrip("/").rpartition("/")[2]
    return f"{one.party_name} {last}"


def _of_pupils(coordinator: Coordinator, target: str | None = None) -> str:
    """The pupil shortcut of this school, on to a lesson if one is named."""
    query = {"INSTELLING_REF": coordinator.school.instelling_ref} | ({"TARGET": target} if target else {})
    return f"{coordinator.floor.settings.base_url}{SHORTCUT}?{urlencode(query)}"


async def lessons(coordinator: Coordinator) -> Response:
    """Shortcuts to the registered learning material of the parties that the school ticked, by address, a page at a time (D36)."""
    after = forms.query_of(coordinator.request).get("after", "")
    async with coordinator.floor.database.read() as db:
        found = await _lessons(db, coordinator, after=after, limit=frame.PAGE_OF + 1)
    rows = [
        {
            "party": one.party_name,
            "address": one.address,
            "shortcut": _of_pupils(coordinator, one.address),
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
    return [{"label": label[c.person_id], "picture": c.picture} for c in children]


_HERE = f"{ADDRESS}/{{school}}/networks/shortcuts"

ROUTES = [
    Route(_HERE, view(shown)),
    Route(f"{_HERE}/zip", view(as_zip)),
    Route(f"{_HERE}/test", view(try_out)),
    Route(f"{_HERE}/lessons", view(lessons)),
]
