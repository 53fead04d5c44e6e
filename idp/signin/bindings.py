"""A member of staff binds the account here to the one at the board's own provider: once, by the activation link (D35, C-279).

The link proves the address that the account here has; the provider's answer to a question of this very browser proves the account there. Neither is
enough alone, that an address is the same in both places counts for nothing, and what was bound comes in by the provider's lasting subject from then
on.
"""

from directory import people
from directory.lifecycle import named
from directory.lifecycle.days import day_of
from idp.core import ledger
from idp.core.db import Db
from idp.core.floor import Floor
from idp.credentials import links
from idp.signin.attempts import Network
from idp.signin.recognition import Brought
from metadata import upstreams
from metadata.upstreams import KnownUpstream


class _Cannot(Exception):
    """Nothing is bound, and what was begun is undone."""


async def bind(floor: Floor, network: Network, upstream: KnownUpstream, brought: Brought) -> bool:
    """Binds whom the link of this attempt is for to whom the provider brought; False, and nothing is changed, where one of both does not hold.

    The link is used by it, and answers for the schools that named the person by a file. Recorded in the ledger. Raises `Unavailable`.
    """
    try:
        async with floor.database.begin() as db:
            await _bind(db, floor, network, upstream, brought)
    except _Cannot:
        return False
    return True


async def _bind(db: Db, floor: Floor, network: Network, upstream: KnownUpstream, brought: Brought) -> None:
    keyring, now, mark = floor.keyring, floor.now, bytes.fromhex(network.binding)
    link = await links.find_marked(db, mark, purpose="activation", now=now)
    # What changes from one time to the next names nobody the second time.
    if link is None or not link.live or not upstream.for_staff or brought.subject is None:
        raise _Cannot
    offered = await upstreams.for_staff_of(db, link.person_id, today=day_of(now))
    if upstream.id not in {number for number, _ in offered} or not await links.use_marked(db, mark):
        raise _Cannot
    if not await upstreams.bind(db, keyring, upstream.id, link.person_id, brought.subject, now=now):
        raise _Cannot
    await named.answer(db, link.person_id, not_here=network.not_here, now=now)
    _, ledger_id = await people.identity(db, link.person_id)
    detail = {"upstream": upstream.id}
    await ledger.record(db, "account.bound", now=now, by=ledger_id, subject=ledger_id, detail=detail)
