"""What every page of a group shares: its name on top, the ticket in its forms, what was just done; and a child as a page shows it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.responses import RedirectResponse, Response

from directory.classroom import GroupChild
from idp.core.clock import AMSTERDAM
from idp.credentials.pupil_secrets import SecretKind, SecretState
from idp.http import forms, headers
from idp.web.classroom.guards import Teacher

Secret = tuple[SecretKind, str]


def respond(teacher: Teacher, template: str, *, error: str | None = None, **context: Any) -> Response:
    """A page of the room. `error` is the key of what is wrong with the form."""
    pages = teacher.resources.pages
    done = f"classroom.done.{forms.query_of(teacher.request).get('done', '')}"
    return pages.respond(
        teacher.request,
        f"classroom/{template}",
        status=200 if error is None else 400,
        headers=headers.PAGE,
        school=teacher.school.name,
        group={"name": teacher.group.name, "kind": teacher.group.kind, "secret_kind": teacher.group.secret_kind},
        base=teacher.base,
        groups_url=teacher.groups,
        sees_home=not teacher.substitute,
        ticket=teacher.ticket,
        done=done if pages.has_text(done) else None,
        error=error,
        **context,
    )


def back(teacher: Teacher, path: str, *, done: str) -> Response:
    """After a form: to the page where its effect is seen. `done` is the key of what to say there."""
    return RedirectResponse(f"{teacher.base}{path}?done={done}", status_code=303)


def shown(
    teacher: Teacher,
    child: GroupChild,
    *,
    state: SecretState | None,
    waits: int = 0,
    secret: Secret | None = None,
    card: datetime | None = None,
    label: str = "",
) -> Mapping[str, Any]:
    """A child for a template. `waits` in seconds; `secret` only where somebody asked to see it; `card`: when its sign-in card was made."""
    return {
        "id": child.person_id,
        "name": child.full_name,
        "label": label or child.full_name,
        "picture": child.picture,
        "hidden": child.hidden,
        "kind": state.kind if state else None,
        "used": state is not None and state.used,
        "waits": -(-waits // 60),
        "url": f"{teacher.base}/{child.person_id}",
        "secret": told(secret),
        "card": _day(teacher, card) if card else None,
    }


def _day(teacher: Teacher, at: datetime) -> str:
    on = at.astimezone(AMSTERDAM)
    return f"{on.day} {teacher.resources.pages.text(teacher.language, f'month.{on.month}')} {on.year}"


def told(secret: Secret | None) -> Mapping[str, Any] | None:
    """A secret for a template: the digits, or the three pictures."""
    if secret is None:
        return None
    kind, value = secret
    return {"kind": kind, "pin": value, "pictures": value.split(",") if kind == "pictures" else []}
