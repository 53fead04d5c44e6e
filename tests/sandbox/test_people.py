"""Reference people are what their party makes of them, and the next answer tells it."""

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from directory.lifecycle import school_year
from directory.models import Group, Person, School
from directory.reference import changing
from directory.reference import people as reference_people
from directory.reference.changing import Wanted
from directory.register.models import RegisterLocation
from tests.conformance.relying_party import basic, claims_at_userinfo, post_token, register
from tests.desk.sitting import recorded
from tests.house import CALLBACK, House, authorize_url
from tests.journeys.stories import step_of
from tests.sandbox.trying import contact_comes, kept, plays, put_under_test


async def claims_of(house: House, browser: Any, one: Any) -> dict[str, Any]:
    page, verifier = await plays(browser, one)
    form = {"grant_type": "authorization_code", "code": page.query["code"], "redirect_uri": CALLBACK}
    answer = await post_token(
        browser, {**form, "code_verifier": verifier}, headers=basic("rekenrijk", house.client_secret)
    )
    return await claims_at_userinfo(browser, answer.json()["access_token"])


async def test_what_is_changed_on_the_page_stands_in_the_next_answer(house: House) -> None:
    people = await put_under_test(house)
    browser = await contact_comes(house)
    before = await claims_of(house, browser, people["Zoë"])
    assert (before["school_brin"], before["school_location"]) == ("97AA", "97AA01")
    page = await browser.get(f"/party/{house.party_id}/people/{people['Zoë'].person_id}")
    page = await browser.choose(page, "first_name", "Ayşe", prefix="", group="Groep 3", year_group="4")
    assert "De gegevens zijn aangepast" in page.text
    after = await claims_of(house, browser, people["Zoë"])
    assert (after["name"], after["groups"], after["year_group"]) == ("Ayşe Referentie", ["Groep 3"], "4")
    assert "eckid" not in after
    assert after["sub"] == before["sub"]
    page = await browser.get(f"/party/{house.party_id}/people/{people['Robin'].person_id}")
    form = page.form("first_name")
    await browser.post(form.action, {**form.hidden, "first_name": "Robin", "role_ib": "1", "role_rt": "1"})
    told = await claims_of(house, browser, people["Robin"])
    assert (sorted(told["roles"]), "groups" in told) == (["ib", "rt"], False)
    wrong = await browser.post(form.action, {**form.hidden, "first_name": "N" * 65})
    assert (wrong.status, "Dat kan niet" in wrong.text) == (400, True)
    actors = {actor for _, actor, _ in await recorded(house, "sandbox.person_changed")}
    assert len(actors) == 1
    assert "operator:test" not in actors


async def test_a_school_that_says_no_is_something_to_see(house: House) -> None:
    people = await put_under_test(house)
    browser = await contact_comes(house)
    page = await browser.get(f"/party/{house.party_id}/people")
    page = await browser.choose(page, "given", "no")
    assert "geeft u nu geen toestemming" in page.text
    page = await browser.get(authorize_url().url)
    page = await browser.choose(page, "person", str(people["Kim"].person_id))
    assert step_of(page) == "refused"
    assert "toestemming" in page.text
    form = page.form("answer") if page.offers("answer") else None
    assert form is None or form.hidden
    page = await browser.get(f"/party/{house.party_id}/people")
    assert "ja zeggen" in page.text
    await browser.choose(page, "given", "yes")
    await plays(browser, people["Kim"])
    assert len(await kept(house)) == 1


async def test_nobody_of_them_can_sign_in_by_any_other_way(house: House) -> None:
    """No password, no PIN, no network, no device; and one surname for all."""
    await put_under_test(house)
    async with house.floor.database.read() as db:
        school = await reference_people.school_of(db, house.party_id)
        assert school is not None
        found = await reference_people.people_of(db, school.id)
        emails = (
            await db.execute(select(Person.email).where(Person.id.in_([one.person_id for one in found])))
        ).scalars()
        assert {email for email in emails if email} == {f"leerkracht-{school.id}@referentie.invalid"}
    assert [one.kind for one in found] == ["pupil", "pupil", "staff", "staff"]
    page = await house.browser().get(f"/login/leerlingen/snelkoppelaar?INSTELLING_REF={school.instelling_ref}")
    assert not page.offers("group")


async def test_a_reference_school_is_no_other_school(house: House) -> None:
    """Its BRIN is nobody's, not in the register either; and no school year is begun there."""
    async with house.floor.database.begin() as db:
        row = {"code": "97AA00", "name": "x", "place": "x", "current": True}
        await db.execute(insert(RegisterLocation).values(**row))
    await put_under_test(house)
    other = await register(house, "taalpaleis")
    await put_under_test(house, other)
    async with house.floor.database.begin() as db:
        brins = (await db.execute(select(School.brin).where(School.reference_of.is_not(None)))).scalars().all()
        assert sorted(str(brin) for brin in brins) == ["97AB", "97AC"]
        await db.execute(update(Group).values(school_year="2025-2026"))
        assert await school_year.behind(db, now=house.clock.now) == [house.school.id]


async def test_what_nobody_can_be_is_refused(house: House) -> None:
    people = await put_under_test(house)
    keyring = house.floor.keyring
    async with house.floor.database.begin() as db:
        school = await reference_people.school_of(db, house.party_id)
        assert school is not None
        for who, wanted in (
            ("Zoë", Wanted("")),
            ("Zoë", Wanted("Zoë", year_group="9")),
            ("Zoë", Wanted("Zoë", group="Groep 8")),
            ("Kim", Wanted("Kim", roles=frozenset({"directeur"}))),
        ):
            with pytest.raises(ValueError, match=r"name|group|role"):
                await changing.change(db, keyring, school.id, people[who].person_id, wanted)
        with pytest.raises(LookupError):
            await changing.change(db, keyring, house.school.id, house.people["Noor"], Wanted("Gekaapt"))
