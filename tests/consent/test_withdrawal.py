"""D9: a withdrawal's commit waits for running releases, and none follows it. Two connections, bounded waits, no sleeping."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import delete, func, select, update

from consent import agreement_papers, exclusions, pupil_lists, ticks
from consent.data import Caller
from consent.models import Agreement, Release, Tick
from consent.release import _RELEASE, Recipient, Released, Subject, release
from idp.core.db import Database
from idp.core.hot_postgres import HOT_SETTINGS
from idp.core.together import for_many
from metadata.models import Party
from protocols.attributes import catalogue
from tests.conformance.relying_party import register
from tests.house import House

AT_ONCE, AT_LAST = 0.3, 5.0
"""Seconds: what does not end within the first waits for somebody; what does not end within the second never will."""


async def waits(task: "asyncio.Task[object]") -> bool:
    """Whether a task is still waiting for somebody after a moment."""
    try:
        await asyncio.wait_for(asyncio.shield(task), AT_ONCE)
    except TimeoutError:
        return True
    return False


async def releases(house: House) -> Released | None:
    """One release about Noor to the seeded party."""
    client = await house.resources.parties.client("rekenrijk")
    assert client is not None
    return await release(
        house.floor.database.hot,
        house.resources.field_sets,
        house.floor.keyring,
        Subject(house.people["Noor"], house.school.id, 1),
        Recipient("oidc", client.id, client.version, client.party_id, catalogue.NAMES),
        now=house.clock.now,
        today=house.clock.now.date(),
    )


async def withdraws(house: House) -> bool:
    async with house.floor.database.begin() as db:
        return await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")


async def takes_agreement_back(house: House) -> bool:
    """The only one that the seeded school has, which was recorded by mistake."""
    async with house.floor.database.begin() as db:
        number = (await db.execute(select(Agreement.id))).scalar_one()
        await agreement_papers.remove(db, number, now=house.clock.now, by="test")
    return True


async def recorded(house: House) -> int:
    async with house.floor.database.read() as db:
        return (await db.execute(select(func.count()).select_from(Release))).scalar_one()


async def test_a_withdrawal_waits_for_a_list_of_pupils_that_is_under_way_and_none_follows(house: House) -> None:
    """D35: the list's own transaction holds the tick, shared, so that sign-ins go on meanwhile."""
    if house.floor.database.sqlite:
        pytest.skip("SQLite has one writer at a time")
    fields = frozenset({"instelling_ref", "subject"})
    given: dict[str, Any] = {"redirect_uris": None, "grant_types": ["client_credentials"], "scope": "data.pupils"}
    async with house.floor.database.begin() as db:
        await db.execute(update(Party).values(kind="network"))
    await register(house, "lijst", party_id=house.party_id, ticked=False, **given)
    client = await house.resources.parties.client("lijst")
    assert client is not None
    caller = Caller(client.id, client.version, client.party_id, b"0" * 16, client.fields)
    sets, floor = house.resources.field_sets, house.floor

    async def asks() -> object:
        at = {"after": "", "now": house.clock.now, "today": house.clock.now.date()}
        who = floor.database, sets, floor.keyring, caller, house.school.instelling_ref, fields
        return await pupil_lists.page(*who, named, **at)  # type: ignore[arg-type]

    withdrawals: list[asyncio.Task[object]] = []

    def named(seed: bytes) -> str:
        if not withdrawals:
            withdrawals.append(asyncio.create_task(withdraws(house)))
        return seed.hex()

    page = await asyncio.wait_for(asks(), AT_LAST)
    assert isinstance(page, pupil_lists.Page)
    assert len(page.pupils) == 3
    assert await asyncio.wait_for(withdrawals[0], AT_LAST) is True
    assert (await recorded(house), await asks(), await recorded(house)) == (3, False, 3)
    async with floor.database.begin() as db:
        await ticks.give(db, house.school.id, house.party_id, fields, now=house.clock.now, by="test")
    async with floor.database.begin() as db:
        await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")
        asked = asyncio.create_task(asks())
        assert await waits(asked), "what is being decided is waited for"
    assert (await asyncio.wait_for(asked, AT_LAST), await recorded(house)) == (False, 3)


@pytest.mark.parametrize("no", [withdraws, takes_agreement_back], ids=["consent", "agreement"])
async def test_a_withdrawal_waits_for_a_running_release_and_none_follows(
    house: House, no: Callable[[House], Awaitable[object]]
) -> None:
    if house.floor.database.sqlite:
        pytest.skip("SQLite has one writer at a time; the test after this one holds it")
    client = await house.resources.parties.client("rekenrijk")
    assert client is not None
    asked = await house.resources.field_sets.id(catalogue.NAMES)
    other = await asyncpg.connect(house.floor.database.url.replace("+asyncpg", ""))
    try:
        running = other.transaction()
        await running.start()
        who = house.people["Noor"], house.school.id, house.party_id, 1
        when = house.clock.now.date(), house.clock.now
        of = client.id, client.version
        row = await other.fetchrow(
            _RELEASE["oidc"].postgres, *who, *when, asked, None, *of, *[None] * 5, "oidc", timeout=AT_LAST
        )
        assert row is not None
        withdrawal: asyncio.Task[object] = asyncio.ensure_future(no(house))
        assert await waits(withdrawal)
        # Others go on meanwhile: the lock is shared.
        assert await asyncio.wait_for(releases(house), AT_LAST) is not None
        await running.commit()
        assert await asyncio.wait_for(withdrawal, AT_LAST) is True
    finally:
        await other.close()
    assert await recorded(house) == 2
    assert await releases(house) is None
    assert await recorded(house) == 2


async def test_a_release_waits_for_a_withdrawal_under_way_and_then_refuses(house: House) -> None:
    assert await releases(house) is not None
    async with house.floor.database.begin() as db:
        await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")
        late: asyncio.Task[object] = asyncio.create_task(releases(house))
        assert await waits(late)
    assert await asyncio.wait_for(late, AT_LAST) is None
    assert await recorded(house) == 1


async def test_a_release_that_waited_for_a_withdrawal_that_was_not_meant_goes_on(house: House) -> None:
    async with house.floor.database.begin() as db:
        await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")
        late: asyncio.Task[object] = asyncio.create_task(releases(house))
        assert await waits(late)
        await db.rollback()
    assert await asyncio.wait_for(late, AT_LAST) is not None


async def test_under_many_releases_at_once_a_withdrawal_lets_none_follow(house: House) -> None:
    """Whatever the order: as many records as answers, and after the withdrawal's commit only refusals."""

    async def after_withdrawal() -> list[Released | None]:
        assert await withdraws(house)
        return [await releases(house) for _ in range(3)]

    before = [asyncio.create_task(releases(house)) for _ in range(12)]
    withdrawal = asyncio.create_task(after_withdrawal())
    answers = await asyncio.wait_for(asyncio.gather(*before), 30)
    assert await asyncio.wait_for(withdrawal, 30) == [None, None, None]
    assert await recorded(house) == sum(answer is not None for answer in answers)


async def test_another_process_withdraws_and_this_one_refuses(house: House) -> None:
    """Nothing about a tick is remembered: a second database object stands for a second process."""
    assert await releases(house) is not None
    elsewhere = Database(house.floor.database.url)
    try:
        async with elsewhere.begin() as db:
            assert await ticks.withdraw(db, house.school.id, house.party_id, now=house.clock.now, by="test")
    finally:
        await elsewhere.close()
    assert await releases(house) is None


async def excludes(house: House) -> object:
    async with house.floor.database.begin() as db:
        who = house.school.id, house.party_id, house.people["Noor"]
        return await exclusions.exclude(db, *who, now=house.clock.now, by="test")


@pytest.mark.parametrize(
    "no", [withdraws, excludes, takes_agreement_back], ids=["withdrawn", "excluded", "agreement taken back"]
)
async def test_of_many_who_go_together_none_gets_what_was_refused_after_they_looked(
    house: House, no: Callable[[House], Awaitable[object]]
) -> None:
    """The statement for many has seen the tick, and before it locks it a no is committed: nobody is answered, nothing is recorded."""
    if house.floor.database.sqlite:
        pytest.skip("SQLite has one writer at a time")
    client = await house.resources.parties.client("rekenrijk")
    assert client is not None
    statement = _RELEASE["oidc"]
    # A gate between what is seen and what is locked, held until the withdrawal is committed.
    gate = "CROSS JOIN LATERAL (SELECT pg_advisory_xact_lock_shared(q.nth * 0 + 9)) gate CROSS JOIN LATERAL"
    asked = await house.resources.field_sets.id(catalogue.NAMES)
    who = house.people["Noor"], house.school.id, house.party_id, 1, house.clock.now.date(), house.clock.now
    one = (*who, asked, None, client.id, client.version, b"grant", None, None, None, None, "oidc")
    two = (*who, asked, None, client.id, client.version, None, None, None, None, None, "oidc")
    url = house.floor.database.url.replace("+asyncpg", "")
    # Who waits at the gate waits for a lock.
    settings = HOT_SETTINGS | {"lock_timeout": "0"}
    keeper, other = await asyncpg.connect(url), await asyncpg.connect(url, server_settings=settings)
    try:
        types = [kind.name for kind in (await other.prepare(statement.postgres)).get_parameters()]
        text = for_many(statement.select, statement.write, statement.together, types)
        text = text.replace("CROSS JOIN LATERAL", gate)
        await keeper.execute("SELECT pg_advisory_lock(9)")
        late: asyncio.Task[object] = asyncio.create_task(other.fetch(text, *map(list, zip(one, two, strict=True))))
        assert await waits(late)
        assert await no(house)
        await keeper.execute("SELECT pg_advisory_unlock(9)")
        assert await asyncio.wait_for(late, AT_LAST) == []
        assert await recorded(house) == 0
    finally:
        await keeper.close()
        await other.close()


async def test_who_is_kept_away_while_the_first_yes_is_said_is_kept_away_from_it(house: House) -> None:
    """There was no tick to hold yet: it is held once it is there, so that no release that looked before goes on (D9)."""
    async with house.floor.database.begin() as db:
        await db.execute(delete(Tick))
    async with house.floor.database.begin() as db:
        await ticks.give(db, house.school.id, house.party_id, catalogue.NAMES, now=house.clock.now, by="test")
        away: asyncio.Task[object] = asyncio.create_task(excludes(house))
        assert await waits(away)
    assert await asyncio.wait_for(away, AT_LAST) is True
    async with house.floor.database.read() as db:
        assert (await db.execute(select(Tick.noes))).scalar_one() == 1


async def test_a_code_that_is_redeemed_by_many_at_once_is_redeemed_once(house: House) -> None:
    """C-028, where all come in one round trip."""
    client = await house.resources.parties.client("rekenrijk")
    assert client is not None
    to = Recipient("oidc", client.id, client.version, client.party_id, catalogue.NAMES)
    hot, sets, keyring = house.floor.database.hot, house.resources.field_sets, house.floor.keyring

    async def redeems(grant: bytes) -> Released | None:
        subject = Subject(house.people["Noor"], house.school.id, 1, grant_id=grant, family=grant)
        return await release(hot, sets, keyring, subject, to, now=house.clock.now, today=house.clock.now.date())

    # What is looked up once is known, so that the others come at the same moment.
    assert await redeems(b"first" * 3) is not None
    grants = [bytes([n % 4]) * 16 for n in range(24)]
    answers = await asyncio.gather(*(redeems(grant) for grant in grants))
    answered = [grant for grant, answer in zip(grants, answers, strict=True) if answer]
    assert sorted(answered) == sorted(set(grants))
    assert await recorded(house) == 5
