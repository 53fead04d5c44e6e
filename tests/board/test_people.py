"""Roles on a board: by invitation of who coordinates it, never of a school, a file or a network provider (D15, D20); and lost factors (D38)."""

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy import func, select, update

from directory import contacts, operators, roles
from directory.lifecycle import addresses, board_invitations, board_people
from directory.lifecycle.accounts import Appeared
from directory.lifecycle.refusals import Refused
from directory.models import BoardRole, Person
from idp.core.models import Mail
from idp.jobs import retention
from mfa import factors, resets
from tests.board.seating import BASE, COORDINATOR, DIRECTOR, board_of, comes, place_of, takes_office
from tests.browser import Browser, Page
from tests.desk.sitting import base, recorded, sits_down, ticket_on
from tests.house import House
from tests.journeys.mailbox import chooses_password, link, mailing
from tests.journeys.passkeys import has_passkey
from tests.journeys.stories import add_staff, mails, step_of, teacher_signs_in

PERSON = {"first_name": "Kees", "prefix": "", "surname": "Hart", "email": "kees@aanzee.example"}


async def invites(browser: Browser, role: str = COORDINATOR, **changes: str) -> Page:
    page = await browser.get(f"{BASE}/people/new")
    return await browser.post(f"{BASE}/people/new", {"ticket": ticket_on(page), **PERSON, "role": role, **changes})


async def on_the_board(house: House) -> int:
    async with house.floor.database.read() as db:
        return (await db.execute(select(func.count()).select_from(BoardRole))).scalar_one()


async def test_somebody_new_is_invited_says_yes_and_begins_with_a_second_step(house: House) -> None:
    await takes_office(house, "boven", COORDINATOR, await board_of(house, house.school))
    browser = await comes(house, "boven")
    page = await invites(browser)
    assert "De uitnodiging is gemaild" in page.text
    assert "Kees Hart" in page.text
    assert await on_the_board(house) == 1, "nothing before the yes"
    new = house.browser()
    page = await new.get(await link(house, PERSON["email"], board_invitations.PATH))
    assert "token=" not in page.url
    assert page.heading == "Stichting Aan Zee nodigt u uit"
    assert "bovenschools ICT-coördinator" in page.text
    page = await chooses_password(new, await new.choose(page, "answer", "yes"))
    assert await on_the_board(house) == 2
    page = await new.choose(
        await new.choose(await new.get("/"), "way", "staff"), "email", PERSON["email"], password="x"
    )
    assert step_of(page) == "password"
    assert [len(await recorded(house, f"board.{what}")) for what in ("invited", "role_given", "joined")] == [1, 2, 1]
    assert (await new.get(await link(house, PERSON["email"], board_invitations.PATH))).status == 410, "once"
    told = {to for to, subject in await mails(house) if subject.startswith("Nieuwe bovenschools")}
    assert told == {"boven@regenboog.example", PERSON["email"]}
    assert "bovenschools ICT-coördinator" in (await browser.get(f"{BASE}/people")).text


async def test_who_has_an_account_signs_in_first_as_that_very_person(house: House) -> None:
    await takes_office(house, "boven", COORDINATOR, await board_of(house, house.school))
    browser = await comes(house, "boven")
    await invites(browser, DIRECTOR, email="juf@regenboog.example")
    found = await link(house, "juf@regenboog.example", board_invitations.PATH)
    somebody = await sits_down(house)
    page = await somebody.get(found)
    assert page.offers("answer") == ["sign-in"], "another person's session is not the invited one's"
    form = page.form("answer")
    page = await somebody.post(form.action, {**form.hidden, "answer": "yes"})
    assert "/signin/" in page.url
    assert await on_the_board(house) == 1
    juf = house.browser()
    page = await juf.choose(await juf.get(found), "answer", "sign-in")
    page = await juf.choose(page, "email", "juf@regenboog.example", password="Regenboog-fiets-7")
    assert page.url.endswith(board_invitations.PATH)
    form = page.form("answer")
    assert (await juf.post(form.action, {**form.hidden, "ticket": "0" * 32, "answer": "yes"})).status == 403
    page = await juf.post(form.action, {**form.hidden, "answer": "yes"})
    assert await on_the_board(house) == 2
    assert "/signin/" in page.url, "a session of one step opens nothing of a board"
    assert step_of(await teacher_signs_in(house.browser())) == "enrol"


async def test_an_invitation_is_declined_withdrawn_or_over(house: House) -> None:
    board_id = await board_of(house, house.school)
    await takes_office(house, "boven", COORDINATOR, board_id)
    browser = await comes(house, "boven")
    await invites(browser)
    first = await link(house, PERSON["email"], board_invitations.PATH)
    await invites(browser)
    new = house.browser()
    assert (await new.get(first)).status == 410, "a later mail replaces an earlier one"
    page = await new.get(await link(house, PERSON["email"], board_invitations.PATH))
    form = page.form("answer")
    assert (await new.post(form.action, {**form.hidden, "answer": "perhaps"})).status == 400
    assert "U hebt nee gezegd" in (await new.choose(page, "answer", "no")).text
    await invites(browser)
    page = await browser.get(f"{BASE}/people")
    number = re.findall(r'name="invitation" value="(\d+)"', page.text)[-1]
    page = await browser.post(f"{BASE}/people/withdraw", {"ticket": ticket_on(page), "invitation": number})
    assert "geldt niet meer" in page.text
    page = await browser.get(f"{BASE}/people")
    assert (
        await browser.post(f"{BASE}/people/withdraw", {"ticket": ticket_on(await browser.get(f"{BASE}/people/new"))})
    ).status == 404
    assert (await new.get(await link(house, PERSON["email"], board_invitations.PATH))).status == 410
    async with house.floor.database.begin() as db:
        one = board_invitations.Invited(PERSON["email"], "Kees", None, "Hart", DIRECTOR)
        await board_invitations.invite(db, house.floor.keyring, board_id, one, **mailing(house))
    house.clock.move(days=61)
    async with house.floor.database.begin() as db:
        purges = {purge.name: purge for purge in retention.PURGES}
        assert await purges["board_invitations"].some(db, house.clock.now, 9) == 1, "D40"


async def test_a_form_for_an_invitation_says_what_is_wrong_with_it(house: House) -> None:
    await takes_office(house, "boven", COORDINATOR, await board_of(house, house.school))
    browser = await comes(house, "boven")
    for changes, told in (
        ({"role": "teacher"}, "Kies een taak"),
        ({"email": "kees"}, "geen e-mailadres"),
        ({"surname": " "}, "roepnaam en een achternaam"),
        ({"email": "boven@regenboog.example"}, "heeft deze taak al"),
    ):
        page = await invites(browser, **changes)
        assert page.status == 400
        assert told in page.text
    said = [(await invites(browser)).status for _ in range(4)]
    assert said == [200, 200, 200, 400], "and nobody's mailbox is filled"
    async with house.floor.database.read() as db:
        sent = select(func.count()).select_from(Mail).where(Mail.recipient == PERSON["email"])
        assert (await db.execute(sent)).scalar_one() == 3


async def test_no_school_gives_a_role_on_its_board(house: House) -> None:
    """D20: not its coordinator, by whatever form; nor is such a role one that a school's people can have, so no file and no provider brings it."""
    board_id = await board_of(house, house.school)
    await takes_office(house, "boven", COORDINATOR, board_id)
    coordinator = await sits_down(house)
    for path in (BASE, f"{BASE}/people", f"{BASE}/people/new", f"{BASE}/parties", "/board"):
        assert (await coordinator.get(path)).status == 403, path
    ticket = {"ticket": ticket_on(await coordinator.get(f"{base(house)}/staff/new"))}
    assert (await coordinator.post(f"{BASE}/people/new", {**ticket, **PERSON, "role": COORDINATOR})).status == 403
    for role in roles.BOARD_ROLES:
        page = await coordinator.post(
            f"{base(house)}/staff/new", {**ticket, **PERSON, f"role_{role}": "1", "ends_on": "2027-07-01"}
        )
        assert page.status == 400
    assert not set(roles.ROLES) & set(roles.BOARD_ROLES)
    async with house.floor.database.begin() as db:
        with pytest.raises(Refused, match="a role on a board is one of"):
            await board_people.give(
                db, board_id, house.people["juf"], "ict-coordinator", contact="x", by="t", now=house.clock.now
            )
    assert await on_the_board(house) == 1


async def test_a_partys_contact_and_the_platforms_people_have_no_role_on_a_board(house: House) -> None:
    """D37: who sees what parties do, or what schools do, does not also see which school uses which party."""
    board_id = await board_of(house, house.school)
    await takes_office(house, "boven", COORDINATOR, board_id)
    browser, now = await comes(house, "boven"), house.clock.now
    async with house.floor.database.begin() as db:
        contact = await contacts.add(db, house.party_id, "bouwer@rekenrijk.example", now=now)
        duty = await operators.add(db, "wacht@poortwachter.example", "helpdesk", now=now)
        for one in (contact, duty):
            with pytest.raises(Refused, match="for the platform"):
                await board_people.give(db, board_id, one.person_id, DIRECTOR, contact="x", by="test", now=now)
    for email in ("bouwer@rekenrijk.example", "wacht@poortwachter.example"):
        assert "De uitnodiging is gemaild" in (await invites(browser, email=email)).text, "the board learns nothing"
        assert (await house.browser().get(await link(house, email, board_invitations.PATH))).status == 410
    assert await on_the_board(house) == 1


async def test_the_address_of_who_has_a_role_is_for_the_board_to_approve(house: House) -> None:
    """D15: two coordinators of a school together do not take over the account that opens all of them."""
    board_id = await board_of(house, house.school)
    boven = await takes_office(house, "boven", COORDINATOR, board_id)
    await add_staff(house, "twee", roles.ICT_COORDINATOR)
    now, keyring, school = house.clock.now, house.floor.keyring, house.school.id
    async with house.floor.database.begin() as db:
        juf = house.people["juf"]
        await board_people.give(db, board_id, juf, COORDINATOR, contact="x", by="test", now=now)
        letter = mailing(house)
        await addresses.propose(db, keyring, school, juf, "ander@elders.example", **letter)
        [proposal] = await addresses.of_school(db, school, now=now)
        assert proposal.needs_approval
        with pytest.raises(Refused, match="role on a board"):
            await addresses.approve(db, proposal.id, approver=house.people["twee"], by="0" * 36, contact="x", now=now)
        assert await addresses.approve(db, proposal.id, approver=boven, by="1" * 36, contact="x", now=now) == "waits"


async def test_a_role_is_taken_away_at_once_with_whom_that_person_invited(house: House) -> None:
    board_id = await board_of(house, house.school)
    for name in ("boven", "tweede"):
        await takes_office(house, name, COORDINATOR, board_id)
    first, second = await comes(house, "boven"), await comes(house, "tweede")
    await invites(second)
    url = f"{BASE}/people/{await place_of(house, 'tweede')}/take"
    own = f"{BASE}/people/{await place_of(house, 'boven')}/take"
    page = await first.get(own)
    page = await first.post(own, {"ticket": ticket_on(page)})
    assert (page.status, "Uw eigen taak" in page.text) == (400, True)
    page = await first.get(url)
    page = await first.post(url, {"ticket": ticket_on(page)})
    assert "De taak is weggehaald" in page.text
    assert "/signin/" in (await second.get(BASE)).url
    assert (await house.browser().get(await link(house, PERSON["email"], board_invitations.PATH))).status == 410
    async with house.floor.database.read() as db:
        gone = (await db.execute(select(Person.id).where(Person.id == house.people["tweede"]))).scalar()
        assert gone is None, "D42: nothing is left that the account is for"
    assert (await first.post(url, {"ticket": ticket_on(await first.get(own))})).status == 404
    assert len(await recorded(house, "board.role_taken")) == 1


async def test_of_two_who_take_each_others_role_away_one_stays(house: House) -> None:
    board_id = await board_of(house, house.school)
    for name in ("boven", "hoger"):
        await takes_office(house, name, COORDINATOR, board_id)
    said: dict[str, Any] = {"contact": "x", "by": "test", "now": house.clock.now}
    ones = {"boven": await place_of(house, "boven"), "hoger": await place_of(house, "hoger")}

    async def takes(who: str, whose: str) -> None:
        async with house.floor.database.begin() as db:
            await board_people.take(db, board_id, ones[whose], taker=house.people[who], **said)

    found = await asyncio.gather(takes("boven", "hoger"), takes("hoger", "boven"), return_exceptions=True)
    assert [type(one) for one in found if one is not None] == [LookupError]
    assert await on_the_board(house) == 1


async def test_the_only_coordinator_of_a_school_is_helped_by_the_boards(house: House) -> None:
    """D38; and nobody at a school takes the factors of who has a role on its board."""
    board_id = await board_of(house, house.school)
    boven = await takes_office(house, "boven", COORDINATOR, board_id)
    browser = await comes(house, "boven")
    page = await browser.get(f"{base(house)}/staff")
    found = re.search(r'/staff/(\d+)">Ict', page.text)
    assert found is not None
    page = await browser.get(f"{base(house)}/staff/{found[1]}/second-step")
    page = await browser.choose(page, "sure", "1")
    assert "De tweede stap is weggehaald" in page.text
    told = await mails(house)
    assert ("ict@regenboog.example", "Uw tweede stap is weggehaald") in told
    assert [(school, len(by)) for school, by, _ in await recorded(house, "second_factor.reset")] == [
        (house.school.id, 36)
    ]
    assert step_of(await teacher_signs_in(house.browser(), "ict")) == "enrol"
    await add_staff(house, "twee", roles.ICT_COORDINATOR)
    twee = house.people["twee"]
    async with house.floor.database.begin() as db:
        await board_people.give(
            db, board_id, house.people["juf"], DIRECTOR, contact="x", by="test", now=house.clock.now
        )
    await has_passkey(house, "juf")
    page = await browser.get(f"{base(house)}/staff")
    found = re.search(r'/staff/(\d+)">Juf', page.text)
    assert found is not None
    doing: dict[str, Any] = {"contact": "x", "by": "test", "now": house.clock.now}
    async with house.floor.database.begin() as db:
        with pytest.raises(Refused, match="role on a board"):
            await resets.by_coordinator(db, house.school.id, int(found[1]), coordinator=twee, **doing)
        assert await factors.enrolled(db, house.people["juf"])
        await resets.by_coordinator(db, house.school.id, int(found[1]), coordinator=boven, **doing)
        assert not await factors.enrolled(db, house.people["juf"])


async def test_a_link_is_no_proof_of_an_account_that_its_address_got_after_the_page(house: House) -> None:
    """D15, D37: a password since, and the link is not enough; a party's contact since, and there is nothing, and no fault of ours."""
    await takes_office(house, "boven", COORDINATOR, await board_of(house, house.school))
    browser = await comes(house, "boven")
    for email, becomes in (("kees@aanzee.example", "staff"), ("bouwer@rekenrijk.example", "contact")):
        await invites(browser, email=email)
        token = (await link(house, email, board_invitations.PATH)).partition("token=")[2]
        async with house.floor.database.read() as db:
            offer = await board_invitations.find(db, house.floor.keyring, token, now=house.clock.now)
        assert offer is not None
        if becomes == "staff":
            await add_staff(house, "kees", "teacher")
            async with house.floor.database.begin() as db:
                await db.execute(update(Person).where(Person.email == "kees@regenboog.example").values(email=email))
            with pytest.raises(Appeared):
                async with house.floor.database.begin() as db:
                    await board_invitations.accept(db, offer, contact="c", now=house.clock.now)
            with pytest.raises(Appeared):
                async with house.floor.database.begin() as db:
                    await board_invitations.decline(db, offer, now=house.clock.now)
        else:
            async with house.floor.database.begin() as db:
                await contacts.add(db, house.party_id, email, now=house.clock.now)
                assert await board_invitations.accept(db, offer, contact="c", now=house.clock.now) is None
                assert not await board_invitations.decline(db, offer, now=house.clock.now)
    assert await on_the_board(house) == 1
