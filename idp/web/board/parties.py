"""Agreements and ticks of all schools of a board: who said yes where, for all parties together and for one of them school by school."""

from collections import defaultdict
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from consent import agreements, offers, ticks
from consent.offers import Offer, Standing
from directory import people
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.errors import Problem
from idp.web.board import frame
from idp.web.board.guards import BOARD, Form, Overseer, asks, view
from idp.web.desk.parties import told, who

LONGEST_SEARCH: Final = 100
FEW: Final = 3
"""So many schools that did not say yes are named in the list; of more the party's own page tells."""


async def parties(overseer: Overseer) -> Response:
    """The agreement and every party, with how many schools said yes and which did not."""
    return await _list(overseer, "")


async def search(overseer: Overseer, form: Form) -> Response:
    """Those with a part of a name."""
    return await _list(overseer, " ".join(form.get("q", "").split())[:LONGEST_SEARCH])


async def _list(overseer: Overseer, wanted: str) -> Response:
    ids = [school.id for school in overseer.schools]
    async with overseer.floor.database.read() as db:
        signed = await agreements.of_schools(db, overseer.schools, today=overseer.today)
        decided = await offers.standings_of(db, await ticks.of_schools(db, ids))
        known = await offers.offered(db)
    given: dict[int, dict[int, Standing]] = defaultdict(dict)
    for school_id, one in decided:
        if one.given:
            given[one.party_id][school_id] = one
    rows = [
        _row(overseer, party_id, name, kind, given.get(party_id, {}))
        for party_id, name, kind, enabled in known
        if (enabled or party_id in given) and wanted.lower() in name.lower()
    ]
    return frame.respond(
        overseer,
        "parties.html",
        at="parties",
        q=wanted,
        some=bool(known),
        agreement={"yes": len(signed), "all": len(ids), "missing": _missing(overseer, set(signed))},
        ticked=[row for row in rows if row["yes"]],
        others=[row for row in rows if not row["yes"]],
    )


def _row(overseer: Overseer, party_id: int, name: str, kind: str, given: dict[int, Standing]) -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "url": f"{overseer.base}/parties/{party_id}",
        "yes": len(given),
        "all": len(overseer.schools),
        "more": sum(1 for one in given.values() if one.state == "more"),
        "missing": _missing(overseer, set(given)),
    }


def _missing(overseer: Overseer, said_yes: set[int]) -> list[str]:
    """The schools that did not say yes, where they are few enough to name."""
    without = [school.name for school in overseer.schools if school.id not in said_yes]
    return without if len(without) <= FEW else []


async def party(overseer: Overseer) -> Response:
    """One party: what it asks and for what, and school by school whether there is an agreement, a yes, since when and by whom."""
    async with overseer.floor.database.read() as db:
        offer, rows = await found(db, overseer)
    here = f"{overseer.base}/parties/{offer.party.id}"
    return frame.respond(
        overseer,
        "party.html",
        at="parties",
        party=told(offer, overseer.language),
        here=here,
        rows=rows,
        yes=sum(1 for row in rows if row["given"]),
    )


async def found(db: Db, overseer: Overseer) -> tuple[Offer, list[dict[str, Any]]]:
    """The party in the address as a school sees it that said nothing yet, and every school of the board with what it said.

    Raises `Problem("not_found")` for a party that is away and that none of them says yes to.
    """
    ids, party_id = [school.id for school in overseer.schools], overseer.number("party")
    decided = await ticks.of_schools(db, ids, party_id=party_id)
    try:
        offer, at = await offers.at_schools(db, party_id, decided)
    except LookupError:
        raise Problem("not_found", status=404, detail="no such party") from None
    if not offer.party.offered and not any(one.given for one in at.values()):
        raise Problem("not_found", status=404, detail="a party that is away")
    signed = await agreements.of_schools(db, overseer.schools, today=overseer.today)
    names = await people.called(db, {one.by for one in decided})
    by = {one.school_id: who(one.by, names) for one in decided}
    rows = []
    for school in overseer.schools:
        one = at.get(school.id)
        rows.append(
            {
                "id": school.id,
                "name": school.name,
                "code": school.code,
                "state": one.state if one else "none",
                "given": one is not None and one.given,
                "since": one.tick.changed_at.astimezone(AMSTERDAM) if one and one.tick else None,
                **by.get(school.id, {}),
                "signed": signed.get(school.id),
            }
        )
    return offer, rows


_HERE = f"{BOARD}/{{board}}/parties"

ROUTES = [
    Route(_HERE, view(parties)),
    Route(_HERE, asks(search), methods=["POST"]),
    Route(_HERE + "/{party:int}", view(party)),
]
