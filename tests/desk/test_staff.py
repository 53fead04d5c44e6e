"""The pages of the staff (R78-R83, R163, D15, D16): who is shown, what is done, and what is refused with its reason."""

import re
from typing import Any

import pytest
from sqlalchemy import update

from directory import people
from directory.lifecycle import addresses, memberships, staff_list
from directory.lifecycle.staff_list import Colleague
from directory.models import Employment
from idp.credentials import returned_mail
from tests.browser import Browser, Page
from tests.desk.sitting import base, recorded, sits_down, ticket_on
from tests.house import House
from tests.journeys.stories import add_school, add_staff, give_role, mails, teacher_signs_in

UNTIL = "2027-07-31"


async def row(house: House, name: str) -> Colleague:
    async with house.floor.database.read() as db:
        found = await staff_list.page(db, house.school.id, today=house.clock.now.date(), which="all")
    return next(one for one in found if one.person_id == house.people[name])


async def page_of(browser: Browser, house: House, name: str, more: str = "") -> Page:
    return await browser.get(f"{base(house)}/staff/{(await row(house, name)).employment_id}{more}")


async def press(browser: Browser, page: Page, **fields: str) -> Page:
    return await browser.post(page.url, {"ticket": ticket_on(page), **fields})


async def test_the_list_tells_two_things_apart(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/staff")
    assert page.heading == "Medewerkers"
    assert "2 medewerkers, van wie 2 geactiveerd." in page.text
    for told in ("Juf Jansen", "juf@regenboog.example", "leerkracht", "Groep 6", "ICT-coördinator", "hier toegevoegd"):
        assert told in page.text


async def test_people_are_found_by_name_and_no_name_stands_in_an_address(house: House) -> None:
    await add_staff(house, "anna", "ib")
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/staff")
    page = await browser.choose(page, "q", "ANN", which="working")
    assert "Anna Smit" in page.text
    assert "Juf Jansen" not in page.text
    assert "nn" not in page.url.removeprefix("https://inloggen.example").removeprefix(base(house))
    page = await browser.choose(page, "q", "niemand", which="working")
    assert "Niemand gevonden" in page.text


async def test_another_schools_people_are_in_no_list_and_on_no_page(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    person_id = await add_staff(house, "vreemd", "teacher", at=[other])
    async with house.floor.database.read() as db:
        (theirs,) = await staff_list.page(db, other.id, today=house.clock.now.date())
    assert theirs.person_id == person_id
    browser = await sits_down(house)
    page = await browser.choose(await browser.get(f"{base(house)}/staff"), "q", "vreemd", which="all")
    assert "Vreemd Smit" not in page.text
    ticket = ticket_on(page)
    for path in ("", "/roles", "/groups", "/end", "/appoint", "/dismiss", "/last-day", "/address", "/return"):
        address = f"{base(house)}/staff/{theirs.employment_id}{path}"
        assert (await browser.get(address)).status == 404, path
        if path:
            form = {"ticket": ticket, "email": "x@overkant.example", "ends_on": UNTIL, "role_ib": "1"}
            assert (await browser.post(address, form)).status == 404, path
    assert (
        await browser.post(f"{base(house)}/staff/{theirs.employment_id}/activation", {"ticket": ticket})
    ).status == 404
    assert await mails(house) == []


async def test_a_long_list_has_pages(house: House) -> None:
    async with house.floor.database.begin() as db:
        for number in range(60):
            person_id = await people.new_person(
                db,
                kind="staff",
                first_name="P",
                prefix=None,
                surname=f"Naam {number:02}",
                email=None,
                now=house.clock.now,
            )
            await people.employ(db, house.school.id, person_id, ["support"])
    browser = await sits_down(house)
    first = await browser.get(f"{base(house)}/staff")
    shown = re.findall(r"Naam \d\d", first.text)
    (after,) = re.findall(r'name="after" value="(\d+)"', first.text)
    further = {"ticket": ticket_on(first), "q": "", "which": "working", "after": after}
    second = await browser.post(f"{base(house)}/staff", further)
    rest = re.findall(r"Naam \d\d", second.text)
    assert sorted(set(shown + rest)) == [f"Naam {number:02}" for number in range(60)]
    assert not set(shown) & set(rest)
    assert "Naar het begin" in second.text


async def test_somebody_is_invited_by_hand(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/staff/new")
    who = {"first_name": "Fleur", "prefix": "", "surname": "Bos", "role_ib": "1", "ends_on": UNTIL}
    page = await browser.choose(page, "email", "fleur@elders.example", **who)
    assert "De uitnodiging is gemaild" in page.text
    assert "Fleur Bos" in page.text
    assert [to for to, _ in await mails(house)] == ["fleur@elders.example"]
    ((_, actor, _),) = await recorded(house, "staff.invited")
    assert len(actor) == 36
    async with house.floor.database.begin() as db:
        assert await returned_mail.note(db, "fleur@elders.example", now=house.clock.now) == (False, True)
    page = await browser.get(f"{base(house)}/staff/pending")
    assert "mail kwam terug" in page.text, "R169: whoever typed the address sees that it does not work"
    page = await browser.choose(page, "do", "resend-1")
    assert "opnieuw gemaild" in page.text
    assert "mail kwam terug" not in page.text
    page = await browser.choose(page, "do", "withdraw-1")
    assert "Er wacht niets" in page.text


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"email": "geen adres"}, "Dit e-mailadres of deze datum klopt niet"),
        ({"email": "juf@regenboog.example"}, "werkt hier al"),
        ({"role_ib": None}, "Kies ten minste één rol"),
        ({"surname": ""}, "Vul een roepnaam en een achternaam in"),
        ({"ends_on": ""}, "Vul een laatste dag in"),
        ({"ends_on": "2020-01-01"}, "De laatste dag is al voorbij"),
        ({"ends_on": "2031-01-01"}, "De laatste dag ligt te ver weg"),
        ({"ends_on": "morgen"}, "Dit e-mailadres of deze datum klopt niet"),
        ({"role_ib": None, "role_ict-coordinator": "1"}, "Kies ten minste één rol"),
    ],
    ids=str,
)
async def test_what_is_wrong_with_a_newcomer_is_said(house: House, changed: dict[str, str | None], told: str) -> None:
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/staff/new")
    form = {"first_name": "Fleur", "prefix": "", "surname": "Bos", "email": "f@elders.example", "role_ib": "1"}
    wanted = {**form, "ends_on": UNTIL, **changed}
    page = await press(browser, page, **{name: value for name, value in wanted.items() if value is not None})
    assert page.status == 400
    assert told in page.text
    assert await mails(house) == []


async def test_roles_are_ticked_and_unticked(house: House) -> None:
    browser = await sits_down(house)
    page = await press(browser, await page_of(browser, house, "juf", "/roles"), role_ib="1", role_rt="1")
    assert "De rollen zijn opgeslagen" in page.text
    assert set((await row(house, "juf")).roles) == {"ib", "rt"}
    page = await press(
        browser, await page_of(browser, house, "juf", "/roles"), **{"role_teacher": "1", "role_ict-coordinator": "1"}
    )
    assert set((await row(house, "juf")).roles) == {"teacher"}, "the right to coordinate is no tick"


async def test_a_coordinator_is_appointed_and_dismissed_by_another(house: House) -> None:
    browser = await sits_down(house)
    page = await page_of(browser, house, "juf", "/appoint")
    assert "Juf Jansen ICT-coördinator maken?" in page.heading
    await press(browser, page)
    assert "ict-coordinator" in (await row(house, "juf")).roles
    assert {to for to, _ in await mails(house)} == {"juf@regenboog.example", "ict@regenboog.example"}
    await press(browser, await page_of(browser, house, "juf", "/dismiss"))
    assert "ict-coordinator" not in (await row(house, "juf")).roles
    page = await press(browser, await page_of(browser, house, "ict", "/dismiss"))
    assert page.status == 400
    assert "De school houdt altijd een ICT-coördinator" in page.text


async def test_ended_means_no_page_that_same_minute(house: House) -> None:
    teacher = house.browser()
    await teacher_signs_in(teacher)
    browser = await sits_down(house)
    page = await press(browser, await page_of(browser, house, "juf", "/end"))
    assert "De toegang is beëindigd" in page.text
    assert (await teacher.get("/account")).heading != "Dag Juf"
    page = await press(browser, await page_of(browser, house, "juf", "/return"), ends_on=UNTIL)
    assert "Deze persoon werkt hier weer" in page.text
    await teacher_signs_in(teacher)
    assert (await teacher.get("/account")).heading == "Dag Juf"


async def test_a_last_day_is_changed_or_refused(house: House) -> None:
    browser = await sits_down(house)
    page = await press(browser, await page_of(browser, house, "juf", "/last-day"), ends_on="2020-01-01")
    assert "De laatste dag is al voorbij" in page.text
    await press(browser, await page_of(browser, house, "juf", "/last-day"), ends_on="2027-01-31")
    assert str((await row(house, "juf")).ends_on) == "2027-01-31"


async def test_groups_are_linked_by_hand(house: House) -> None:
    browser = await sits_down(house)
    group = f"group_{house.groups['Groep 2']}"
    await press(browser, await page_of(browser, house, "juf", "/groups"), **{group: "1"})
    assert (await row(house, "juf")).groups == ("Groep 2", "Groep 6"), "what the administration linked stays"
    await press(browser, await page_of(browser, house, "juf", "/groups"))
    assert (await row(house, "juf")).groups == ("Groep 6",)


async def test_a_new_address_is_a_proposal_and_both_are_mailed(house: House) -> None:
    browser = await sits_down(house)
    page = await press(browser, await page_of(browser, house, "juf", "/address"), email="nieuw@regenboog.example")
    assert "Oud en nieuw adres zijn gemaild" in page.text
    assert "nieuw@regenboog.example" in page.text
    assert {to for to, _ in await mails(house)} == {"juf@regenboog.example", "nieuw@regenboog.example"}
    assert (await row(house, "juf")).email == "juf@regenboog.example"
    page = await browser.get(f"{base(house)}/staff/pending")
    page = await browser.choose(page, "do", page.offers("do")[-1])
    assert "Het adres blijft zoals het was" in page.text


async def test_nobody_approves_what_he_proposed_himself(house: House) -> None:
    await add_staff(house, "anna", "ict-coordinator")
    browser = await sits_down(house)
    await press(browser, await page_of(browser, house, "anna", "/address"), email="nieuw@regenboog.example")
    page = await browser.get(f"{base(house)}/staff/pending")
    approve = next(value for value in page.offers("do") if value.startswith("approve"))
    page = await browser.choose(page, "do", approve)
    assert page.status == 400
    assert "Iemand anders moet dit nakijken" in page.text


async def test_addresses_are_entered_in_one_list(house: House) -> None:
    """R32: each new unique address gets its mail at once; a wrong one stays with its reason."""
    async with house.floor.database.begin() as db:
        for name in ("Kim", "Lou", "Max"):
            person_id = await people.new_person(
                db, kind="staff", first_name=name, prefix=None, surname="Bos", email=None, now=house.clock.now
            )
            await people.employ(db, house.school.id, person_id, ["teacher"])
            house.people[name] = person_id
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/staff/addresses")
    fields = {name: f"email_{(await row(house, name)).employment_id}" for name in ("Kim", "Lou", "Max")}
    given = {fields["Kim"]: "kim@regenboog.example", fields["Lou"]: "juf@regenboog.example", fields["Max"]: ""}
    page = await press(browser, page, **given)
    assert page.status == 400
    assert "Gemailde adressen: 1." in page.text
    assert "werkt hier al" in page.text
    assert "Kim Bos" not in page.text
    assert [to for to, _ in await mails(house)] == ["kim@regenboog.example"]
    page = await press(browser, page, **{fields["Lou"]: "lou@regenboog.example"})
    assert "De nieuwe adressen zijn gemaild" in page.text


async def test_the_yearly_look(house: House) -> None:
    await give_role(house, "juf", "ib")
    browser = await sits_down(house)
    assert "Alles is nagekeken" in (await browser.get(f"{base(house)}/staff/review")).text
    house.clock.move(days=370)
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/staff/review")
    assert "Juf Jansen" in page.text
    juf = str((await row(house, "juf")).employment_id)
    page = await press(browser, page, colleague=juf, ends_on="")
    assert "Vul een laatste dag in" in page.text
    page = await press(browser, page, colleague=juf, ends_on="2028-07-31")
    assert "Nagekeken." in page.text
    assert "Juf Jansen" not in page.text


async def test_a_proposal_of_another_school_is_not_judged_by_its_number(house: House) -> None:
    """Also where the coordinator coordinates that school too: what is judged stands on the page of this one (D14)."""
    other = await add_school(house, "De Overkant", "98XX")
    await add_staff(house, "vreemd", "teacher", at=[other])
    await give_role(house, "ict", "ict-coordinator", at=other)
    floor, now = house.floor, house.clock.now
    async with floor.database.begin() as db:
        told: dict[str, Any] = {"base_url": "https://x.example", "contact": "c", "by": "system", "now": now}
        who = other.id, house.people["vreemd"]
        await addresses.propose(db, floor.keyring, *who, "anders@overkant.example", **told)
        [proposal] = await addresses.of_school(db, other.id, now=now)
    browser = await sits_down(house)
    there = base(house).replace(house.school.code, other.code)
    for answer in ("approve", "refuse"):
        for desk, status in ((base(house), 404), (there, 200)):
            ticket = ticket_on(await browser.get(f"{desk}/staff/new"))
            form = {"ticket": ticket, "do": f"{answer}-{proposal.id}"}
            assert (await browser.post(f"{desk}/staff/pending", form)).status == status, answer


async def test_the_last_role_is_not_unticked(house: House) -> None:
    """Who works here has a role; who leaves is ended."""
    browser = await sits_down(house)
    page = await press(browser, await page_of(browser, house, "juf", "/roles"))
    assert page.status == 400
    assert "Kies ten minste één rol" in page.text
    assert (await row(house, "juf")).roles == ("teacher",)
    await give_role(house, "juf", "ict-coordinator")
    await press(browser, await page_of(browser, house, "juf", "/roles"))
    assert (await row(house, "juf")).roles == ("ict-coordinator",), "the right to coordinate may be all there is"


async def test_who_left_without_a_role_is_invited_instead(house: House) -> None:
    await add_staff(house, "anna")
    browser = await sits_down(house)
    await press(browser, await page_of(browser, house, "anna", "/end"))
    page = await press(browser, await page_of(browser, house, "anna", "/return"), ends_on=UNTIL)
    assert page.status == 400
    assert "Stuur een uitnodiging" in page.text


async def test_of_who_left_the_page_tells_when_and_no_last_day_that_never_was(house: House) -> None:
    async with house.floor.database.begin() as db:
        here = Employment.person_id == house.people["juf"]
        await db.execute(update(Employment).where(here).values(las_key="m1", source="las", ends_on=None))
    browser = await sits_down(house)
    page = await page_of(browser, house, "juf")
    assert "Actief in het LAS" in page.text
    assert "Laatste dag<" in page.text
    await press(browser, await page_of(browser, house, "juf", "/end"))
    page = await page_of(browser, house, "juf")
    shown = " ".join(re.sub(r"<[^>]+>", " ", page.text).split())
    assert "Werkt hier niet meer sinds 23 november 2026" in shown
    assert "hier toegevoegd" not in shown
    assert "Actief in het LAS" not in shown
    assert "Laatste dag" not in shown


async def test_two_colleagues_do_not_share_an_address(house: House) -> None:
    """R32: in the one list, and by a proposal; the first keeps the mail, the second is told why."""
    async with house.floor.database.begin() as db:
        for name in ("Kim", "Lou"):
            person_id = await people.new_person(
                db, kind="staff", first_name=name, prefix=None, surname="Bos", email=None, now=house.clock.now
            )
            await people.employ(db, house.school.id, person_id, ["teacher"])
            house.people[name] = person_id
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/staff/addresses")
    same = {f"email_{(await row(house, name)).employment_id}": "bos@elders.example" for name in ("Kim", "Lou")}
    page = await press(browser, page, **same)
    assert page.status == 400
    assert "is hier al voor een andere medewerker ingevuld" in page.text
    async with house.floor.database.read() as db:
        (asked,) = await memberships.of_school(db, house.school.id)
    assert (asked.first_name, [to for to, _ in await mails(house)]) == ("Kim", ["bos@elders.example"])


async def test_a_colleagues_address_is_proposed_for_nobody_else(house: House) -> None:
    browser = await sits_down(house)
    await add_staff(house, "anna", "ib")
    page = await press(browser, await page_of(browser, house, "anna", "/address"), email="juf@regenboog.example")
    assert page.status == 400
    assert "Iemand met dit e-mailadres werkt hier al" in page.text
    await press(browser, await page_of(browser, house, "anna", "/address"), email="nieuw@regenboog.example")
    page = await press(browser, await page_of(browser, house, "juf", "/address"), email="nieuw@regenboog.example")
    assert page.status == 400
    assert "is hier al voor een andere medewerker ingevuld" in page.text
    assert {to for to, _ in await mails(house)} == {"anna@regenboog.example", "nieuw@regenboog.example"}


async def test_mail_to_a_colleague_that_came_back_is_seen_until_another_one_leaves(house: House) -> None:
    """R169: in the list and on the own page."""
    browser = await sits_down(house)
    where = (await page_of(browser, house, "juf")).url

    async def seen() -> tuple[bool, bool]:
        return "mail kwam terug" in (await browser.get(f"{base(house)}/staff")).text, (
            "Een mail aan dit adres kwam terug op" in (await browser.get(where)).text
        )

    async def comes_back(address: str) -> None:
        async with house.floor.database.begin() as db:
            assert (await returned_mail.note(db, address, now=house.clock.now))[1]

    await comes_back("Juf@Regenboog.example")
    assert await seen() == (True, True)
    async with house.floor.database.begin() as db:
        await people.forget_bounces(db, [house.people["juf"]])
    assert await seen() == (False, False)
