"""Keeping a reading, seeing what it says about school accounts, and applying that."""

from io import BytesIO

import pytest
from sqlalchemy import select

from directory import schools
from directory.models import School
from directory.register import readings
from directory.register.models import RegisterLocation, RegisterReading
from directory.register.reader import RegisterRefused
from directory.schools import KnownSchool
from idp.core.db import Database, Db
from idp.core.models import LedgerEntry
from tests.clock import Clock

HEADER = "BEVOEGD GEZAG NUMMER;BRIN NUMMER;VESTIGINGSNUMMER;VESTIGINGSNAAM;PLAATSNAAM\n"
BOARDS = "BEVOEGD GEZAG NUMMER;BEVOEGD GEZAG NAAM\n12345;Stichting Zand\n54321;Stichting Klei\n"


def source(*rows: str) -> BytesIO:
    return BytesIO((HEADER + "\n".join(rows)).encode())


async def kept(db: Db, clock: Clock, *rows: str, incomplete: bool = False) -> readings.Reading:
    reading = await readings.look(db, [source(*rows), BytesIO(BOARDS.encode())])
    await readings.keep(db, reading, incomplete=incomplete, now=clock.now, by="test")
    return reading


async def school(db: Db, clock: Clock, name: str, brin: str | None, location: str = "") -> KnownSchool:
    return await schools.add(db, name=name, brin=brin, location=location, now=clock.now, board=("12345", "Zand"))


async def test_looking_changes_nothing(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        reading = await readings.look(db, [source("12345;98AA;98AA00;De Zee;X")])
        assert reading.differences.counts() == {"new": 1, "changed": 0, "gone": 0, "unchanged": 0}
        assert (await db.execute(select(RegisterLocation))).all() == []


async def test_a_second_reading_tells_new_changed_and_gone(database: Database, clock: Clock) -> None:
    rows = [f"12345;98AA;98AA{number:02};School {number};X" for number in range(20)]
    async with database.begin() as db:
        await kept(db, clock, *rows)
        again = await kept(db, clock, *rows)
        assert again.differences.counts() == {"new": 0, "changed": 0, "gone": 0, "unchanged": 20}
        rows[3] = "54321;98AA;98AA03;School drie;X"
        found = (await kept(db, clock, *rows[1:], "12345;98BB;98BB00;Nieuw;Y")).differences
        assert [location.code for location in found.new] == ["98BB00"]
        assert [(change.after.code, change.fields) for change in found.changed] == [
            ("98AA03", ("name", "board_number", "board_name"))
        ]
        assert [location.code for location in found.gone] == ["98AA00"]
        assert "98AA00" not in await readings.current(db)
        back = await kept(db, clock, *rows, "12345;98BB;98BB00;Nieuw;Y")
        assert [location.code for location in back.differences.new] == ["98AA00"]
        assert "98AA00" in await readings.current(db)
        digests = (await db.execute(select(RegisterReading.digest).order_by(RegisterReading.id))).scalars().all()
    assert len(digests) == 4
    assert digests[0] == digests[1] != digests[2]


async def test_half_a_list_does_not_make_half_the_country_disappear(database: Database, clock: Clock) -> None:
    rows = [f"12345;98AA;98AA{number:02};School {number};X" for number in range(20)]
    async with database.begin() as db:
        await kept(db, clock, *rows)
        with pytest.raises(RegisterRefused):
            await kept(db, clock, *rows[:10])
        await kept(db, clock, *rows[:10], incomplete=True)
        assert len(await readings.current(db)) == 20


async def test_accounts_get_name_and_board_on_somebodys_word(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        same = await school(db, clock, "De Duin", "98AA")
        renamed = await school(db, clock, "De Oude Naam", "98AA", "01")
        moved = await school(db, clock, "De Klei", "98BB")
        abroad = await school(db, clock, "Ver Weg", None)
        lost = await school(db, clock, "De Haven", "98CC")
        before = (await db.execute(select(School).order_by(School.id))).all()
        await kept(
            db,
            clock,
            "12345;98AA;98AA00;De Duin;X",
            "12345;98AA;98AA01;De Nieuwe Naam;X",
            "54321;98BB;98BB00;De Klei;X",
            "12345;98DD;98DD00;de haven;X",
        )
        assert (await db.execute(select(School).order_by(School.id))).all() == before
        found = await readings.against_accounts(db)
        told = {one.account.id: (one.fields, one.absent, one.candidates) for one in found}
        assert told == {
            same.id: (("board_name",), False, ()),
            renamed.id: (("name", "board_name"), False, ()),
            moved.id: (("board_number", "board_name"), False, ()),
            lost.id: ((), True, ("98DD00",)),
        }
        assert await readings.apply(db, found, now=clock.now, by="test") == 3
        assert (await schools.by_id(db, renamed.id)).name == "De Nieuwe Naam"
        assert await schools.board_of(db, await schools.by_id(db, moved.id)) == ("54321", "Stichting Klei")
        assert await schools.board_of(db, await schools.by_id(db, same.id)) == ("12345", "Stichting Zand")
        assert await schools.by_id(db, abroad.id) == abroad
        assert await schools.by_id(db, lost.id) == lost
        assert [one.account.id for one in await readings.against_accounts(db)] == [lost.id]
        entries = (
            await db.execute(select(LedgerEntry.school_id).where(LedgerEntry.action == "register.applied"))
        ).scalars()
        assert sorted(filter(None, entries)) == [same.id, renamed.id, moved.id]


async def test_a_list_without_boards_says_nothing_about_their_names(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        await school(db, clock, "De Duin", "98AA")
        reading = await readings.look(db, [source("12345;98AA;98AA00;De Duin;X")])
        await readings.keep(db, reading, incomplete=False, now=clock.now, by="test")
        assert await readings.against_accounts(db) == ()


async def test_only_a_school_that_duo_does_not_know_is_named_by_hand(database: Database, clock: Clock) -> None:
    async with database.begin() as db:
        known = await school(db, clock, "De Duin", "98AA")
        abroad = await school(db, clock, "Ver Weg", None)
        await kept(db, clock, "12345;98AA;98AA00;De Duin;X")
        await readings.rename(db, abroad.id, "Heel Ver Weg", now=clock.now, by="test")
        assert (await schools.by_id(db, abroad.id)).name == "Heel Ver Weg"
        with pytest.raises(ValueError, match="DUO"):
            await readings.rename(db, known.id, "Eigen Naam", now=clock.now, by="test")


async def test_the_address_of_a_board_is_kept_until_a_list_of_boards_says_otherwise(
    database: Database, clock: Clock
) -> None:
    head = "BEVOEGD GEZAG NUMMER;BEVOEGD GEZAG NAAM;STRAATNAAM;HUISNUMMER;POSTCODE;PLAATSNAAM\n"
    zand, klei = "12345;Zand;Zandweg;1;7822 HG;EMMEN\n", "54321;Klei;Kleiweg;2;1011AB;AMSTERDAM\n"

    async def told(db: Db, *boards: str, incomplete: bool = False) -> list[str | None]:
        texts = [(head + "".join(boards)).encode()] if boards else []
        reading = await readings.look(db, [source("12345;98AA;98AA00;De Zee;X"), *map(BytesIO, texts)])
        await readings.keep(db, reading, incomplete=incomplete, now=clock.now, by="test")
        found = [await readings.address_of(db, number) for number in ("12345", "54321")]
        return [str(one) if one else None for one in found]

    async with database.begin() as db:
        at_zand, at_klei = "Zandweg 1, 7822 HG EMMEN", "Kleiweg 2, 1011 AB AMSTERDAM"
        assert await told(db, zand, klei) == [at_zand, at_klei]
        assert await told(db) == [at_zand, at_klei], "files without a list of boards say nothing of them"
        moved = zand.replace(";1;", ";7;")
        assert await told(db, moved, incomplete=True) == ["Zandweg 7, 7822 HG EMMEN", at_klei]
        assert await told(db, zand) == [at_zand, None]
