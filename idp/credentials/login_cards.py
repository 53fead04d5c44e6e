"""A child's sign-in card (*inlogkaartje*): a QR code that the camera reads or a scanner types (D26, D28, D29).

What the code holds is 160 bits without a meaning, never an address: camera apps keep addresses. It is derived from the keyring, the child's ledger
id and the card's number, so that a card can be printed again as long as it is valid, and that nobody can read cards out of the database. A ledger id
is never given to another child. Voiding is a fact of the database; the next card of that child has another number and thus another code.
"""

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, insert, select, update

from directory.models import Person
from directory.standing import AT_SCHOOL, SEEN_TODAY, Standing, as_parameters
from directory.standing import read as read_seen
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.hot import Hot, Statement
from idp.credentials.models import LoginCard

BYTES: Final = 20
LENGTH: Final = 32
"""Letters and digits that a card's code is long."""
_ALPHABET: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")

Children = Mapping[int, str]
"""Person id to ledger id."""


def read(given: str) -> str | None:
    """The code in what a camera or a scanner gave, whose keyboard may be set otherwise; None for what no card of ours holds."""
    code = "".join(given.split()).upper()
    return code if given.isascii() and len(code) == LENGTH and _ALPHABET.issuperset(code) else None


async def make(db: Db, keyring: Keyring, children: Children, *, now: datetime) -> list[int]:
    """Gives a card to each of these children who has no valid one, and returns who that were."""
    # Two teachers who print at once make one card: the second waits here, and then finds it.
    rows = select(Person.id).where(Person.id.in_(children)).order_by(Person.id).with_for_update()
    present = list((await db.execute(rows)).scalars())
    have = await made_at(db, present)
    wanted = [child_id for child_id in present if child_id not in have]
    highest = select(LoginCard.person_id, func.max(LoginCard.serial)).group_by(LoginCard.person_id)
    last = {row[0]: row[1] for row in await db.execute(highest.where(LoginCard.person_id.in_(wanted)))}
    new = []
    for child_id in wanted:
        serial = last.get(child_id, 0) + 1
        lookup = _lookup(keyring, _code(keyring, children[child_id], serial))
        new.append({"person_id": child_id, "serial": serial, "lookup": lookup, "made_at": now, "voided_at": None})
    if new:
        await db.execute(insert(LoginCard), new)
    return wanted


async def made_at(db: Db, child_ids: Collection[int]) -> dict[int, datetime]:
    """When the valid card of each of these children was made; who has none is not in the answer."""
    query = select(LoginCard.person_id, LoginCard.made_at).where(LoginCard.person_id.in_(child_ids))
    return {row.person_id: row.made_at for row in await db.execute(query.where(LoginCard.voided_at.is_(None)))}


async def codes(db: Db, keyring: Keyring, children: Children) -> dict[int, str]:
    """What the valid cards of these children hold, for printing them. The caller records it."""
    query = select(LoginCard.person_id, LoginCard.serial).where(LoginCard.person_id.in_(children))
    rows = await db.execute(query.where(LoginCard.voided_at.is_(None)))
    return {row.person_id: _code(keyring, children[row.person_id], row.serial) for row in rows}


async def void(db: Db, child_ids: Collection[int], *, now: datetime) -> list[int]:
    """Makes the cards of these children worthless for good, and returns who had one."""
    mine = LoginCard.person_id.in_(child_ids), LoginCard.voided_at.is_(None)
    gone = await db.execute(update(LoginCard).where(*mine).values(voided_at=now).returning(LoginCard.person_id))
    return sorted(gone.scalars())


_KNOWN = Statement(
    f"""SELECT per.id, per.epoch, per.ledger_id, en.school_id, sec.person_id IS NULL OR sec.first_used_at IS NOT NULL,
        {SEEN_TODAY.format(school="en.school_id", address="$4", device="$5", today="$3")}
    FROM login_cards ca JOIN persons per ON per.id = ca.person_id AND NOT per.disabled
    JOIN enrolments en ON en.person_id = per.id AND en.active AND (en.ends_on IS NULL OR en.ends_on >= $3)
    JOIN schools s ON s.id = en.school_id AND s.closed_at IS NULL
    LEFT JOIN pupil_secrets sec ON sec.person_id = per.id
    WHERE ca.lookup = $1 AND ca.voided_at IS NULL AND {AT_SCHOOL.format(school="en.school_id", address="$4", device="$5")}
    ORDER BY CASE WHEN en.school_id = $2 THEN 0 ELSE 1 END, s.name, s.id LIMIT 1"""  # noqa: S608 - constants only
)


@dataclass(frozen=True, slots=True)
class CardHolder:
    """The active child whose valid card this is, and its school here.

    `used`: it signed in before; `seen`: somebody did today, from the same network and device.
    """

    person_id: int
    epoch: int
    ledger_id: str
    school_id: int
    used: bool
    seen: bool


async def holder(
    hot: Hot, keyring: Keyring, code: str, *, chosen: int | None, today: date, standing: Standing
) -> CardHolder | None:
    """Whose card this is, if it is valid and the child is active at a school where somebody stands (R108): first the `chosen` one.

    None tells nobody why not.
    """
    row = await hot.row(_KNOWN, _lookup(keyring, code), chosen or 0, today, *as_parameters(standing))
    if row is None:
        return None
    person_id, epoch, ledger_id, school_id, used, network, device = row
    return CardHolder(person_id, epoch, ledger_id, school_id, bool(used), read_seen(network, device).today)


def _code(keyring: Keyring, ledger_id: str, serial: int) -> str:
    return base64.b32encode(keyring.mac("token", "login card", ledger_id, str(serial))[:BYTES]).decode()


def _lookup(keyring: Keyring, code: str) -> bytes:
    return keyring.mac("token", "login card code", code)
