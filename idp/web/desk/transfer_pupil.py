"""One's own pupil in a transfer: found by a part of the name, picked, and named (D14). The name is sent by POST and stands in no address."""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory import names, schools
from directory.lifecycle import reorganisation_asking as asking
from directory.lifecycle import search
from directory.lifecycle.refusals import Refused
from directory.lifecycle.reorganisation_records import OPEN, Known
from directory.lifecycle.reorganisation_requests import Transfer
from directory.lifecycle.search import Found
from idp.core.errors import Problem
from idp.web.desk import frame, transfers
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, number, opens
from idp.web.desk.transfers import here_only, refusal

SHOWN: Final = 20
"""Pupils found at most: who is not among them is searched for with more of the name."""
LONGEST_SEARCH: Final = 100


async def new(coordinator: Coordinator) -> Response:
    """The form of the school where the child is now."""
    return _finding(coordinator, None, found=None, error=None, values={})


def _finding(
    coordinator: Coordinator, known: Known | None, *, found: list[Found] | None, error: str | None, values: Form
) -> Response:
    """The form in which one's own pupil is found; with `known`, for a transfer that another school asked for."""
    return frame.respond(
        coordinator,
        "transfer_pupil.html",
        at="school-year",
        error=error,
        values=values,
        action=f"{coordinator.base}/transfers/{known.id if known else 'new'}" + ("/pupil" if known else ""),
        back=f"{coordinator.base}/transfers" + (f"/{known.id}" if known else ""),
        asking=known is None,
        found=None if found is None else [_pupil(each) for each in found[:SHOWN]],
        more=found is not None and len(found) > SHOWN,
    )


def _pupil(found: Found) -> dict[str, Any]:
    name = names.full_name(found.first_name, found.prefix, found.surname) or "–"
    return {"id": found.person_id, "name": name, "group": found.group, "active": found.active}


async def _find(coordinator: Coordinator, form: Form) -> list[Found]:
    text = form.get("q", "").strip()[:LONGEST_SEARCH]
    if not text:
        return []
    async with coordinator.floor.database.read() as db:
        return await search.pupils(db, coordinator.school.id, text, limit=SHOWN + 1)


async def ask(coordinator: Coordinator, form: Form) -> Response:
    """Finds one's own pupil, or asks for the transfer of the one that was picked: both schools' coordinators are mailed."""
    if form.get("do") != "ask":
        return _finding(coordinator, None, found=await _find(coordinator, form), error=None, values=form)
    floor = coordinator.floor
    try:
        arrived = _picked(form)
        async with floor.database.begin() as db:
            other = await schools.by_code(db, form.get("other", "").strip())
            made = await asking.ask(
                db,
                Transfer(other.id, coordinator.school.id, arrived),
                by=here_only(coordinator),
                effective_on=None,
                now=coordinator.now,
                keyring=floor.keyring,
                contact=floor.settings.support_contact,
            )
    except LookupError:
        error = "desk.transfer.refused.schools"
    except Refused as refused:
        error = refusal(refused)
    else:
        return frame.back(coordinator, f"/transfers/{made}", done="transfer_asked")
    return _finding(coordinator, None, found=await _find(coordinator, form), error=error, values=form)


def _picked(form: Form) -> int:
    if not form.get("pupil"):
        raise Refused("no_pupil", "no pupil was picked")
    return number(form["pupil"])


async def find_own(coordinator: Coordinator) -> Response:
    """The form of the school where the child was."""
    async with coordinator.floor.database.read() as db:
        known = await transfers.found(db, coordinator)
    if known.state not in OPEN or coordinator.school.id not in known.source_ids:
        raise Problem("not_found", status=404, detail="not to be named by this school")
    return _finding(coordinator, known, found=None, error=None, values={})


async def name_own(coordinator: Coordinator, form: Form) -> Response:
    """Finds one's own pupil, or says that it is the one that was picked: that is this school's yes."""
    floor = coordinator.floor
    async with floor.database.read() as db:
        known = await transfers.found(db, coordinator)
    error = None
    if form.get("do") == "name":
        try:
            left = _picked(form)
            async with floor.database.begin() as db:
                await asking.name_pupil(
                    db, known.id, left, by=here_only(coordinator), now=coordinator.now, keyring=floor.keyring
                )
        except LookupError:
            error = "desk.transfer.refused.over"
        except Refused as refused:
            error = refusal(refused)
        else:
            return frame.back(coordinator, f"/transfers/{known.id}", done="transfer_named")
    return _finding(coordinator, known, found=await _find(coordinator, form), error=error, values=form)


_HERE = f"{ADDRESS}/{{school}}/transfers"

ROUTES = [
    Route(f"{_HERE}/new", opens(new)),
    Route(f"{_HERE}/new", act(ask), methods=["POST"]),
    Route(_HERE + "/{transfer:int}/pupil", opens(find_own)),
    Route(_HERE + "/{transfer:int}/pupil", act(name_own), methods=["POST"]),
]
