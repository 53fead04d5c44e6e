"""Everything with which somebody proves a second factor, taken together."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from idp.core.db import Db
from mfa import passkeys, recovery_codes, totp
from mfa.models import OptOut, Passkey, RecoveryCode, Totp
from mfa.passkeys import Owned

FEW_CODES = 3
"""So few recovery codes left are worth a new set."""


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has: since when an app, which passkeys, how many unused recovery codes."""

    app_since: datetime | None
    passkeys: tuple[Owned, ...]
    codes_left: int

    @property
    def any(self) -> bool:
        """Whether there is a factor; recovery codes are only for when one is lost."""
        return self.app_since is not None or bool(self.passkeys)

    @property
    def few_codes(self) -> bool:
        """Whether a new set of recovery codes is due."""
        return self.any and self.codes_left <= FEW_CODES


async def of(db: Db, person_id: int) -> Factors:
    """What this person has."""
    since = (await db.execute(select(Totp.enrolled_at).where(Totp.person_id == person_id))).scalar()
    owned = await passkeys.of(db, person_id)
    return Factors(since, tuple(owned), await recovery_codes.left(db, person_id))


async def enrolled(db: Db, person_id: int) -> bool:
    """Whether this person has a second factor."""
    return await totp.enrolled(db, person_id) or await passkeys.enrolled(db, person_id)


async def remove_app(db: Db, person_id: int) -> bool:
    """The authenticator app works no more; False when there was none."""
    return (await db.execute(delete(Totp).where(Totp.person_id == person_id))).rowcount == 1


async def forget(db: Db, person_id: int) -> bool:
    """Takes away every factor and every recovery code; False when there was nothing to take."""
    taken = [
        (await db.execute(delete(table).where(table.person_id == person_id))).rowcount
        for table in (Totp, Passkey, RecoveryCode)
    ]
    return any(taken)


async def opted_out(db: Db, person_id: int) -> bool:
    """Whether this coordinator chose one step; it counts only where the operator allows it (D7)."""
    return (await db.execute(select(OptOut.person_id).where(OptOut.person_id == person_id))).scalar() is not None


async def opt_out(db: Db, person_id: int, *, now: datetime) -> None:
    """One step from now on: every factor goes."""
    await forget(db, person_id)
    await db.execute(delete(OptOut).where(OptOut.person_id == person_id))
    await db.execute(insert(OptOut).values(person_id=person_id, chosen_at=now))
