"""One yes for several schools of a board, and taking it back for several: on a sheet of its own after a fresh proof (C-318), as at one school.

Every school has its own decision: a transaction, a line in the ledger and a receipt each. One that cannot go along is named with the reason, and the
others go on. Nobody is ticked beforehand.
"""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from consent import bulk
from consent import ticks as decisions
from consent.bulk import Acting, Outcome
from consent.receipts import Receipt
from directory.schools import KnownSchool
from idp.core.crypto import same
from idp.core.db import Db
from idp.core.errors import Problem
from idp.web import tick_receipts
from idp.web.board import frame
from idp.web.board.guards import BOARD, Form, Overseer, act, number, opens
from idp.web.board.parties import found
from idp.web.desk.parties import told

FIELD: Final = "field_"
SCHOOL: Final = "school_"
"""Before the name of a field, and the number of a school, in a form."""
RECENTLY: Final = timedelta(days=30)

Decides = Callable[[Db, KnownSchool], Awaitable[Outcome]]


async def ask_tick(overseer: Overseer) -> Response:
    """What leaves to whom and for what; which optional fields go along, and for which schools."""
    async with overseer.floor.database.read() as db:
        return await _tick_sheet(db, overseer, {}, error=None)


async def _tick_sheet(db: Db, overseer: Overseer, form: Form, *, error: str | None) -> Response:
    offer, rows = await found(db, overseer)
    if not offer.party.offered or not offer.wanted:
        raise Problem("not_found", status=404, detail="a party that is away or asks nothing gets no yes")
    context = _context(overseer, offer.party.id)
    party = told(offer, overseer.language)
    return frame.respond(
        overseer, "party_tick.html", at="parties", error=error, values=form, party=party, rows=rows, **context
    )


async def tick(overseer: Overseer, form: Form) -> Response:
    """Says yes for each chosen school; holds there from its commit."""
    async with overseer.floor.database.read() as db:
        offer, _ = await found(db, overseer)
        chosen = _chosen(overseer, form)
        error = _refusal(overseer, form, chosen)
        if not same(offer.fingerprint, form.get("seen", "")):
            error = "desk.party.changed"
        if error:
            return await _tick_sheet(db, overseer, form, error=error)
    fields = {name.removeprefix(FIELD) for name in form if name.startswith(FIELD)}
    acting, party_id, seen = _acting(overseer), offer.party.id, form["seen"]

    async def yes(db: Db, school: KnownSchool) -> Outcome:
        return await bulk.give(db, acting, school, party_id, fields, seen=seen)

    return await _decided(overseer, offer.party.name, chosen, yes, receipt="consent_given")


async def ask_untick(overseer: Overseer) -> Response:
    """What stops, for how many at which school, and what does not: what the party has already (R73)."""
    async with overseer.floor.database.read() as db:
        return await _untick_sheet(db, overseer, {}, error=None)


async def _untick_sheet(db: Db, overseer: Overseer, form: Form, *, error: str | None) -> Response:
    offer, rows = await found(db, overseer)
    given = [row for row in rows if row["given"]]
    if not given:
        raise Problem("not_found", status=404, detail="there is no yes to take back")
    ids, since = [row["id"] for row in given], overseer.now - RECENTLY
    reached = await decisions.reached_at(db, ids, offer.party.id, since=since)
    rows = [{**row, "reached": reached.get(row["id"], 0)} for row in given]
    context, party = _context(overseer, offer.party.id), told(offer, overseer.language)
    return frame.respond(
        overseer, "party_untick.html", at="parties", error=error, values=form, party=party, rows=rows, **context
    )


async def untick(overseer: Overseer, form: Form) -> Response:
    """Takes the yes of each chosen school back; nothing leaves after its commit (D9)."""
    async with overseer.floor.database.read() as db:
        offer, rows = await found(db, overseer)
        said_yes = {row["id"] for row in rows if row["given"]}
        chosen = _chosen(overseer, form)
        if "all" in form:
            # All that stood on the sheet: those that say yes.
            chosen = [school for school in chosen if school.id in said_yes]
        if error := _refusal(overseer, form, chosen):
            return await _untick_sheet(db, overseer, form, error=error)
    acting, party_id = _acting(overseer), offer.party.id

    async def no(db: Db, school: KnownSchool) -> Outcome:
        return await bulk.withdraw(db, acting, school, party_id)

    return await _decided(overseer, offer.party.name, chosen, no, receipt="consent_withdrawn")


async def _decided(
    overseer: Overseer, party: str, chosen: list[KnownSchool], decides: Decides, *, receipt: Receipt
) -> Response:
    """School after school, and what became of each on one page that says it all; sent again it changes nothing more."""
    outcomes = []
    for school in chosen:
        async with overseer.floor.database.begin() as db:
            outcome = await decides(db, school)
            if outcome.said in bulk.DONE and outcome.offered is not None:
                told_of = outcome.offered, outcome.fields
                await tick_receipts.send(
                    db, overseer.resources, receipt, school, *told_of, by=overseer.by, now=overseer.now
                )
        outcomes.append((school, outcome))
    rows = [
        {"name": school.name, "code": school.code, "said": outcome.said, "refused": outcome.said in bulk.REFUSED}
        for school, outcome in outcomes
    ]
    return frame.respond(
        overseer,
        "party_decided.html",
        at="parties",
        party={"name": party},
        given=receipt == "consent_given",
        rows=sorted(rows, key=lambda row: not row["refused"]),
        failed=sum(1 for row in rows if row["refused"]),
        changed=sum(1 for _, outcome in outcomes if outcome.said in bulk.DONE),
        here=f"{overseer.base}/parties/{overseer.number('party')}",
    )


def _chosen(overseer: Overseer, form: Form) -> list[KnownSchool]:
    """The chosen schools, by name. Raises `Problem("not_found")` if one of them is none of this board: then nothing happens at any."""
    if "all" in form:
        return list(overseer.schools)
    wanted = {number(name.removeprefix(SCHOOL)) for name in form if name.startswith(SCHOOL)}
    chosen = [school for school in overseer.schools if school.id in wanted]
    if len(chosen) != len(wanted):
        # The same for a school of another board and for one that does not exist (C-324).
        raise Problem("not_found", status=404, detail="a school that this board does not run")
    return chosen


def _refusal(overseer: Overseer, form: Form, chosen: list[KnownSchool]) -> str | None:
    """Nothing was chosen, or *all* were and the board has other schools by now than stood on the sheet."""
    if "all" in form and not same(_among(overseer), form.get("among", "")):
        return "board.tick.refused.others"
    return None if chosen else "board.tick.refused.none"


def _among(overseer: Overseer) -> str:
    """Stands for exactly these schools."""
    ids = sorted(school.id for school in overseer.schools)
    return hashlib.sha256(repr(ids).encode()).hexdigest()[:32]


def _acting(overseer: Overseer) -> Acting:
    return Acting(overseer.session.person_id, overseer.board.id, overseer.by, overseer.now)


def _context(overseer: Overseer, party_id: int) -> dict[str, Any]:
    prefixes = {"field_prefix": FIELD, "school_prefix": SCHOOL}
    return {"here": f"{overseer.base}/parties/{party_id}", "among": _among(overseer), **prefixes}


_HERE = f"{BOARD}/{{board}}/parties/{{party:int}}"

ROUTES = [
    Route(f"{_HERE}/tick", opens(ask_tick)),
    Route(f"{_HERE}/tick", act(tick), methods=["POST"]),
    Route(f"{_HERE}/untick", opens(ask_untick)),
    Route(f"{_HERE}/untick", act(untick), methods=["POST"]),
]
