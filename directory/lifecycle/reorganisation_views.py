"""What somebody may see of a reorganisation beforehand (D14, D37): of other schools' people nothing before all schools said yes.

Neither numbers nor what stands in the way tell before that whether an ECK-iD or a name is known at the other school. The helpdesk sees schools and
keys, and no party.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from directory.lifecycle import present, reorganisations
from directory.lifecycle import reorganisation_records as records
from directory.lifecycle import reorganisation_requests as requests
from directory.lifecycle.rehearsal import Notable, Rehearsal, asked_as, blind
from directory.lifecycle.reorganisation_records import Asker, Known
from directory.lifecycle.reorganisation_requests import Merger, Split, Wanted
from directory.models import Employment, Enrolment, Group
from idp.core.crypto import Keyring
from idp.core.db import Db

_ABOUT_OTHERS: Final = frozenset({"not_ticked", "no_network", "no_agreement"})


def is_open_to(known: Known, by: Asker) -> bool:
    """Whether this person may see the whole of it: once all schools have said yes, or somebody whose schools they all are."""
    mine = by.coordinates & set(known.school_ids)
    return by.helpdesk or mine == set(known.school_ids) or bool(mine and known.detail.get("together"))


async def shown(db: Db, known: Known, *, by: Asker, now: datetime, keyring: Keyring) -> Rehearsal:
    """What it would do now, as far as this person may see it; with the fingerprint of what is shown. Raises `LookupError`."""
    wanted = await records.wanted_of(db, known.id, keyring=keyring)
    if is_open_to(known, by) or (isinstance(wanted, Split) and wanted.source_id in by.coordinates):
        whole = await reorganisations.rehearse(db, known.id, now=now, keyring=keyring)
        if by.helpdesk:
            return blind(whole)
        return whole if is_open_to(known, by) else _own_side(whole)
    return await _alone(db, wanted, by.coordinates & set(known.school_ids))


def _own_side(whole: Rehearsal) -> Rehearsal:
    """A split as the school sees it that it takes apart: its own groups and pupils, and not what the other school ticked or signed."""
    kept = [note for note in whole.notable if note.code not in _ABOUT_OTHERS]
    return Rehearsal(
        kind=whole.kind,
        counts=whole.counts,
        notable=tuple(kept),
        obstacles=whole.obstacles,
        school_ids=whole.school_ids,
        fingerprint=whole.fingerprint,
    )


async def _alone(db: Db, wanted: Wanted, mine: frozenset[int]) -> Rehearsal:
    """The viewer's own schools in numbers, and what is true of every reorganisation of this kind.

    Its fingerprint is that of one in which nobody meets anybody.
    """
    school_ids = tuple(school_id for school_id, _ in wanted.schools)
    notes = [Notable("own_numbers"), Notable("couplings_by_hand"), Notable("imports_final")]
    if isinstance(wanted, Merger):
        notes.append(Notable("seen_together"))
        notes += (Notable("new_shortcut", school_id=one) for one in wanted.source_ids if one in mine)
    alone = Rehearsal(
        kind=requests.kind_of(wanted),
        counts=await _own_counts(db, mine),
        notable=tuple(notes),
        obstacles=("closed",) if await present.any_closed(db, school_ids) else (),
        school_ids=school_ids,
    )
    return asked_as(alone, requests.digest(wanted))


async def _own_counts(db: Db, mine: Iterable[int]) -> dict[str, int]:
    found = {}
    for name, table in (("pupils", Enrolment), ("staff", Employment), ("groups", Group)):
        here = select(func.count()).select_from(table).where(table.school_id.in_(mine), table.active)
        found[name] = (await db.execute(here)).scalar_one()
    return found
