"""How our signing keys follow one another: a new one is published before it signs and the old one after; one that leaked is gone at once (C-136)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import delete, or_, select, update

from idp.core.crypto import Keyring
from idp.core.db import Db
from metadata import keys
from metadata.key_material import Alg, RsaBits
from metadata.keys import PUBLISHED_AFTER_USE, PUBLISHED_BEFORE_USE
from metadata.models import SigningKey


@dataclass(frozen=True, slots=True)
class Rotation:
    """How one key follows another: the new one signs `from_`, `PUBLISHED_BEFORE_USE` from now or later; the old stay `kept` longer."""

    from_: datetime | None = None
    kept: timedelta = PUBLISHED_AFTER_USE
    rsa_bits: RsaBits = 2048


_AS_ALWAYS = Rotation()


async def rotate(
    db: Db,
    keyring: Keyring,
    alg: Alg,
    *,
    now: datetime,
    at_once: bool = False,
    leaked: bool = False,
    how: Rotation = _AS_ALWAYS,
) -> str:
    """A new key of an algorithm, published now and signing after `PUBLISHED_BEFORE_USE`, or when `how` says; now if `at_once` or `leaked`.

    The former keys stay published until every document and token that names them has lapsed; `leaked` ones are gone at once, those to come
    and their private parts included. Returns the new `kid`. Raises `ValueError` for times that are shorter than parties need.
    """
    await keys.lock(db)
    active_from = now if at_once or leaked else (how.from_ or now + PUBLISHED_BEFORE_USE)
    if how.kept < PUBLISHED_AFTER_USE or (how.from_ is not None and active_from < now + PUBLISHED_BEFORE_USE):
        raise ValueError("a key is published a day before it signs, and a day after")
    of_alg = update(SigningKey).where(SigningKey.alg == alg)
    if leaked:
        every = of_alg.where(or_(SigningKey.retired_at.is_(None), SigningKey.retired_at > now))
        await db.execute(every.values(retired_at=now, leaked=True, sealed=None))
    else:
        ending = of_alg.where(SigningKey.retired_at.is_(None))
        await db.execute(ending.values(retired_at=active_from + how.kept))
    kid = await keys.make(db, keyring, alg, published_at=now, active_from=active_from, rsa_bits=how.rsa_bits)
    await keys.changed(db)
    return kid


async def revoke(db: Db, keyring: Keyring, kid: str, *, now: datetime) -> str | None:
    """A key that leaked is gone at once, and its private part: no document shows it, nothing that it signed is believed, and it signs no more.

    Where it was the one that signs, the next one of its algorithm does so from now on, or a new one. Returns the `kid` of that one, None where
    another signs already. Raises `LookupError` for a key that is unknown or revoked already.
    """
    await keys.lock(db)
    gone = update(SigningKey).where(SigningKey.kid == kid, SigningKey.leaked.is_(False))
    ended = (await db.execute(select(SigningKey.retired_at).where(SigningKey.kid == kid))).scalar()
    retired_at = min(ended, now) if ended else now
    revoked = gone.values(leaked=True, sealed=None, retired_at=retired_at).returning(SigningKey.alg)
    alg = cast(Alg | None, (await db.execute(revoked)).scalar())
    if alg is None:
        raise LookupError(f"no signing key {kid} that could be revoked")
    signs = await _next_to_sign(db, keyring, alg, now=now)
    await keys.changed(db)
    return signs


async def _next_to_sign(db: Db, keyring: Keyring, alg: Alg, *, now: datetime) -> str | None:
    left = select(SigningKey.kid, SigningKey.active_from).where(
        SigningKey.alg == alg, or_(SigningKey.retired_at.is_(None), SigningKey.retired_at > now)
    )
    rows = (await db.execute(left.order_by(SigningKey.active_from, SigningKey.id))).all()
    if not rows:
        return await keys.make(db, keyring, alg, published_at=now, active_from=now)
    # Its end was that its successor began, and the successor may be the one that is gone.
    await db.execute(update(SigningKey).where(SigningKey.kid == rows[-1].kid).values(retired_at=None))
    if any(row.active_from <= now for row in rows):
        return None
    kid: str = rows[0].kid
    await db.execute(update(SigningKey).where(SigningKey.kid == kid).values(active_from=now))
    return kid


async def keep(db: Db, kid: str, *, until: datetime, now: datetime) -> None:
    """A key whose end is set stays published longer, for parties that know no other yet. Raises `LookupError`, `ValueError`."""
    await keys.lock(db)
    ends = (await db.execute(select(SigningKey.retired_at).where(SigningKey.kid == kid))).one_or_none()
    if ends is None:
        raise LookupError(f"no signing key {kid}")
    if ends.retired_at is None or ends.retired_at <= now or until <= ends.retired_at:
        raise ValueError("only a key whose end is set and still to come can be kept, and only longer")
    await db.execute(update(SigningKey).where(SigningKey.kid == kid).values(retired_at=until))
    await keys.changed(db)


async def forget_private_parts(db: Db, *, now: datetime) -> int:
    """Empties the private parts of retired keys; every process forgets them with its next look (D10). Returns how many."""
    await keys.lock(db)
    retired = SigningKey.retired_at <= now, SigningKey.sealed.is_not(None)
    forgotten = (await db.execute(update(SigningKey).where(*retired).values(sealed=None))).rowcount
    if forgotten:
        await keys.changed(db)
    return forgotten


async def remove_old(db: Db, *, before: datetime) -> int:
    """Removes what is left of keys that retired before that moment: nobody asks any more what they signed. Returns how many."""
    await keys.lock(db)
    removed = (await db.execute(delete(SigningKey).where(SigningKey.retired_at < before))).rowcount
    if removed:
        await keys.changed(db)
    return removed
