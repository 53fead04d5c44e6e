"""Our copy of DUO's register: kept by readings, looked at beside the school accounts, and applied to them on somebody's word (R49, R50)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select, update

from directory.models import Board, School
from directory.register import differences
from directory.register.differences import Account, AccountDifference, Differences
from directory.register.models import RegisterBoard, RegisterLocation, RegisterReading
from directory.register.reader import BoardAddress, Listed, ListedLocation, RegisterRefused, Source, read
from idp.core import ledger
from idp.core.db import Db


class Digesting:
    """A file that is hashed while it is read, several one after the other."""

    def __init__(self, source: Source, digest: "hashlib._Hash") -> None:
        self._source, self._digest = source, digest

    def readline(self, most: int, /) -> bytes:
        """The next line, at most so many bytes of it."""
        line = self._source.readline(most)
        self._digest.update(line)
        return line


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: with what is known beside it, before anything is changed."""

    listed: Listed
    locations: Mapping[str, ListedLocation]
    differences: Differences
    digest: str


async def look(db: Db, sources: Sequence[Source]) -> Reading:
    """Reads files that are the whole register together, and compares. Changes nothing. Raises `RegisterRefused`."""
    digest = hashlib.sha256()
    listed = read([Digesting(source, digest) for source in sources])
    known = await current(db)
    locations = differences.whole(listed, known)
    return Reading(listed, locations, differences.compare(known, locations), digest.hexdigest())


async def keep(db: Db, reading: Reading, *, incomplete: bool, now: datetime, by: str) -> None:
    """Makes a reading our copy of the register; school accounts stay as they are.

    `incomplete`: the files are only a part, so that nothing is gone that they lack. Raises `RegisterRefused` for what looks like a part and
    was not said to be one.
    """
    found = reading.differences
    if not incomplete and differences.too_small(found):
        raise RegisterRefused("it lacks more than a tenth of the locations that are known: is it the whole list?")
    told = [*found.new, *(change.after for change in found.changed)]
    have = set((await db.execute(select(RegisterLocation.code))).scalars())
    rows = [_row(location) for location in told]
    if new := [row for row in rows if row["code"] not in have]:
        await db.execute(insert(RegisterLocation), new)
    if known := [{"of": row.pop("code"), **row} for row in rows if row["code"] in have]:
        await db.execute(update(RegisterLocation).where(RegisterLocation.code == bindparam("of")), known)
    if found.gone and not incomplete:
        gone = [{"of": location.code} for location in found.gone]
        await db.execute(
            update(RegisterLocation).where(RegisterLocation.code == bindparam("of")).values(current=False), gone
        )
    await _keep_addresses(db, reading.listed.addresses, incomplete=incomplete)
    counts = {
        **found.counts(),
        "addresses": len(reading.listed.addresses),
        "skipped": reading.listed.skipped,
        "doubled": reading.listed.doubled,
    }
    if incomplete:
        counts["gone"] = 0
    await db.execute(insert(RegisterReading).values(read_at=now, by=by, digest=reading.digest, counts=counts))
    await ledger.record(db, "register.read", now=now, by=by, detail=counts)


async def _keep_addresses(db: Db, told: Mapping[str, BoardAddress], *, incomplete: bool) -> None:
    """Files without a list of boards say nothing about where boards are."""
    if not told:
        return
    numbers = list(told)
    gone = delete(RegisterBoard)
    if incomplete:
        gone = gone.where(RegisterBoard.number.in_(numbers))
    await db.execute(gone)
    await db.execute(insert(RegisterBoard), [{"number": number, **asdict(told[number])} for number in numbers])


async def address_of(db: Db, number: str) -> BoardAddress | None:
    """Where the board with this funding number is, as the register has it (D8); None where it tells no address."""
    row = (await db.execute(select(RegisterBoard).where(RegisterBoard.number == number))).one_or_none()
    return BoardAddress(row.street, row.house_number, row.postcode, row.place) if row else None


async def current(db: Db) -> dict[str, ListedLocation]:
    """The locations that DUO lists, by code, as of the newest reading."""
    rows = await db.execute(select(RegisterLocation).where(RegisterLocation.current))
    return {row.code: ListedLocation(row.code, row.name, row.place, row.board_number, row.board_name) for row in rows}


async def last(db: Db) -> tuple[datetime, dict[str, int]] | None:
    """When the register was read last, and what that changed; None before the first time."""
    query = select(RegisterReading.read_at, RegisterReading.counts).order_by(RegisterReading.id.desc()).limit(1)
    row = (await db.execute(query)).one_or_none()
    return (row.read_at, row.counts) if row else None


async def against_accounts(db: Db) -> tuple[AccountDifference, ...]:
    """Where school accounts with a BRIN, the closed ones left out, differ from the register, by code."""
    rows = await db.execute(
        select(School.id, School.brin, School.location, School.name, Board.number, Board.name.label("board_name"))
        .outerjoin(Board, Board.id == School.board_id)
        .where(School.brin.is_not(None), School.closed_at.is_(None), School.reference_of.is_(None))
        .order_by(School.brin, School.location)
    )
    accounts = [
        Account(row.id, f"{row.brin}{row.location or '00'}", row.name, row.number, row.board_name) for row in rows
    ]
    return differences.against(accounts, await current(db))


async def apply(db: Db, wanted: Sequence[AccountDifference], *, now: datetime, by: str) -> int:
    """Gives school accounts the name and the board that the register has; returns how many changed.

    What is absent from the register is left alone: that is a reorganisation or a closure, and somebody's decision. An agreement belongs to a
    board (D8), so a school that gets another board has that board's agreement from here on.
    """
    done = 0
    for difference in wanted:
        listed = difference.listed
        if listed is None or not difference.fields:
            continue
        values: dict[str, object] = {"name": listed.name}
        if listed.board_number is not None:
            values["board_id"] = await _board(db, listed.board_number, listed.board_name)
        school_id = difference.account.id
        await db.execute(update(School).where(School.id == school_id).values(**values))
        detail = {"fields": list(difference.fields)}
        await ledger.record(db, "register.applied", now=now, by=by, school_id=school_id, detail=detail)
        done += 1
    return done


async def rename(db: Db, school_id: int, name: str, *, now: datetime, by: str) -> None:
    """Gives a name by hand, for schools abroad, test and inspection locations. Raises `ValueError` for a school that DUO names."""
    code = func.coalesce(School.brin, "") + func.coalesce(func.nullif(School.location, ""), "00")
    listed = select(RegisterLocation.code).where(RegisterLocation.code == code, RegisterLocation.current)
    query = select(School.brin, listed.exists().label("listed")).where(School.id == school_id)
    row = (await db.execute(query)).one()
    if row.listed:
        raise ValueError("this school has its name from DUO: have it changed there")
    await db.execute(update(School).where(School.id == school_id).values(name=name))
    await ledger.record(db, "school.renamed", now=now, by=by, school_id=school_id)


async def _board(db: Db, number: str, name: str | None) -> int:
    """The board with this number, called as DUO calls it."""
    row = (await db.execute(select(Board.id, Board.name).where(Board.number == number))).one_or_none()
    if row is None:
        values = {"number": number, "name": name or number}
        return (await db.execute(insert(Board).values(**values).returning(Board.id))).scalar_one()
    if name is not None and row.name != name:
        await db.execute(update(Board).where(Board.id == row.id).values(name=name))
    board_id: int = row.id
    return board_id


def _row(location: ListedLocation) -> dict[str, object]:
    return {
        "code": location.code,
        "name": location.name,
        "place": location.place,
        "board_number": location.board_number,
        "board_name": location.board_name,
        "current": True,
    }
