"""The first page of a board: every school with what needs attention there, its agreement, and how much it ticked.

Who coordinates the schools goes on to the desk of one of them; a board director sees agreements and ticks, and nothing of imports or people.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from starlette.responses import Response
from starlette.routing import Route

from consent import agreements, offers, reviews, ticks
from consent.agreements import Signed
from directory import people
from directory.imports import history
from directory.schools import KnownSchool
from idp.core.db import Db
from idp.web.board import frame
from idp.web.board.guards import BOARD, Overseer, view

DESK: Final = "/desk"
Tone = Literal["brick", "sun", "quiet"]


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits at a school: the key of its words, how many of it, how pressing, and the page of the school's desk where it is done."""

    what: str
    count: int
    tone: Tone
    path: str


@dataclass(frozen=True, slots=True)
class AtSchools:
    """What is known of the schools of a board, by school."""

    signed: Mapping[int, Signed]
    ticked: Mapping[int, int]
    more: Mapping[int, int]
    due: frozenset[int]
    waiting: Mapping[int, list[tuple[int, str]]]
    coordinated: frozenset[int]


async def schools(overseer: Overseer) -> Response:
    """All schools of the board, those where most waits first."""
    async with overseer.floor.database.read() as db:
        known = await read(db, overseer)
    rows = [_row(overseer, school, known) for school in overseer.schools]
    pressing: dict[Tone, int] = {"brick": 0, "sun": 1, "quiet": 2}
    rows.sort(key=lambda row: min((pressing[need["tone"]] for need in row["needs"]), default=3))
    return frame.respond(
        overseer, "schools.html", at="schools", rows=rows, waiting=sum(1 for row in rows if row["needs"])
    )


async def read(db: Db, overseer: Overseer) -> AtSchools:
    """What is to be told of the schools, in a handful of statements however many they are."""
    ids = [school.id for school in overseer.schools]
    stands: dict[str, Counter[int]] = defaultdict(Counter)
    for school_id, one in await offers.standings_of(db, await ticks.of_schools(db, ids)):
        stands[one.state][school_id] += 1
    acts = overseer.acts
    return AtSchools(
        signed=await agreements.of_schools(db, overseer.schools, today=overseer.today),
        ticked=stands["given"] + stands["more"],
        more=stands["more"],
        due=await reviews.due_at(db, ids, now=overseer.now),
        waiting=await history.awaiting(db, ids) if acts else {},
        coordinated=await people.coordinated(db, ids, today=overseer.today) if acts else frozenset(ids),
    )


def _row(overseer: Overseer, school: KnownSchool, known: AtSchools) -> dict[str, Any]:
    signed = known.signed.get(school.id)
    desk = f"{DESK}/{school.code}" if overseer.acts else None
    return {
        "name": school.name,
        "code": school.code,
        "url": desk,
        "signed": signed,
        "ticked": known.ticked.get(school.id, 0),
        "needs": [
            {"what": need.what, "count": need.count, "tone": need.tone, "url": f"{desk}{need.path}" if desk else None}
            for need in _needs(school, known)
        ],
    }


def _needs(school: KnownSchool, known: AtSchools) -> list[Need]:
    """Of one school, the most pressing first."""
    waiting = known.waiting.get(school.id, [])
    held = [run for run, state in waiting if state == "held"]
    planned = [run for run, state in waiting if state != "held"]
    more = known.more.get(school.id, 0)
    found: tuple[tuple[bool, Need], ...] = (
        (school.id not in known.signed, Need("no_agreement", 1, "brick", "/parties")),
        (bool(held), Need("import_held", len(held), "brick", f"/imports/{held[0]}" if held else "")),
        (bool(planned), Need("import_planned", len(planned), "sun", f"/imports/{planned[0]}" if planned else "")),
        (bool(more), Need("consent_more", more, "sun", "/parties")),
        (school.id in known.due, Need("consent_review", 1, "sun", "/parties/review")),
        (school.id not in known.coordinated, Need("no_coordinator", 1, "quiet", "/staff")),
    )
    return [need for applies, need in found if applies]


ROUTES = [Route(f"{BOARD}/{{board}}", view(schools))]
