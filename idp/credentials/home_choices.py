"""A school decides how its pupils sign in at home: the way, for single groups another one, and whether parents have accounts (D3, D35)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from directory import home, people
from directory.home import Rules, Way
from idp.core import ledger
from idp.core.db import Db
from idp.credentials import parents

LONGEST_URL: Final = 300


def refusal(wanted: Rules, groups: Mapping[int, Way | None]) -> str | None:
    """Why this cannot be: `name` or `url`; None where it can. Whoever is sent elsewhere must be told where."""
    elsewhere = "network" in {wanted.way, *groups.values()}
    rules = (
        ("name", elsewhere and not wanted.network_name),
        ("url", bool(wanted.network_url) and not home.is_https(wanted.network_url)),
        ("url", len(wanted.network_url) > LONGEST_URL),
    )
    return next((code for code, broken in rules if broken), None)


async def choose_way(
    db: Db, school_id: int, before: Rules, wanted: Rules, groups: Mapping[int, Way | None], *, now: datetime, by: str
) -> bool:
    """The way of the school and of these groups from now on; False when nothing changed. `before` comes from `home.rules_to_change`."""
    changed = wanted != before
    if changed:
        await home.decide(db, school_id, wanted)
    turned = 0
    for group_id, way in groups.items():
        turned += await home.choose_for_group(db, school_id, group_id, way)
    if changed or turned:
        detail = {"way": wanted.way, "groups": turned}
        await ledger.record(db, "home.way_chosen", now=now, by=by, school_id=school_id, detail=detail)
    return changed or turned > 0


async def switch_parents(db: Db, school_id: int, *, wanted: bool, now: datetime, by: str) -> int | None:
    """Accounts for parents on or off; None when it stood like that already.

    Off erases the addresses that the school entered, because nothing is left that they are kept for (D40); returns at how many pupils.
    """
    before = await home.rules_to_change(db, school_id)
    if before.parents == wanted:
        return None
    await home.decide(db, school_id, replace(before, parents=wanted))
    gone = [] if wanted else await parents.remove_all(db, school_id)
    await people.end_sessions(db, *gone)
    action = "home.parents_on" if wanted else "home.parents_off"
    await ledger.record(db, action, now=now, by=by, school_id=school_id, detail={"pupils": len(gone)})
    return len(gone)
