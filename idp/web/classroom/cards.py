"""Sign-in cards of a group (*inlogkaartjes*): who has one, print them, and make lost ones worthless, for one child or for all (D26, D29).

What a card holds stands on paper alone: no page shows it, no address has it.
"""

import asyncio
from collections.abc import Mapping

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from directory import classroom
from directory.classroom import GroupChild
from idp.core.db import Db
from idp.core.errors import Problem
from idp.credentials import card_acts, login_cards
from idp.web.classroom import card_sheets, frame, printing
from idp.web.classroom.card_sheets import Card
from idp.web.classroom.guards import ADDRESS, Teacher, act, opens
from idp.web.guarding import Form


async def cards(teacher: Teacher) -> Response:
    """Who has a card, since when."""
    async with teacher.floor.database.read() as db:
        children = await teacher.children(db)
        made = await login_cards.made_at(db, [child.person_id for child in children])
    rows = [frame.shown(teacher, child, state=None, card=made.get(child.person_id)) for child in children]
    return frame.respond(teacher, "cards.html", children=rows, counts={"all": len(rows), "cards": len(made)})


async def make(teacher: Teacher, _form: Form) -> Response:
    """A card for who has none, of the child in the address or of the group; then the sheet with all of theirs."""
    async with teacher.floor.database.begin() as db:
        _, about = await _asked(db, teacher)
        await card_acts.make(db, teacher.floor.keyring, about, teacher.act)
    return RedirectResponse(f"{teacher.request.scope['path']}.pdf", status_code=303)


async def pdf(teacher: Teacher) -> Response:
    """The valid cards of the child in the address or of the group, made beside the loop. Printing again gives the same cards."""
    async with teacher.floor.database.begin() as db:
        children, about = await _asked(db, teacher)
        names = classroom.labels(await teacher.children(db))
        codes = await card_acts.show(db, teacher.floor.keyring, about, teacher.act)
    wanted = [
        Card(names[child.person_id], teacher.group.name, child.picture, codes[child.person_id])
        for child in children
        if child.person_id in codes
    ]
    pages, language = teacher.resources.pages, teacher.language
    lost = [pages.text(language, f"classroom.cards.lost_{number}") for number in (1, 2)]
    made = await asyncio.to_thread(card_sheets.make, wanted, lost=lost, foot=printing.foot(teacher))
    told = {"Content-Disposition": f'inline; filename="inlogkaartjes-{teacher.today.isoformat()}.pdf"'}
    return Response(made, media_type="application/pdf", headers=told)


async def ask_void(teacher: Teacher) -> Response:
    """What happens when cards are made worthless, in numbers."""
    async with teacher.floor.database.read() as db:
        children, about = await _asked(db, teacher)
        made = await login_cards.made_at(db, about)
    one = frame.shown(teacher, children[0], state=None) if "child" in teacher.request.path_params else None
    return frame.respond(teacher, "cards_void.html", child=one, count=len(made), here=teacher.request.scope["path"])


async def void(teacher: Teacher, form: Form) -> Response:
    """The cards are worthless from now on, and who signed in with them is signed out."""
    if not form.get("sure"):
        raise Problem("request.invalid", detail="cards voided without the yes")
    async with teacher.floor.database.begin() as db:
        _, about = await _asked(db, teacher)
        await card_acts.void(db, about, teacher.act)
    return frame.back(
        teacher, "/cards", done="card_voided" if "child" in teacher.request.path_params else "cards_voided"
    )


async def _asked(db: Db, teacher: Teacher) -> tuple[list[GroupChild], Mapping[int, str]]:
    """The child in the address or the whole group, and their ledger ids."""
    one = "child" in teacher.request.path_params
    children = [await teacher.child(db)] if one else await teacher.children(db)
    return children, {child.person_id: child.ledger_id for child in children}


_HERE = f"{ADDRESS}/{{school}}/{{group}}"
_OF_ALL, _OF_ONE = f"{_HERE}/cards", f"{_HERE}/{{child}}/card"

ROUTES = [
    Route(_OF_ALL, opens(cards)),
    Route(_OF_ALL, act(make), methods=["POST"]),
    Route(f"{_OF_ALL}.pdf", opens(pdf)),
    Route(f"{_OF_ALL}/void", opens(ask_void)),
    Route(f"{_OF_ALL}/void", act(void), methods=["POST"]),
    Route(_OF_ONE, act(make), methods=["POST"]),
    Route(f"{_OF_ONE}.pdf", opens(pdf)),
    Route(f"{_OF_ONE}/void", opens(ask_void)),
    Route(f"{_OF_ONE}/void", act(void), methods=["POST"]),
]
