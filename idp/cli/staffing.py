"""How commands about staff read what is typed, and say what the rules refuse."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from directory import people, schools
from directory import roles as known_roles
from directory.lifecycle import employments
from directory.lifecycle.refusals import Refused as RefusedHere
from directory.names import full_name
from directory.schools import KnownSchool
from idp.cli.acting import note, refuse_unasked, today
from idp.cli.output import Refused
from idp.core.db import Db
from idp.core.floor import Floor


async def coordinator_asked_for(db: Db, laid: Floor, at: KnownSchool, held: Iterable[str], request: str | None) -> None:
    """Before somebody is made coordinator of a school that has coordinators: its written request, kept in the ledger.

    They decide who else coordinates (D16, R79); the first one of a school is the operator's to appoint. Raises `Refused`.
    """
    if known_roles.MANAGING.isdisjoint(held):
        return
    if await people.coordinator_addresses(db, at.id, today=today(laid)):
        refuse_unasked(laid, request)
    if request:
        await note(db, laid, "staff.coordinator_requested", school_id=at.id, request=request)


@contextmanager
def refusals() -> Iterator[None]:
    """What the rules refuse, as a command says it."""
    try:
        yield
    except RefusedHere as error:
        raise Refused(error.code, str(error)) from None


def called(one: Any) -> dict[str, Any]:
    """Name and address of somebody, as rows of tables begin."""
    return {"name": full_name(one.first_name, one.prefix, one.surname), "email": one.email}


def day(text: str | None) -> date | None:
    """A day as it is typed. Raises `ValueError`."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError("a day is written like 2027-07-31") from None


async def found(db: Db, school: str, email: str) -> tuple[KnownSchool, int]:
    """The school, and the number of the employment there of whoever has this address. Raises `LookupError`."""
    at = await schools.by_code(db, school)
    return at, await employments.by_address(db, at.id, email)
