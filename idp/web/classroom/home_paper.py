"""Letters and labels with login codes for home, as PDF (R124). Printing is a view: recorded, never written to disk (D28)."""

import asyncio
from collections.abc import Callable, Sequence

from starlette.responses import Response
from starlette.routing import Route

from directory import classroom
from idp.credentials import home_acts, home_codes
from idp.web.classroom import home_letters, printing
from idp.web.classroom.guards import ADDRESS, HOME_DOOR, Teacher
from idp.web.classroom.home import refuse_elsewhere
from idp.web.classroom.home_letters import Coded, Words

Drawing = Callable[[Sequence[Coded], Words], bytes]


async def letters(teacher: Teacher) -> Response:
    """A letter for the child in the address, or for everybody of the group who has a code."""
    return await _pdf(teacher, home_letters.letters)


async def labels(teacher: Teacher) -> Response:
    """The same as labels."""
    return await _pdf(teacher, home_letters.labels)


async def _pdf(teacher: Teacher, draw: Drawing) -> Response:
    async with teacher.floor.database.begin() as db:
        await refuse_elsewhere(db, teacher)
        group = await teacher.children(db)
        children = [await teacher.child(db)] if "child" in teacher.request.path_params else group
        about = {child.person_id: child.ledger_id for child in children}
        states = await home_codes.states(db, teacher.school.id, about, today=teacher.today)
        codes = await home_acts.show(db, teacher.floor.keyring, about, teacher.act, today=teacher.today, way="pdf")
    names = classroom.labels(group)
    wanted = [
        Coded(
            name=names[child.person_id],
            group=teacher.group.name,
            picture=child.picture,
            code=home_codes.written(codes[child.person_id]),
            until=_said(teacher, "until", day=printing.day_of(teacher, states[child.person_id].expires_on)),
        )
        for child in children
        if child.person_id in codes
    ]
    made = await asyncio.to_thread(draw, wanted, _words(teacher))
    # Named after the day alone: what is downloaded lies about.
    told = {"Content-Disposition": f'inline; filename="logincodes-{teacher.today.isoformat()}.pdf"'}
    return Response(made, media_type="application/pdf", headers=told)


def _words(teacher: Teacher) -> Words:
    home = f"{teacher.floor.settings.base_url}/thuis"
    steps = _said(teacher, "step_1", home=home), _said(teacher, "step_2"), _said(teacher, "step_3")
    after = _said(teacher, "lost"), _said(teacher, "keep")
    return Words(_said(teacher, "title"), _said(teacher, "intro"), steps, after, printing.foot(teacher))


def _said(teacher: Teacher, key: str, **values: object) -> str:
    return teacher.resources.pages.text(teacher.language, f"classroom.letter.{key}", **values)


_HERE = f"{ADDRESS}/{{school}}/{{group}}"

ROUTES = [
    Route(f"{_HERE}/home/letters.pdf", HOME_DOOR.opens(letters)),
    Route(f"{_HERE}/home/labels.pdf", HOME_DOOR.opens(labels)),
    Route(f"{_HERE}/{{child}}/home/letters.pdf", HOME_DOOR.opens(letters)),
]
