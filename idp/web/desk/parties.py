"""Publishers and network providers as a school sees them: which there are, what each asks and for what, and who said yes to what when (R70-R76)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from consent import agreements, deletions, exclusions, offers, party_agreements, pupil_lists, reviews, ticks
from consent.deletions import KnownRequest
from consent.offers import Offer, Standing
from consent.ticks import Change
from directory import environments, people
from directory.imports.refusals import Language
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.errors import Problem
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, asks, view

LONGEST_SEARCH: Final = 100
BY_ITSELF: Final = "system"


async def parties(coordinator: Coordinator) -> Response:
    """Every party, those that want an answer first."""
    return await _list(coordinator, "")


async def search(coordinator: Coordinator, form: Form) -> Response:
    """Those with a part of a name."""
    return await _list(coordinator, " ".join(form.get("q", "").split())[:LONGEST_SEARCH])


async def _list(coordinator: Coordinator, wanted: str) -> Response:
    school = coordinator.school
    async with coordinator.floor.database.read() as db:
        found = await offers.standings(db, school.id)
        looked = await reviews.last(db, school.id)
        due = await reviews.due(db, school.id, now=coordinator.now)
        several = len(await environments.ticked(db, school.id)) > 1
        agreed = await agreements.in_force(db, school.id, school.board_id, today=coordinator.today)
    shown = [one for one in found if wanted.lower() in one.name.lower()]
    publishers = [one for one in shown if one.kind == "publisher"]
    return frame.respond(
        coordinator,
        "parties.html",
        at="parties",
        q=wanted,
        agreed=agreed,
        reviewed=looked[0].astimezone(AMSTERDAM) if looked else None,
        review_due=due,
        waiting=sum(1 for one in found if one.state == "more"),
        several=several,
        networks=_rows(coordinator, [one for one in shown if one.kind == "network"]),
        ticked=_rows(coordinator, [one for one in publishers if one.given]),
        others=_rows(coordinator, [one for one in publishers if not one.given]),
        ever=any(one.since is not None for one in found),
        some=bool(found),
    )


def _rows(coordinator: Coordinator, found: Iterable[Standing]) -> list[dict[str, Any]]:
    rows = [
        {
            "name": one.name,
            "url": f"{coordinator.base}/parties/{one.party_id}",
            "state": one.state,
            "asked": one.asked,
            "shared": one.shared,
            "since": one.since.astimezone(AMSTERDAM) if one.since else None,
        }
        for one in found
    ]
    return sorted(rows, key=lambda row: row["state"] != "more")


async def party(coordinator: Coordinator) -> Response:
    """One party: its fields with their purpose, what the school said to each, whom to ask, and what was decided before."""
    return await page(coordinator, error=None, values={})


async def page(coordinator: Coordinator, *, error: str | None, values: Form) -> Response:
    """That page; with `error` after something there was refused."""
    school_id = coordinator.school.id
    async with coordinator.floor.database.read() as db:
        one = await found(db, coordinator)
        history = await decided(db, coordinator, one.party.id)
        fetched = await pupil_lists.fetched(db, school_id, one.party.id)
        away = len(await exclusions.of_party(db, school_id, one.party.id))
        asked = await deletions.of_party(db, school_id, one.party.id)
        signed = await party_agreements.in_force(
            db, one.party.id, school_id=school_id, board_id=coordinator.school.board_id, today=coordinator.today
        )
        names = await people.called(db, {by for each in asked for by in (each.asked_by, each.answered_by) if by})
    return frame.respond(
        coordinator,
        "party.html",
        at="parties",
        error=error,
        values=values,
        away=away,
        fetched={"at": fetched.at.astimezone(AMSTERDAM), "pupils": fetched.pupils} if fetched else None,
        requests=[_request(each, names) for each in asked],
        signed={"paper": signed[0], "of_board": signed[1]} if signed else None,
        party=told(one, coordinator.language),
        here=f"{coordinator.base}/parties/{one.party.id}",
        history=history,
    )


def _request(asked: KnownRequest, names: dict[str, str]) -> dict[str, Any]:
    answered_at = asked.answered_at.astimezone(AMSTERDAM) if asked.answered_at else None
    return {
        "asked_at": asked.asked_at.astimezone(AMSTERDAM),
        "asked_by": names.get(asked.asked_by),
        "mailed": asked.mailed,
        "answered_at": answered_at,
        "answered_by": names.get(asked.answered_by or ""),
        "answer": asked.answer,
    }


async def found(db: Db, coordinator: Coordinator) -> Offer:
    """The party in the address beside this school's decision. Raises `Problem("not_found")`."""
    try:
        return await offers.one(db, coordinator.school.id, coordinator.number("party"))
    except LookupError:
        raise Problem("not_found", status=404, detail="no such party for a school") from None


def told(one: Offer, language: Language) -> dict[str, Any]:
    """A party and what it asks, in the words of the page."""
    place = 0 if language == "nl" else 1
    fields = [
        {
            "name": each.name,
            "uses": [{"service": use.service, "why": (use.purpose_nl, use.purpose_en)[place]} for use in each.uses],
            "required": each.required,
            "ticked": each.ticked,
            "new": each.new,
        }
        for each in one.wanted
    ]
    contact = {"name": one.party.contact_name, "email": one.party.contact_email, "phone": one.party.contact_phone}
    return {
        "name": one.party.name,
        "kind": one.party.kind,
        "enabled": one.party.enabled,
        "contact": contact if any(contact.values()) else None,
        "state": one.state,
        "since": one.tick.changed_at.astimezone(AMSTERDAM) if one.tick else None,
        "fields": fields,
        "surplus": sorted(one.surplus),
        "optional": any(not each.required for each in one.wanted),
        "unsaid": any(not each.uses for each in one.wanted),
        "fingerprint": one.fingerprint,
    }


async def decided(db: Db, coordinator: Coordinator, party_id: int) -> list[dict[str, Any]]:
    """Who said what when, the newest first; each with what came with it and what went, beside the one before."""
    changes = await ticks.changes(db, coordinator.school.id, party_id)
    names = await people.called(db, {change.by for change in changes})
    earlier: list[Change | None] = [*changes[1:], None]
    return [_decision(now, before, names) for now, before in zip(changes, earlier, strict=False)]


def _decision(now: Change, before: Change | None, names: dict[str, str]) -> dict[str, Any]:
    had = before.fields if before is not None and before.given else frozenset[str]()
    return {
        "at": now.at.astimezone(AMSTERDAM),
        "given": now.given,
        "again": bool(had),
        **who(now.by, names),
        "request": now.request_ref,
        "added": sorted(now.fields - had) if now.given else [],
        "dropped": sorted(had - now.fields) if now.given else [],
    }


def who(by: str, names: Mapping[str, str]) -> dict[str, Any]:
    """Who decided, by name; and what to say where that is no person, or one who is gone."""
    gone = len(by) == people.LEDGER_ID and by not in names
    return {"who": names.get(by), "by": "gone" if gone else "itself" if by == BY_ITSELF else "operator"}


_HERE = f"{ADDRESS}/{{school}}/parties"

ROUTES = [
    Route(_HERE, view(parties)),
    Route(_HERE, asks(search), methods=["POST"]),
    Route(_HERE + "/{party:int}", view(party)),
]
