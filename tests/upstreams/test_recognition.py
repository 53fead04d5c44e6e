"""Whom a network provider may bring, over HTTP: by its identifier or the ECK-iD, only from schools that ticked it, and as nothing more (D35)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update

from consent import pupil_lists, ticks
from consent.models import Exclusion, ListedName
from directory import environments, people, schools
from directory.lifecycle import joining
from directory.lifecycle.trail import Trail, put_back
from directory.models import Employment, Enrolment, Person, School
from idp.core.models import LedgerEntry
from idp.signin.recognition import Candidate, Unrecognised, choose
from metadata import parties, upstreams
from mfa.models import Totp
from tests.browser import Page
from tests.house import ECKID, ELSEWHERE
from tests.storage import Storage
from tests.upstreams import kit, provider
from tests.upstreams.kit import Road

GONE = ((Enrolment, "Noor"), (Employment, "juf"))
MAIL = "urn:oid:0.9.2342.19200300.100.1.3"


@pytest.fixture(scope="module")
async def road(storage: Storage) -> AsyncIterator[Road]:
    async with kit.attached_house(storage) as opened:
        yield opened


async def brought(road: Road, *, number: int | None = None, **changes: object) -> tuple[Page, str | None]:
    """Where a fresh browser is after the provider's answer, and who is signed in there."""
    browser = road.house.browser()
    told = await road.ask(browser, number)
    page = await road.send(browser, provider.answer(replace(told, **changes)))  # type: ignore[arg-type]
    return page, await road.session_of(browser)


async def another_school(road: Road, brin: str, *, attached: bool) -> int:
    """A school with one pupil, Kees, whom the provider calls kees-<brin>; returns the pupil's number."""
    floor, now = road.house.floor, road.house.clock.now
    async with floor.database.begin() as db:
        school = await schools.add(db, name="De Regenboog Zuid", brin=brin, location="", now=now)
        kees = await people.new_person(
            db, kind="pupil", first_name="Kees", prefix=None, surname="Smit", email=None, now=now
        )
        row = {"las_key": "kees", "year_group": "6", "picture": "cat"}
        await db.execute(insert(Enrolment).values(school_id=school.id, person_id=kees, **row))
        await upstreams.link(db, floor.keyring, road.number, kees, f"kees-{brin}", now=now)
        if attached:
            party = (await upstreams.find(db, str(road.number))).party_id
            await ticks.give(db, school.id, party, {"subject"}, now=now, by="test")
    return kees


async def last_failure(road: Road) -> dict[str, object]:
    async with road.house.floor.database.read() as db:
        failed = select(LedgerEntry.detail).where(LedgerEntry.action == "signin.failed").order_by(LedgerEntry.id.desc())
        return dict((await db.execute(failed.limit(1))).scalar_one())


async def test_nobody_is_known_by_name_or_address_c279(road: Road) -> None:
    attributes = {MAIL: ("juf@regenboog.example",), "mail": ("juf@regenboog.example",), "givenName": ("Noor",)}
    page, who = await brought(road, name_id="juf@regenboog.example", attributes=attributes)
    assert (who, page.heading) == (None, "We weten nog niet wie je bent")
    assert (await last_failure(road))["because"] == "unknown"


async def test_c278_a_pupil_of_a_school_that_did_not_tick_the_provider_is_nobody(road: Road) -> None:
    await another_school(road, "98ZZ", attached=False)
    page, who = await brought(road, name_id="kees-98ZZ")
    unknown, _ = await brought(road, name_id="nooit gezien")
    assert who is None
    # The browser learns no difference; the ledger keeps it.
    assert page.heading == unknown.heading
    assert (await last_failure(road))["because"] == "unknown"


async def test_c278_nobody_of_another_school_comes_in_by_the_door_of_this_one(road: Road) -> None:
    await another_school(road, "97ZZ", attached=True)
    page, who = await brought(road, name_id="kees-97ZZ")
    assert (who, page.heading) == (None, "We weten nog niet wie je bent")
    assert (await last_failure(road))["because"] == "foreign"


async def test_from_the_providers_tile_each_stands_at_its_own_school(road: Road) -> None:
    await another_school(road, "96ZZ", attached=True)
    browser = road.house.browser()
    hint = provider.answer(provider.Told(answers=None, now=road.house.clock.now))
    page = await road.send(browser, hint)
    told = provider.Told(
        answers=provider.asked(page.location or "")["ID"], now=road.house.clock.now, name_id="kees-96ZZ"
    )
    await road.send(browser, provider.answer(told))
    assert await road.session_of(browser) == "Kees"


async def test_c278_a_role_that_a_provider_asserts_gives_nothing(road: Road) -> None:
    roles = {"role": ("ict-coordinator",), "urn:poortwachter:attribute:role": ("ict-coordinator",)}
    affiliation = {"urn:oid:1.3.6.1.4.1.5923.1.1.1.1": ("employee", "staff")}
    page, who = await brought(road, attributes={**roles, **affiliation})
    assert (who, page.status) == ("Noor", 200)
    assert "/desk" not in page.text


async def test_an_eckid_of_the_other_world_or_two_of_them_bring_nobody(road: Road) -> None:
    for told in ((ECKID.replace("/pilot/", "/201703/"),), (ECKID, ECKID[:-1] + "0"), ("",)):
        _, who = await brought(road, name_id="nooit gezien", attributes={provider.ECKID: told})
        assert who is None
    _, who = await brought(road, name_id="x", name_format=provider.TRANSIENT, attributes={"eckId": (ECKID,)})
    assert who == "Noor"


async def test_a_name_of_one_time_is_no_identifier(road: Road) -> None:
    _, who = await brought(road, name_id="leerling-1", name_format=provider.TRANSIENT)
    assert who is None


async def test_who_left_reads_that_the_account_ended(road: Road) -> None:
    noor = road.house.people["Noor"]
    here = update(Enrolment).where(Enrolment.person_id == noor)
    async with road.house.floor.database.begin() as db:
        await db.execute(here.values(active=False))
    page, who = await brought(road)
    assert (who, page.heading) == (None, "Je naam staat niet meer klaar")
    async with road.house.floor.database.begin() as db:
        await db.execute(here.values(active=True))
        party = (await upstreams.find(db, str(road.number))).party_id
        away = {"school_id": road.house.school.id, "party_id": party, "person_id": noor}
        await db.execute(insert(Exclusion).values(**away))
    assert (await brought(road))[1] is None
    async with road.house.floor.database.begin() as db:
        await db.execute(delete(Exclusion))
    assert (await brought(road))[1] == "Noor"


async def test_who_is_known_and_may_not_come_in_is_sent_to_his_own_school_from_a_tile_too(road: Road) -> None:
    """Unknown, inactive, foreign: who can help. Nobody's name is shown, and only who is known for sure learns which school is his."""

    async def from_a_tile(name_id: str) -> Page:
        browser = road.house.browser(ELSEWHERE)
        page = await road.send(browser, provider.answer(provider.Told(answers=None, now=road.house.clock.now)))
        asked = provider.asked(page.location or "")["ID"]
        told = provider.Told(answers=asked, now=road.house.clock.now, name_id=name_id)
        return await road.send(browser, provider.answer(told))

    unknown = await from_a_tile("nooit gezien")
    assert unknown.heading == "Wij herkennen dit account van Moo niet"
    assert "Ben je leerling?" in unknown.text, "whoever it is reads who can help"
    assert not [name for name in ("De Regenboog", "regenboog.example") if name in unknown.text]
    foreign = await from_a_tile("kees-98ZZ")
    assert (foreign.heading, "De Regenboog" in foreign.text) == (unknown.heading, False)
    noor, juf = (update(model).where(model.person_id == road.house.people[name]) for model, name in GONE)
    async with road.house.floor.database.begin() as db:
        await db.execute(noor.values(active=False))
        await db.execute(juf.values(active=False))
    child = await from_a_tile("leerling-1")
    assert (child.heading, "mailto:" in child.text) == ("Je naam staat niet meer klaar", False)
    colleague = await from_a_tile("juf-1")
    assert colleague.heading == "Uw account is hier niet (meer) actief"
    assert "mailto:ict@regenboog.example" in colleague.text
    async with road.house.floor.database.begin() as db:
        await db.execute(noor.values(active=True))
        await db.execute(juf.values(active=True))


async def test_d35_a_child_whose_group_goes_by_another_provider_is_told_so(road: Road) -> None:
    house, now = road.house, road.house.clock.now
    async with house.floor.database.begin() as db:
        other = await parties.add_party(db, name="Zulu", kind="network", fields={"subject"}, sector="zulu.nl", now=now)
        await ticks.give(db, house.school.id, other, {"subject"}, now=now, by="test")
        await environments.choose(db, house.school.id, house.groups["Groep 6"], other)
    page, who = await brought(road)
    assert (who, page.heading) == (None, "Jouw groep gaat een andere weg")
    assert (await last_failure(road))["because"] == "other"
    assert (await brought(road, name_id="juf-1"))[1] == "Juf", "a choice for a group binds no colleague"
    async with house.floor.database.begin() as db:
        await environments.choose(db, house.school.id, house.groups["Groep 6"], None)
    assert (await brought(road))[1] == "Noor"


async def test_d35_a_provider_names_a_pupil_by_what_it_has_from_our_list(road: Road) -> None:
    """As its own NameID, or beside one; of another provider the name is nothing, and two names of two people bring nobody."""
    house, floor = road.house, road.house.floor
    async with floor.database.begin() as db:
        party = (await upstreams.find(db, str(road.number))).party_id
        for name, whose in (("ab" * 32, "Finn"), ("cd" * 32, "Sam")):
            index = pupil_lists.name_index(floor.keyring, party if whose == "Finn" else party + 1, name)
            of = party if whose == "Finn" else house.party_id
            await db.execute(insert(ListedName).values(party_id=of, person_id=house.people[whose], name=index))
    assert (await brought(road, name_id="ab" * 32))[1] == "Finn"
    beside = {"urn:poortwachter:attribute:listed-as": ("ab" * 32,)}
    assert (await brought(road, name_id="eigen-nummer", attributes=beside))[1] == "Finn"
    assert (await brought(road, name_id="leerling-1", attributes=beside))[1] is None, "Noor, or Finn?"
    assert (await brought(road, name_id="cd" * 32))[1] is None
    twice = {"urn:poortwachter:attribute:listed-as": ("ab" * 32, "ef" * 32)}
    assert (await brought(road, name_id="eigen-nummer", attributes=twice))[1] is None


async def test_c279_a_provider_that_is_switched_off_lets_nobody_in_asked_or_not(road: Road) -> None:
    browser = road.house.browser()
    told = await road.ask(browser)
    database = road.house.floor.database
    async with database.begin() as db:
        await upstreams.switch(db, road.number, enabled=False)
    page = await road.send(browser, provider.answer(told))
    assert (await road.session_of(browser), page.heading) == (None, "Deze deur is dicht")
    hint = await road.send(road.house.browser(), provider.answer(replace(told, answers=None)))
    assert hint.status == 403
    assert (await road.house.browser().get(road.shortcut())).status == 404
    async with database.begin() as db:
        await upstreams.switch(db, road.number, enabled=True)
    assert (await brought(road))[1] == "Noor"


async def test_the_schools_no_holds_from_its_commit_also_for_who_is_on_the_way(road: Road) -> None:
    browser = road.house.browser()
    told = await road.ask(browser)
    database, school, now = road.house.floor.database, road.house.school.id, road.house.clock.now
    async with database.begin() as db:
        party = (await upstreams.find(db, str(road.number))).party_id
        await ticks.withdraw(db, school, party, now=now, by="test")
    await road.send(browser, provider.answer(told))
    assert await road.session_of(browser) is None
    async with database.begin() as db:
        await ticks.give(db, school, party, {"subject"}, now=now, by="test")


async def test_c278_a_coordinator_gives_a_code_here_unless_the_provider_is_trusted_for_two_factors(road: Road) -> None:
    page, who = await brought(road, name_id="ict-1", context=provider.MFA)
    assert (who, bool(page.offers("code"))) == (None, True)
    document = provider.metadata(entity="https://zeker.example/saml")
    sure = await kit.attach(road.house, name="Zeker", document=document, trusted_for_mfa=True, links={"ict": "ict-2"})
    said = {"name_id": "ict-2", "issuer": "https://zeker.example/saml", "asserted_issuer": "https://zeker.example/saml"}
    page, who = await brought(road, number=sure, **said)
    assert (who, bool(page.offers("code"))) == (None, True)
    assert (await brought(road, number=sure, context=provider.MFA, **said))[1] == "Ict"


async def test_c317_a_coordinator_without_a_second_factor_proves_himself_here_before_one_is_made(road: Road) -> None:
    async with road.house.floor.database.begin() as db:
        mine = Totp.person_id == road.house.people["ict"]
        kept = dict((await db.execute(select(Totp).where(mine))).mappings().one())
        await db.execute(delete(Totp).where(mine))
    page, who = await brought(road, name_id="ict-1")
    assert (who, bool(page.offers("password"))) == (None, True)
    async with road.house.floor.database.begin() as db:
        await db.execute(insert(Totp).values(**kept))


async def test_a_teacher_comes_in_as_after_a_password_and_whole_school_mfa_asks_for_more(road: Road) -> None:
    assert (await brought(road, name_id="juf-1"))[1] == "Juf"
    async with road.house.floor.database.begin() as db:
        await db.execute(update(School).values(mfa_for_staff=True))
    assert (await brought(road, name_id="juf-1"))[1] is None
    async with road.house.floor.database.begin() as db:
        await db.execute(update(School).values(mfa_for_staff=False))


async def test_who_is_disabled_stays_out(road: Road) -> None:
    mine = update(Person).where(Person.id == road.house.people["juf"])
    async with road.house.floor.database.begin() as db:
        await db.execute(mine.values(disabled=True))
    assert (await brought(road, name_id="juf-1"))[1] is None
    async with road.house.floor.database.begin() as db:
        await db.execute(mine.values(disabled=False))


def one(person: int, school: int, *, attached: bool = True, able: bool = True) -> Candidate:
    return Candidate(person, "pupil", 1, f"l{person}", None, school, attached, able)


def test_of_two_persons_with_one_eckid_nobody_is_guessed_d14() -> None:
    assert isinstance(choose([one(1, 10), one(2, 20)], school_id=None), Unrecognised)
    assert choose([one(1, 10), one(2, 20)], school_id=20) == one(2, 20)
    assert choose([one(1, 10), one(1, 20)], school_id=None) == one(1, 10)
    assert choose([one(1, 10, able=False), one(1, 20)], school_id=None) == one(1, 20)
    refused = choose([one(1, 10, able=False), one(1, 20, attached=False)], school_id=None)
    assert isinstance(refused, Unrecognised)
    assert refused.code == "network.inactive"


async def test_the_session_is_over_when_the_providers_is_c273(road: Road) -> None:
    browser = road.house.browser()
    told = replace(await road.ask(browser), session_until=timedelta(minutes=20))
    await road.send(browser, provider.answer(told))
    assert await road.session_of(browser) == "Noor"
    road.house.clock.move(minutes=19)
    assert await road.session_of(browser) == "Noor"
    road.house.clock.move(minutes=2)
    assert await road.session_of(browser) is None


async def test_of_two_who_became_one_either_identifier_brings_the_one_d19(road: Road) -> None:
    floor, now = road.house.floor, road.house.clock.now
    async with floor.database.begin() as db:
        await upstreams.link(db, floor.keyring, road.number, road.house.people["Finn"], "leerling-3", now=now)
        party = (await upstreams.find(db, str(road.number))).party_id
        index = pupil_lists.name_index(floor.keyring, party, "12" * 32)
        await db.execute(insert(ListedName).values(party_id=party, person_id=road.house.people["Finn"], name=index))
        trail = Trail(db)
        await joining.join(trail, road.house.people["Noor"], road.house.people["Finn"], keyring=floor.keyring)
    for called in ("leerling-3", "12" * 32):
        assert (await brought(road, name_id=called))[1] == "Noor"
    async with floor.database.begin() as db:
        await put_back(db, trail.packed())
    for called in ("leerling-3", "12" * 32):
        assert (await brought(road, name_id=called))[1] == "Finn"
    assert (await brought(road))[1] == "Noor"
