"""Links that an MDM hands out: whatever opens one becomes a device of the school, until the link is withdrawn."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from directory import device_links
from directory.device_links import MOST, PATH, KnownLink
from idp.core.db import Db
from idp.core.errors import Problem
from idp.web.desk import devices, frame, shortcut_files
from idp.web.desk.devices import PLACE, note
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, opens
from idp.web.desk.shortcut_files import ICON, Shortcut


@dataclass(frozen=True, slots=True)
class Wanted:
    """A link as the form asks for it."""

    label: str
    until: date | None
    most_a_day: int | None


class Unclear(ValueError):
    """A form that cannot be a link; the text is the key of what to say."""


def _read(form: Form, *, today: date) -> Wanted:
    """What the form says. Raises `Unclear`."""
    label, until, most = devices.label_of(form), form.get("until", "").strip(), form.get("most", "").strip()
    if not label:
        raise Unclear("label")
    try:
        last = date.fromisoformat(until) if until else None
    except ValueError:
        raise Unclear("until") from None
    if last is not None and last < today:
        raise Unclear("until")
    if most and not (most.isascii() and most.isdigit() and len(most) < 5 and 1 <= int(most) <= MOST):
        raise Unclear("most")
    return Wanted(label, last, int(most) if most else None)


async def new(coordinator: Coordinator) -> Response:
    """For which devices, until when, and how many a day?"""
    return frame.respond(coordinator, "device_link_new.html", at="networks", today=coordinator.today)


async def make(coordinator: Coordinator, form: Form) -> Response:
    """A new link, shown at once."""
    floor, school_id = coordinator.floor, coordinator.school.id
    try:
        wanted = _read(form, today=coordinator.today)
        async with floor.database.begin() as db:
            link_id, _ = await device_links.make(
                db,
                floor.keyring,
                school_id,
                wanted.label,
                now=coordinator.now,
                until=wanted.until,
                most_a_day=wanted.most_a_day,
            )
            await note(db, coordinator, "device_link.made", link=link_id)
    except ValueError as error:
        wrong = f"desk.device.wrong.{error if isinstance(error, Unclear) else 'many'}"
        return frame.respond(
            coordinator, "device_link_new.html", at="networks", error=wrong, values=form, today=coordinator.today
        )
    return frame.back(coordinator, f"{PLACE}/links/{link_id}", done="device_link_made")


async def show(coordinator: Coordinator) -> Response:
    """The link, to copy it into an MDM. Who looked is recorded."""
    floor = coordinator.floor
    async with floor.database.begin() as db:
        link = await _one(db, coordinator)
        token = await device_links.token_of(db, floor.keyring, coordinator.school.id, link.id)
        await note(db, coordinator, "device_link.shown", link=link.id)
    address = f"{floor.settings.base_url}{PATH}#{token}"
    return frame.respond(
        coordinator, "device_link.html", at="networks", link=link, address=address, over=link.over(coordinator.today)
    )


async def as_zip(coordinator: Coordinator) -> Response:
    """The same link as an iPad, a Chromebook and Windows take it, for every pupil's device at once. Who took it is recorded, as who looked."""
    floor, school = coordinator.floor, coordinator.school
    async with floor.database.begin() as db:
        link = await _one(db, coordinator)
        token = await device_links.token_of(db, floor.keyring, school.id, link.id)
        await note(db, coordinator, "device_link.shown", link=link.id)
    say, pages = partial(coordinator.resources.pages.text, coordinator.language), coordinator.resources.pages
    content = shortcut_files.zipped(
        school.name,
        [Shortcut(say("desk.zip.pupils", school=school.name), f"{floor.settings.base_url}{PATH}#{token}")],
        read_me=say("desk.zip.link_read_me", school=school.name, label=link.label),
        read_me_name=say("desk.zip.read_me_name"),
        on=coordinator.today,
        icon=pages.static.content(ICON),
    )
    return shortcut_files.as_download(content, f"{say('desk.zip.link_file')}-{school.code}.zip")


async def ask_withdraw(coordinator: Coordinator) -> Response:
    """Withdraw the link, with every device that came through it?"""
    async with coordinator.floor.database.read() as db:
        link = await _one(db, coordinator)
    return frame.respond(coordinator, "device_withdraw.html", at="networks", one=None, many=link.devices, link=link)


async def withdraw(coordinator: Coordinator, form: Form) -> Response:
    """The link enrols nothing any more, and what came through it is the school's no longer, at once."""
    async with coordinator.floor.database.begin() as db:
        link = await _one(db, coordinator)
        gone = await device_links.withdraw(db, coordinator.school.id, link.id)
        await note(db, coordinator, "device_link.withdrawn", link=link.id, devices=gone or 0)
    return frame.back(coordinator, PLACE, done="device_link_withdrawn")


async def _one(db: Db, coordinator: Coordinator) -> KnownLink:
    try:
        return await device_links.one(db, coordinator.school.id, coordinator.number("link"))
    except LookupError:
        raise Problem("not_found", status=404, detail="no such link of this school") from None


_HERE: Final = f"{ADDRESS}/{{school}}{PLACE}/links"

ROUTES = [
    Route(f"{_HERE}/new", opens(new)),
    Route(f"{_HERE}/new", act(make), methods=["POST"]),
    Route(f"{_HERE}/{{link}}", opens(show)),
    Route(f"{_HERE}/{{link}}/zip", opens(as_zip)),
    Route(f"{_HERE}/{{link}}/withdraw", opens(ask_withdraw)),
    Route(f"{_HERE}/{{link}}/withdraw", act(withdraw), methods=["POST"]),
]
