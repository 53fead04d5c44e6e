"""Very many new colleagues at once: the coordinator sees who they are, and they are mailed when he says so."""

import pytest
from sqlalchemy import delete, insert, select, update

from directory import people
from directory.lifecycle import held_mails
from directory.lifecycle.models import HeldMail
from directory.models import Employment
from idp.core.models import Mail
from idp.web.desk import mailing
from tests.desk.sitting import base, recorded, sits_down, ticket_on
from tests.house import House


async def held(house: House, many: int) -> list[int]:
    """Newcomers of a file, at the school of the house; their places."""
    places: list[int] = []
    async with house.floor.database.begin() as db:
        for at in range(many):
            name = {"first_name": "Nieuw", "prefix": None, "surname": f"Kracht{at}"}
            email = f"n{at}@elders.example"
            person_id = await people.new_person(db, kind="staff", **name, email=email, now=house.clock.now)
            await people.employ(db, house.school.id, person_id, ["teacher"], source="las")
            mine = Employment.person_id == person_id
            await db.execute(update(Employment).where(mine).values(told_email=email, unanswered=True))
            places.append((await db.execute(select(Employment.id).where(mine))).scalar_one())
            row = {"employment_id": places[-1], "school_id": house.school.id, "held_at": house.clock.now}
            await db.execute(insert(HeldMail).values(**row))
    return places


async def mailed(house: House) -> list[str]:
    async with house.floor.database.read() as db:
        return sorted((await db.execute(select(Mail.recipient))).scalars())


async def test_the_coordinator_looks_and_then_has_them_mailed(house: House) -> None:
    places = await held(house, 3)
    async with house.floor.database.begin() as db:
        # Who left meanwhile is mailed nothing.
        await db.execute(update(Employment).where(Employment.id == places[2]).values(active=False))
    browser = await sits_down(house)
    page = await browser.get(base(house))
    assert "Nieuwe collega&#39;s wachten op hun mail: 2" in page.text
    page = await browser.get(f"{base(house)}/staff/held")
    assert "n0@elders.example" in page.text
    assert await mailed(house) == []
    page = await browser.post(page.url, {"ticket": ticket_on(page)})
    assert "De mails zijn onderweg" in page.text
    assert await mailed(house) == ["n0@elders.example", "n1@elders.example"]
    assert [detail for _, _, detail in await recorded(house, "staff.newcomers_mailed")] == [{"sent": 2}]
    assert "Er wacht niemand" in (await browser.get(f"{base(house)}/staff/held")).text


async def test_a_school_that_had_the_world_mailed_today_waits(house: House) -> None:
    await held(house, 2)
    for number in range(mailing.OF_A_SCHOOL.free - 1):
        await mailing.check_pace(house.floor, house.school.id, f"p{number}@elders.example")
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/staff/held")
    page = await browser.post(page.url, {"ticket": ticket_on(page)})
    assert page.status == 400
    assert "vandaag al heel veel mails" in page.text
    assert await mailed(house) == ["n0@elders.example"]
    async with house.floor.database.read() as db:
        assert len(await held_mails.of_school(db, house.school.id)) == 1


@pytest.mark.parametrize("gone", [True, False])
async def test_who_is_mailed_alone_or_gone_waits_no_longer(house: House, gone: bool) -> None:
    [place] = await held(house, 1)
    browser = await sits_down(house)
    if gone:
        async with house.floor.database.begin() as db:
            await db.execute(delete(Employment).where(Employment.id == place))
    else:
        page = await browser.get(f"{base(house)}/staff/{place}")
        await browser.post(f"{page.url}/activation", {"ticket": ticket_on(page)})
    async with house.floor.database.read() as db:
        assert await held_mails.of_school(db, house.school.id) == ()
    assert await mailed(house) == ([] if gone else ["n0@elders.example"])
