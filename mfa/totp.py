"""Authenticator apps (RFC 6238): 6 digits, 30 seconds, one step of tolerance, every code once (C-315, D26)."""

import hmac
from datetime import datetime
from urllib.parse import quote

import pyotp
from sqlalchemy import delete, insert, select, update

from idp.core.crypto import Keyring
from idp.core.db import Db
from mfa.models import OptOut, Totp

STEP = 30
TOLERANCE = 1


def new_secret() -> str:
    """160 random bits in Base32 (32 characters)."""
    return pyotp.random_base32(32)


def uri(secret: str, *, account: str, issuer: str = "Poortwachter") -> str:
    """The `otpauth://` address that an authenticator app reads from a QR code."""
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?secret={secret}&issuer={quote(issuer)}&algorithm=SHA1&digits=6&period={STEP}"


def matching_step(secret: str, given: str, *, now: datetime) -> int | None:
    """The time step whose code this is, one step early or late allowed; None for a wrong code. Spaces in the code do not count (D7)."""
    digits = "".join(given.split())
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        return None
    generator, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    # Newest first, and every candidate is compared, so that time tells nothing about which one fitted.
    fitting = [
        step
        for step in range(present + TOLERANCE, present - TOLERANCE - 1, -1)
        if hmac.compare_digest(generator.generate_otp(step), digits)
    ]
    return fitting[0] if fitting else None


async def enrolled(db: Db, person_id: int) -> bool:
    """Whether this person has an authenticator app."""
    return (await db.execute(select(Totp.person_id).where(Totp.person_id == person_id))).scalar() is not None


async def enrol(db: Db, keyring: Keyring, person_id: int, secret: str, *, used_step: int, now: datetime) -> None:
    """Makes the secret this person's only one. The code that proved it (`used_step`) cannot be used again."""
    sealed = keyring.seal(secret.encode(), bound_to=f"totps.sealed.{person_id}")
    await db.execute(delete(Totp).where(Totp.person_id == person_id))
    await db.execute(delete(OptOut).where(OptOut.person_id == person_id))
    await db.execute(insert(Totp).values(person_id=person_id, sealed=sealed, last_step=used_step, enrolled_at=now))


async def spend(db: Db, keyring: Keyring, person_id: int, given: str, *, now: datetime) -> bool:
    """Whether this is a right code that was never used; it is spent by this call. Of two calls at once one wins, on any node."""
    sealed = (await db.execute(select(Totp.sealed).where(Totp.person_id == person_id))).scalar()
    if sealed is None:
        return False
    secret = keyring.open(sealed, bound_to=f"totps.sealed.{person_id}").decode()
    step = matching_step(secret, given, now=now)
    if step is None:
        return False
    spent = await db.execute(
        update(Totp).where(Totp.person_id == person_id, Totp.last_step < step).values(last_step=step)
    )
    return spent.rowcount == 1
