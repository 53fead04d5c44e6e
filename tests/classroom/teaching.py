"""Teachers in the rooms of their groups, and the addresses of its pages."""

import re

from sqlalchemy import delete, insert, select

from directory.models import Employment, Group, GroupTeacher, SubgroupMember
from directory.schools import KnownSchool
from idp.web.classroom import rooms
from tests.browser import Browser, Page
from tests.desk.sitting import ticket_on
from tests.house import House, pupil_signs_in, signed_in
from tests.journeys.stories import shortcut


def room(house: House, group: str = "Groep 6") -> str:
    """Where the pages of a seeded group begin."""
    return f"/classroom/{house.school.code}/{house.groups[group]}"


async def comes_in(house: House, name: str = "juf") -> Browser:
    """Somebody of the seeded school, signed in with a password."""
    return await signed_in(house, name)


async def press(browser: Browser, shown: str, path: str, **fields: str) -> Page:
    """Sends a form with the ticket of the page at `shown`."""
    page = await browser.get(shown)
    return await browser.post(path, {"ticket": ticket_on(page), **fields})


def paths(method: str, school: str, group: int, child: int) -> list[str]:
    """Every address of a group's room for a method."""
    filled = {"{school}": school, "{group}": str(group), "{child}": str(child)}
    found = []
    for route in rooms.ROUTES:
        if method in (route.methods or ()) and "{group}" in route.path:
            path = route.path
            for name, value in filled.items():
                path = path.replace(name, value)
            found.append(path)
    return found


async def link(house: House, name: str, group_id: int, school: KnownSchool | None = None) -> None:
    """Lets somebody teach one more group."""
    where = Employment.person_id == house.people[name], Employment.school_id == (school or house.school).id
    async with house.floor.database.begin() as db:
        employment_id = (await db.execute(select(Employment.id).where(*where))).scalar_one()
        await db.execute(insert(GroupTeacher).values(employment_id=employment_id, group_id=group_id))


async def unlink(house: House, name: str) -> None:
    """Takes every group from somebody."""
    employed = select(Employment.id).where(Employment.person_id == house.people[name])
    async with house.floor.database.begin() as db:
        await db.execute(delete(GroupTeacher).where(GroupTeacher.employment_id.in_(employed)))


async def add_subgroup(house: House, name: str, *enrolment_ids: int) -> int:
    """A group beside the stamgroep."""
    row = {"school_year": "2026-2027", "kind": "subgroep", "las_key": name, "name": name, "school_id": house.school.id}
    async with house.floor.database.begin() as db:
        group_id: int = (await db.execute(insert(Group).values(row).returning(Group.id))).scalar_one()
        for enrolment_id in enrolment_ids:
            await db.execute(insert(SubgroupMember).values(enrolment_id=enrolment_id, group_id=group_id))
    return group_id


async def child_signs_in(house: House, browser: Browser, name: str, group: str, secret: str) -> Page:
    """From the shortcut to wherever this secret leads."""
    return await pupil_signs_in(browser, await browser.get(shortcut(house.school)), house, name, group, secret)


def shown_pin(page: Page) -> str:
    """The PIN on a page. Fails where none is shown."""
    found = re.search(r'secret-pin"><span class="for-ear">[^<]*</span><span aria-hidden="true">(\d{4})<', page.text)
    assert found is not None, f"no PIN on {page.title!r} ({page.status})"
    return found.group(1)


def bare(page: Page) -> str:
    """The source of a page without the random digits that may look like a PIN: tickets and the names of files."""
    return re.sub(r'(name="ticket" value="|/static/|/signin/)[0-9A-Za-z_-]+', "", page.text)
