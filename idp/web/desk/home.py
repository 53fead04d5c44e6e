"""Signing in at home, as the coordinator decides it: the way of the school and of each group, and whether parents get accounts (D3, D35)."""

from dataclasses import replace

from starlette.responses import Response
from starlette.routing import Route

from directory import home, people
from directory.home import Rules
from idp.core import clock, ledger
from idp.core.db import Db
from idp.core.errors import Problem
from idp.credentials import parents
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, Form, act, opens
from idp.web.guarding import number

LONGEST_NAME = 100
LONGEST_URL = 300
AS_SCHOOL = "school"
"""The choice of a group that does as its school does."""


async def settings(coordinator: Coordinator) -> Response:
    """How it stands, and what there is to choose."""
    async with coordinator.floor.database.read() as db:
        return await _page(db, coordinator, await home.rules(db, coordinator.school.id), error=None)


async def _page(db: Db, coordinator: Coordinator, rules: Rules, *, error: str | None) -> Response:
    year = clock.school_year(coordinator.now)
    groups = await home.groups(db, coordinator.school.id, school_year=year)
    shown = [{"id": group.id, "name": group.name, "way": group.way or AS_SCHOOL} for group in groups]
    entered = await parents.count(db, coordinator.school.id)
    return frame.respond(
        coordinator, "home.html", at="networks", error=error, rules=rules, groups=shown, entered=entered
    )


async def choose_way(coordinator: Coordinator, form: Form) -> Response:
    """Here, or by a network environment with its name and address; and for each group the same, or otherwise."""
    name = " ".join(form.get("network_name", "").split())[:LONGEST_NAME]
    url = form.get("network_url", "").strip()
    async with coordinator.floor.database.begin() as db:
        before = await home.rules_to_change(db, coordinator.school.id)
        way = home.read_way(form.get("way", ""))
        if way is None:
            raise Problem("request.invalid", detail="no such way home")
        wanted = replace(before, way=way, network_name=name, network_url=url)
        if error := _refusal(wanted, form):
            return await _page(db, coordinator, wanted, error=error)
        changed = wanted != before
        if changed:
            await home.decide(db, coordinator.school.id, wanted)
        groups = await _choose_for_groups(db, coordinator, form)
        if changed or groups:
            await _note(db, coordinator, "home.way_chosen", way=wanted.way, groups=groups)
    return frame.back(coordinator, "/home", done="home_way")


def _refusal(wanted: Rules, form: Form) -> str | None:
    """Whoever is sent elsewhere must be told where."""
    elsewhere = "network" in {wanted.way, *(form[field] for field in form if field.startswith("group_"))}
    rules = (
        ("name", elsewhere and not wanted.network_name),
        ("url", bool(wanted.network_url) and not home.is_https(wanted.network_url)),
        ("url", len(wanted.network_url) > LONGEST_URL),
    )
    return next((f"desk.home.refused.{code}" for code, broken in rules if broken), None)


async def _choose_for_groups(db: Db, coordinator: Coordinator, form: Form) -> int:
    """Each group of the form that changed; returns how many."""
    changed = 0
    for field, text in form.items():
        if field.startswith("group_"):
            way = None if text == AS_SCHOOL else home.read_way(text)
            group_id = number(field.removeprefix("group_"))
            changed += await home.choose_for_group(db, coordinator.school.id, group_id, way)
    return changed


async def ask_parents(coordinator: Coordinator) -> Response:
    """On or off? What that does, in numbers."""
    async with coordinator.floor.database.read() as db:
        rules = await home.rules(db, coordinator.school.id)
        entered = await parents.count(db, coordinator.school.id)
    return frame.respond(coordinator, "home_parents.html", at="networks", on=rules.parents, entered=entered)


async def switch_parents(coordinator: Coordinator, form: Form) -> Response:
    """On, or off: then the addresses that the school entered are erased, because nothing is left that they are kept for (D40)."""
    wanted, school_id = form.get("wanted") == "on", coordinator.school.id
    async with coordinator.floor.database.begin() as db:
        before = await home.rules_to_change(db, school_id)
        if before.parents != wanted:
            await home.decide(db, school_id, replace(before, parents=wanted))
            gone = [] if wanted else await parents.remove_all(db, school_id)
            await people.end_sessions(db, *gone)
            action = "home.parents_on" if wanted else "home.parents_off"
            await _note(db, coordinator, action, pupils=len(gone))
    return frame.back(coordinator, "/home", done="home_parents_on" if wanted else "home_parents_off")


async def _note(db: Db, coordinator: Coordinator, action: str, **detail: object) -> None:
    who = coordinator
    await ledger.record(db, action, now=who.now, by=who.by, school_id=who.school.id, detail=detail)


_HERE = f"{ADDRESS}/{{school}}/home"

ROUTES = [
    Route(_HERE, opens(settings)),
    Route(_HERE, act(choose_way), methods=["POST"]),
    Route(f"{_HERE}/parents", opens(ask_parents)),
    Route(f"{_HERE}/parents", act(switch_parents), methods=["POST"]),
]
