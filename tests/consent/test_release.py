"""Release through a real database: never more than tick AND party AND scope, and a record of ids for all that left (D9, D11)."""

import asyncio
import hashlib
import re
import secrets
from collections import Counter
from collections.abc import Iterable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update

from consent import ticks
from consent.models import FieldSet, Release
from consent.release import GROUND, Recipient, Released, Subject, permitted, release
from directory.models import Employment, Person
from metadata import rollover
from metadata.models import Party
from protocols import release as releases
from protocols import subjects
from protocols.attributes import catalogue
from protocols.attributes.outgoing import to_claims
from tests.conformance.relying_party import (
    arrives,
    change_client,
    claims_at_userinfo,
    redeems,
    register,
    staff_arrives,
    tokens_of,
    userinfo,
    withdraw,
)
from tests.house import ECKID, House

some_fields = st.frozensets(st.sampled_from(sorted(catalogue.NAMES)))
some_scopes = st.frozensets(st.sampled_from(catalogue.SCOPES))


async def tick(house: House, fields: Iterable[str]) -> None:
    async with house.floor.database.begin() as db:
        await ticks.give(db, house.school.id, house.party_id, fields, now=house.clock.now, by="test")


async def rows(house: House) -> list[dict[str, Any]]:
    """The release records, whole."""
    async with house.floor.database.read() as db:
        found = await db.execute(select(Release.__table__).order_by(Release.id))
        return [dict(row) for row in found.mappings()]


async def fields_of(house: House, set_id: int) -> set[str]:
    async with house.floor.database.read() as db:
        found: str = (await db.execute(select(FieldSet.fields).where(FieldSet.id == set_id))).scalar_one()
    return set(found.split())


async def ask(
    house: House, asked: frozenset[str], name: str = "Noor", *, version: int | None = None, decide: Any = release
) -> Released | None:
    client = await house.resources.parties.reload_client("rekenrijk")
    assert client is not None
    known = client.version if version is None else version
    found: Released | None = await decide(
        house.floor.database.hot,
        house.resources.field_sets,
        house.floor.keyring,
        Subject(house.people[name], house.school.id, 1),
        Recipient("oidc", client.id, known, client.party_id, asked),
        now=house.clock.now,
        today=house.clock.now.date(),
    )
    return found


@given(ticked=some_fields, party=some_fields, scopes=some_scopes, name=st.sampled_from(["Noor", "Finn", "juf"]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_c129_nothing_leaves_beyond_tick_and_party_and_scope(
    house: House, ticked: frozenset[str], party: frozenset[str], scopes: frozenset[str], name: str
) -> None:
    """For every combination; a tick itself allows the pairwise subject, which is what a sign-in is."""
    await tick(house, ticked)
    async with house.floor.database.begin() as db:
        await db.execute(update(Party).where(Party.id == house.party_id).values(fields=sorted(party)))
    await change_client(house)
    client = await house.resources.parties.reload_client("rekenrijk")
    assert client is not None
    asked = client.fields & catalogue.asked_by_scopes(scopes)
    released = await ask(house, asked, name)
    assert released is not None
    most = ticked & party & catalogue.asked_by_scopes(scopes)
    assert released.fields == most
    subject = subjects.pairwise(house.floor.keyring, sector=client.sector, seed=released.seed)
    claims = to_claims(releases.person(released, subject=subject))
    assert set(claims) <= {catalogue.BY_NAME[field].claim for field in most}
    if "eckid" not in most:
        assert released.eckid is None
    last = (await rows(house))[-1]
    assert await fields_of(house, last["asked_set_id"]) & await fields_of(house, last["ticked_set_id"]) == most


asks = st.tuples(
    st.sampled_from(["Noor", "Finn", "Sam", "juf", "ict"]),
    st.sampled_from([1, 1, 1, 2]),
    st.sampled_from([release, permitted]),
    st.none() | st.integers(0, 3),
)


@given(asked=st.lists(asks, min_size=2, max_size=40))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_of_many_at_once_each_is_answered_about_whom_he_asked(
    house: House, asked: list[tuple[str, int, Any, int | None]]
) -> None:
    """Whoever he goes with (ADR 16): nobody under an epoch that is none, a grant once, and a record for each who was answered."""
    client = await house.resources.parties.client("rekenrijk")
    assert client is not None
    hot, sets, keyring = house.floor.database.hot, house.resources.field_sets, house.floor.keyring
    to = Recipient("oidc", client.id, client.version, client.party_id, client.fields)
    when: dict[str, Any] = {"now": house.clock.now, "today": house.clock.now.date()}
    seeds = {}
    for name, person_id in house.people.items():
        alone = await permitted(hot, sets, keyring, Subject(person_id, house.school.id, 1), to, **when)
        assert alone is not None
        seeds[name] = alone.seed
    assert len({*seeds.values()}) == len(seeds)
    before, fresh = len(await rows(house)), secrets.token_bytes(15)
    grants = [None if grant is None else fresh + bytes([grant]) for *_, grant in asked]
    answers = await asyncio.gather(
        *(
            decide(hot, sets, keyring, Subject(house.people[name], house.school.id, epoch, grant_id=grant), to, **when)
            for (name, epoch, decide, _), grant in zip(asked, grants, strict=True)
        )
    )
    recorded: list[tuple[int, bytes | None]] = []
    for (name, epoch, decide, _), grant, answer in zip(asked, grants, answers, strict=True):
        assert answer is None or answer.seed == seeds[name]
        assert (answer is None) == (epoch == 2) or (decide is release and grant is not None)
        if answer is not None and decide is release:
            recorded.append((house.people[name], grant))
    used = [grant for _, grant in recorded if grant is not None]
    tried = [
        grant
        for (_, epoch, decide, _), grant in zip(asked, grants, strict=True)
        if decide is release and epoch == 1 and grant is not None
    ]
    assert sorted(used) == sorted({*tried}), "each grant for one, whichever came first"
    found = [(row["person_id"], row["grant_id"]) for row in (await rows(house))[before:]]
    assert Counter(found) == Counter(recorded)


async def test_nothing_leaves_about_a_place_that_its_owner_did_not_say_yes_to(house: House) -> None:
    """D15: a file can name anybody."""
    await tick(house, catalogue.NAMES)
    mine = update(Employment).where(Employment.person_id == house.people["juf"])
    for unanswered in (True, False):
        async with house.floor.database.begin() as db:
            await db.execute(mine.values(unanswered=unanswered))
        assert (await ask(house, frozenset(catalogue.NAMES), "juf") is None) is unanswered
    assert len(await rows(house)) == 1


async def test_the_claims_at_userinfo_are_those_that_were_ticked(house: House) -> None:
    """The same over HTTP: consent given for fewer fields than asked."""
    await tick(house, {"subject", "first_name", "groups"})
    arrival = await arrives(house)
    told = await claims_at_userinfo(arrival.browser, (await tokens_of(house, arrival))["access_token"])
    assert set(told) == {"sub", "given_name", "groups"}


async def test_a_redemption_leaves_one_record_of_ids_and_field_sets(house: House) -> None:
    """No name, ECK-iD, subject, code or token is in it (D11)."""
    arrival = await arrives(house)
    assert await rows(house) == []  # OIDC: at redemption, not before
    tokens = await tokens_of(house, arrival)
    told = await claims_at_userinfo(arrival.browser, tokens["access_token"])
    (record,) = await rows(house)
    values = {"person_id": house.people["Noor"], "school_id": house.school.id, "party_id": house.party_id}
    assert {name: record[name] for name in values} == values
    assert record["at"] == house.clock.now
    assert record["ground"] == GROUND
    assert await fields_of(house, record["ticked_set_id"]) == catalogue.NAMES
    # What OpenID Connect can ask for: the whole catalogue but for the name that is the same everywhere (C-221).
    assert await fields_of(house, record["asked_set_id"]) == catalogue.NAMES - {"subject_id"}
    where = {"session_mark", "connection_id", "wire"}
    assert set(record) == {"id", "at", "ground", "grant_id", "asked_set_id", "ticked_set_id", *where, *values}
    assert len(record["grant_id"]) == 16  # random: it names a grant, not a person
    written = " ".join(str(value) for value in record.values())
    for value in (*_flat(told.values()), arrival.code, tokens["access_token"], "Noor", ECKID):
        assert len(value) < 3 or value not in written


def _flat(values: Iterable[Any]) -> list[str]:
    return [each for value in values for each in (value if isinstance(value, list) else [value])]


async def test_a_refused_redemption_leaves_no_record(house: House) -> None:
    browser = house.browser()
    for changes in ({"code_verifier": "a" * 43}, {"redirect_uri": "https://rekenrijk.example/anders"}):
        assert (await redeems(house, await arrives(house, browser), **changes)).status_code == 400
    arrival = await arrives(house, browser)
    async with house.floor.database.begin() as db:
        await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")
    assert (await redeems(house, arrival)).status_code == 400
    assert await rows(house) == []


async def test_userinfo_records_only_when_more_leaves_than_was_recorded(house: House) -> None:
    """D11: within the set of the redemption no record; a school that allows more meanwhile gets one."""
    await tick(house, {"subject", "groups"})
    arrival = await arrives(house)
    token = (await tokens_of(house, arrival))["access_token"]
    assert set(await claims_at_userinfo(arrival.browser, token)) == {"sub", "groups"}
    assert len(await rows(house)) == 1
    await tick(house, {"subject"})
    assert set(await claims_at_userinfo(arrival.browser, token)) == {"sub"}
    assert len(await rows(house)) == 1
    await tick(house, {"subject", "groups", "eckid"})
    for _ in range(3):  # recorded once, however often it is fetched
        assert (await claims_at_userinfo(arrival.browser, token))["eckid"] == ECKID
    records = await rows(house)
    assert len(records) == len({record["grant_id"] for record in records}) == 2
    assert await fields_of(house, records[1]["ticked_set_id"]) == {"subject", "groups", "eckid"}


async def no_more_records(house: House) -> None:
    """The table takes no row any more, for whatever reason."""
    async with house.floor.database.begin() as db:
        if house.floor.database.sqlite:
            raises = "BEGIN SELECT RAISE(ABORT, 'no'); END"
            await db.execute(text(f"CREATE TRIGGER no BEFORE INSERT ON releases {raises}"))
        else:
            body = "$$ BEGIN RAISE EXCEPTION 'no'; END $$"
            await db.execute(text(f"CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS {body}"))
            await db.execute(text("CREATE TRIGGER no BEFORE INSERT ON releases FOR EACH ROW EXECUTE FUNCTION no()"))


async def records_again(house: House) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(text("DROP TRIGGER no" + ("" if house.floor.database.sqlite else " ON releases")))


async def test_a_record_that_cannot_be_written_means_no_answer(house: House) -> None:
    """D11. The code keeps its value: nothing had left for it."""
    arrival = await arrives(house)
    await no_more_records(house)
    response = await redeems(house, arrival)
    assert response.status_code == 500
    assert set(response.json()) == {"error", "reference"}
    await records_again(house)
    assert await rows(house) == []
    assert (await redeems(house, arrival)).status_code == 200
    assert len(await rows(house)) == 1


async def test_permitted_decides_the_same_and_records_nothing(house: House) -> None:
    recorded, silent = await ask(house, catalogue.NAMES), await ask(house, catalogue.NAMES, decide=permitted)
    assert recorded == silent
    assert len(await rows(house)) == 1
    assert await ask(house, catalogue.NAMES, version=99) is None
    assert await ask(house, catalogue.NAMES, version=99, decide=permitted) is None
    assert len(await rows(house)) == 1


async def test_what_was_released_shows_no_value_when_it_is_printed(house: House) -> None:
    """A log line or a trace with it holds no name, address, seed or ECK-iD."""
    for name in ("Noor", "juf"):
        released = await ask(house, catalogue.NAMES, name)
        assert released is not None
        printed = repr(released)
        for value in (released.first_name, released.surname, released.email, released.eckid, repr(released.seed)):
            assert value is None or value not in printed


async def test_c130_a_subject_outlives_names_addresses_and_keys(house: House) -> None:
    browser = house.browser()
    token = (await tokens_of(house, await staff_arrives(house, browser)))["access_token"]
    before = (await claims_at_userinfo(browser, token))["sub"]
    async with house.floor.database.begin() as db:
        renamed = {"first_name": "Anders", "surname": "Genoemd", "email": "anders@elders.example"}
        await db.execute(update(Person).where(Person.id == house.people["juf"]).values(**renamed))
        await rollover.rotate(db, house.floor.keyring, "RS256", now=house.clock.now, at_once=True)
    after = await claims_at_userinfo(browser, (await tokens_of(house, await arrives(house, browser)))["access_token"])
    assert (after["sub"], after["name"]) == (before, "Anders Genoemd")
    async with house.floor.database.read() as db:
        seeds = await db.execute(text("SELECT count(*), count(DISTINCT seed), min(length(seed)) FROM subject_seeds"))
        people_known = (await db.execute(select(func.count()).select_from(Person))).scalar_one()
    assert tuple(seeds.one()) == (people_known, people_known, 32)


async def test_c130_no_two_people_share_a_subject_and_none_can_be_computed(house: House) -> None:
    found = {}
    for name in ("Noor", "Finn", "juf", "ict"):
        released = await ask(house, catalogue.NAMES, name)
        assert released is not None
        subject = subjects.pairwise(house.floor.keyring, sector="rekenrijk.example", seed=released.seed)
        assert re.fullmatch(r"[0-9a-f]{64}", subject)
        assert subject != hashlib.sha256(b"rekenrijk.example" + released.seed).hexdigest()
        found[name] = subject
    assert len(set(found.values())) == 4


async def test_userinfo_of_somebody_elses_withdrawal_goes_on(house: House) -> None:
    """A school's no to one party says nothing about another."""
    await register(house, "lettergreep")
    browser = house.browser()
    token = (await tokens_of(house, await arrives(house, browser, client_id="lettergreep"), client_id="lettergreep"))[
        "access_token"
    ]
    await withdraw(house)
    assert (await userinfo(browser, token)).status_code == 200
