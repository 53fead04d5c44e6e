"""Links that enrol whatever opens them as a device of the school, for an MDM to hand out.

Managed guests and shared tablets forget their cookies: the link is opened every morning and enrols again. It can end on a day, enrol so many devices
a day at most, and is withdrawn together with every device that came through it. The token is kept as a keyed hash to find it by, and sealed to show
it to the coordinator again; it stands behind the # of its address, so that no server and no proxy writes it down.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from sqlalchemy import delete, exists, func, insert, select, update

from directory import devices, schools
from directory.models import Device, DeviceLink, School
from idp.core import ids
from idp.core.clock import AMSTERDAM
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.purging import PORTION, delete_some

PATH: Final = "/device"
"""Where a link leads; its token stands behind the # of that."""
KEPT: Final = timedelta(days=365)
"""How long a link that ended is still shown, if no device is left that came through it."""
MOST: Final = 2_000
"""So many devices a day no link enrols more, also where the school set no limit: a link that got about does not fill the table."""
MOST_LINKS: Final = 50
"""So many links a school may have at once."""


@dataclass(frozen=True, slots=True)
class KnownLink:
    """A link as its school sees it: `devices` that came through it and are known, the last day on which one was `seen_on`."""

    id: int
    label: str
    made_at: datetime
    until: date | None
    most_a_day: int | None
    devices: int
    seen_on: date | None

    def over(self, today: date) -> bool:
        """Whether its last day has passed."""
        return self.until is not None and self.until < today


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A device that came through a link: the school's INSTELLING_REF, and the token for its cookie; None where it was the school's already."""

    instelling_ref: str
    token: str | None = field(repr=False)


Refused = Literal["device_link.unknown", "device_link.over", "device_link.full"]


async def make(
    db: Db, keyring: Keyring, school_id: int, label: str, *, now: datetime, until: date | None, most_a_day: int | None
) -> tuple[int, str]:
    """A new link: its number and its token. Raises `ValueError` when the school has as many as it may have."""
    await schools.hold(db, school_id)
    have = (await db.execute(select(func.count()).where(DeviceLink.school_id == school_id))).scalar_one()
    if have >= MOST_LINKS:
        raise ValueError(f"a school has {MOST_LINKS} links at most")
    token = ids.token()
    row = {"school_id": school_id, "label": label, "token": _hashed(keyring, token), "until": until}
    made = insert(DeviceLink).values(**row, made_at=now, most_a_day=most_a_day).returning(DeviceLink.id)
    link_id: int = (await db.execute(made)).scalar_one()
    sealed = keyring.seal(token.encode(), bound_to=_place(link_id))
    await db.execute(update(DeviceLink).where(DeviceLink.id == link_id).values(sealed=sealed))
    return link_id, token


async def of_school(db: Db, school_id: int) -> list[KnownLink]:
    """The links of a school, newest first."""
    came = select(Device.link_id, func.count().label("devices"), func.max(Device.seen_on).label("seen_on"))
    through = came.where(Device.school_id == school_id, Device.link_id.is_not(None)).group_by(Device.link_id).subquery()
    rows = await db.execute(
        select(
            DeviceLink.id,
            DeviceLink.label,
            DeviceLink.made_at,
            DeviceLink.until,
            DeviceLink.most_a_day,
            func.coalesce(through.c.devices, 0).label("devices"),
            through.c.seen_on,
        )
        .outerjoin(through, through.c.link_id == DeviceLink.id)
        .where(DeviceLink.school_id == school_id)
        .order_by(DeviceLink.id.desc())
    )
    return [KnownLink(**row._mapping) for row in rows]


async def one(db: Db, school_id: int, link_id: int) -> KnownLink:
    """One link of this school. Raises `LookupError`."""
    found = next((link for link in await of_school(db, school_id) if link.id == link_id), None)
    if found is None:
        raise LookupError("no such link of this school")
    return found


async def token_of(db: Db, keyring: Keyring, school_id: int, link_id: int) -> str:
    """The token, to show it again. The caller records the view. Raises `LookupError`."""
    mine = DeviceLink.id == link_id, DeviceLink.school_id == school_id
    sealed = (await db.execute(select(DeviceLink.sealed).where(*mine))).scalar()
    if sealed is None:
        raise LookupError("no such link of this school")
    return keyring.open(sealed, bound_to=_place(link_id)).decode()


async def withdraw(db: Db, school_id: int, link_id: int) -> int | None:
    """The link and every device that came through it are gone, at once; how many devices, None when there is no such link of this school."""
    mine = DeviceLink.id == link_id, DeviceLink.school_id == school_id
    if (await db.execute(select(DeviceLink.id).where(*mine).with_for_update())).scalar() is None:
        return None
    gone = (await db.execute(delete(Device).where(Device.link_id == link_id))).rowcount
    await db.execute(delete(DeviceLink).where(*mine))
    return gone


async def follow(
    db: Db, keyring: Keyring, token: str, *, device: bytes | None, now: datetime, today: date, most: int = MOST
) -> Enrolled | Refused:
    """Enrols a browser through a link, unless it is (`device`) one of that school's already; or the code of the reason why not.

    `most` devices a day where the school set no limit of its own.
    """
    found = await db.execute(
        select(DeviceLink.id, DeviceLink.school_id, DeviceLink.label, DeviceLink.until, DeviceLink.most_a_day)
        .where(DeviceLink.token == _hashed(keyring, token))
        .with_for_update()
    )
    link = found.one_or_none()
    if link is None:
        return "device_link.unknown"
    school = select(School.instelling_ref).where(School.id == link.school_id, School.closed_at.is_(None))
    reference = (await db.execute(school)).scalar()
    if reference is None:
        return "device_link.over"
    if await devices.this_one(db, link.school_id, device):
        return Enrolled(reference, None)
    if link.until is not None and link.until < today:
        return "device_link.over"
    if await _today(db, link.id, today) >= (link.most_a_day or most):
        return "device_link.full"
    _, made = await devices.enrol(
        db, keyring, link.school_id, link.label, now=now, today=today, link_id=link.id, instead_of=device
    )
    return Enrolled(reference, made)


async def purge(db: Db, *, today: date, most: int = PORTION) -> int:
    """Forgets at most so many links that ended long ago and have no device left; returns how many (D40)."""
    left = exists().where(Device.link_id == DeviceLink.id)
    return await delete_some(db, DeviceLink, DeviceLink.until < today - KEPT, ~left, most=most)


async def _today(db: Db, link_id: int, today: date) -> int:
    since = datetime.combine(today, time(), AMSTERDAM)
    query = select(func.count()).where(Device.link_id == link_id, Device.enrolled_at >= since)
    return (await db.execute(query)).scalar_one()


def _hashed(keyring: Keyring, token: str) -> bytes:
    return keyring.mac("token", "device link", token)


def _place(link_id: int) -> str:
    return f"device_links.sealed.{link_id}"
