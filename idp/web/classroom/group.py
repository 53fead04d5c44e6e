"""One group: every child with picture, name and how it stands with signing in; who has to wait starts afresh with one click (D2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from directory import classroom
from directory.classroom import GroupChild
from idp.core.errors import Problem
from idp.credentials import login_cards, pupil_acts, pupil_secrets
from idp.signin import tries
from idp.web.classroom import frame
from idp.web.classroom.frame import Secret
from idp.web.classroom.guards import ADDRESS, Teacher, asks, opens, view
from idp.web.guarding import Form, number


async def group(teacher: Teacher) -> Response:
    """The group without a secret on the page."""
    async with teacher.floor.database.read() as db:
        children = await teacher.children(db)
        ids = [child.person_id for child in children]
        states, cards = await pupil_secrets.states(db, ids), await login_cards.made_at(db, ids)
    return await _page(teacher, children, states, cards, secrets=None)


async def secrets(teacher: Teacher) -> Response:
    """The group with every secret, because somebody asked: recorded before it is shown."""
    async with teacher.floor.database.begin() as db:
        children = await teacher.children(db)
        ids = [child.person_id for child in children]
        states, cards = await pupil_secrets.states(db, ids), await login_cards.made_at(db, ids)
        asked = {child.person_id: child.ledger_id for child in children}
        found = await pupil_acts.show(db, teacher.floor.keyring, asked, teacher.act, way="screen")
    return await _page(teacher, children, states, cards, secrets=found)


async def _page(
    teacher: Teacher,
    children: list[GroupChild],
    states: Mapping[int, pupil_secrets.SecretState],
    cards: Mapping[int, datetime],
    *,
    secrets: Mapping[int, Secret] | None,
) -> Response:
    waits = await tries.pauses(teacher.floor, [child.person_id for child in children])
    labels = classroom.labels(children)
    rows: list[Mapping[str, Any]] = [
        frame.shown(
            teacher,
            child,
            state=states.get(child.person_id),
            waits=waits.get(child.person_id, 0),
            secret=(secrets or {}).get(child.person_id),
            card=cards.get(child.person_id),
            label=labels[child.person_id],
        )
        for child in children
    ]
    counts = {
        "all": len(rows),
        "new": sum(1 for row in rows if row["kind"] and not row["used"]),
        "none": sum(1 for row in rows if not row["kind"]),
    }
    waiting = [row for row in rows if row["waits"]]
    return frame.respond(
        teacher, "group.html", children=rows, waiting=waiting, counts=counts, showing=secrets is not None
    )


async def forgive(teacher: Teacher, form: Form) -> Response:
    """A child that had to wait may try again at once. It tells nobody a secret, so an older proof does."""
    wanted = number(form.get("child", ""))
    async with teacher.floor.database.begin() as db:
        child = next((one for one in await teacher.children(db) if one.person_id == wanted), None)
        if child is None:
            raise Problem("not_found", status=404, detail="no such child in this group")
        await teacher.act.note(db, "pupil.tries_forgiven", [child.ledger_id])
    await tries.forgive(teacher.floor, [wanted])
    return frame.back(teacher, "", done="forgiven")


_HERE = f"{ADDRESS}/{{school}}/{{group}}"

ROUTES = [
    Route(_HERE, view(group)),
    Route(f"{_HERE}/secrets", opens(secrets)),
    Route(f"{_HERE}/forgive", asks(forgive), methods=["POST"]),
]
