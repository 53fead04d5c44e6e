"""Passkeys: made once, proven by a signature and the device's own check of its owner, withdrawn by their owner (C-322).

A passkey counts as two factors: the device, and the finger, face or PIN that it asked for (user verification is required, always).
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import delete, insert, select, update

from idp.core.db import Db
from mfa import ceremony
from mfa.ceremony import Answer, Known, New, NotProven, Place
from mfa.models import OptOut, Passkey

MOST: Final = 20
"""Passkeys of one person."""
LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class Owned:
    """A passkey as its owner sees it."""

    id: int
    name: str
    made_at: datetime
    last_used_at: datetime | None
    synced: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A passkey with what verifies its signatures."""

    id: int
    person_id: int
    public_key: bytes = field(repr=False)
    handle: bytes = field(repr=False)
    synced: bool


Outcome = Literal["proven", "not_proven", "went_back"]


async def of(db: Db, person_id: int) -> list[Owned]:
    """The passkeys of a person, oldest first."""
    columns = Passkey.id, Passkey.name, Passkey.made_at, Passkey.last_used_at, Passkey.synced
    rows = await db.execute(select(*columns).where(Passkey.person_id == person_id).order_by(Passkey.id))
    return [Owned(*row) for row in rows]


async def known(db: Db, person_id: int) -> list[Known]:
    """What a page must know to ask for one of a person's passkeys, or for a new one."""
    query = select(Passkey.credential_id, Passkey.transports).where(Passkey.person_id == person_id)
    rows = await db.execute(query.order_by(Passkey.id))
    return [Known(row.credential_id, tuple(row.transports.split())) for row in rows]


async def handle_of(db: Db, person_id: int) -> bytes:
    """What this person's devices know the person by; fresh random bytes for who has no passkey yet."""
    found = await db.execute(select(Passkey.handle).where(Passkey.person_id == person_id).limit(1))
    return found.scalar() or secrets.token_bytes(32)


async def enrolled(db: Db, person_id: int) -> bool:
    """Whether this person has a passkey."""
    return (await db.execute(select(Passkey.id).where(Passkey.person_id == person_id).limit(1))).scalar() is not None


async def keep(db: Db, person_id: int, new: New, *, handle: bytes, name: str, now: datetime) -> int | None:
    """Keeps a passkey that was just made; its id. None when there are too many, or when it is known already, whoever has it (7.1 step 26)."""
    mine = (await db.execute(select(Passkey.credential_id).where(Passkey.person_id == person_id))).scalars().all()
    taken = await db.execute(select(Passkey.id).where(Passkey.credential_id == new.credential_id))
    if len(mine) >= MOST or taken.scalar() is not None:
        return None
    await db.execute(delete(OptOut).where(OptOut.person_id == person_id))
    row = {"credential_id": new.credential_id, "handle": handle, "public_key": new.public_key, "aaguid": new.aaguid}
    state = {"sign_count": new.sign_count, "synced": new.synced, "backed_up": new.backed_up}
    told = {"name": name, "transports": " ".join(new.transports), "made_at": now}
    made = insert(Passkey).values(person_id=person_id, **row, **state, **told).returning(Passkey.id)
    return (await db.execute(made)).scalar_one()


async def find(db: Db, credential_id: bytes) -> Held | None:
    """The passkey with this credential id."""
    columns = Passkey.id, Passkey.person_id, Passkey.public_key, Passkey.handle, Passkey.synced
    row = (await db.execute(select(*columns).where(Passkey.credential_id == credential_id))).one_or_none()
    return Held(*row) if row else None


async def prove(db: Db, place: Place, held: Held, text: str, answer: Answer, *, now: datetime) -> Outcome:
    """Whether the answer proves this passkey; its counter moves on by this call.

    `went_back`: the signature is right and the counter is not above what it was: there may be two of this device (7.2 step 22).
    """
    try:
        signed = ceremony.verify_proof(place, text, answer, public_key=held.public_key, handle=held.handle)
    except NotProven:
        return "not_proven"
    # Devices that count nothing always say 0. The comparison is made by the statement that writes: of two answers at once one is above.
    above = Passkey.sign_count < signed.sign_count if signed.sign_count else Passkey.sign_count == 0
    moved = await db.execute(
        update(Passkey)
        .where(Passkey.id == held.id, above)
        .values(sign_count=signed.sign_count, backed_up=signed.backed_up, last_used_at=now)
    )
    return "proven" if moved.rowcount == 1 else "went_back"


async def remove(db: Db, person_id: int, passkey_id: int) -> str | None:
    """Withdraws one passkey of this person; its name, or None when it is nobody's or somebody else's."""
    mine = Passkey.id == passkey_id, Passkey.person_id == person_id
    return (await db.execute(delete(Passkey).where(*mine).returning(Passkey.name))).scalar()


def name_from(text: str, *, otherwise: str) -> str:
    """A name as it is kept: printable, on one line, not too long."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain[:LONGEST_NAME] or otherwise
