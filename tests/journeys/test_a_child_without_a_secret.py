"""Nobody gave the child a secret yet: it is told so, kindly, and sent to its teacher."""

from sqlalchemy import delete

from idp.credentials.models import PupilSecret
from tests.house import House, authorize_url


async def test_a_child_without_a_secret_is_sent_to_its_teacher(house: House) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(delete(PupilSecret).where(PupilSecret.person_id == house.people["Finn"]))
    browser = house.browser()
    page = await browser.choose(await browser.get(authorize_url().url), "group", str(house.groups["Groep 6"]))
    page = await browser.choose(page, "child", str(house.people["Finn"]))
    assert page.heading == "Jouw geheim is nog niet klaar"
    assert not page.offers("pin")
