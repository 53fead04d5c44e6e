"""What follows an import, in its own transaction: children who came get a secret, colleagues who came a link to make a password (R95, R99)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from directory import groups
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.credentials import activation, pupil_secrets


@dataclass(frozen=True, slots=True)
class Welcomed:
    """How many children got a secret, and how many colleagues a mail."""

    secrets: int
    mails: int


async def welcome(
    db: Db, keyring: Keyring, school_id: int, staff: Sequence[int], *, base_url: str, contact: str, now: datetime
) -> Welcomed:
    """Gives a secret of their group's kind to all children of the school who have none, and mails the given members of staff (by person id)."""
    wanted = await groups.secret_kinds(db, school_id)
    missing = await pupil_secrets.without_secret(db, wanted)
    await pupil_secrets.renew(db, keyring, {person_id: wanted[person_id] for person_id in missing}, now=now)
    mails = await activation.invite(db, keyring, staff, base_url=base_url, contact=contact, now=now)
    return Welcomed(len(missing), mails)
