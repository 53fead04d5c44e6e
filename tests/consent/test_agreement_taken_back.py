"""D8, D9: a board says one yes for its schools while the agreement is taken back. Whichever comes first, nothing leaves under it afterwards."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import delete

from consent import agreement_papers, bulk, offers, ticks
from consent.agreement_papers import Signing, Whose
from consent.bulk import Acting
from consent.models import Agreement, Tick
from consent.release import _RELEASE
from directory.schools import KnownSchool
from idp.core.db import Db
from metadata import field_lists
from metadata.field_lists import ListedField
from protocols.attributes import catalogue
from tests.board.seating import COORDINATOR, board_of, takes_office
from tests.consent.test_withdrawal import AT_LAST, recorded, releases, waits
from tests.house import House
from tests.journeys.stories import add_school


class Board:
    """A board of two schools under its own agreement, that said nothing yet to the seeded publisher."""

    def __init__(self, house: House, schools: tuple[KnownSchool, ...], acting: Acting, agreement: int) -> None:
        self.house, self.schools, self.acting, self.agreement = house, schools, acting, agreement
        self.commits = asyncio.Event()

    async def says_yes(self) -> None:
        """For one school after the other, each in its own transaction."""
        for school in self.schools:
            async with self.house.floor.database.begin() as db:
                assert (await self.gives(db, school)).said == "given"

    async def gives(self, db: Db, school: KnownSchool) -> bulk.Outcome:
        """Its first yes for one of them."""
        seen = (await offers.one(db, school.id, self.house.party_id)).fingerprint
        return await bulk.give(db, self.acting, school, self.house.party_id, (), seen=seen)

    async def takes_back(self) -> None:
        """Ready at once, committed when it may."""
        async with self.house.floor.database.begin() as db:
            await agreement_papers.remove(db, self.agreement, now=self.house.clock.now, by="test")
            await self.commits.wait()


@pytest.fixture
async def board(house: House) -> Board:
    if house.floor.database.sqlite:
        pytest.skip("SQLite has one writer at a time")
    second = await add_school(house, "De Branding", "98XX")
    board_id = await board_of(house, house.school, second)
    person_id = await takes_office(house, "boven", COORDINATOR, board_id)
    now = house.clock.now
    async with house.floor.database.begin() as db:
        await db.execute(delete(Tick))
        await db.execute(delete(Agreement))
        name = ListedField("first_name", True, "De naam op het scherm", "The name on the screen")
        await field_lists.publish(db, house.party_id, "Rekenen", (name,), now=now)
        paper = Signing("3.0", None, now.date())
        number = await agreement_papers.record(db, Whose(board_id), paper, now=now, today=now.date(), by="test")
    assert number is not None
    return Board(house, (house.school, second), Acting(person_id, board_id, "0" * 36, now), number)


async def test_who_looked_before_the_end_of_the_agreement_gets_nothing_after_it(house: House, board: Board) -> None:
    """The first yes was not committed when it was taken back: there is no tick yet at which a release could be stopped."""
    url = house.floor.database.url.replace("+asyncpg", "")
    keeper, other = await asyncpg.connect(url), await asyncpg.connect(url)
    client = await house.resources.parties.client("rekenrijk")
    assert client is not None
    asked = await house.resources.field_sets.id(catalogue.NAMES)
    try:
        async with house.floor.database.begin() as db:
            assert (await board.gives(db, house.school)).said == "given"
            end: asyncio.Task[object] = asyncio.ensure_future(board.takes_back())
            assert await waits(end)
        await keeper.execute("SELECT pg_advisory_lock(9)")
        gate = "AND (SELECT 1 FROM pg_advisory_xact_lock_shared(9)) = 1 FOR SHARE"
        who = house.people["Noor"], house.school.id, house.party_id, 1, house.clock.now.date(), house.clock.now
        given = *who, asked, None, client.id, client.version, *[None] * 5, "oidc"
        text = _RELEASE["oidc"].postgres.replace("FOR SHARE", gate)
        late: asyncio.Task[object] = asyncio.ensure_future(other.fetchrow(text, *given))
        assert await waits(late)
        board.commits.set()
        await asyncio.wait_for(end, AT_LAST)
        await keeper.execute("SELECT pg_advisory_unlock(9)")
        assert await asyncio.wait_for(late, AT_LAST) is None
    finally:
        await keeper.close()
        await other.close()
    assert await recorded(house) == 0


async def test_a_yes_that_comes_while_the_agreement_is_taken_back_waits_and_brings_nothing(
    house: House, board: Board
) -> None:
    end = asyncio.ensure_future(board.takes_back())
    assert await waits(end)
    yes: asyncio.Task[object] = asyncio.ensure_future(board.says_yes())
    assert await waits(yes)
    board.commits.set()
    await asyncio.wait_for(asyncio.gather(end, yes), AT_LAST)
    async with house.floor.database.read() as db:
        given = [await ticks.find(db, school.id, house.party_id) for school in board.schools]
    assert all(one is not None and one.given for one in given), "the yes stands for the next agreement"
    assert await releases(house) is None
    assert await recorded(house) == 0


async def test_many_yeses_and_releases_at_the_end_of_an_agreement_and_none_follows(house: House, board: Board) -> None:
    board.commits.set()
    asking = True

    async def asks() -> None:
        while asking:
            await releases(house)

    busy = [asyncio.ensure_future(asks()) for _ in range(6)]
    await asyncio.wait_for(asyncio.gather(board.says_yes(), board.takes_back()), AT_LAST)
    before = await recorded(house)
    assert await releases(house) is None
    asking = False
    await asyncio.gather(*busy)
    assert await recorded(house) == before
