"""Imports: the runs of a school, one run with what it changes, and the yes, the no and the undo to it (R29, R30, D17).

A file is read while it is sent; only the last click imports. What a run would do is planned anew for the page and again when somebody says yes.
"""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory.imports import (
    advice,
    couplings,
    describe,
    environment,
    files,
    locations,
    past,
    runs,
    seen_locations,
    undo,
    words,
)
from directory.imports.collisions import until_alone
from directory.imports.files import FileRead
from directory.imports.plan import first_day
from directory.imports.refusals import REFUSALS, ImportRefused, Language, doubt
from directory.imports.runs import Run
from directory.imports.uwlr.faults import FAULTS
from directory.imports.words import RunRefused
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.errors import Problem
from idp.credentials import newcomers
from idp.http import forms
from idp.http.forms import Unreadable
from idp.http.uploads import Upload
from idp.web.desk import frame
from idp.web.desk.changes import described, in_words, warning_in_words
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, number, opens, receives, view
from idp.web.pictures import TILE_PICTURES

WAITS: Final = frozenset({"planned", "held", "waiting"})
"""States in which a run's plan can be looked at."""
SHOWN: Final = 20


async def imports(coordinator: Coordinator) -> Response:
    """The last runs: when, from where, how it ended; and the coupling."""
    before = forms.query_of(coordinator.request).get("before", "")
    async with coordinator.floor.database.read() as db:
        found = await runs.listed(
            db, coordinator.school.id, now=coordinator.now, before=number(before) if before else None, limit=SHOWN + 1
        )
        coupled = await couplings.of(db, coordinator.school.id)
        several = await seen_locations.last(db, coordinator.school.id) is not None
    further = frame.address(coordinator, "/imports", before=str(found[SHOWN - 1].id)) if len(found) > SHOWN else None
    return frame.respond(
        coordinator,
        "imports.html",
        at="imports",
        runs=[row_of(run, coordinator.language) for run in found[:SHOWN]],
        coupled=coupled,
        next_run=coupled.next_run_at.astimezone(AMSTERDAM) if coupled and coupled.next_run_at else None,
        several=several,
        further=further,
        later=bool(before),
    )


def row_of(run: Run, language: Language) -> dict[str, Any]:
    """A run as templates show it: its numbers over all people, and its error as a sentence."""
    counts: dict[str, int] = {}
    for noun in ("pupils", "staff"):
        for kind, many in run.counts.get(noun, {}).items():
            counts[kind] = counts.get(kind, 0) + many
    return {
        "id": run.id,
        "source": run.source,
        "origin": run.origin,
        "state": run.state,
        "said": words.STATES[run.state][_place(language)],
        "school_year": run.school_year,
        "started_at": run.started_at.astimezone(AMSTERDAM),
        "counts": counts,
        "held": sum(run.counts.get("held", {}).values()),
        "doubts": len(run.doubts.get("doubts", ())) + run.doubts.get("more", 0),
        "error": sentence(run.error, language) if run.error else None,
        "undo_until": run.undo_until,
        "undoable": run.undoable,
    }


def sentence(code: str, language: Language) -> str:
    """What a code of a refusal or a fault means, for people."""
    if code in REFUSALS:
        return REFUSALS[code][_place(language)]
    fault = FAULTS.get(code)
    if fault is not None:
        return fault.nl if language == "nl" else fault.en
    return code


def _place(language: Language) -> int:
    return 0 if language == "nl" else 1


async def new(coordinator: Coordinator) -> Response:
    """The form for a file: EDEXML, or the table of a school without a LAS."""
    return frame.respond(coordinator, "import_new.html", at="imports")


async def receive(coordinator: Coordinator, upload: Upload) -> Response:
    """Reads the file as it comes, plans, and shows what would change; nothing is imported yet (R30)."""
    floor, now = coordinator.floor, coordinator.now
    try:
        got = await _read(upload)
        ours = environment.kept_apart(got.administration, floor.settings.eckid_environment)
        async with floor.database.begin() as db:
            parts = await locations.parts(db, coordinator.school, ours)
            await seen_locations.remember(db, coordinator.school.id, ours, now=now)
            # Every account that agreed to get its pupils from here looks at its own part, and says yes to it itself (D13).
            received = [
                await runs.receive(
                    db,
                    part.school,
                    part.administration,
                    source=got.source,
                    origin="upload",
                    by=coordinator.by,
                    now=now,
                    keyring=floor.keyring,
                    pictures=TILE_PICTURES,
                )
                for part in parts
            ]
    except ImportRefused as error:
        return frame.respond(coordinator, "import_new.html", at="imports", told=error.text(coordinator.language))
    except Unreadable:
        return frame.respond(coordinator, "import_new.html", at="imports", error="desk.import.refused.not_whole")
    return frame.back(coordinator, f"/imports/{received[0].id}")


async def _read(upload: Upload) -> FileRead:
    reader = files.FileReader()
    try:
        async for chunk in upload.chunks:
            await asyncio.to_thread(reader.feed, chunk)
        return await asyncio.to_thread(reader.close)
    except ImportRefused:
        # A browser that is still sending shows no answer: let it finish.
        async for _ in upload.chunks:
            pass
        raise


async def one(coordinator: Coordinator) -> Response:
    """A run; where it waits, with everything that it would change: "wijzigingen bekijken"."""
    return await _one(coordinator, told=None)


async def _one(coordinator: Coordinator, *, told: str | None) -> Response:
    floor, school, language = coordinator.floor, coordinator.school, coordinator.language
    async with floor.database.read() as db:
        run = await _found(db, coordinator)
        table = run.source == "table"
        looked_at = advice.NONE
        shown, made, called = None, tuple[describe.Change, ...](), dict[tuple[str, str], str]()
        if coordinator.now - run.started_at <= runs.UNDO_FOR:
            doubted = [(one["about"], one["key"]) for one in run.doubts.get("doubts", ())]
            looked_at = await advice.of_run(db, school.id, run.id, keyring=floor.keyring)
            # Names of now where somebody is here, else those of the file: who got no account has no other.
            called = {**looked_at.names, **await past.named(db, school.id, doubted)}
        if run.state == "applied":
            # What it did, by name, for as long as it can be undone; afterwards only its numbers are left.
            made = await past.changes_made(db, school, run.id, keyring=floor.keyring)
        if run.state in WAITS:
            try:
                planned = await runs.replan(db, school, run.id, now=coordinator.now, keyring=floor.keyring)
                plan = describe.describe(planned.whole, planned.braked, fingerprint=planned.fingerprint)
                shown = described(plan, language, table=table)
            except ImportRefused as error:
                told = error.text(language)
    return frame.respond(
        coordinator,
        "import.html",
        at="imports",
        told=told,
        run=row_of(run, language),
        plan=shown,
        warnings=[] if shown else [warning_in_words(each, language, table=table) for each in looked_at.warnings],
        made=in_words(made, language, table=table),
        doubts=_kept_doubts(run, called, language),
        first_day=first_day(run.school_year) if run.state == "waiting" and run.school_year else None,
    )


async def _found(db: Db, coordinator: Coordinator) -> Run:
    try:
        return await runs.of(db, coordinator.school.id, coordinator.number("run"), now=coordinator.now)
    except LookupError:
        raise Problem("not_found", status=404, detail="no such import of this school") from None


def _kept_doubts(run: Run, called: Mapping[tuple[str, str], str], language: Language) -> list[dict[str, Any]]:
    """What a run that is over kept of its doubts: keys and sentences. Names are not kept, but read where the people still are."""
    return [
        {
            "about": one["about"],
            "key": one["key"],
            "name": called.get((one["about"], one["key"])),
            "said": doubt(one["reason"], language, table=run.source == "table"),
        }
        for one in run.doubts.get("doubts", ())
    ]


async def carry_out(coordinator: Coordinator, form: Form) -> Response:
    """The last click: imports exactly what was shown, all or nothing."""
    return await _say_yes(coordinator, form, runs.carry_out, done="imported")


async def let_go(coordinator: Coordinator, form: Form) -> Response:
    """Lets those leave whose departure was held."""
    return await _say_yes(coordinator, form, runs.let_go, done="let_go")


async def _say_yes(coordinator: Coordinator, form: Form, does: Any, *, done: str) -> Response:
    run_id = coordinator.number("run")
    try:
        # Two schools may say yes to the same new colleague at the same moment: the second begins again, and then invites.
        await until_alone(partial(_carried_out, coordinator, run_id, form.get("fingerprint", ""), does))
    except LookupError:
        raise Problem("not_found", status=404, detail="no such import of this school") from None
    except (RunRefused, ImportRefused) as error:
        return await _one(coordinator, told=error.text(coordinator.language))
    return frame.back(coordinator, f"/imports/{run_id}", done=done)


async def _carried_out(coordinator: Coordinator, run_id: int, fingerprint: str, does: Any) -> None:
    floor, now, settings = coordinator.floor, coordinator.now, coordinator.floor.settings
    async with floor.database.begin() as db:
        context = {"by": coordinator.by, "now": now, "keyring": floor.keyring, "pictures": TILE_PICTURES}
        applied = await does(db, coordinator.school, run_id, fingerprint=fingerprint, **context)
        mails: dict[str, Any] = {"base_url": settings.base_url, "contact": settings.support_contact}
        await newcomers.welcome(db, floor.keyring, coordinator.school.id, applied, now=now, **mails)


async def discard(coordinator: Coordinator, _: Form) -> Response:
    """Puts aside what waits; nothing was changed and nothing will be."""
    try:
        async with coordinator.floor.database.begin() as db:
            run_id = coordinator.number("run")
            await runs.discard(db, coordinator.school, run_id, by=coordinator.by, now=coordinator.now)
    except LookupError:
        raise Problem("not_found", status=404, detail="no such import of this school") from None
    except RunRefused as error:
        return await _one(coordinator, told=error.text(coordinator.language))
    return frame.back(coordinator, "/imports", done="discarded")


async def ask_undo(coordinator: Coordinator) -> Response:
    """Undo? Says what comes back, what goes, and what the coupling does then (D17)."""
    return await _ask_undo(coordinator, told=None)


async def _ask_undo(coordinator: Coordinator, *, told: str | None) -> Response:
    async with coordinator.floor.database.read() as db:
        run = await _found(db, coordinator)
    return frame.respond(
        coordinator, "import_undo.html", at="imports", told=told, run=row_of(run, coordinator.language)
    )


async def take_back(coordinator: Coordinator, _: Form) -> Response:
    """Puts the school back to before this run; the coupling is on manual from then on."""
    floor = coordinator.floor
    run_id = coordinator.number("run")
    try:
        async with floor.database.begin() as db:
            await undo.undo(
                db, coordinator.school, run_id, by=coordinator.by, now=coordinator.now, keyring=floor.keyring
            )
    except LookupError:
        raise Problem("not_found", status=404, detail="no such import of this school") from None
    except RunRefused as error:
        return await _ask_undo(coordinator, told=error.text(coordinator.language))
    return frame.back(coordinator, f"/imports/{run_id}", done="undone")


_HERE = f"{ADDRESS}/{{school}}/imports"
_ONE = f"{_HERE}/{{run:int}}"

ROUTES = [
    Route(_HERE, view(imports)),
    Route(f"{_HERE}/new", opens(new)),
    Route(f"{_HERE}/new", receives(receive), methods=["POST"]),
    Route(_ONE, view(one)),
    Route(f"{_ONE}/carry-out", act(carry_out), methods=["POST"]),
    Route(f"{_ONE}/let-go", act(let_go), methods=["POST"]),
    Route(f"{_ONE}/discard", act(discard), methods=["POST"]),
    Route(f"{_ONE}/undo", opens(ask_undo)),
    Route(f"{_ONE}/undo", act(take_back), methods=["POST"]),
]
