"""What boards and schools signed with a party, as the register of a supplier tells it (R68, D8): shown, and never asked before something leaves.

Shown to the school and its board alone: which parties a school works with is nobody else's to know (R144, D37).
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, insert, or_, select, update

from consent import agreement_papers
from consent.agreement_papers import Recorded, Signing, Whose
from consent.models import PartyAgreement
from idp.core.db import Db


@dataclass(frozen=True, slots=True)
class WithParty:
    """A recorded agreement, and which party it is with."""

    party_id: int
    paper: Recorded


async def of(db: Db, whose: Whose) -> list[WithParty]:
    """Every agreement with a party that was recorded for exactly this board or school, the newest first."""
    query = select(PartyAgreement).where(_of(whose)).order_by(PartyAgreement.signed_on.desc(), PartyAgreement.id.desc())
    return [
        WithParty(
            row.party_id,
            Recorded(row.id, whose, Signing(row.document_version, row.signed_by, row.signed_on, row.ends_on)),
        )
        for row in await db.execute(query)
    ]


async def in_force(
    db: Db, party_id: int, *, school_id: int, board_id: int | None, today: date
) -> tuple[Signing, bool] | None:
    """What holds today between this party and the school or its board, the newest; and whether it is the board's. None: nothing is known."""
    whose = [PartyAgreement.school_id == school_id]
    if board_id is not None:
        whose.append(PartyAgreement.board_id == board_id)
    lasting = or_(PartyAgreement.ends_on.is_(None), PartyAgreement.ends_on >= today)
    query = select(PartyAgreement).where(PartyAgreement.party_id == party_id, or_(*whose), lasting)
    newest = query.order_by(PartyAgreement.signed_on.desc(), PartyAgreement.id.desc()).limit(1)
    row = (await db.execute(newest)).one_or_none()
    if row is None:
        return None
    return Signing(row.document_version, row.signed_by, row.signed_on, row.ends_on), row.board_id is not None


async def record(db: Db, whose: Whose, party_id: int, signing: Signing, *, now: datetime, by: str) -> int | None:
    """Records a paper with a party; its number, or None where one of this version and day stands here already."""
    await agreement_papers.hold(db, whose)
    same = PartyAgreement.document_version == signing.version, PartyAgreement.signed_on == signing.signed_on
    known = select(PartyAgreement.id).where(_of(whose), PartyAgreement.party_id == party_id, *same)
    if (await db.execute(known.limit(1))).scalar() is not None:
        return None
    values: dict[str, object] = {
        "board_id": whose.board_id,
        "school_id": whose.school_id,
        "party_id": party_id,
        "recorded_by": by,
    }
    values |= {"document_version": signing.version, "signed_on": signing.signed_on, **_changing(signing)}
    made: int = (await db.execute(insert(PartyAgreement).values(**values).returning(PartyAgreement.id))).scalar_one()
    await _note(db, "agreement.party_recorded", whose, party_id, made, signing, now=now, by=by)
    return made


async def change(db: Db, one: WithParty, signing: Signing, *, now: datetime, by: str) -> None:
    """What the register tells otherwise than stood here: the signer, or the last day."""
    number, whose = one.paper.number, one.paper.whose
    await db.execute(update(PartyAgreement).where(PartyAgreement.id == number).values(**_changing(signing)))
    await _note(db, "agreement.party_changed", whose, one.party_id, number, signing, now=now, by=by)


def _changing(signing: Signing) -> dict[str, object]:
    return {"signed_by": signing.signer, "ends_on": signing.ends_on}


async def _note(
    db: Db, action: str, whose: Whose, party_id: int, number: int, signing: Signing, *, now: datetime, by: str
) -> None:
    """The signer is named in no ledger."""
    ends = signing.ends_on.isoformat() if signing.ends_on else None
    detail = {"agreement": number, "board": whose.board_id, "party": party_id, "version": signing.version}
    detail |= {"signed": signing.signed_on.isoformat(), "ends": ends}
    await agreement_papers.note(db, action, whose, detail, now=now, by=by)


def _of(whose: Whose) -> ColumnElement[bool]:
    if whose.board_id is not None:
        return PartyAgreement.board_id == whose.board_id
    return PartyAgreement.school_id == whose.school_id
