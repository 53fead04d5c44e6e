"""Who received what about this person, and why: for the coordinator, and as a file for the person or a parent. Names stand in no address."""

import csv
import io
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from consent import received
from consent.received import About, Received
from directory import names
from directory.imports.refusals import Language
from idp.core import ledger, ledger_file
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.errors import Problem
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, asks, opens, view
from idp.web.desk.party_people import look, shown


async def ask(coordinator: Coordinator) -> Response:
    """About whom?"""
    return _asking(coordinator, {"looked": None, "more": False}, {})


async def find(coordinator: Coordinator, form: Form) -> Response:
    """Who of this school has that in the name."""
    return _asking(coordinator, shown(await look(coordinator, form)), form)


def _asking(coordinator: Coordinator, looked: dict[str, Any], form: Form) -> Response:
    return frame.respond(coordinator, "received_find.html", at="parties", values=form, **looked)


async def show(coordinator: Coordinator) -> Response:
    """What left about one person; that somebody looked is in the ledger."""
    async with coordinator.floor.database.begin() as db:
        who, found = await _found(db, coordinator, "consent.releases_shown")
    context: dict[str, Any] = {
        "name": _name(who),
        "kind": who.kind,
        "rows": [_row(one, coordinator.language) for one in found],
        "file": f"{coordinator.base}/received/{who.person_id}/file",
    }
    return frame.respond(coordinator, "received.html", at="parties", **context)


async def export(coordinator: Coordinator, _: Form) -> Response:
    """The same as a table, one line per party and field, in the language of the page."""
    async with coordinator.floor.database.begin() as db:
        who, found = await _found(db, coordinator, "consent.releases_exported")
    headers = {"Content-Disposition": f'attachment; filename="verstrekkingen-{coordinator.today.isoformat()}.csv"'}
    text = _written(coordinator, who, [_row(one, coordinator.language) for one in found])
    return Response(text.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


async def _found(db: Db, coordinator: Coordinator, action: str) -> tuple[About, list[Received]]:
    school_id = coordinator.school.id
    try:
        who = await received.about(db, school_id, coordinator.number("person"))
    except LookupError:
        raise Problem("not_found", status=404, detail="nobody of this school") from None
    await ledger.record(db, action, now=coordinator.now, by=coordinator.by, school_id=school_id, subject=who.ledger_id)
    return who, await received.of_person(db, school_id, who.person_id)


def _name(who: About) -> str:
    return names.full_name(who.first_name, who.prefix, who.surname) or "–"


def _row(one: Received, language: Language) -> dict[str, Any]:
    place = 1 if language == "nl" else 2
    return {
        "party": one.party_name,
        "fields": [
            {"name": name, "uses": [{"service": use[0], "why": use[place]} for use in one.why(name)]}
            for name in sorted(one.fields)
        ],
        "first": one.first.astimezone(AMSTERDAM),
        "last": one.last.astimezone(AMSTERDAM),
        "times": one.times,
    }


def _written(coordinator: Coordinator, who: About, rows: list[dict[str, Any]]) -> str:
    def t(key: str, **values: object) -> str:
        return coordinator.resources.pages.text(coordinator.language, f"desk.received.{key}", **values)

    field = coordinator.resources.pages.text
    out = io.StringIO()
    lines = csv.writer(out, delimiter=";", lineterminator="\r\n")
    lines.writerow([t("about"), ledger_file.text(_name(who))])
    lines.writerow([t("school"), ledger_file.text(coordinator.school.name)])
    lines.writerow([t("made"), f"{coordinator.now.astimezone(AMSTERDAM):%d-%m-%Y %H:%M}"])
    lines.writerow([t("ground"), t("ground_text")])
    lines.writerow([])
    lines.writerow([t(key) for key in ("party", "field", "why", "first", "last", "times")])
    for row in rows:
        for one in row["fields"]:
            why = "; ".join(f"{use['service']}: {use['why']}" for use in one["uses"]) or t("no_why")
            meaning = field(coordinator.language, f"desk.party.field.{one['name']}")
            dates = [f"{row[key]:%d-%m-%Y %H:%M}" for key in ("first", "last")]
            lines.writerow(
                [ledger_file.text(row["party"] or t("gone")), meaning, ledger_file.text(why), *dates, row["times"]]
            )
    return out.getvalue()


_HERE = f"{ADDRESS}/{{school}}/received"

ROUTES = [
    Route(_HERE, view(ask)),
    Route(_HERE, asks(find), methods=["POST"]),
    Route(_HERE + "/{person:int}", opens(show)),
    Route(_HERE + "/{person:int}/file", act(export), methods=["POST"]),
]
