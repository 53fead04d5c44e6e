"""Code changes, mergers, splits and closures as a coordinator asks for them, looks at them, agrees, carries out and undoes (R146-R156, D19).

Nothing happens without a yes of every school and of the helpdesk. Until then nobody reads a name of another school's pupil.
"""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory import groups, schools
from directory.identifiers import parse_school_reference
from directory.lifecycle import reorganisation_asking as asking
from directory.lifecycle import reorganisation_goings as goings
from directory.lifecycle import reorganisation_records as records
from directory.lifecycle import reorganisation_views as views
from directory.lifecycle import reorganisations as carrying
from directory.lifecycle.refusals import Refused
from directory.lifecycle.rehearsal import NOTABLE, OBSTACLES, Meeting, Rehearsal
from directory.lifecycle.reorganisation_goings import Going
from directory.lifecycle.reorganisation_records import HELPDESK, Asker, Known
from directory.lifecycle.reorganisation_requests import Closure, CodeChange, Merger, Split, Wanted
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.errors import Problem
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, opens, view
from idp.web.desk.staff_acts import read_day
from metadata import parties

KINDS: Final = ("codes", "merger", "split", "closure")
OPEN: Final = frozenset({"asked", "checked"})
DONE: Final = {
    "agree": "agreed_to",
    "withdraw": "reorganisation_withdrawn",
    "carry-out": "reorganisation_done",
    "undo": "reorganisation_undone",
    "choose": "choices_saved",
    "name": "code_saved",
}
"""What can be done to a reorganisation, and what is said after it."""


def asker_of(coordinator: Coordinator) -> Asker:
    """Who says something at this desk: for every school that is theirs."""
    return Asker(coordinator.by, frozenset(school.id for school in coordinator.schools))


def _refusal(error: Refused) -> str:
    return f"desk.reorganisation.refused.{'obstacle' if error.code in OBSTACLES else error.code}"


async def listed(coordinator: Coordinator) -> Response:
    """What was asked for about this school, newest first."""
    async with coordinator.floor.database.read() as db:
        found = await records.listed(db, [coordinator.school.id], kinds=KINDS)
        rows = [row_of(known, await names_in(db, known)) for known in found]
    return frame.respond(coordinator, "reorganisations.html", at="school-year", rows=rows, kinds=KINDS)


async def names_in(db: Db, known: Known) -> dict[int, str]:
    """How its schools are called on a page, by id."""
    return {school.id: f"{school.name} ({school.code})" for school in await schools.by_ids(db, known.school_ids)}


def row_of(known: Known, names: dict[int, str]) -> dict[str, Any]:
    """One of them as templates show it."""
    return {
        "id": known.id,
        "kind": known.kind,
        "state": known.state,
        "sources": [names.get(school_id, "–") for school_id in known.source_ids],
        "targets": [names.get(school_id, "–") for school_id in known.target_ids],
        "asked_at": known.asked_at.astimezone(AMSTERDAM),
        "effective_on": known.effective_on,
        "undo_until": known.undo_until,
        "needed": [HELPDESK if one == HELPDESK else names.get(int(one), "–") for one in known.needed],
    }


async def new(coordinator: Coordinator) -> Response:
    """The form of one kind."""
    return await _new_page(coordinator, error=None, values={})


async def _new_page(coordinator: Coordinator, *, error: str | None, values: Form) -> Response:
    kind = coordinator.request.path_params["kind"]
    if kind not in KINDS:
        raise Problem("not_found", status=404, detail="no such kind of reorganisation")
    async with coordinator.floor.database.read() as db:
        known = await groups.of_school(db, coordinator.school.id) if kind == "split" else []
    stam = [
        {"id": group.id, "name": group.name, "pupils": group.pupils} for group in known if group.kind == "stamgroep"
    ]
    return frame.respond(
        coordinator,
        "reorganisation_new.html",
        at="school-year",
        error=error,
        values=values,
        kind=kind,
        groups=stam,
    )


async def ask(coordinator: Coordinator, form: Form) -> Response:
    """Asks for it: from now on this school's own coupling is on manual, and everybody concerned is mailed."""
    floor = coordinator.floor
    try:
        on = read_day(form.get("effective_on", ""))
        async with floor.database.begin() as db:
            wanted = await _wanted(db, coordinator, form)
            reorganisation_id = await asking.ask(
                db,
                wanted,
                by=asker_of(coordinator),
                effective_on=on,
                now=coordinator.now,
                keyring=floor.keyring,
                contact=floor.settings.support_contact,
            )
    except Refused as error:
        return await _new_page(coordinator, error=_refusal(error), values=form)
    except (LookupError, ValueError):
        return await _new_page(coordinator, error="desk.reorganisation.refused.schools", values=form)
    return frame.back(coordinator, f"/reorganisations/{reorganisation_id}", done="reorganisation_asked")


async def _wanted(db: Db, coordinator: Coordinator, form: Form) -> Wanted:
    mine = coordinator.school.id
    match coordinator.request.path_params["kind"]:
        case "codes":
            brin, location = _code(form)
            return CodeChange(mine, brin, location)
        case "merger":
            others = [await _other(db, mine, code) for code in form.get("others", "").replace(",", " ").split()]
            keys: Any = "kept" if form.get("keys") == "kept" else "renewed"
            if form.get("direction") == "away":
                (target,) = others
                return Merger((mine,), target, keys)
            return Merger(tuple(others), mine, keys)
        case "split":
            target = await _other(db, mine, form.get("target", "").strip())
            own = {group.id for group in await groups.of_school(db, mine)}
            return Split(mine, {str(each): target for each in own if f"group_{each}" in form})
        case "closure":
            return Closure(mine)
        case _:
            raise Problem("not_found", status=404, detail="no such kind of reorganisation")


async def _other(db: Db, mine: int, code: str) -> int:
    """The school that somebody means, which is another one than their own. Raises `Refused`."""
    try:
        found = await schools.by_code(db, code)
    except (LookupError, ValueError):
        raise Refused("unknown_school", "no school has this code here") from None
    if found.id == mine:
        raise Refused("own_school", "name the other school, not your own")
    return found.id


def _code(form: Form) -> tuple[str | None, str]:
    """BRIN and location as typed; no BRIN while DUO has not given it yet (R164). Raises `ValueError`."""
    typed = form.get("code", "").strip()
    if not typed:
        return None, ""
    named = parse_school_reference(typed)
    if named.brin is None:
        raise ValueError("a code is a BRIN, with or without location")
    return named.brin, named.location or ""


async def one(coordinator: Coordinator) -> Response:
    """One of them: how it stands, and as long as it is open what it would do, rehearsed now."""
    return await _one(coordinator, error=None)


async def _one(coordinator: Coordinator, *, error: str | None) -> Response:
    floor = coordinator.floor
    async with floor.database.read() as db:
        known = await _found(db, coordinator)
        names = await names_in(db, known)
        rehearsed, going = None, tuple[Going, ...]()
        if known.state in OPEN:
            by = asker_of(coordinator)
            going = await goings.shown(db, known, by=by, keyring=floor.keyring)
            rehearsed = await views.shown(db, known, by=by, now=coordinator.now, keyring=floor.keyring)
        between = await _between(db, coordinator, known) if known.state == "done" else []
    today = coordinator.today
    return frame.respond(
        coordinator,
        "reorganisation.html",
        at="school-year",
        error=error,
        row=row_of(known, names),
        rehearsed=_shown(coordinator, rehearsed, names) if rehearsed else None,
        goings=[_going(each, names) for each in going],
        agreed=str(coordinator.school.id) not in known.needed,
        ready=known.state == "checked" and (known.effective_on is None or known.effective_on <= today),
        undoable=known.state == "done" and known.undo_until is not None and today <= known.undo_until,
        counts=known.detail.get("counts", {}),
        between=between,
    )


async def _between(db: Db, coordinator: Coordinator, known: Known) -> list[dict[str, Any]]:
    """The sign-ins that undoing leaves under the subject that was kept; only a coordinator reads who used what (D19, D37)."""
    found = await carrying.signins_between(db, known, until=coordinator.now)
    names = await carrying.names_of(db, {one.person_id for one in found})
    called = {party_id: (await parties.by_id(db, party_id)).name for party_id in {one.party_id for one in found}}
    return [
        {
            "name": names.get(one.person_id, "–"),
            "party": called[one.party_id],
            "times": one.times,
            "last_at": one.last_at.astimezone(AMSTERDAM),
        }
        for one in found
    ]


async def _found(db: Db, coordinator: Coordinator) -> Known:
    try:
        known = await records.of(db, coordinator.number("reorganisation"), at=coordinator.school.id)
    except LookupError:
        known = None
    if known is None or known.kind not in KINDS:
        raise Problem("not_found", status=404, detail="no such reorganisation of this school")
    return known


def _shown(coordinator: Coordinator, rehearsed: Rehearsal, names: dict[int, str]) -> dict[str, Any]:
    place = 0 if coordinator.language == "nl" else 1

    def meeting(each: Meeting) -> dict[str, Any]:
        return {
            "choice": each.choice,
            "fate": each.fate.value,
            "name": each.name,
            "school": names.get(each.school_id, "–"),
            "other_name": each.other_name,
            "other_school": names.get(each.other_school_id, "–"),
        }

    return {
        "counts": {what: number for what, number in rehearsed.counts.items() if what != "schools"},
        "notable": sorted({NOTABLE[note.code][place] for note in rehearsed.notable}),
        "obstacles": [OBSTACLES[code][place] for code in rehearsed.obstacles],
        "doubts": [meeting(each) for each in rehearsed.doubts],
        "meetings": [meeting(each) for each in rehearsed.meetings if each not in rehearsed.doubts],
        "fingerprint": rehearsed.fingerprint,
        "code_unknown": "code_unknown" in rehearsed.obstacles,
    }


def _going(going: Going, names: dict[int, str]) -> dict[str, Any]:
    return {
        "school": names.get(going.from_id, "–"),
        "to": names.get(going.to_id, "–"),
        "who": going.who,
        "group": going.group,
        "number": going.number,
        "names": going.names,
    }


async def decide(coordinator: Coordinator, form: Form) -> Response:
    """A yes, a no, an answer to doubts, the new code, doing it, or undoing it."""
    what = form.get("do", "")
    if what not in DONE:
        raise Problem("request.invalid", detail="no such decision")
    try:
        async with coordinator.floor.database.begin() as db:
            known = await _found(db, coordinator)
            await _decide(db, coordinator, known.id, what, form)
    except Refused as error:
        if error.code == "changed" and what == "carry-out":
            await _look_again(coordinator, known.id)
        return await _one(coordinator, error=_refusal(error))
    except ValueError:
        return await _one(coordinator, error="desk.reorganisation.refused.code")
    return frame.back(coordinator, f"/reorganisations/{known.id}", done=DONE[what])


async def _look_again(coordinator: Coordinator, reorganisation_id: int) -> None:
    """Where it would do something else than everybody agreed to, everybody is asked anew."""
    floor = coordinator.floor
    async with floor.database.begin() as db:
        await asking.check_again(
            db,
            reorganisation_id,
            now=coordinator.now,
            by=coordinator.by,
            keyring=floor.keyring,
            contact=floor.settings.support_contact,
        )


async def _decide(db: Db, coordinator: Coordinator, reorganisation_id: int, what: str, form: Form) -> None:
    floor, now, by = coordinator.floor, coordinator.now, asker_of(coordinator)
    keyring, contact = floor.keyring, floor.settings.support_contact
    match what:
        case "agree":
            seen = form.get("fingerprint", "")
            await asking.agree(db, reorganisation_id, by=by, now=now, keyring=keyring, fingerprint=seen)
        case "withdraw":
            await asking.withdraw(db, reorganisation_id, by=by, now=now)
        case "choose":
            answers: Any = {name[2:]: value for name, value in form.items() if name.startswith("d_") and value}
            await asking.choose(db, reorganisation_id, answers, by=by, now=now, keyring=keyring)
        case "name":
            brin, location = _code(form)
            if brin is None:
                raise ValueError("no code")
            await asking.name_code(db, reorganisation_id, brin, location, by=by, now=now, keyring=keyring)
        case "carry-out":
            seen = form.get("fingerprint", "")
            await carrying.carry_out(
                db, reorganisation_id, fingerprint=seen, now=now, by=coordinator.by, keyring=keyring, contact=contact
            )
        case _:
            await carrying.undo(db, reorganisation_id, now=now, by=by, keyring=keyring, contact=contact)


_HERE = f"{ADDRESS}/{{school}}/reorganisations"

ROUTES = [
    Route(_HERE, view(listed)),
    Route(_HERE + "/new/{kind}", opens(new)),
    Route(_HERE + "/new/{kind}", act(ask), methods=["POST"]),
    Route(_HERE + "/{reorganisation:int}", opens(one)),
    Route(_HERE + "/{reorganisation:int}", act(decide), methods=["POST"]),
]
