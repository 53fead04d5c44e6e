"""The networks from which a school's pupils sign in (R108-R110, D24)."""

from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from directory import addresses
from directory.addresses import AddressRefused, KnownAddress, Network
from idp.core import ledger
from idp.core.db import Db
from idp.core.errors import Problem
from idp.core.frozen import replace
from idp.http import forms
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, opens, view

CONNECTIONS: Final = ("vast", "mobiel", "gast", "anders")
"""Kinds of connection (R109). From a guests' network visitors see the groups too: the page says so (D24)."""
LONGEST_LABEL: Final = 100


@dataclass(frozen=True, slots=True)
class Here:
    """Where the coordinator is now: already in a network of the school (`entry`), or with what to add in one press, or the reason why not."""

    address: str
    entry: KnownAddress | None = None
    offered: tuple[str, ...] = ()
    refused: str | None = None


async def networks(coordinator: Coordinator) -> Response:
    """All networks of the school, lowest address first, and where the coordinator is."""
    async with coordinator.floor.database.read() as db:
        known = await addresses.of_school(db, coordinator.school.id)
        here = await _here(db, coordinator, known)
    rows = [
        {
            "network": one.network,
            "kind": one.connection_type if one.connection_type in CONNECTIONS else "anders",
            "label": one.label,
            "added_on": one.added_at,
            "seen_on": one.seen_on,
            "unused": one.unused(coordinator.today),
            "remove": frame.address(coordinator, "/networks/remove", network=one.network),
        }
        for one in known
    ]
    unused = sum(1 for row in rows if row["unused"])
    return frame.respond(coordinator, "networks.html", at="networks", networks=rows, here=here, unused=unused)


async def _here(db: Db, coordinator: Coordinator, known: list[KnownAddress]) -> Here:
    choices = addresses.offered(coordinator.address)
    here = Here(str(addresses.plain(coordinator.address)))
    if entry := next((one for one in known if one.holds(addresses.alone(coordinator.address))), None):
        return replace(here, entry=entry)
    try:
        for choice in choices:
            addresses.read_network(str(choice), loopback_allowed=coordinator.floor.settings.demo)
    except AddressRefused as error:
        return replace(here, refused=f"desk.network.refused.{error.code}")
    taken = [await addresses.at_another_board(db, coordinator.school.id, choice) for choice in choices]
    free = tuple(str(choice) for choice, is_taken in zip(choices, taken, strict=True) if not is_taken)
    return replace(here, offered=free, refused=None if free else "desk.network.refused.other_board")


async def new(coordinator: Coordinator) -> Response:
    """The form for one more network."""
    return _form(coordinator, error=None, values={})


def _form(coordinator: Coordinator, *, error: str | None, values: Form, **more: Any) -> Response:
    here = str(addresses.plain(coordinator.address))
    shown = {"sizes": (), "told": None, **more}
    return frame.respond(
        coordinator,
        "network_new.html",
        at="networks",
        error=error,
        values=values,
        kinds=CONNECTIONS,
        here=here,
        **shown,
    )


async def add(coordinator: Coordinator, form: Form) -> Response:
    """Registers a network, unless it can stand for no school or belongs to another board (D24). Of an IPv6 address alone the prefix is asked."""
    floor, school = coordinator.floor, coordinator.school
    kind = form.get("kind", "")
    label = " ".join(form.get("label", "").split())[:LONGEST_LABEL]
    try:
        network = addresses.read_network(form.get("network", ""), loopback_allowed=floor.settings.demo)
    except AddressRefused as error:
        return _form(coordinator, error=f"desk.network.refused.{error.code}", values=form)
    if network.version == 6 and network.prefixlen == 128:
        sizes = addresses.offered(network[0])
        chosen = next((one for one in sizes if str(one.prefixlen) == form.get("size")), None)
        if chosen is None:
            return _form(coordinator, error=None, values=form, sizes=sizes)
        network = chosen
    async with floor.database.begin() as db:
        known = await addresses.of_school(db, school.id)
        if held := next((one for one in known if one.holds(network)), None):
            told = coordinator.resources.pages.text(coordinator.language, "desk.network.held", network=held.network)
            return _form(coordinator, error=None, values=form, told=told)
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
