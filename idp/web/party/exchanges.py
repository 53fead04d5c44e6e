"""The last ten exchanges of a party under test: what was asked, what was answered, what was wrong."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from idp.core.clock import AMSTERDAM
from idp.core.errors import Problem
from idp.sandbox import exchanges, explaining
from idp.sandbox.exchanges import Exchange
from idp.sandbox.explaining import Explained
from idp.web.party import frame
from idp.web.party.guards import ADDRESS, Contact, while_tested

Row = tuple[str, str, bool]
"""A name, its value, and whether the value is one of ours in words: how long something was that is not kept."""


async def list_(contact: Contact) -> Response:
    """All of them, the newest first."""
    kept = await _kept(contact)
    shown = [summary(one, explaining.findings(one, contact.language)) for one in kept]
    return frame.respond(contact, "exchanges.html", at="exchanges", exchanges=shown, most=exchanges.MOST)


async def show(contact: Contact) -> Response:
    """One of them, step by step."""
    wanted = contact.request.path_params["exchange"]
    one = next((one for one in await _kept(contact) if one.name == wanted), None)
    if one is None:
        raise Problem("not_found", status=404, detail="no such exchange is kept for this party")
    found = explaining.findings(one, contact.language)
    steps = [
        {
            "endpoint": kept.step.endpoint,
            "at": kept.at.astimezone(AMSTERDAM),
            "asked": rows(kept.step.asked),
            "answered": rows(kept.step.answered),
            "wrong": kept.step.fault is not None,
        }
        for kept in one.steps
    ]
    findings = [{"tone": told.tone, "what": told.what, "mend": told.mend, "clause": told.clause} for told in found]
    return frame.respond(
        contact, "exchange.html", at="exchanges", one=summary(one, found), steps=steps, findings=findings
    )


async def _kept(contact: Contact) -> list[Exchange]:
    async with contact.floor.database.read() as db:
        return await exchanges.listed(db, contact.floor.keyring, contact.party.id)


def summary(one: Exchange, found: list[Explained]) -> dict[str, Any]:
    """One line about an exchange; what was wrong first."""
    return {
        "name": one.name,
        "at": one.at.astimezone(AMSTERDAM),
        "connection": one.steps[0].step.connection,
        "road": [kept.step.endpoint for kept in one.steps],
        "tone": found[0].tone if found else "good",
        "what": found[0].what if found else "",
    }


def rows(values: Mapping[str, Any], prefix: str = "") -> list[Row]:
    """What stands in a step, a row for each name; what is inside something else under both names."""
    made: list[Row] = []
    for name, value in values.items():
        called = f"{prefix}{name}"
        if isinstance(value, dict) and set(value) == {"length"}:
            made.append((called, str(value["length"]), True))
        elif isinstance(value, dict):
            made += rows(value, f"{called}.")
        else:
            made.append((called, _text(value), False))
    return made


def _text(value: object) -> str:
    match value:
        case bool():
            return "✓" if value else "–"
        case list():
            return ", ".join(map(str, value))
        case _:
            return str(value)


ROUTES = [
    Route(ADDRESS + "/{party}/exchanges", while_tested(list_)),
    Route(ADDRESS + "/{party}/exchanges/{exchange}", while_tested(show)),
]
