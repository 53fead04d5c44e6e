"""The shared devices that a school enrolled (D23, C-310): this one, each by itself, and all at once. Those of an MDM come through a link."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory import device_links, devices
from directory.devices import LONGEST_LABEL, KnownDevice
from idp.core import ledger
from idp.core.db import Db
from idp.core.errors import Problem
from idp.http import forms, visitors
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, number, opens, view

PLACE: Final = "/networks/devices"


async def shown(coordinator: Coordinator) -> Response:
    """This device, the links with what came through them, and the devices that were enrolled one by one, newest first."""
    school_id = coordinator.school.id
    before = forms.query_of(coordinator.request).get("before", "")
    async with coordinator.floor.database.read() as db:
        this = await devices.this_one(db, school_id, coordinator.device)
        links = await device_links.of_school(db, school_id)
        last = number(before) if before else None
        found = await devices.by_hand(db, school_id, before=last, limit=frame.PAGE_OF + 1)
        many = await devices.count(db, school_id)
    rows = found[: frame.PAGE_OF]
    pager = {
        "previous": frame.address(coordinator, PLACE) if before else None,
        "next": frame.address(coordinator, PLACE, before=str(rows[-1].id)) if len(found) > len(rows) else None,
    }
    today = coordinator.today
    context: dict[str, Any] = {
        "this": this,
        "links": links,
        "devices": rows,
        "many": many,
        "pager": pager,
        "today": today,
    }
    return frame.respond(coordinator, "devices.html", at="networks", **context)


async def new(coordinator: Coordinator) -> Response:
    """What is this device called?"""
    return frame.respond(coordinator, "device_new.html", at="networks")


def label_of(form: Form) -> str:
    """What the school calls it: one line of at most a hundred characters."""
    return " ".join(form.get("label", "").split())[:LONGEST_LABEL]


async def enrol(coordinator: Coordinator, form: Form) -> Response:
    """Makes the device at which the coordinator sits one of the school's."""
    label = label_of(form)
    if not label:
        return frame.respond(
            coordinator, "device_new.html", at="networks", error="desk.device.wrong.label", values=form
        )
    floor, school_id = coordinator.floor, coordinator.school.id
    async with floor.database.begin() as db:
        device_id, token = await devices.enrol(
            db,
            floor.keyring,
            school_id,
            label,
            now=coordinator.now,
            today=coordinator.today,
            instead_of=coordinator.device,
        )
        await note(db, coordinator, "device.enrolled", device=device_id)
    response = frame.back(coordinator, PLACE, done="device_enrolled")
    visitors.enrol_device(response, token)
    return response


async def ask_withdraw(coordinator: Coordinator) -> Response:
    """Withdraw one device, or all and the links too? Says what happens then."""
    async with coordinator.floor.database.read() as db:
        one = await _one(db, coordinator) if "device" in coordinator.request.path_params else None
        many = await devices.count(db, coordinator.school.id)
    return frame.respond(coordinator, "device_withdraw.html", at="networks", one=one, many=many, link=None)


async def withdraw(coordinator: Coordinator, form: Form) -> Response:
    """The device is the school's no longer, at once."""
    async with coordinator.floor.database.begin() as db:
        one = await _one(db, coordinator)
        await devices.withdraw(db, coordinator.school.id, one.id)
        await note(db, coordinator, "device.withdrawn", device=one.id)
    return frame.back(coordinator, PLACE, done="device_withdrawn")


async def withdraw_all(coordinator: Coordinator, form: Form) -> Response:
    """No device is the school's any more, and no link makes one so again."""
    async with coordinator.floor.database.begin() as db:
        gone, links = await devices.withdraw_all(db, coordinator.school.id)
        await note(db, coordinator, "devices.withdrawn", devices=gone, links=links)
    return frame.back(coordinator, PLACE, done="devices_withdrawn")


async def _one(db: Db, coordinator: Coordinator) -> KnownDevice:
    try:
        return await devices.one(db, coordinator.school.id, coordinator.number("device"))
    except LookupError:
        raise Problem("not_found", status=404, detail="no such device of this school") from None


async def note(db: Db, coordinator: Coordinator, action: str, **detail: int) -> None:
    """What a coordinator did with devices and links, in numbers: what a school calls them may be somebody's name."""
    who = coordinator
    await ledger.record(db, action, now=who.now, by=who.by, school_id=who.school.id, detail=detail)


_HERE = f"{ADDRESS}/{{school}}{PLACE}"

ROUTES = [
    Route(_HERE, view(shown)),
    Route(f"{_HERE}/new", opens(new)),
    Route(f"{_HERE}/new", act(enrol), methods=["POST"]),
    Route(f"{_HERE}/withdraw", opens(ask_withdraw)),
    Route(f"{_HERE}/withdraw", act(withdraw_all), methods=["POST"]),
    Route(f"{_HERE}/{{device}}/withdraw", opens(ask_withdraw)),
    Route(f"{_HERE}/{{device}}/withdraw", act(withdraw), methods=["POST"]),
]
