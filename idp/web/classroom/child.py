"""One child: its secret hidden until asked for, a new one with one button, one chosen by hand, and its picture on the tile (D22, D28)."""

from typing import Final

from starlette.responses import Response
from starlette.routing import Route

from directory import classroom, showing
from idp.core.db import Db
from idp.core.errors import Problem
from idp.credentials import login_cards, pupil_acts, pupil_secrets
from idp.credentials.pupil_secrets import PICKED, PICTURES, SecretKind
from idp.signin import tries
from idp.web.classroom import frame
from idp.web.classroom.frame import Secret
from idp.web.classroom.guards import ADDRESS, Teacher, act, acts_at_once, asks, opens, view
from idp.web.classroom.whole import kind_of
from idp.web.guarding import Form
from idp.web.pictures import TILE_PICTURES

INCOMPLETE: Final[dict[SecretKind, str]] = {
    "pin": "classroom.choose.incomplete_pin",
    "pictures": "classroom.choose.incomplete_pictures",
}
WEAK: Final[dict[SecretKind, str]] = {"pin": "classroom.choose.weak_pin", "pictures": "classroom.choose.weak_pictures"}


async def child(teacher: Teacher) -> Response:
    """The child without its secret."""
    async with teacher.floor.database.read() as db:
        return await _page(db, teacher, secret=None)


async def secret(teacher: Teacher) -> Response:
    """The child with its secret, because somebody asked: recorded before it is shown."""
    async with teacher.floor.database.begin() as db:
        one = await teacher.child(db)
        asked = {one.person_id: one.ledger_id}
        found = await pupil_acts.show(db, teacher.floor.keyring, asked, teacher.act, way="screen")
        return await _page(db, teacher, secret=found.get(one.person_id))


async def _page(db: Db, teacher: Teacher, *, secret: Secret | None) -> Response:
    one = await teacher.child(db)
    state = (await pupil_secrets.states(db, [one.person_id])).get(one.person_id)
    card = (await login_cards.made_at(db, [one.person_id])).get(one.person_id)
    waits = (await tries.pauses(teacher.floor, [one.person_id])).get(one.person_id, 0)
    shown = frame.shown(teacher, one, state=state, waits=waits, secret=secret, card=card)
    likely = state.kind if state else teacher.group.secret_kind
    return frame.respond(teacher, "child.html", child=shown, likely=likely)


async def renew(teacher: Teacher, form: Form) -> Response:
    """A new random secret of the wanted kind, shown at once: the child stands beside the desk."""
    kind = kind_of(form)
    async with teacher.floor.database.begin() as db:
        one = await teacher.child(db)
        asked = {one.person_id: one.ledger_id}
        await pupil_acts.renew(db, teacher.floor.keyring, asked, {one.person_id: kind}, teacher.act)
    await tries.forgive(teacher.floor, [one.person_id])
    return frame.back(teacher, f"/{one.person_id}/secret", done="renewed")


async def ask_secret(teacher: Teacher) -> Response:
    """Type a PIN, or choose three pictures."""
    return await _choosing(teacher, error=None)


async def _choosing(teacher: Teacher, *, error: str | None) -> Response:
    async with teacher.floor.database.read() as db:
        one = await teacher.child(db)
    shown = frame.shown(teacher, one, state=None)
    return frame.respond(
        teacher, "choose.html", error=error, child=shown, pictures=PICTURES, places=range(1, PICKED + 1)
    )


async def choose_secret(teacher: Teacher, form: Form) -> Response:
    """The secret that the teacher chose; one that a classmate tries first is refused with a reason."""
    kind = kind_of(form)
    given = _given(kind, form)
    if not pupil_secrets.well_formed(kind, given):
        return await _choosing(teacher, error=INCOMPLETE[kind])
    if pupil_secrets.weak(kind, given):
        return await _choosing(teacher, error=WEAK[kind])
    async with teacher.floor.database.begin() as db:
        one = await teacher.child(db)
        await pupil_acts.choose(db, teacher.floor.keyring, one.person_id, one.ledger_id, kind, given, teacher.act)
    await tries.forgive(teacher.floor, [one.person_id])
    return frame.back(teacher, f"/{one.person_id}", done="chosen")


def _given(kind: SecretKind, form: Form) -> str:
    if kind == "pin":
        return form.get("pin", "").strip()
    return ",".join(form.get(f"picture{place}", "") for place in range(1, PICKED + 1))


async def ask_picture(teacher: Teacher) -> Response:
    """Every picture that there is; those that other children of the group have cannot be chosen."""
    return await _pictures(teacher, error=None)


async def _pictures(teacher: Teacher, *, error: str | None) -> Response:
    async with teacher.floor.database.read() as db:
        one = await teacher.child(db)
        taken = await classroom.pictures_taken(db, teacher.school.id, one)
    shown = frame.shown(teacher, one, state=None)
    tiles = [
        {"key": key, "taken": key in taken and key != one.picture, "own": key == one.picture} for key in TILE_PICTURES
    ]
    return frame.respond(teacher, "picture.html", error=error, child=shown, tiles=tiles)


async def change_picture(teacher: Teacher, form: Form) -> Response:
    """Another picture on the tile, at once; never one that a child of the same group has (D22). No secret, so an older proof does."""
    wanted = form.get("picture", "")
    if wanted not in TILE_PICTURES:
        raise Problem("request.invalid", detail="no such tile picture")
    async with teacher.floor.database.begin() as db:
        one = await teacher.child(db)
        changed = await classroom.change_picture(db, teacher.school.id, one, wanted)
        if changed:
            await teacher.act.note(db, "pupil.picture_changed", [one.ledger_id])
    if not changed:
        return await _pictures(teacher, error="classroom.picture.taken_meanwhile")
    return frame.back(teacher, f"/{one.person_id}", done="picture_changed")


async def show(teacher: Teacher, form: Form) -> Response:
    """A tile in the group, or none any more (D24). No secret, so an older proof does."""
    shown = form.get("wanted") == "shown"
    async with teacher.floor.database.begin() as db:
        one = await teacher.child(db)
        if await showing.show_child(db, teacher.school.id, one.person_id, shown=shown):
            await teacher.act.note(db, "pupil.tile_shown" if shown else "pupil.tile_hidden", [one.ledger_id])
    return frame.back(teacher, f"/{one.person_id}", done="tile_shown" if shown else "tile_hidden")


_HERE = f"{ADDRESS}/{{school}}/{{group}}/{{child}}"

ROUTES = [
    Route(_HERE, view(child)),
    Route(f"{_HERE}/secret", opens(secret)),
    Route(f"{_HERE}/renew", acts_at_once(renew), methods=["POST"]),
    Route(f"{_HERE}/choose", opens(ask_secret)),
    Route(f"{_HERE}/choose", act(choose_secret), methods=["POST"]),
    Route(f"{_HERE}/picture", view(ask_picture)),
    Route(f"{_HERE}/picture", asks(change_picture), methods=["POST"]),
    Route(f"{_HERE}/show", asks(show), methods=["POST"]),
]
