"""`idp schools devices` and its neighbours: the shared devices that count as at school, and the links that enrol them (D23)."""

from typing import Annotated, Any

import typer

from directory import device_links, devices, schools
from directory.device_links import MOST, PATH, KnownLink
from idp.cli import output
from idp.cli.acting import note, perform, today
from idp.cli.options import AsJson, SchoolCode, line
from idp.cli.output import Refused
from idp.cli.staffing import day
from idp.core.floor import Floor

Label = Annotated[str, typer.Argument(metavar="LABEL", help="For which devices.", callback=line(100))]
Until = Annotated[str | None, typer.Option("--until", metavar="YYYY-MM-DD", help="The last day, included.")]
MostADay = Annotated[
    int | None, typer.Option("--most-a-day", min=1, max=MOST, help="How many devices it enrols in one day.")
]


def list_devices(school: SchoolCode, *, as_json: AsJson = False) -> None:
    """Lists a school's links with how many devices came through each, and the devices that were enrolled one by one."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.read() as db:
            at = await schools.by_code(db, school)
            links = await device_links.of_school(db, at.id)
            by_hand = await devices.by_hand(db, at.id, limit=1000)
        own = [{"device": d.id, "label": d.label, "enrolled": d.enrolled_at, "seen": d.seen_on} for d in by_hand]
        return {"school": at.code, "links": [_plain(link) for link in links], "devices": own}

    shown = perform(work, as_json=as_json)
    told = [f"link {one['link']}    {one['label']}  {one['devices']} devices, {_limits(one)}" for one in shown["links"]]
    told += [f"device {one['device']}  {one['label']}  last seen {one['seen']}" for one in shown["devices"]]
    output.answer(shown, told or ["no devices and no links"], as_json=as_json)


def add_device_link(
    school: SchoolCode, label: Label, *, until: Until = None, most_a_day: MostADay = None, as_json: AsJson = False
) -> None:
    """Makes a link that enrols whatever opens it, for an MDM to hand out. Printed here; the coordinator can copy it again."""

    async def work(laid: Floor) -> dict[str, Any]:
        last = day(until)
        if last is not None and last < today(laid):
            raise Refused("refused", "the last day has passed")
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            link_id, token = await device_links.make(
                db, laid.keyring, at.id, label, now=laid.now, until=last, most_a_day=most_a_day
            )
            await note(db, laid, "device_link.made", school_id=at.id, link=link_id)
        return {"school": at.code, "link": link_id, "address": f"{laid.settings.base_url}{PATH}#{token}"}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"link {shown['link']}", shown["address"]], as_json=as_json)


def withdraw_device_link(school: SchoolCode, link: int, *, as_json: AsJson = False) -> None:
    """Withdraws a link, and every device that came through it, at once."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            gone = await device_links.withdraw(db, at.id, link)
            if gone is None:
                raise LookupError(f"{at.code} has no link {link}")
            await note(db, laid, "device_link.withdrawn", school_id=at.id, link=link, devices=gone)
        return {"school": at.code, "link": link, "devices": gone}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"withdrawn, with {shown['devices']} devices"], as_json=as_json)


def withdraw_device(
    school: SchoolCode,
    device: Annotated[int | None, typer.Argument(metavar="[DEVICE]", help="Its number.")] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="Every device, and every link.")] = False,
    as_json: AsJson = False,
) -> None:
    """Withdraws one device of a school, or all of them and their links, at once."""

    async def work(laid: Floor) -> dict[str, Any]:
        if (device is None) is not all_:
            raise Refused("refused", "give the number of one device, or --all")
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            if device is None:
                gone, links = await devices.withdraw_all(db, at.id)
                await note(db, laid, "devices.withdrawn", school_id=at.id, devices=gone, links=links)
                return {"school": at.code, "devices": gone, "links": links}
            if not await devices.withdraw(db, at.id, device):
                raise LookupError(f"{at.code} has no device {device}")
            await note(db, laid, "device.withdrawn", school_id=at.id, device=device)
            return {"school": at.code, "devices": 1, "links": 0}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"withdrawn: {shown['devices']} devices, {shown['links']} links"], as_json=as_json)


def _plain(link: KnownLink) -> dict[str, Any]:
    return {
        "link": link.id,
        "label": link.label,
        "made": link.made_at,
        "until": link.until,
        "most_a_day": link.most_a_day,
        "devices": link.devices,
        "seen": link.seen_on,
    }


def _limits(link: dict[str, Any]) -> str:
    until = f"until {link['until']}" if link["until"] else "until it is withdrawn"
    return until + (f", {link['most_a_day']} a day" if link["most_a_day"] else "")
