"""Single people whom a school keeps away from a party. Names are sent by POST and stand in no address."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from consent import exclusions, receipts
from consent.receipts import AboutOne
from directory import names, people
from directory.lifecycle import search
from directory.lifecycle.search import Found
from idp.core.errors import Problem
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, number, opens
from idp.web.desk.parties import found

SHOWN: Final = 20
LONGEST_SEARCH: Final = 100


async def excluded(coordinator: Coordinator) -> Response:
    """Who is kept away from this party, and finding one more."""
    return await _page(coordinator, {}, looked=None, error=None)


async def change(coordinator: Coordinator, form: Form) -> Response:
    """Finds somebody, keeps somebody away, or does so no longer."""
    do = form.get("do")
    if do not in ("exclude", "admit"):
        return await _page(coordinator, form, looked=await look(coordinator, form), error=None)
    if do == "exclude" and not form.get("person"):
        return await _page(coordinator, form, looked=await look(coordinator, form), error="desk.party.nobody_picked")
    does = exclusions.exclude if do == "exclude" else exclusions.admit
    kind: AboutOne = "consent_person_excluded" if do == "exclude" else "consent_person_admitted"
    school, now, by = coordinator.school, coordinator.now, coordinator.by
    try:
        async with coordinator.floor.database.begin() as db:
            one = await found(db, coordinator)
            if await does(db, school.id, one.party.id, number(form.get("person", "")), now=now, by=by):
                told: dict[str, Any] = {"who": (await people.called(db, [by]))[by], "now": now}
                told |= {"base_url": coordinator.floor.settings.base_url}
                told |= {"contact": coordinator.floor.settings.support_contact}
                await receipts.send_about_one(db, kind, school, (one.party.id, one.party.name), **told)
    except LookupError:
        raise Problem("not_found", status=404, detail="nobody of this school") from None
    done = "person_excluded" if do == "exclude" else "person_admitted"
    return frame.back(coordinator, f"/parties/{one.party.id}/people", done=done)


async def look(coordinator: Coordinator, form: Form) -> list[Found]:
    """Pupils and staff of this school with that in their name, a few of them."""
    text = form.get("q", "").strip()[:LONGEST_SEARCH]
    if not text:
        return []
    school_id = coordinator.school.id
    async with coordinator.floor.database.read() as db:
        pupils = await search.pupils(db, school_id, text, limit=SHOWN + 1)
        return pupils + await search.staff(db, school_id, text, limit=SHOWN + 1)


def shown(looked: list[Found] | None) -> dict[str, Any]:
    """What was looked for, as templates show it; None before anything was."""
    if looked is None:
        return {"looked": None, "more": False}
    rows = [
        {
            "id": each.person_id,
            "name": names.full_name(each.first_name, each.prefix, each.surname) or "–",
            "kind": each.kind,
            "group": each.group,
            "active": each.active,
        }
        for each in looked[:SHOWN]
    ]
    return {"looked": rows, "more": len(looked) > SHOWN}


async def _page(coordinator: Coordinator, form: Form, *, looked: list[Found] | None, error: str | None) -> Response:
    async with coordinator.floor.database.read() as db:
        one = await found(db, coordinator)
        away = await exclusions.of_party(db, coordinator.school.id, one.party.id)
    rows = [
        {
            "id": each.person_id,
            "kind": each.kind,
            "name": names.full_name(each.first_name, each.prefix, each.surname) or "–",
        }
        for each in away
    ]
    here = f"{coordinator.base}/parties/{one.party.id}"
    context: dict[str, Any] = {
        "party": {"name": one.party.name, "kind": one.party.kind},
        "here": here,
        "away": rows,
        **shown(looked),
    }
    return frame.respond(coordinator, "party_people.html", at="parties", error=error, values=form, **context)


_HERE = f"{ADDRESS}/{{school}}/parties/{{party:int}}/people"

ROUTES = [Route(_HERE, opens(excluded)), Route(_HERE, act(change), methods=["POST"])]
