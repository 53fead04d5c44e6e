"""What a teacher does with the sign-in cards of a group, each act with its line in the ledger: ids and counts, never what a card holds."""

from directory import people
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.credentials import login_cards
from idp.credentials.pupil_acts import Act, Children


async def make(db: Db, keyring: Keyring, children: Children, act: Act) -> list[int]:
    """Gives a card to each of these children who has no valid one, and returns who that were."""
    made = await login_cards.make(db, keyring, children, now=act.now)
    if made:
        await act.note(db, "pupil.cards_made", [children[child_id] for child_id in made])
    return made


async def show(db: Db, keyring: Keyring, children: Children, act: Act) -> dict[int, str]:
    """What the valid cards of these children hold, to be printed. Recorded first."""
    have = await login_cards.made_at(db, children)
    await act.note(db, "pupil.cards_printed", [children[child_id] for child_id in have])
    return await login_cards.codes(db, keyring, children)


async def void(db: Db, children: Children, act: Act) -> list[int]:
    """Makes the cards of these children worthless, ends the sessions of who had one, and returns who that were."""
    voided = await login_cards.void(db, children, now=act.now)
    if voided:
        await people.end_sessions(db, *voided)
        await act.note(db, "pupil.cards_voided", [children[child_id] for child_id in voided])
    return voided
