"""The shared devices that a school enrolled: tablets and Chromebooks that count as at school wherever they are (D23, C-310).

A device is a token in a browser's cookie, of which the table knows the keyed hash: no serial number, no fingerprint, nobody's name. Withdrawn is
deleted, so that the next statement finds nothing. What this means for who stands there is `directory.standing`'s business.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, insert, or_, select

from directory.models import Device, DeviceLink
from idp.core import ids
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.purging import delete_some

KEPT: Final = timedelta(days=365)
"""How long a device that a coordinator enrolled by hand may stay away before it is forgotten."""
KEPT_THROUGH_LINK: Final = timedelta(days=92)
"""The same for one that came through a link: browsers that forget everything leave one behind every morning."""
LONGEST_LABEL: Final = 100
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device as its school sees it."""

    id: int
    label: str
    enrolled_at: datetime
    seen_on: date


_COLUMNS = Device.id, Device.label, Device.enrolled_at, Device.seen_on


def hashed(keyring: Keyring, token: str) -> bytes | None:
    """How the table knows the token of a cookie; None for what can be no token."""
    return keyring.mac("token", "school device", token) if _TOKEN.fullmatch(token) else None


async def enrol(
    db: Db,
    keyring: Keyring,
    school_id: int,
    label: str,
    *,
    now: datetime,
    today: date,
    link_id: int | None = None,
    instead_of: bytes | None = None,
) -> tuple[int, str]:
    """A new device of this school: its number, and the token for its cookie. The one that this browser was before (`instead_of`) is gone."""
    if instead_of is not None:
        await db.execute(delete(Device).where(Device.token == instead_of, Device.school_id == school_id))
    token = ids.token()
    row = {"school_id": school_id, "link_id": link_id, "label": label, "token": hashed(keyring, token)}
    made = insert(Device).values(**row, enrolled_at=now, seen_on=today).returning(Device.id)
    return (await db.execute(made)).scalar_one(), token


async def this_one(db: Db, school_id: int, device: bytes | None) -> KnownDevice | None:
    """The device that a browser is at this school, however it was enrolled; None for any other."""
    if device is None:
        return None
    found = await db.execute(select(*_COLUMNS).where(Device.token == device, Device.school_id == school_id))
    row = found.one_or_none()
    return KnownDevice(**row._mapping) if row else None


async def by_hand(db: Db, school_id: int, *, before: int | None = None, limit: int = 50) -> list[KnownDevice]:
    """A page of the devices that were enrolled one by one, newest first, from the first one below `before`."""
    query = select(*_COLUMNS).where(Device.school_id == school_id, Device.link_id.is_(None))
    if before is not None:
        query = query.where(Device.id < before)
    return [KnownDevice(**row._mapping) for row in await db.execute(query.order_by(Device.id.desc()).limit(limit))]


async def one(db: Db, school_id: int, device_id: int) -> KnownDevice:
    """One device of this school. Raises `LookupError`."""
    row = (await db.execute(select(*_COLUMNS).where(Device.id == device_id, Device.school_id == school_id))).first()
    if row is None:
        raise LookupError("no such device of this school")
    return KnownDevice(**row._mapping)


async def count(db: Db, school_id: int) -> int:
    """How many devices the school has, however they were enrolled."""
    return (await db.execute(select(func.count()).where(Device.school_id == school_id))).scalar_one()


async def withdraw(db: Db, school_id: int, device_id: int) -> bool:
    """The device is none of the school's any more, at once; False if it was not."""
    return (await db.execute(delete(Device).where(Device.id == device_id, Device.school_id == school_id))).rowcount > 0


async def withdraw_all(db: Db, school_id: int) -> tuple[int, int]:
    """No device is the school's any more, and no link makes it so again tomorrow; how many devices and links there were."""
    gone = (await db.execute(delete(Device).where(Device.school_id == school_id))).rowcount
    return gone, (await db.execute(delete(DeviceLink).where(DeviceLink.school_id == school_id))).rowcount


async def purge(db: Db, *, today: date, most: int) -> int:
    """Forgets at most so many devices that stayed away for too long; returns how many (D40)."""
    away = or_(
        Device.seen_on < today - KEPT,
        (Device.seen_on < today - KEPT_THROUGH_LINK) & Device.link_id.is_not(None),
    )
    return await delete_some(db, Device, away, most=most)
