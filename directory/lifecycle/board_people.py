"""Who has which role on a board (D20): given, taken away, listed. Who is invited stands in `board_invitations`.

Who may call this: an operator on a written request, or somebody who coordinates the schools of that very board. No school gives a role here, nor
does a file or a network provider.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, column, delete, insert, or_, select, table

from directory import people
from directory import roles as known
from directory.lifecycle.models import BoardInvitation
from directory.lifecycle.refusals import Refused
from directory.models import Board, BoardRole, Person
from directory.placeless import delete_placeless
from idp.core import ledger, mail
from idp.core.db import Db

_PASSWORDS: Final = table("passwords", column("person_id"))
_FACTORS: Final = tuple(table(name, column("person_id")) for name in ("totps", "passkeys"))


@dataclass(frozen=True, slots=True)
class BoardColleague:
    """Somebody's role on a board. `activated`: there is a password; `second_factor`: without one nobody comes in (D7)."""

    id: int
    person_id: int
    ledger_id: str
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)
    email: str = field(repr=False)
    role: str
    given_at: datetime
    activated: bool
    second_factor: bool


def check(role: str) -> str:
    """The role. Raises `Refused` for one that is not a board's."""
    if role not in known.BOARD_ROLES:
        raise Refused("no_such_role", f"a role on a board is one of {', '.join(known.BOARD_ROLES)}")
    return role


async def of_board(db: Db, board_id: int) -> list[BoardColleague]:
    """Everybody with a role on this board, by name; who has both roles stands there twice."""
    factor: ColumnElement[bool] = _has(_FACTORS[0]) | _has(_FACTORS[1])
    columns = Person.ledger_id, Person.first_name, Person.prefix, Person.surname, Person.email
    query = (
        select(
            BoardRole.id,
            BoardRole.person_id,
            BoardRole.role,
            BoardRole.given_at,
            *columns,
            _has(_PASSWORDS).label("activated"),
            factor.label("second_factor"),
        )
        .join(Person, Person.id == BoardRole.person_id)
        .where(BoardRole.board_id == board_id)
        .order_by(Person.surname, Person.first_name, BoardRole.id)
    )
    return [BoardColleague(**{**row._mapping, "email": row.email or "–"}) for row in await db.execute(query)]


async def addresses(db: Db, board_id: int) -> list[str]:
    """The addresses of everybody who coordinates the schools of this board."""
    held = BoardRole.board_id == board_id, BoardRole.role == known.BOARD_ICT_COORDINATOR
    query = select(Person.email).join(BoardRole, BoardRole.person_id == Person.id).where(*held, ~Person.disabled)
    return [email for email in (await db.execute(query.order_by(Person.email))).scalars() if email]


async def give(db: Db, board_id: int, person_id: int, role: str, *, contact: str, by: str, now: datetime) -> bool:
    """The role, from the commit on; False where the person has it already. The person and the board's coordinators are mailed.

    Raises `Refused` for another role, and for a party's contact or who works for the platform: such an account is for that alone (D37).
    """
    check(role)
    # Of two who give it at once the second sees that it is there.
    await people.hold(db, person_id)
    other = select(Person.id).where(
        Person.id == person_id, or_(Person.contact_of.is_not(None), Person.duty.is_not(None))
    )
    if (await db.execute(other)).scalar() is not None:
        raise Refused("other_account", "this account is a party's contact's, or somebody's who works for the platform")
    mine = BoardRole.board_id == board_id, BoardRole.person_id == person_id, BoardRole.role == role
    if (await db.execute(select(BoardRole.id).where(*mine))).scalar() is not None:
        return False
    values = {"board_id": board_id, "person_id": person_id, "role": role, "given_at": now}
    await db.execute(insert(BoardRole).values(values))
    await _note(db, "board.role_given", board_id, person_id, role, contact=contact, by=by, now=now)
    return True


async def take(
    db: Db, board_id: int, role_id: int, *, taker: int | None, contact: str, by: str, now: datetime
) -> BoardColleague:
    """The role no more, from the commit on: every session of the person ends, and whom he invited here is not invited any more. An
    account without any place goes with it (D42).

    `taker` is who does it, None for an operator. Raises `LookupError` for a role on another board and for who coordinates this one no more,
    `Refused` for one's own: somebody stays.
    """
    # Of two who take each other's role away at once the second finds that he has none, and somebody stays.
    await db.execute(select(Board.id).where(Board.id == board_id).with_for_update(key_share=True))
    held = await of_board(db, board_id)
    one = next((one for one in held if one.id == role_id), None)
    if one is None:
        raise LookupError("no such role on this board")
    if taker is not None and (taker, known.BOARD_ICT_COORDINATOR) not in {(each.person_id, each.role) for each in held}:
        raise LookupError("coordinates the schools of this board no more")
    if taker == one.person_id:
        raise Refused("own_board_role", "somebody else takes a role on a board away")
    await people.hold(db, one.person_id)
    await _note(db, "board.role_taken", board_id, one.person_id, one.role, contact=contact, by=by, now=now)
    await db.execute(delete(BoardRole).where(BoardRole.id == role_id))
    # Nor does anybody come in later at this person's word.
    asked = BoardInvitation.board_id == board_id, BoardInvitation.asked_by == one.ledger_id
    await db.execute(delete(BoardInvitation).where(*asked))
    await people.end_sessions(db, one.person_id)
    await delete_placeless(db, [one.person_id])
    return one


async def _note(
    db: Db, action: str, board_id: int, person_id: int, role: str, *, contact: str, by: str, now: datetime
) -> None:
    """The line in the ledger, and the mails: to the person, and to whoever coordinates the board's schools."""
    _, subject = await people.identity(db, person_id)
    await ledger.record(db, action, now=now, by=by, subject=subject, detail={"board": board_id, "role": role})
    name = (await db.execute(select(Board.name).where(Board.id == board_id))).scalar_one()
    own = await people.email_of(db, person_id)
    kind = f"{action.replace('.', '_')}_{role.replace('-', '_')}"
    for address in _once([own, *await addresses(db, board_id)]):
        await mail.queue(db, kind, address, now=now, board=name, address=own or "-", contact=contact)


def _once(found: Iterable[str | None]) -> list[str]:
    return sorted({one for one in found if one})


def _has(of: object) -> ColumnElement[bool]:
    rows = select(of.c.person_id).where(of.c.person_id == Person.id)  # type: ignore[attr-defined]
    return rows.correlate(Person).exists()
