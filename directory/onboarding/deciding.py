"""The checkers' yes and no (R9, R12, R15): two different people say yes; what the first one saw is what the second one confirms.

Each act holds the application, so that of two at once the second one finds it decided. At the second yes everything that follows happens in that
transaction: account, board, invitation, mails, ledger.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from directory import schools
from directory.lifecycle import employments, memberships, roles
from directory.lifecycle.days import day_of
from directory.lifecycle.memberships import Newcomer
from directory.lifecycle.refusals import Refused
from directory.onboarding import answers, asking, checking, letters, steps
from directory.onboarding.answers import Answers
from directory.onboarding.asking import Told
from directory.onboarding.checking import Looked
from directory.onboarding.models import Application
from directory.onboarding.steps import Act, State
from directory.roles import ICT_COORDINATOR
from directory.schools import KnownSchool
from idp.core import ledger
from idp.core.crypto import Keyring
from idp.core.db import Db

LONGEST_REASON: Final = 1000


@dataclass(frozen=True, slots=True)
class Checker:
    """Who decides (as the ledger calls him) and when, having looked at which version of the application."""

    by: str
    seen: int
    now: datetime


async def approve(db: Db, keyring: Keyring, application_id: int, checker: Checker) -> None:
    """The first yes. Raises `LookupError`, `Refused`."""
    looked, state = await _held(db, keyring, application_id, "approve", checker)
    _nothing_in_the_way(looked)
    values: dict[str, Any] = {"approved_by": checker.by, "approved_at": checker.now}
    await _move(db, looked, state, checker, "application.approved", **values)


async def confirm(db: Db, keyring: Keyring, application_id: int, checker: Checker, told: Told) -> KnownSchool:
    """The second yes, of somebody else: the school comes into being where it is missing, and its first coordinator is invited.

    Returns the school. Raises `LookupError`, `Refused`.
    """
    looked, state = await _held(db, keyring, application_id, "confirm", checker)
    _nothing_in_the_way(looked)
    asked = looked.answers
    if asked is None:
        raise steps.refused("not_now")
    school = await _open(db, keyring, looked, checker)
    await _appoint(db, keyring, school, asked, checker, told)
    values = {"decided_by": checker.by, "decided_at": checker.now}
    await _move(db, looked, state, checker, "application.confirmed", school_id=school.id, **values)
    await asking.write(db, "application_done", looked.id, asked, told, lang=looked.lang, now=checker.now)
    return school


async def send_back(db: Db, keyring: Keyring, application_id: int, reason: str, checker: Checker, told: Told) -> None:
    """The letter will not do: it goes, and the applicant gets the reason and a fresh link to hand in another. Raises `LookupError`, `Refused`."""
    looked, state = await _held(db, keyring, application_id, "return", checker)
    said = _reason(reason)
    await letters.forget(db, application_id)
    token = await asking.renew_link(db, keyring, application_id)
    values: dict[str, Any] = {"approved_by": None, "approved_at": None, "received_at": None}
    values |= {"returned_at": checker.now, "version": looked.standing.version + 1}
    values["reason"] = asking.seal_reason(keyring, application_id, said)
    await _move(db, looked, state, checker, "application.returned", **values)
    await _tell(db, "application_returned", looked, said, checker, told, token=token)


async def refuse(db: Db, keyring: Keyring, application_id: int, reason: str, checker: Checker, told: Told) -> None:
    """The end of it; the applicant gets the reason. Raises `LookupError`, `Refused`."""
    looked, state = await _held(db, keyring, application_id, "refuse", checker)
    said = _reason(reason)
    values: dict[str, Any] = {"decided_by": checker.by, "decided_at": checker.now}
    values["reason"] = asking.seal_reason(keyring, application_id, said)
    await _move(db, looked, state, checker, "application.refused", **values)
    await _tell(db, "application_refused", looked, said, checker, told)


async def _held(db: Db, keyring: Keyring, application_id: int, act: Act, checker: Checker) -> tuple[Looked, State]:
    looked = await checking.one(db, keyring, application_id, now=checker.now, held=True)
    return looked, steps.after(looked.standing, act, by=checker.by, seen=checker.seen)


def _nothing_in_the_way(looked: Looked) -> None:
    if looked.compared is None or looked.compared.hindrances:
        raise steps.refused("in_the_way")


def _reason(text: str) -> str:
    said = "\n".join(filter(None, (answers.plain(line) for line in text.splitlines())))
    if not said or len(said) > LONGEST_REASON:
        raise steps.refused("reason_needed")
    return said


async def _open(db: Db, keyring: Keyring, looked: Looked, checker: Checker) -> KnownSchool:
    """The school that the form is about; made, with its board, where we do not have it. Raises `Refused`."""
    asked, compared = looked.answers, looked.compared
    if asked is None or compared is None:
        raise steps.refused("not_now")
    school = await schools.by_brin(db, asked.brin, asked.location)
    if school is not None:
        # Two applications for one account: the second waits here, and then finds somebody invited.
        await schools.hold(db, school.id)
        _nothing_in_the_way(await checking.one(db, keyring, looked.id, now=checker.now))
        return school
    place: dict[str, Any] = {"brin": asked.brin or None, "location": asked.location, "board": compared.board}
    try:
        school = await schools.add(db, name=compared.name, now=checker.now, **place)
    except (ValueError, IntegrityError):
        # Another application for it was confirmed at this very moment.
        raise steps.refused("changed") from None
    detail = {"agreement": False}
    await ledger.record(db, "school.added", now=checker.now, by=checker.by, school_id=school.id, detail=detail)
    return school


async def _appoint(db: Db, keyring: Keyring, school: KnownSchool, asked: Answers, checker: Checker, told: Told) -> None:
    """Invites the intended coordinator; who works there already gets the role. Raises `Refused`."""
    letter: dict[str, Any] = {"contact": told.contact, "by": checker.by, "now": checker.now}
    newcomer = Newcomer(asked.email, asked.first_name, asked.prefix or None, asked.surname, (ICT_COORDINATOR,))
    try:
        here = await _working(db, school.id, asked.email, now=checker.now)
        if here is not None:
            await roles.give(db, school.id, here, ICT_COORDINATOR, **letter)
        else:
            await memberships.invite(db, keyring, school.id, newcomer, base_url=told.base_url, **letter)
    except Refused:
        raise steps.refused("address_taken") from None


async def _working(db: Db, school_id: int, email: str, *, now: datetime) -> int | None:
    try:
        employment_id = await employments.by_address(db, school_id, email)
    except LookupError:
        return None
    who = await employments.at(db, school_id, employment_id, today=day_of(now))
    return employment_id if who.working and who.seat_id is None and not who.unanswered else None


async def _move(
    db: Db,
    looked: Looked,
    state: State,
    checker: Checker,
    action: str,
    *,
    school_id: int | None = None,
    **values: object,
) -> None:
    if school_id is not None:
        values["school_id"] = school_id
    await db.execute(update(Application).where(Application.id == looked.id).values(state=state, **values))
    detail = {"application": looked.id}
    await ledger.record(db, action, now=checker.now, by=checker.by, school_id=school_id, detail=detail)


async def _tell(
    db: Db, kind: str, looked: Looked, reason: str, checker: Checker, told: Told, *, token: str | None = None
) -> None:
    if looked.answers is not None:
        more: dict[str, Any] = {"lang": looked.lang, "now": checker.now, "token": token, "reason": reason}
        await asking.write(db, kind, looked.id, looked.answers, told, **more)
