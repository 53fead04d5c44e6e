"""The facts about one person at one school that tell why a sign-in fails: gathered from their rooms, of this school only (D14).

Nothing sealed is read: whether there is a secret or an ECK-iD, never which.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Final, Literal

from consent import agreements, reach
from directory import names, people, schools
from directory.imports import couplings, runs
from directory.lifecycle import placed, search, staff_list
from directory.schools import KnownSchool
from idp.core import ledger_reading
from idp.core.clock import AMSTERDAM, school_year
from idp.core.db import Db
from idp.core.floor import Floor
from idp.credentials import pupil_secrets
from idp.signin import tries
from idp.signin.hindrances import AtSchool, Facts
from mfa import policy

Coupling = Literal["none", "refused", "unfinished", "manual", "automatic"]
_UNSETTLED: Final = ("held", "failed")


@dataclass(frozen=True, slots=True)
class Looked:
    """Somebody at this school with the facts. `place_id` is the enrolment or employment; `group` a pupil's group of this year."""

    kind: Literal["pupil", "staff"]
    place_id: int
    person_id: int
    ledger_id: str
    name: str = field(repr=False)
    email: str | None = field(repr=False)
    group_id: int | None
    group: str | None = field(repr=False)
    facts: Facts


async def of_pupil(db: Db, floor: Floor, school: KnownSchool, enrolment_id: int, *, today: date) -> Looked:
    """A pupil of this school. Raises `LookupError`, also for one of another school, and `Unavailable`."""
    one = await placed.pupil(db, school.id, enrolment_id, school_year=school_year(floor.now), today=today)
    secret = (await pupil_secrets.states(db, [one.person_id])).get(one.person_id)
    facts = Facts(
        school=await _school(db, floor, school, today=today),
        kind="pupil",
        present=one.present,
        left_on=one.left_on,
        group=one.group_id is not None,
        hidden=one.hidden,
        activated=secret is not None,
        used=secret is not None and secret.used,
        secret=secret.kind if secret else None,
        called=one.has_eckid or await reach.linked(db, school.id, one.person_id),
        excluded=await reach.kept_from(db, school.id, one.person_id),
        waits=(await tries.pauses(floor, [one.person_id])).get(one.person_id, 0),
    )
    name = names.full_name(one.first_name, one.prefix, one.surname) or "–"
    return Looked("pupil", enrolment_id, one.person_id, one.ledger_id, name, None, one.group_id, one.group, facts)


async def of_staff(db: Db, floor: Floor, school: KnownSchool, employment_id: int, *, today: date) -> Looked:
    """A member of staff of this school, as its list shows them (D15). Raises `LookupError`, also for one of another school."""
    one = await staff_list.one(db, school.id, employment_id, today=today)
    _, ledger_id = await people.identity(db, one.person_id)
    due = policy.needs_second_factor(
        "staff", one.roles, enrolled=one.second_factor, school_wants_it=school.mfa_for_staff
    )
    facts = Facts(
        school=await _school(db, floor, school, today=today),
        kind="staff",
        present=one.working,
        left_on=one.ended_on,
        in_administration=one.in_administration,
        address=one.email is not None,
        mail_held=await placed.mail_held(db, school.id, employment_id),
        activated=one.activated,
        second_factor=one.second_factor,
        second_factor_due=due,
        # Of who did not activate nothing is told that an account elsewhere would make different (D14).
        called=one.activated and await reach.linked(db, school.id, one.person_id),
        excluded=await reach.kept_from(db, school.id, one.person_id),
    )
    name = names.full_name(one.first_name, one.prefix, one.surname) or one.email or "–"
    return Looked("staff", employment_id, one.person_id, ledger_id, name, one.email, None, None, facts)


async def _school(db: Db, floor: Floor, school: KnownSchool, *, today: date) -> AtSchool:
    counts = await schools.counts(db, school.id)
    newest = await runs.listed(db, school.id, now=floor.now, limit=1)
    return AtSchool(
        networks=await reach.networks(db, school.id),
        coupling=await _coupling(db, school.id),
        newest_import=next((run.state for run in newest if run.state in _UNSETTLED), None),
        agreement=await agreements.in_force(db, school.id, school.board_id, today=today),
        ticked=await reach.ticked(db, school.id),
        places=counts["addresses"] + counts["devices"],
    )


async def _coupling(db: Db, school_id: int) -> Coupling:
    coupled = await couplings.of(db, school_id)
    if coupled is None or coupled.mode == "off":
        return "none"
    if coupled.refused is not None:
        return "refused"
    if coupled.mode == "manual":
        return "manual"
    return "automatic" if coupled.active else "unfinished"


async def find(db: Db, school_id: int, text: str, *, limit: int) -> list[search.Found]:
    """Pupils and staff of this school by any part of the name, so many of each at most."""
    found = await search.pupils(db, school_id, text, limit=limit)
    return found + await search.staff(db, school_id, text, limit=limit)


TRIES: Final = 3
"""So many tries that failed, and none that worked after them: somebody is at a loss."""


async def at_a_loss(db: Db, school_id: int, *, now: datetime, limit: int) -> list[search.Found]:
    """The pupils of this school who tried to sign in today and did not get in."""
    day = datetime.combine(now.astimezone(AMSTERDAM).date(), time(), AMSTERDAM).astimezone(UTC)
    stuck = await ledger_reading.at_a_loss(db, school_id, since=day, tries=TRIES)
    return await search.pupils_known_as(db, school_id, stuck, limit=limit) if stuck else []
