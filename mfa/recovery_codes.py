"""Recovery codes: for the day the telephone is gone. Shown once, kept as keyed hashes, each used once (C-316)."""

import secrets
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update

from idp.core.crypto import Keyring
from idp.core.db import Db
from mfa.models import RecoveryCode

HOW_MANY = 10
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


def new_code() -> str:
    """About 59 random bits as three groups of four characters without look-alikes."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(12))
    return "-".join((letters[:4], letters[4:8], letters[8:]))


async def renew(db: Db, keyring: Keyring, person_id: int) -> list[str]:
    """Ten new codes; every former one is void. They are never readable again."""
    codes = [new_code() for _ in range(HOW_MANY)]
    await db.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    rows = [{"person_id": person_id, "hash": _hash(keyring, person_id, code)} for code in codes]
    await db.execute(insert(RecoveryCode), rows)
    return codes


async def spend(db: Db, keyring: Keyring, person_id: int, given: str, *, now: datetime) -> bool:
    """Whether this is an unused code of this person; it is spent by this call."""
    wanted = _hash(keyring, person_id, given)
    spent = await db.execute(
        update(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.hash == wanted, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
    )
    return spent.rowcount == 1


async def left(db: Db, person_id: int) -> int:
    """How many unused codes a person has."""
    unused = RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None)
    return (await db.execute(select(func.count()).select_from(RecoveryCode).where(*unused))).scalar_one()


def _hash(keyring: Keyring, person_id: int, code: str) -> bytes:
    plain = "".join(c for c in code.casefold() if c.isalnum())
    return keyring.mac("token", "recovery code", str(person_id), plain)
