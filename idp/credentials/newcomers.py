"""What follows an import, in its own transaction: children who came get a secret, colleagues who came a link to make a password (R95, R99).

A colleague whose address has an account already is invited instead, and a changed address is mailed to its owner to confirm (D15): the
school sees no difference, only whoever reads that mailbox does.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from directory import groups
from directory.imports.apply import Applied
from directory.imports.exchange import Surroundings
from directory.imports.runs import Run
from directory.imports.snapshot import ADMINISTRATION
from directory.lifecycle import changed_addresses, held_mails, memberships
from directory.lifecycle.refusals import Refused
from directory.schools import KnownSchool
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.floor import Floor
from idp.credentials import activation, pupil_secrets

_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Welcomed:
    """How many children got a secret, how many colleagues were mailed a link or an invitation, how many new addresses await their owner.

    `held`: colleagues whose mail waits for a coordinator.
    """

    secrets: int
    mails: int
    proposed: int = 0
    held: int = 0


async def welcome(
    db: Db,
    keyring: Keyring,
    school_id: int,
    applied: Applied,
    *,
    base_url: str,
    contact: str,
    now: datetime,
    looked_at: bool = False,
) -> Welcomed:
    """Gives a secret of their group's kind to all children of the school who have none, and mails whom the import concerns.

    Very many new colleagues are mailed after a coordinator's second look; `looked_at`: whoever runs the platform did that.
    """
    secrets = await _give_secrets(db, keyring, school_id, now=now) if applied.new_pupils else 0
    links: dict[str, Any] = {"base_url": base_url, "contact": contact, "now": now}
    held = frozenset[int]()
    if not looked_at and (applied.new_staff or applied.invited):
        places = [employment_id for employment_id, _ in applied.invited]
        held = await held_mails.hold_back(db, school_id, applied.new_staff, places, now=now)
    mails = 0 if held else await activation.invite(db, keyring, applied.new_staff, **links)
    for employment_id, email in () if held else applied.invited:
        # One address that cannot be must not keep a whole school from its import, night after night: the plan has the doubt.
        with suppress(Refused):
            await memberships.invite_to_place(db, keyring, school_id, employment_id, email, by=ADMINISTRATION, **links)
            mails += 1
    proposed = await changed_addresses.propose(db, keyring, school_id, applied.proposed, **links)
    if applied.new_staff:
        await memberships.settle(db, school_id)
    mails += await memberships.renew_told(db, keyring, school_id, **links)
    return Welcomed(secrets, mails, proposed, len(held))


async def _give_secrets(db: Db, keyring: Keyring, school_id: int, *, now: datetime) -> int:
    given, last = 0, 0
    while wanted := await groups.secret_kinds(db, school_id, after=last, most=_AT_ONCE):
        missing = await pupil_secrets.without_secret(db, wanted)
        await pupil_secrets.renew(db, keyring, {person_id: wanted[person_id] for person_id in missing}, now=now)
        given, last = given + len(missing), max(wanted)
    return given


def surroundings(floor: Floor, pictures: Sequence[str], *, by: str) -> Surroundings:
    """What asking administration systems takes in this process, newcomers welcomed."""
    settings = floor.settings

    async def welcomed(db: Db, school: KnownSchool, run: Run) -> None:
        now = floor.now
        told: dict[str, Any] = {"base_url": settings.base_url, "contact": settings.support_contact}
        await welcome(db, floor.keyring, school.id, run.applied, now=now, **told)

    return Surroundings(
        database=floor.database,
        clock=floor.clock,
        keyring=floor.keyring,
        eckids=settings.eckid_environment,
        pictures=pictures,
        welcome=welcomed,
        contact=settings.support_contact,
        by=by,
    )
