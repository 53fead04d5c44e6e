"""What the statement that recognises a child reads of the party that asks is what the facts say: nobody passes for coming by a provider."""

import ipaddress
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update

from consent.models import Agreement, Exclusion, Tick
from directory.standing import Standing
from idp.core.models import Version
from idp.signin import facts, recognition
from idp.signin.question import Question
from idp.signin.recognition import Brought, Candidate
from metadata.models import OidcClient, Party
from metadata.upstreams import KnownUpstreams
from tests.house import AT_SCHOOL, ECKID, House
from tests.upstreams import kit

BY: dict[str, Brought] = {
    "the provider's own name": Brought("leerling-1", None, two_factors=False, proven_at=0),
    "her ECK-iD": Brought(None, ECKID, two_factors=False, proven_at=0),
}
CHANGES: dict[str, Callable[[House], Any]] = {
    "nothing": lambda _: delete(Party).where(Party.id == 0),
    "no tick": lambda house: update(Tick).where(Tick.party_id == house.party_id).values(given=False),
    "never ticked": lambda house: delete(Tick).where(Tick.party_id == house.party_id),
    "the party is off": lambda house: update(Party).where(Party.id == house.party_id).values(enabled=False),
    "its client is off": lambda _: update(OidcClient).values(enabled=False),
    "its client changed": lambda _: update(OidcClient).values(version=OidcClient.version + 1),
    "no agreement": lambda _: delete(Agreement),
    "the agreement ended": lambda house: update(Agreement).values(ends_on=house.clock.now.date() - timedelta(days=1)),
    "it is signed tomorrow": lambda house: update(Agreement).values(
        signed_on=house.clock.now.date() + timedelta(days=1)
    ),
    "she is kept away": lambda house: insert(Exclusion).values(
        school_id=house.school.id, party_id=house.party_id, person_id=house.people["Noor"]
    ),
    "other keys": lambda _: update(Version).where(Version.name == "keys").values(number=Version.number + 1),
}


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("change", CHANGES)
async def test_the_party_may_be_answered_exactly_when_the_facts_say_so(house: House, by: str, change: str) -> None:
    number = await kit.attach(house, links={"Noor": "leerling-1"})
    async with house.floor.database.begin() as db:
        await db.execute(CHANGES[change](house))
        connection = (await db.execute(select(func.min(OidcClient.id)))).scalar_one()
    hot, today = house.floor.database.hot, house.clock.now.date()
    upstream = await KnownUpstreams(hot, house.floor.keyring).by_id(number)
    assert upstream is not None
    found = await recognition.recognise(
        hot,
        house.floor.keyring,
        upstream,
        BY[by],
        question=Question("oidc", connection, house.party_id, "Rekenrijk", "/oidc/target", {}),
        school_id=house.school.id,
        today=today,
        world=house.floor.settings.eckid_environment,
    )
    assert isinstance(found, Candidate)
    assert found.person_id == house.people["Noor"]
    known = await facts.load(
        hot,
        protocol="oidc",
        connection_id=connection,
        person_id=found.person_id,
        school_id=found.school_id,
        epoch=found.epoch,
        standing=Standing(ipaddress.ip_address(AT_SCHOOL)),
        today=today,
    )
    assert known is not None
    assert facts.of_a_child_seen(found.school_id, found.asks) == known
    assert (known.verdict is None) is (change in {"nothing", "its client changed", "other keys"})


@pytest.mark.parametrize("by", BY)
async def test_of_a_connection_that_is_not_there_nobody_is_answered(house: House, by: str) -> None:
    """Over SAML as over OpenID Connect."""
    number = await kit.attach(house, links={"Noor": "leerling-1"})
    hot = house.floor.database.hot
    upstream = await KnownUpstreams(hot, house.floor.keyring).by_id(number)
    assert upstream is not None
    for protocol in ("oidc", "saml"):
        found = await recognition.recognise(
            hot,
            house.floor.keyring,
            upstream,
            BY[by],
            question=Question(protocol, 999_999, 999_999, "Niemand", f"/{protocol}/target", {}),
            school_id=None,
            today=house.clock.now.date(),
            world=house.floor.settings.eckid_environment,
        )
        assert isinstance(found, Candidate)
        seen = facts.of_a_child_seen(found.school_id, found.asks)
        assert (seen.verdict, seen.connection_version) == ("party.disabled", None)
