"""What a party asks beside what a school said: a pure comparison (R59, R70)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consent import offers, ticks
from consent.offers import NotAsked
from consent.ticks import KnownTick
from metadata import field_lists, parties
from metadata.field_lists import KnownList, ListedField
from metadata.parties import KnownParty
from protocols.attributes.catalogue import CATALOGUE
from tests.house import House
from tests.web.samples import WEB

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
PARTY = KnownParty(7, "Rekenrijk", "publisher", frozenset({"eckid", "groups", "surname"}), None, None, None, None, True)


def listed(service: str, *names: str, optional: tuple[str, ...] = (), at: datetime = AT) -> KnownList:
    fields = tuple(ListedField(name, name not in optional, "waarvoor", "what for") for name in names)
    return KnownList(7, service, 1, at, fields)


def said(*fields: str, given: bool = True, at: datetime = AT) -> KnownTick:
    return KnownTick(7, given, frozenset(fields), at)


def test_what_one_service_needs_is_needed_and_what_it_may_not_ask_is_not_there() -> None:
    lists = [listed("A", "eckid", "email", optional=("eckid",)), listed("B", "eckid", "groups", optional=("groups",))]
    one = offers.offer(PARTY, lists, None)
    assert [(each.name, each.required) for each in one.wanted] == [("eckid", True), ("groups", False)]
    assert offers.covered(one, []) == {"eckid"}
    assert offers.covered(one, ["groups"]) == {"eckid", "groups"}
    with pytest.raises(NotAsked):
        offers.covered(one, ["surname"])


def test_what_was_left_out_knowingly_is_not_new_until_the_party_says_something_new() -> None:
    list_ = listed("A", "eckid", "groups", optional=("groups",))
    later = replace(list_, version=2, published_at=AT + timedelta(days=1))
    assert not offers.offer(PARTY, [list_], said("eckid")).asks_more
    assert offers.offer(PARTY, [later], said("eckid")).asks_more
    assert not offers.offer(PARTY, [later], said("eckid", given=False)).asks_more
    assert offers.offer(PARTY, [later], said("eckid", "groups", "surname")).surplus == {"surname"}
    seen = {offers.offer(PARTY, [each], None).fingerprint for each in (list_, later)}
    assert len(seen) == 2, "a sheet of an older version is another one"


def test_the_desk_calls_every_field_as_the_catalogue_does() -> None:
    for language in ("nl", "en"):
        text = (WEB / "locale" / f"desk_parties.{language}.toml").read_text("utf-8")
        for field in CATALOGUE:
            meaning = field.meaning_nl if language == "nl" else field.meaning_en
            assert f'{field.name} = "{meaning}"' in text, field.name


async def test_a_list_counts_as_the_pages_of_its_parties_do(house: House) -> None:
    now, school_id = house.clock.now, house.school.id
    texts: list[tuple[str, tuple[ListedField, ...], tuple[str, ...] | None]] = [
        ("alles", listed("A", "eckid", "groups").fields, ("eckid", "groups")),
        ("meer", listed("A", "eckid", "groups").fields, ("eckid",)),
        ("minder", listed("A", "eckid", "groups", optional=("groups",)).fields, ("eckid",)),
        ("over", listed("A", "eckid").fields, ("eckid", "groups")),
        ("niets", (), None),
        ("stil", (), ("eckid",)),
    ]
    async with house.floor.database.begin() as db:
        for name, fields, said_yes in texts:
            made = await parties.add_party(
                db, name=name, kind="publisher", fields=["eckid", "groups"], sector=name, now=now
            )
            await field_lists.publish(db, made, "A", fields, now=now)
            if said_yes is not None:
                await ticks.give(db, school_id, made, said_yes, now=now, by="test")
        later = await parties.find(db, str(made - 3))
        await field_lists.publish(
            db, later.id, "B", listed("B", "groups", optional=("groups",)).fields, now=now + timedelta(days=1)
        )
        await ticks.withdraw(db, school_id, house.party_id, now=now, by="test")
        found = await offers.standings(db, school_id)
        whole = [await offers.one(db, school_id, each.party_id) for each in found]
        assert {each.party.id for each in whole if each.given} == {
            each.party.id for each in await offers.given_by(db, school_id)
        }
    assert {each.state for each in found} == {"none", "given", "more", "withdrawn"}
    for short, long in zip(found, whole, strict=True):
        counted = len(long.wanted), sum(1 for each in long.wanted if each.ticked)
        assert (short.state, short.asked, short.shared) == (long.state, *counted), short.name
