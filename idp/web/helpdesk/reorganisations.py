"""Mergers, splits, changes of code, closures and transfers: what is going on, whose yes is missing, and the helpdesk's own (R146-R156).

Schools and numbers only: no child, and no party that knows one (D37).
"""

from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory import schools
from directory.lifecycle import reorganisation_asking as asking
from directory.lifecycle import reorganisation_records as records
from directory.lifecycle import reorganisation_views as views
from directory.lifecycle.refusals import Refused
from directory.lifecycle.rehearsal import NOTABLE, OBSTACLES
from directory.lifecycle.reorganisation_records import HELPDESK, Asker, Known
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.errors import Problem
from idp.http import forms
from idp.web.helpdesk import frame
from idp.web.helpdesk.guards import ADDRESS, Attendant, Form, decides_at_once, view
from idp.web.helpdesk.needs import Need

PAGE_OF: Final = 25
LONGEST_REQUEST: Final = 64


async def listed(attendant: Attendant) -> Response:
    """All of them, the newest first."""
    before = forms.query_of(attendant.request).get("before", "")
    async with attendant.floor.database.read() as db:
        last = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
        found = await records.listed(db, before=last, limit=PAGE_OF + 1)
        rows = [await _row(db, known) for known in found[:PAGE_OF]]
    older = (
        frame.address(attendant, "/reorganisations", before=str(found[PAGE_OF - 1].id))
        if len(found) > PAGE_OF
        else None
    )
    shown = {"previous": None, "next": older}
    return frame.respond(attendant, "reorganisations.html", at="reorganisations", rows=rows, shown=shown)


async def show(attendant: Attendant) -> Response:
    """One of them, rehearsed where it is still open."""
    return await _page(attendant)


async def agree(attendant: Attendant, form: Form) -> Response:
    """An operator's yes for the helpdesk, to what was shown; for a school that has no coordinator only at its written request."""
    number, request = attendant.number("reorganisation"), " ".join(form.get("request", "").split())[:LONGEST_REQUEST]
    floor = attendant.floor
    try:
        async with floor.database.begin() as db:
            alone = await _spoken_for(db, await records.of(db, number))
            if alone and not request:
                return await _page(attendant, error="helpdesk.reorganisation.request_needed")
            for school_id in sorted(alone):
                await attendant.note(
                    db, "reorganisation.requested", school_id=school_id, reorganisation=number, request=request
                )
            shown = form.get("fingerprint", "")
            await asking.agree(
                db, number, by=_asker(attendant), now=attendant.now, keyring=floor.keyring, fingerprint=shown
            )
    except LookupError as error:
        raise Problem("not_found", status=404, detail=str(error)) from None
    except Refused as refused:
        code = "obstacle" if refused.code in OBSTACLES else refused.code
        return await _page(attendant, error=f"desk.reorganisation.refused.{code}")
    return frame.back(attendant, f"/reorganisations/{number}", done="reorganisation_agreed")


async def _page(attendant: Attendant, *, error: str | None = None) -> Response:
    floor, language = attendant.floor, 0 if attendant.language == "nl" else 1
    async with floor.database.read() as db:
        try:
            known = await records.of(db, attendant.number("reorganisation"))
        except LookupError as failure:
            raise Problem("not_found", status=404, detail=str(failure)) from None
        rehearsed: dict[str, Any] | None = None
        if known.state in records.OPEN:
            whole = await views.shown(db, known, by=_asker(attendant), now=attendant.now, keyring=floor.keyring)
            rehearsed = {
                "counts": {what: number for what, number in whole.counts.items() if what != "schools"},
                "doubts": len(whole.doubts),
                "notable": [(NOTABLE[note.code][language], note.number) for note in whole.notable],
                "obstacles": [OBSTACLES[code][language] for code in whole.obstacles],
                "fingerprint": whole.fingerprint,
            }
        return frame.respond(
            attendant,
            "reorganisation.html",
            at="reorganisations",
            error=error,
            row=await _row(db, known),
            rehearsed=rehearsed,
            waits_for_us=HELPDESK in known.needed,
            alone=bool(await _spoken_for(db, known)),
        )


async def _row(db: Db, known: Known) -> dict[str, Any]:
    """One of them as templates show it."""
    found = await schools.by_ids(db, known.school_ids)
    called = {school.id: f"{school.name} ({school.code})" for school in found}
    return {
        "id": known.id,
        "kind": known.kind,
        "state": known.state,
        "sources": [called.get(school_id, "–") for school_id in known.source_ids],
        "targets": [called.get(school_id, "–") for school_id in known.target_ids],
        "asked_at": known.asked_at.astimezone(AMSTERDAM),
        "effective_on": known.effective_on,
        "undo_until": known.undo_until,
        "needed": [HELPDESK if one == HELPDESK else called.get(int(one), "–") for one in known.needed],
    }


async def _spoken_for(db: Db, known: Known) -> frozenset[int]:
    """The schools without a coordinator, for which the helpdesk's yes is theirs."""
    if known.state not in records.OPEN:
        return frozenset()
    return await records.spoken_for(db, known, {HELPDESK: HELPDESK})


def _asker(attendant: Attendant) -> Asker:
    return Asker(attendant.by, helpdesk=True)


async def waits(db: Db, attendant: Attendant) -> list[Need]:
    """Those that wait for the helpdesk's yes."""
    found = await records.listed(db, states=records.OPEN, limit=PAGE_OF)
    count = sum(1 for known in found if HELPDESK in known.needed)
    return [Need("reorganisations", count, "/reorganisations", "sun")] if count else []


ROUTES = [
    Route(ADDRESS + "/reorganisations", view(listed)),
    Route(ADDRESS + "/reorganisations/{reorganisation}", view(show), methods=["GET"]),
    Route(ADDRESS + "/reorganisations/{reorganisation}", decides_at_once(agree), methods=["POST"]),
]
