"""The list of pupils that a network provider fetches, so that it can name them to us (D35, R165): who is in it, with what, since when, on record."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy import func, select, update

from consent import exclusions, pupil_lists, received, ticks
from consent.data import Caller
from consent.models import Agreement, Release
from directory import environments
from directory.models import Enrolment, Group, Person, School
from metadata import parties
from tests.browser import Browser
from tests.clock import Clock
from tests.conformance.relying_party import SECRET, basic, post_token, register
from tests.house import ECKID, House, open_house
from tests.journeys.stories import add_child, add_school
from tests.storage import Storage
from tests.upstreams import kit

ALL = "data.pupils data.pupils.eckid data.pupils.names"
FIELDS = frozenset({"subject", "instelling_ref", "groups", "year_group", "eckid", "first_name", "prefix", "surname"})
BARE = frozenset({"subject", "instelling_ref", "groups", "year_group"})
SERVER: dict[str, Any] = {"redirect_uris": None, "grant_types": ["client_credentials"], "scope": ALL}


@dataclass
class Provider:
    """A network provider's server at a house."""

    house: House
    party_id: int
    browser: Browser

    async def token(self, **changes: str) -> str:
        form = {"grant_type": "client_credentials", **changes}
        response = await post_token(self.browser, form, headers=basic("moo-server", SECRET))
        assert response.status_code == 200, response.text
        return str(response.json()["access_token"])

    async def ask(self, after: str | None = None, *, token: str | None = None, ref: str = "") -> httpx.Response:
        at = f"/data/schools/{ref or self.house.school.instelling_ref}/pupils"
        headers = {"Authorization": f"Bearer {token or await self.token()}"}
        return await self.browser.client.get(at, params={"after": after} if after else {}, headers=headers)

    async def told(self, after: str | None = None, **more: str) -> dict[str, Any]:
        response = await self.ask(after, **more)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    async def tick(self, fields: frozenset[str] = FIELDS) -> None:
        house = self.house
        async with house.floor.database.begin() as db:
            await ticks.give(db, house.school.id, self.party_id, fields, now=house.clock.now, by="test")

    async def portion(self, after: str, *, most: int) -> pupil_lists.Page:
        """As the protocol asks for it, with fewer at a time."""
        house, client = self.house, await self.house.resources.parties.client("moo-server")
        assert client is not None
        caller = Caller(client.id, client.version, client.party_id, b"0" * 16, client.fields)
        where = house.floor.database, house.resources.field_sets, house.floor.keyring, caller
        now = house.clock.now
        page = await pupil_lists.page(
            *where, house.school.instelling_ref, FIELDS, bytes.hex, after=after, now=now, today=now.date(), most=most
        )
        assert isinstance(page, pupil_lists.Page)
        return page

    async def records(self) -> int:
        async with self.house.floor.database.read() as db:
            count = select(func.count()).select_from(Release).where(Release.wire == "list")
            return int((await db.execute(count)).scalar_one())


@pytest.fixture(scope="module")
async def house(storage: Storage) -> AsyncIterator[House]:
    async with open_house(kit.settings_for(storage), Clock(), storage) as opened:
        yield opened


@pytest.fixture(scope="module")
async def moo(house: House) -> Provider:
    async with house.floor.database.begin() as db:
        party = await parties.add_party(
            db, name="Moo", kind="network", fields=FIELDS, sector="moo.example", now=house.clock.now
        )
    await register(house, "moo-server", party_id=party, ticked=False, **SERVER)
    return Provider(house, party, house.browser("198.51.100.201"))


def named(told: dict[str, Any]) -> list[str]:
    return sorted(one.get("given_name", "?") for one in told["pupils"])


async def test_d35_who_is_in_the_list_and_with_no_more_than_the_school_ticked(moo: Provider) -> None:
    assert await moo.told() == {"pupils": [], "gone": [], "whole": True}, "no tick, no list"
    await moo.tick(BARE)
    told = await moo.told()
    assert (len(told["pupils"]), told["gone"], told["whole"], "next" in told) == (3, [], True, False)
    assert {tuple(sorted(one)) for one in told["pupils"]} == {("groups", "sub", "year_group")}
    assert not [name for name in ("Noor", "Finn", "Beek", "ketenid", "juf") if name in str(told)]
    await moo.tick()
    told = await moo.told()
    assert named(told) == ["Finn", "Noor", "Sam"]
    (noor,) = [one for one in told["pupils"] if one["given_name"] == "Noor"]
    assert noor | {"sub": ""} == {
        "sub": "",
        "eckid": ECKID,
        "given_name": "Noor",
        "surname_prefix": "van",
        "family_name": "van Beek",
        "groups": ["Groep 6"],
        "year_group": "6",
    }
    assert all("eckid" not in one for one in told["pupils"] if one is not noor), "D18: never an empty one"
    response = await moo.ask(token=await moo.token(scope="data.pupils"))
    assert {tuple(sorted(one)) for one in response.json()["pupils"]} == {("groups", "sub", "year_group")}
    assert response.headers["cache-control"] == "no-store"


async def test_d11_each_pupil_is_recorded_when_something_new_leaves_and_not_again(moo: Provider) -> None:
    await moo.tick()
    told = await moo.told()
    before = await moo.records()
    assert (await moo.told())["pupils"] == told["pupils"]
    assert await moo.records() == before, "the same again is no new release"
    house = moo.house
    async with house.floor.database.begin() as db:
        await db.execute(update(Person).where(Person.id == house.people["Finn"]).values(first_name="Fin"))
    assert named(await moo.told(told["marker"])) == ["Fin"]
    assert await moo.records() == before + 1
    async with house.floor.database.begin() as db:
        found = await received.of_person(db, house.school.id, house.people["Finn"])
        await db.execute(update(Person).where(Person.id == house.people["Finn"]).values(first_name="Finn"))
    (full,) = [one for one in found if one.fields == FIELDS]
    assert (full.party_name, full.ground) == ("Moo", "public-task"), "who received what tells of it"


async def test_a_marker_tells_what_changed_since_and_pages_go_by_it(moo: Provider) -> None:
    """Everything that changes somebody counts, whoever changed it: a group, an exclusion, a departure; and each is told once."""
    await moo.tick()
    house, noor, sam = moo.house, moo.house.people["Noor"], moo.house.people["Sam"]
    first = await moo.told()
    subs = {one["given_name"]: one["sub"] for one in first["pupils"]}
    nothing = await moo.told(first["marker"])
    assert (nothing["pupils"], nothing["gone"], nothing["whole"]) == ([], [], False)
    async with house.floor.database.begin() as db:
        await db.execute(update(Group).where(Group.id == house.groups["Groep 6"]).values(name="Groep 6a"))
        act: dict[str, Any] = {"now": house.clock.now, "by": "test"}
        await exclusions.exclude(db, house.school.id, moo.party_id, sam, **act)
    changed = await moo.told(nothing["marker"])
    assert (named(changed), changed["gone"]) == (["Finn", "Noor"], [subs["Sam"]])
    async with house.floor.database.begin() as db:
        await exclusions.admit(db, house.school.id, moo.party_id, sam, **act)
        await db.execute(update(Enrolment).where(Enrolment.person_id == noor).values(active=False))
    back = await moo.told(changed["marker"])
    assert (named(back), back["gone"]) == (["Sam"], [subs["Noor"]])
    assert {one["given_name"]: one["sub"] for one in back["pupils"]}["Sam"] == subs["Sam"], "the name stays"
    async with house.floor.database.begin() as db:
        await db.execute(update(Enrolment).where(Enrolment.person_id == noor).values(active=True))
        await db.execute(update(Group).where(Group.id == house.groups["Groep 6"]).values(name="Groep 6"))
    # In portions: each pupil once, and the last marker is that of the whole.
    seen, after, more = list[int](), "", True
    while more:
        page = await moo.portion(after, most=2)
        assert page.whole is (after == "")
        seen += [one.person_id for _, one in page.pupils]
        after, more = str(page.marker), page.more
    assert sorted(seen) == sorted([noor, sam, house.people["Finn"]])
    assert (await moo.told(after))["pupils"] == []


async def test_who_came_and_went_between_two_pages_was_never_told_of(moo: Provider) -> None:
    await moo.tick()
    house, before = moo.house, await moo.records()
    marker = (await moo.told())["marker"]
    new = [await add_child(house, house.school, house.groups["Groep 2"], name, "Smit") for name in ("Ada", "Bo")]
    first = await moo.portion(marker, most=1)
    assert ([one.person_id for _, one in first.pupils], first.more) == (new[:1], True)
    for gone in (new[1:], new[:1]):
        async with house.floor.database.begin() as db:
            await db.execute(update(Enrolment).where(Enrolment.person_id.in_(gone)).values(active=False))
        page = await moo.portion(str(first.marker), most=9)
        assert (page.pupils, len(page.gone)) == ((), len(gone) if gone == new[:1] else 0)
    assert await moo.records() == before + 1


@pytest.mark.parametrize(
    "after", ["x", "1.2", "9999.1.1", "1.99999.{day}", "-1.0.{day}", "٣.١.{day}", "1.1.1", "1" * 99]
)
async def test_a_marker_that_is_none_or_of_another_list_begins_anew(moo: Provider, after: str) -> None:
    await moo.tick()
    day = moo.house.clock.now.date().toordinal()
    told = await moo.told(after.format(day=day))
    assert (named(told), told["whole"]) == (["Finn", "Noor", "Sam"], True)


async def test_an_old_marker_begins_anew(moo: Provider) -> None:
    await moo.tick()
    marker = (await moo.told())["marker"]
    assert pupil_lists.read_marker(marker, today=moo.house.clock.now.date() + timedelta(days=30)) is not None
    assert pupil_lists.read_marker(marker, today=moo.house.clock.now.date() + timedelta(days=31)) is None


async def test_c131_what_the_school_says_holds_at_each_call(moo: Provider) -> None:
    """Withdrawn, agreement over, school closed, a field or the pupil's own name left out: nothing leaves from the commit on (D9)."""
    await moo.tick()
    token, house = await moo.token(), moo.house
    nothing = {"pupils": [], "gone": [], "whole": True}
    before = await moo.records()
    for fields in (FIELDS - {"subject"}, FIELDS - {"instelling_ref"}):
        await moo.tick(fields)
        assert await moo.told(token=token) == nothing
    await moo.tick()
    for model, there, away in (
        (Agreement, {"signed_on": house.clock.now.date()}, {"signed_on": house.clock.now.date().replace(year=2030)}),
        (School, {"closed_at": None}, {"closed_at": house.clock.now}),
    ):
        async with house.floor.database.begin() as db:
            await db.execute(update(model).values(away))
        assert await moo.told(token=token) == nothing
        async with house.floor.database.begin() as db:
            await db.execute(update(model).values(there))
    async with house.floor.database.begin() as db:
        await ticks.withdraw(db, house.school.id, moo.party_id, now=house.clock.now, by="test")
    assert await moo.told(token=token) == nothing
    assert await moo.records() == before
    await moo.tick()
    assert len((await moo.told(token=token))["pupils"]) == 3


async def test_c324_another_school_and_one_that_is_none_look_alike(moo: Provider) -> None:
    await moo.tick()
    other = await add_school(moo.house, "De Vlieger", "98ZZ")
    there, nowhere = await moo.ask(ref=other.instelling_ref), await moo.ask(ref="nergens")
    assert (there.status_code, there.json()) == (nowhere.status_code, nowhere.json())
    assert there.json()["pupils"] == []
    assert (await moo.ask(ref="%00")).status_code == 200


async def test_a_publisher_is_told_nobody_whatever_it_is_registered_for(moo: Provider) -> None:
    house = moo.house
    await register(house, "nieuwsgierig", party_id=house.party_id, ticked=False, **SERVER)
    form = {"grant_type": "client_credentials"}
    response = await post_token(moo.browser, form, headers=basic("nieuwsgierig", SECRET))
    assert response.json()["error"] == "invalid_scope"
    # Even with the scope in a token: the statement looks at the kind of party.
    client = await house.resources.parties.client("nieuwsgierig")
    assert client is not None
    caller = Caller(client.id, client.version, client.party_id, b"0" * 16, client.fields)
    where = house.floor.database, house.resources.field_sets, house.floor.keyring, caller, house.school.instelling_ref
    now = house.clock.now
    assert await pupil_lists.page(*where, FIELDS, bytes.hex, after="", now=now, today=now.date()) is None


async def test_c117_without_the_scope_no_pupils_and_by_the_scope_no_sign_in(moo: Provider) -> None:
    await moo.tick()
    await register(moo.house, "moo-groepen", party_id=moo.party_id, ticked=False, **{**SERVER, "scope": "data.groups"})
    response = await post_token(moo.browser, {"grant_type": "client_credentials"}, headers=basic("moo-groepen", SECRET))
    refused = await moo.ask(token=response.json()["access_token"])
    assert (refused.status_code, refused.json()["error"]) == (403, "insufficient_scope")
    alone = await post_token(
        moo.browser,
        {"grant_type": "client_credentials", "scope": "data.pupils.names"},
        headers=basic("moo-server", SECRET),
    )
    refused = await moo.ask(token=alone.json()["access_token"])
    assert refused.status_code == 403, "names without the list are nothing"


async def test_d35_of_two_providers_each_is_told_the_groups_that_go_by_it(moo: Provider) -> None:
    house = moo.house
    await moo.tick()
    whole = await moo.told()
    async with house.floor.database.begin() as db:
        other = await parties.add_party(
            db, name="Zulu", kind="network", fields=FIELDS, sector="zulu.example", now=house.clock.now
        )
        await environments.choose(db, house.school.id, house.groups["Groep 6"], other)
    assert len((await moo.told())["pupils"]) == 3, "a choice for one that is not ticked is none"
    async with house.floor.database.begin() as db:
        await ticks.give(db, house.school.id, other, {"subject"}, now=house.clock.now, by="test")
    told = await moo.told(whole["marker"])
    assert (told["pupils"], len(told["gone"])) == ([], 2)
    assert named(await moo.told()) == ["Sam"]
    async with house.floor.database.begin() as db:
        await ticks.withdraw(db, house.school.id, other, now=house.clock.now, by="test")
        await environments.choose(db, house.school.id, house.groups["Groep 6"], None)
    assert len((await moo.told())["pupils"]) == 3
