"""What a party asks beside what a school said: a pure comparison (R59, R70)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consent import offers
from consent.offers import NotAsked
from consent.ticks import KnownTick
from metadata.field_lists import KnownList, ListedField
from metadata.parties import KnownParty
from protocols.attributes.catalogue import CATALOGUE
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
