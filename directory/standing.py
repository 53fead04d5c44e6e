"""Whether a browser stands at a school: on one of its networks, or as a device that the school enrolled (R108, D23, D24).

Two reasons, one answer. Whoever must know it asks in the statement that is needed anyway (`AT_SCHOOL`), or here. A device of one school stands at
no other one; what was withdrawn stands nowhere from the next statement on, because nothing is remembered.
"""

from dataclasses import dataclass, field
from datetime import date

from directory.addresses import Address, lowest, packed, plain
from idp.core.hot import Hot, Statement

AT_SCHOOL = """(EXISTS (SELECT 1 FROM school_addresses ad
    WHERE ad.school_id = {school} AND ad.first <= {address} AND ad.last >= {address})
    OR EXISTS (SELECT 1 FROM devices de WHERE de.token = {device} AND de.school_id = {school}))"""
"""Whether somebody stands at a school, for prepared statements of other rooms: a packed address, and a device's keyed hash or NULL."""

SEEN_TODAY = """(SELECT MIN(CASE WHEN ad.seen_on >= {today} THEN 1 ELSE 0 END) FROM school_addresses ad
    WHERE ad.school_id = {school} AND ad.first <= {address} AND ad.last >= {address}),
    (SELECT CASE WHEN de.seen_on >= {today} THEN 1 ELSE 0 END FROM devices de
    WHERE de.token = {device} AND de.school_id = {school})"""
"""The same in two columns, network and device: NULL where it is none of the school's, else whether a child was seen there today. For `read`."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a browser stands: the address it comes from and, if it brought one, the keyed hash of an enrolled device's token."""

    address: Address
    device: bytes | None = field(default=None, repr=False)

    @property
    def packed(self) -> bytes:
        """The address as the statements compare it."""
        return packed(plain(self.address))


NOWHERE: tuple[None, None] = (None, None)


def as_parameters(standing: Standing | None) -> tuple[bytes | None, bytes | None]:
    """Address and device as two parameters of a statement; two times None where nobody asks."""
    return (standing.packed, standing.device) if standing is not None else NOWHERE


@dataclass(frozen=True, slots=True)
class Seen:
    """What the two columns of `SEEN_TODAY` say: whether it is the school's place at all, and whether a child was seen there today already."""

    at_school: bool
    today: bool


def read(network: int | None, device: int | None) -> Seen:
    """The columns of `SEEN_TODAY`, read."""
    found = [column for column in (network, device) if column is not None]
    return Seen(at_school=bool(found), today=all(found))


_SEE_NETWORK = Statement(
    "SELECT $1::bigint AS school, $2::bytea AS address, $3::date AS today",
    """UPDATE school_addresses SET seen_on = p.today FROM p WHERE school_id = p.school AND first <= p.address AND last >= p.address
    AND (seen_on IS NULL OR seen_on < p.today)""",
)
_SEE_DEVICE = Statement(
    "SELECT $1::bigint AS school, $2::bytea AS device, $3::date AS today",
    "UPDATE devices SET seen_on = p.today FROM p WHERE token = p.device AND school_id = p.school AND seen_on < p.today",
)


async def see(hot: Hot, school_id: int, standing: Standing, *, today: date) -> None:
    """A child signed in there today: its network and its device are in use. Writes nothing where that is known. Raises `Unavailable`."""
    await hot.row(_SEE_NETWORK, school_id, standing.packed, today)
    if standing.device is not None:
        await hot.row(_SEE_DEVICE, school_id, standing.device, today)


_HERE = Statement(
    """SELECT s.id FROM schools s WHERE s.closed_at IS NULL AND EXISTS (SELECT 1 FROM school_addresses ad
    WHERE ad.school_id = s.id AND ad.first <= $1 AND ad.last >= $1 AND ad.first >= $2) ORDER BY s.name, s.id"""
)
# An OR in the statement above would have every school of the country looked at.
_HERE_AS_DEVICE = Statement(
    """SELECT s.id FROM schools s WHERE s.closed_at IS NULL AND s.id IN (SELECT ad.school_id FROM school_addresses ad
    WHERE ad.first <= $1 AND ad.last >= $1 AND ad.first >= $2 UNION ALL
    SELECT de.school_id FROM devices de WHERE de.token = $3) ORDER BY s.name, s.id"""
)
_AT = Statement(f"SELECT {AT_SCHOOL.format(school='$1', address='$2', device='$3')}")


async def schools_here(hot: Hot, standing: Standing) -> tuple[int, ...]:
    """The ids of the schools at which somebody stands, by name. Closed ones are nowhere."""
    here = standing.packed, lowest(plain(standing.address))
    if standing.device is None:
        return tuple(row[0] for row in await hot.rows(_HERE, *here))
    return tuple(row[0] for row in await hot.rows(_HERE_AS_DEVICE, *here, standing.device))


async def at_school(hot: Hot, school_id: int, standing: Standing) -> bool:
    """Whether somebody stands at this school, for who has no statement of his own to ask it in. Raises `Unavailable`."""
    row = await hot.row(_AT, school_id, standing.packed, standing.device)
    return row is not None and bool(row[0])
