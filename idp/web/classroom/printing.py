"""On paper: a page with its own style sheet, and the same as PDF on label sheets. Printing is a view: recorded, never written to disk (D28)."""

import asyncio
from collections.abc import Mapping
from datetime import date

from starlette.responses import Response
from starlette.routing import Route

from directory import classroom
from directory.classroom import GroupChild
from idp.core.db import Db
from idp.credentials import pupil_acts
from idp.credentials.pupil_acts import Way
from idp.http import forms
from idp.web.classroom import frame, labels
from idp.web.classroom.frame import Secret
from idp.web.classroom.guards import ADDRESS, Teacher, opens
from idp.web.classroom.labels import Label
from idp.web.classroom.sheets import SHEETS

USUAL = 3
"""Columns, where nobody says how many."""


async def paper(teacher: Teacher) -> Response:
    """The labels as a page for the browser to print."""
    async with teacher.floor.database.begin() as db:
        children, names, secrets = await _asked(db, teacher, way="print")
    rows = [
        frame.shown(teacher, child, state=None, secret=secrets[child.person_id], label=names[child.person_id])
        for child in children
        if child.person_id in secrets
    ]
    columns = _columns(teacher)
    return frame.respond(
        teacher,
        "print.html",
        children=rows,
        without=len(children) - len(rows),
        columns=columns,
        sheets=sorted(SHEETS),
        here=teacher.request.scope["path"].removesuffix(".pdf"),
        up=teacher.request.scope["path"].rpartition("/")[0],
        back_to=children[0].full_name if "child" in teacher.request.path_params else teacher.group.name,
        foot=foot(teacher),
    )


async def pdf(teacher: Teacher) -> Response:
    """The same as PDF, made beside the loop."""
    async with teacher.floor.database.begin() as db:
        children, names, secrets = await _asked(db, teacher, way="pdf")
    wanted = [
        _label(teacher, child, names[child.person_id], secrets[child.person_id])
        for child in children
        if child.person_id in secrets
    ]
    made = await asyncio.to_thread(labels.make, wanted, columns=_columns(teacher), foot=foot(teacher))
    # Named after the day alone: what is downloaded lies about.
    told = {"Content-Disposition": f'inline; filename="inloggegevens-{teacher.today.isoformat()}.pdf"'}
    return Response(made, media_type="application/pdf", headers=told)


async def _asked(
    db: Db, teacher: Teacher, *, way: Way
) -> tuple[list[GroupChild], Mapping[int, str], Mapping[int, Secret]]:
    """The child in the address or the whole group; what stands on the tiles; the secrets of who has one."""
    group = await teacher.children(db)
    children = [await teacher.child(db)] if "child" in teacher.request.path_params else group
    about = {child.person_id: child.ledger_id for child in children}
    secrets = await pupil_acts.show(db, teacher.floor.keyring, about, teacher.act, way=way)
    return children, classroom.labels(group), secrets


def _label(teacher: Teacher, child: GroupChild, name: str, secret: Secret) -> Label:
    kind, value = secret
    pages, language = teacher.resources.pages, teacher.language
    drawn = value.split(",") if kind == "pictures" else []
    return Label(
        name=name,
        group=teacher.group.name,
        picture=child.picture,
        pin=value if kind == "pin" else None,
        pictures=tuple((key, pages.text(language, f"picture.{key}")) for key in drawn),
    )


def _columns(teacher: Teacher) -> int:
    asked = forms.query_of(teacher.request).get("columns", "")
    return next((columns for columns in SHEETS if str(columns) == asked), USUAL)


def foot(teacher: Teacher) -> str:
    """What stands small on every label: the school and the day."""
    return f"{teacher.school.name} · {day_of(teacher, teacher.today)}"


def day_of(teacher: Teacher, on: date) -> str:
    """A day as it is written out."""
    return f"{on.day} {teacher.resources.pages.text(teacher.language, f'month.{on.month}')} {on.year}"


_HERE = f"{ADDRESS}/{{school}}/{{group}}"

ROUTES = [
    Route(f"{_HERE}/print", opens(paper)),
    Route(f"{_HERE}/print.pdf", opens(pdf)),
    Route(f"{_HERE}/{{child}}/print", opens(paper)),
    Route(f"{_HERE}/{{child}}/print.pdf", opens(pdf)),
]
