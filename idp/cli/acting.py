"""What every command stands on: the settings, the floor under it, and the name under which it acts."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Final, TypeVar

from pydantic import ValidationError
from sqlalchemy.exc import DataError, IntegrityError

from idp.cli import output
from idp.cli.output import Refused
from idp.core import floor, ledger
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.errors import Misconfigured
from idp.core.floor import Floor
from idp.core.settings import Settings

T = TypeVar("T")

OPERATOR: Final = "operator:cli"
"""Who the ledger says did it."""


def read_settings() -> Settings:
    """The settings of this process. Raises `Misconfigured` with the first thing wrong; it never repeats a value."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        reason = wrong["msg"].removeprefix("Value error, ")
        # What concerns several settings names them itself.
        raise Misconfigured(f"IDP_{wrong['loc'][0]}".upper() + f": {reason}" if wrong["loc"] else reason) from None


def perform(work: Callable[[Floor], Awaitable[T]], *, as_json: bool) -> T:
    """Lays the floor, does the work on it, and ends the process in words where that fails."""
    return finish(lambda: _on_floor(work), as_json=as_json)


def finish(work: Callable[[], Awaitable[T]], *, as_json: bool) -> T:
    """Runs the work to its end; like `perform`, for what needs no floor."""

    async def run() -> T:
        return await work()

    try:
        return asyncio.run(run())
    except output.EXPECTED as error:
        raise output.failure(error, as_json=as_json) from None


async def _on_floor(work: Callable[[Floor], Awaitable[T]]) -> T:
    laid = await floor.lay(read_settings())
    try:
        return await work(laid)
    except IntegrityError:
        raise Refused("conflict", "somebody changed the same thing at this moment; nothing was changed") from None
    except DataError:
        raise Refused("refused", "a value is longer than there is room for; nothing was changed") from None
    finally:
        await laid.close()


def refuse_unasked(laid: Floor, request: str | None) -> None:
    """Raises `Refused` where an operator acts for a school and names no written request of it; the demonstration needs none."""
    if not request and not laid.settings.demo:
        told = "an operator acts for a school at its written request only: name it with --request"
        raise Refused("request_needed", told)


async def note(
    db: Db, laid: Floor, action: str, *, school_id: int | None = None, subject: str | None = None, **detail: object
) -> None:
    """The operator's entry in the ledger; it stands or falls with what it tells of."""
    await ledger.record(db, action, now=laid.now, by=OPERATOR, school_id=school_id, subject=subject, detail=detail)


def who(request: str | None) -> str:
    """Who did it, in the receipts of a school (Dutch): the operator, at that written request of the school."""
    told = "de beheerder van Poortwachter, op schriftelijk verzoek van de school"
    return f"{told} ({request})" if request else told


def today(laid: Floor) -> date:
    """The day it is in the Netherlands."""
    return laid.now.astimezone(AMSTERDAM).date()
