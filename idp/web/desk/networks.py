"""The networks from which a school's pupils sign in (R108-R110, D24)."""

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from directory import addresses
from directory.addresses import AddressRefused, Network
from idp.core import ledger
from idp.core.db import Db
from idp.core.errors import Problem
from idp.http import forms
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, opens, view

CONNECTIONS: Final = ("vast", "mobiel", "gast", "anders")
"""Kinds of connection (R109). From a guests' network visitors see the groups too: the page says so (D24)."""
LONGEST_LABEL: Final = 100


async def networks(coordinator: Coordinator) -> Response:
    """All networks of the school, lowest address first."""
    async with coordinator.floor.database.read() as db:
        known = await addresses.of_school(db, coordinator.school.id)
    rows = [
        {
            "network": one.network,
            "kind": one.connection_type if one.connection_type in CONNECTIONS else "anders",
            "label": one.label,
            "added_on": one.added_at,
            "remove": frame.address(coordinator, "/networks/remove", network=one.network),
        }
        for one in known
    ]
    return frame.respond(coordinator, "networks.html", at="networks", networks=rows)


async def new(coordinator: Coordinator) -> Response:
    """The form for one more network."""
    return _form(coordinator, error=None, values={})


def _form(coordinator: Coordinator, *, error: str | None, values: Form) -> Response:
    here = str(coordinator.address)
    return frame.respond(
        coordinator, "network_new.html", at="networks", error=error, values=values, kinds=CONNECTIONS, here=here
    )


async def add(coordinator: Coordinator, form: Form) -> Response:
    """Registers a network, unless it can stand for no school or belongs to another board (D24)."""
    floor, school = coordinator.floor, coordinator.school
    kind = form.get("kind", "")
    label = " ".join(form.get("label", "").split())[:LONGEST_LABEL]
    try:
        network = addresses.read_network(form.get("network", ""), loopback_allowed=floor.settings.demo)
    except AddressRefused as error:
        return _form(coordinator, error=f"desk.network.refused.{error.code}", values=form)
    async with floor.database.begin() as db:
        if await addresses.at_another_board(db, school.id, network):
            return _form(coordinator, error="desk.network.refused.other_board", values=form)
        how = {"connection_type": kind if kind in CONNECTIONS else "anders", "label": label}
        if await addresses.add(db, school.id, network, now=coordinator.now, **how):
            await _note(db, coordinator, "school.addresses_added", network)
    return frame.back(coordinator, "/networks", done="network_added")


async def ask_remove(coordinator: Coordinator) -> Response:
    """Take it away? Says who can no longer sign in there."""
    wanted = forms.query_of(coordinator.request).get("network", "")
    async with coordinator.floor.database.read() as db:
        known = await addresses.of_school(db, coordinator.school.id)
    one = next((one for one in known if one.network == wanted), None)
    if one is None:
        raise Problem("not_found", status=404, detail="no such network of this school")
    return frame.respond(coordinator, "network_remove.html", at="networks", network=one, left=len(known) - 1)


async def remove(coordinator: Coordinator, form: Form) -> Response:
    """Takes a network away, at once."""
    floor, school = coordinator.floor, coordinator.school
    try:
        network = addresses.read_network(form.get("network", ""), loopback_allowed=True)
    except AddressRefused:
        raise Problem("not_found", status=404, detail="no such network of this school") from None
    async with floor.database.begin() as db:
        if await addresses.remove(db, school.id, network):
            await _note(db, coordinator, "school.addresses_removed", network)
    return frame.back(coordinator, "/networks", done="network_removed")


async def _note(db: Db, coordinator: Coordinator, action: str, network: Network) -> None:
    who = coordinator
    detail = {"networks": [str(network)]}
    await ledger.record(db, action, now=who.now, by=who.by, school_id=who.school.id, detail=detail)


_HERE = f"{ADDRESS}/{{school}}/networks"

ROUTES = [
    Route(_HERE, view(networks)),
    Route(f"{_HERE}/new", opens(new)),
    Route(f"{_HERE}/new", act(add), methods=["POST"]),
    Route(f"{_HERE}/remove", opens(ask_remove)),
    Route(f"{_HERE}/remove", act(remove), methods=["POST"]),
]
