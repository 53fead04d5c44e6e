"""The coupling with the administration system: which one, its key, both sides' yes, and when it is asked (R21-R26, R33, D5)."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory import schools
from directory.imports import couplings, locations, nights, systems
from directory.imports.couplings import MODES
from directory.imports.uwlr.faults import Refused, sentence
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.errors import Problem
from idp.web.desk import fetching, frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, number, opens

DONE: Final = {
    "choose": "system_chosen",
    "mode": "mode_changed",
    "key": "key_saved",
    "remove-key": "key_removed",
    "agree": "agreed",
    "withdraw": "withdrawn",
    "accept": "location_accepted",
}
"""What can be done to a coupling, and what is said after it."""


async def coupling(coordinator: Coordinator) -> Response:
    """The coupling as it stands, with what is lacking and who can do it."""
    return await _page(coordinator)


async def _page(coordinator: Coordinator, *, error: str | None = None, told: str | None = None) -> Response:
    language = coordinator.language
    async with coordinator.floor.database.read() as db:
        known = await systems.listed(db)
        coupled = await couplings.of(db, coordinator.school.id)
        offered = await locations.delivered_to(db, coordinator.school.id)
        sources = {school.id: school.name for school in await schools.by_ids(db, [one.school_id for one in offered])}
    about = coupled.system if coupled else None
    return frame.respond(
        coordinator,
        "coupling.html",
        at="imports",
        error=error,
        told=told,
        systems=[{"code": system.code, "name": system.name} for system in known],
        coupled=coupled,
        modes=MODES,
        offered=[
            {"id": one.id, "key": one.key, "school": sources.get(one.school_id, "–"), "agreed": one.agreed}
            for one in offered
        ],
        help=(about.help_nl if language == "nl" else about.help_en) if about else "",
        lacking=sentence(coupled.lacking, language) if coupled and coupled.lacking else None,
        refused=sentence(coupled.refused, language) if coupled and coupled.refused else None,
        next_run=coupled.next_run_at.astimezone(AMSTERDAM) if coupled and coupled.next_run_at else None,
    )


async def change(coordinator: Coordinator, form: Form) -> Response:
    """Chooses the system, its mode, a key, or says yes or no for the school. A key is never shown again."""
    what = form.get("do", "")
    if what not in DONE:
        raise Problem("request.invalid", detail="no such change of a coupling")
    try:
        async with coordinator.floor.database.begin() as db:
            await _change(db, coordinator, what, form)
    except LookupError:
        raise Problem("not_found", status=404, detail="no such system, or no coupling") from None
    except ValueError:
        return await _page(coordinator, error=f"desk.coupling.refused.{what}")
    return frame.back(coordinator, "/imports/coupling", done=DONE[what])


async def _change(db: Db, coordinator: Coordinator, what: str, form: Form) -> None:
    school_id = coordinator.school.id
    who: dict[str, Any] = {"now": coordinator.now, "by": coordinator.by}
    match what:
        case "choose":
            await couplings.couple(db, school_id, form.get("system", ""), **who)
        case "mode":
            mode = next((mode for mode in MODES if mode == form.get("mode")), None)
            if mode is None:
                raise ValueError("no such mode")
            await couplings.set_mode(db, school_id, mode, **who)
        case "key":
            keyring = coordinator.floor.keyring
            await couplings.set_key(db, school_id, form.get("key", ""), keyring=keyring, **who)
        case "remove-key":
            await couplings.remove_key(db, school_id, **who)
        case "accept":
            await locations.agree(db, school_id, number(form.get("location", "")), **who)
        case "agree":
            await couplings.agree(db, school_id, "school", **who)
        case _:
            await couplings.withdraw(db, school_id, "school", **who)


async def fetch(coordinator: Coordinator, _: Form) -> Response:
    """Asks the system now (D6). A quick answer is shown at once; a slow one goes on by itself and stands in the list when it is there."""
    try:
        async with coordinator.floor.database.begin() as db:
            claimed = await nights.open_now(
                db, coordinator.school, now=coordinator.now, keyring=coordinator.floor.keyring
            )
    except LookupError:
        raise Problem("not_found", status=404, detail="no coupling") from None
    except Refused as refused:
        return await _page(coordinator, told=sentence(refused.code, coordinator.language))
    run_id = await fetching.begin(coordinator.floor, claimed, by=coordinator.by)
    if run_id is None:
        return frame.back(coordinator, "/imports", done="fetching")
    return frame.back(coordinator, f"/imports/{run_id}")


_HERE = f"{ADDRESS}/{{school}}/imports"

ROUTES = [
    Route(f"{_HERE}/coupling", opens(coupling)),
    Route(f"{_HERE}/coupling", act(change), methods=["POST"]),
    Route(f"{_HERE}/fetch", act(fetch), methods=["POST"]),
]
