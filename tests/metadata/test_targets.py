"""Targets of shortcuts (D36, C-304, C-327): equal in scheme, host, port and path, known query names once, one reading."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from metadata import targets
from metadata.models import OidcClient
from metadata.targets import TargetRefused
from tests.house import House
from tests.journeys.test_a_publisher_asks_over_saml import publish
from tests.protocols.saml import party as sp

LESSON = "https://rekenrijk.example/les/7?blok=1&taal=nl"
SAME = [
    LESSON,
    "https://rekenrijk.example/les/7",
    "https://rekenrijk.example/les/7?",
    "HTTPS://Rekenrijk.example:443/les/7?taal=fr",
    "https://rekenrijk.example/les/7?blok=https%3A%2F%2Fevil.example%23x",
]
OTHERS = [
    "http://rekenrijk.example/les/7",
    "https://rekenrijk.example:8443/les/7",
    "https://rekenrijk.example/les/7/",
    "https://rekenrijk.example/LES/7",
    "https://rekenrijk.example/les/8",
    "https://rekenrijk.example./les/7",
    "https://rekenrijk.example.evil.example/les/7",
    "https://evil.example/les/7",
    "https://rekenrijk.example/les/7?next=x",
    "https://rekenrijk.example/les/7?blok=1&next=x",
    "https://rekenrijk.example/les/%37",
]
REFUSED = [
    "",
    "/les/7",
    "//rekenrijk.example/les/7",
    "javascript:alert(1)",
    "ftp://rekenrijk.example/les/7",
    "https:rekenrijk.example/les/7",
    "https:///les/7",
    "https://noor@rekenrijk.example/les/7",
    "https://rekenrijk.example@evil.example/les/7",
    "https://rekenrijk.example:x/les/7",
    "https://rekenrijk.example:0/les/7",
    "https://rekenrijk.example:70000/les/7",
    "https://rekenrijk.example/les/7#",
    "https://rekenrijk.example/les/7#x",
    "https://rekenrijk.example\\@evil.example/les/7",
    "https://rekenrijk.example/les\\7",
    "https://rekenrijk.example/x/../les/7",
    "https://rekenrijk.example/./les/7",
    "https://rekenrijk.example/x/%2e%2E/les/7",
    "https://rekenrijk.example/x/.%2e",
    "https://rekenrijk.example/x%2f..%2fles",
    "https://rekenrijk.example/les/7?blok=1&blok=2",
    "https://rekenrijk.example/les/7?blok=1;next=x",
    "https://rekenrijk.example/les/7?bl%6fk=1",
    "https://rekenrijk.example/les/7?=1",
    "https://rekenrijk.example/les/7?blok=1&",
    "https://rekenrijk.example/les 7",
    " https://rekenrijk.example/les/7",
    "https://rekenrijk.example/les/7\r\nX: y",
    "https://rekenríjk.example/les/7",
    f"https://rekenrijk.example/{'x' * 2000}",
]


async def registered(house: House) -> None:
    """The lesson, for the seeded client, which can be told to begin."""
    async with house.floor.database.begin() as db:
        known = (await db.execute(OidcClient.__table__.select())).mappings().one()["metadata"]
        begin = {**known, "initiate_login_uri": "https://rekenrijk.example/begin"}
        await db.execute(update(OidcClient).values(metadata_=begin, version=2))
        await targets.add(db, "rekenrijk", LESSON, now=house.clock.now, loopback_allowed=False)


async def test_only_what_equals_a_registered_target_is_found(house: House) -> None:
    await registered(house)
    hot = house.floor.database.hot
    for text in SAME:
        found = await targets.find(hot, text)
        assert found is not None, text
        assert (found.protocol, found.connection, found.party_name) == ("oidc", "rekenrijk", "Rekenrijk")
    assert [text for text in [*OTHERS, *REFUSED] if await targets.find(hot, text) is not None] == []


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_two_readers_could_take_for_two_addresses_is_refused(text: str) -> None:
    with pytest.raises(TargetRefused) as refused:
        targets.read(text)
    assert not text or text not in str(refused.value)


@given(st.text(max_size=40), st.text(alphabet="/.%2eE\\;?&=#@:ab", max_size=20))
def test_what_is_read_is_read_the_same_again(start: str, rest: str) -> None:
    for text in (start + rest, f"https://rekenrijk.example{rest}", f"https://rekenrijk.example/{rest}{start}"):
        try:
            read = targets.read(text)
        except TargetRefused:
            continue
        assert targets.read(read.address).address == read.address
        assert read.address.startswith(("https://", "http://"))
        assert "@" not in read.address.split("/")[2]


async def test_what_can_be_no_target_is_not_registered(house: House) -> None:
    await publish(house)
    async with house.floor.database.begin() as db:
        for connection, text in (
            ("rekenrijk", LESSON),
            (sp.ENTITY, "http://rekenrijk.example/les"),
            (sp.ENTITY, "http://127.0.0.1:8001/les"),
            (sp.ENTITY, "https://x@rekenrijk.example/les"),
        ):
            with pytest.raises(TargetRefused):
                await targets.add(db, connection, text, now=house.clock.now, loopback_allowed=False)
        with pytest.raises(LookupError):
            await targets.add(db, "niemand", LESSON, now=house.clock.now, loopback_allowed=False)
        known = await targets.add(db, sp.ENTITY, LESSON, now=house.clock.now, loopback_allowed=False)
        assert (known.protocol, sorted(known.names)) == ("saml", ["blok", "taal"])
        with pytest.raises(TargetRefused):
            await targets.add(
                db, sp.ENTITY, "https://rekenrijk.example/les/7", now=house.clock.now, loopback_allowed=False
            )
        assert [one.address for one in await targets.of_party(db, house.party_id)] == [known.address]
        await targets.remove(db, LESSON)
        with pytest.raises(LookupError):
            await targets.remove(db, LESSON)
        local = "http://127.0.0.1:8001/les"
        assert (await targets.add(db, sp.ENTITY, local, now=house.clock.now, loopback_allowed=True)).address == local
