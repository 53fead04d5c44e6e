"""Logouts that nobody waits for: what ended below the sign-in, and parties that did not answer when the person left (C-077, C-078).

An ending becomes one row for each connection that knows a session of whom it is about. A connection is tried until it says that the session is
over there, after half a minute, doubling to an hour, and for as long as a session of its own may last.
"""

import asyncio
import logging
from datetime import timedelta
from typing import Final

from consent import came_by, participants
from consent.participants import Leaving, State
from idp.core import endings
from idp.core.db import Db
from idp.core.endings import Ended
from idp.jobs.shift import Shift
from idp.signin import sessions
from idp.signin.logout import Means, Wires, guarded
from metadata import keys
from metadata.keys import KnownKeys
from metadata.parties import KnownParties
from protocols.oidc.op import telling as over_oidc
from protocols.saml.idp import telling as over_saml

log = logging.getLogger("poortwachter.jobs")

WIRES: Final[Wires] = {"oidc": over_oidc.WIRE, "saml": over_saml.WIRE}
GIVEN_UP_AFTER: Final = timedelta(hours=12)
ENDINGS_AT_ONCE: Final = 50
PARTIES_AT_ONCE: Final = 20


async def turn(shift: Shift) -> int:
    """Takes up what ended and tries what is due; returns how much there was."""
    noted = await _take_up(shift)
    floor = shift.floor
    due = await participants.claimed(floor.database, floor.keyring, now=shift.now, most=PARTIES_AT_ONCE)
    if not due:
        return noted
    means = await _means(shift)
    states = await asyncio.gather(*(_try(means, leaving) for leaving in due))
    async with floor.database.begin() as db:
        outcomes = [(leaving.id, state) for leaving, state in zip(due, states, strict=True)]
        await participants.settle(db, outcomes, now=shift.now)
    log.info("logouts", extra={"counts": {state: states.count(state) for state in sorted(set(states))}})
    return noted + len(due)


async def _take_up(shift: Shift) -> int:
    async with shift.floor.database.begin() as db:
        found = await endings.taken(db, most=ENDINGS_AT_ONCE)
        for ended in found:
            await participants.enter_ended(db, ended, now=shift.now)
            if ended.party_id is None:
                await _look_again(shift, db, ended)
            elif ended.school_id is not None:
                # Of a network provider: somebody may have been coming by it at the very moment when that way was closed.
                at, whom, upto = (ended.school_id, ended.party_id), ended.person_id, ended.acts_upto
                await came_by.look_again(db, *at, person_id=whom, acts_upto=upto)
    return len(found)


async def _look_again(shift: Shift, db: Db, ended: Ended) -> None:
    """A moment after: whoever was being answered when the sessions were ended got it by one of those. A withdrawn consent waits for such answers
    itself (D9), so that its ending knows them.
    """
    for one in await participants.later(db, ended, now=shift.now):
        session = await sessions.marked(shift.floor.store, one.session_mark, now=int(shift.now.timestamp()))
        if session is None or session.epoch != one.epoch:
            await participants.enter_session(db, one.person_id, one.session_mark, run=None, now=shift.now)


async def _means(shift: Shift) -> Means:
    floor = shift.floor
    opened = await keys.load(floor.database, floor.keyring, now=floor.now)
    known = KnownKeys(floor.database, floor.keyring, opened, now=floor.now)
    post = shift.post or guarded(loopback_allowed=floor.settings.loopback)
    return Means(floor, known, KnownParties(floor.database.hot), post)


async def _try(means: Means, leaving: Leaving) -> State:
    told = await WIRES[leaving.protocol].tell(means, leaving)
    if told is None:
        # Only the person's browser could tell it, and that is not here.
        return "mute"
    if told:
        return "told"
    return "failed" if means.floor.now >= leaving.created_at + GIVEN_UP_AFTER else "waiting"
