"""What is done for a whole group: pictures or PIN (D28), and new secrets for everybody. Numbers first, then the yes."""

from collections import Counter

from starlette.responses import Response
from starlette.routing import Route

from idp.core.errors import Problem
from idp.credentials import pupil_acts, pupil_secrets
from idp.credentials.pupil_secrets import SecretKind
from idp.signin import tries
from idp.web.classroom import frame
from idp.web.classroom.guards import ADDRESS, Teacher, act, opens
from idp.web.guarding import Form

KINDS: dict[str, SecretKind] = {"pictures": "pictures", "pin": "pin"}


async def whole(teacher: Teacher) -> Response:
    """How many sign in with what, and what there is to choose."""
    async with teacher.floor.database.read() as db:
        children = await teacher.children(db)
        have = await pupil_secrets.kinds_of(db, [child.person_id for child in children])
    counted = Counter[str](have.values())
    counts = {"all": len(children), "pin": counted["pin"], "pictures": counted["pictures"]}
    return frame.respond(teacher, "whole.html", counts={**counts, "none": len(children) - len(have)})


async def choose_kind(teacher: Teacher, form: Form) -> Response:
    """Pictures or PIN for the stamgroep; children who have the other get a new secret now, or keep theirs."""
    kind = kind_of(form)
    if teacher.group.kind != "stamgroep":
        raise Problem("not_found", status=404, detail="a subgroup has no kind of its own")
    async with teacher.floor.database.begin() as db:
        children = await teacher.children(db) if form.get("now") else []
        ids = [child.person_id for child in children]
        renewed = await pupil_acts.choose_kind(db, teacher.floor.keyring, ids, kind, teacher.act)
    await tries.forgive(teacher.floor, renewed)
    return frame.back(teacher, "", done="kind_chosen")


async def renew(teacher: Teacher, form: Form) -> Response:
    """Everybody gets a new secret of the kind that he has; who has none, of the group's."""
    if not form.get("sure"):
        raise Problem("request.invalid", detail="new secrets for everybody without the yes")
    async with teacher.floor.database.begin() as db:
        children = {child.person_id: child.ledger_id for child in await teacher.children(db)}
        have = await pupil_secrets.kinds_of(db, children)
        wanted = {child_id: have.get(child_id, teacher.group.secret_kind) for child_id in children}
        await pupil_acts.renew(db, teacher.floor.keyring, children, wanted, teacher.act)
    await tries.forgive(teacher.floor, list(wanted))
    return frame.back(teacher, "/print", done="renewed_all")


def kind_of(form: Form) -> SecretKind:
    """The kind in a form. Raises `Problem("request.invalid")`."""
    kind = KINDS.get(form.get("kind", ""))
    if kind is None:
        raise Problem("request.invalid", detail="neither pictures nor a PIN")
    return kind


_HERE = f"{ADDRESS}/{{school}}/{{group}}/whole"

ROUTES = [
    Route(_HERE, opens(whole)),
    Route(f"{_HERE}/kind", act(choose_kind), methods=["POST"]),
    Route(f"{_HERE}/renew", act(renew), methods=["POST"]),
]
