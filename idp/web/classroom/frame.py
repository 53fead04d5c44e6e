"""What every page of a group shares: its name on top, the ticket in its forms, what was just done; and a child as a page shows it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.responses import Response

from directory.classroom import GroupChild
from idp.core.clock import AMSTERDAM
from idp.credentials.pupil_secrets import SecretKind, SecretState
from idp.web import room
from idp.web.classroom.guards import Teacher
from idp.web.room import back

__all__ = ["Secret", "back", "respond", "shown", "told"]

Secret = tuple[SecretKind, str]


def respond(teacher: Teacher, template: str, **context: Any) -> Response:
    """A page of the room, as `room.respond` makes it."""
    group = {"name": teacher.group.name, "kind": teacher.group.kind, "secret_kind": teacher.group.secret_kind}
    return room.respond(
        teacher,
        f"classroom/{template}",
        base=teacher.base,
        at="",
        school=teacher.school.name,
        group=group,
        groups_url=teacher.groups,
        sees_home=not teacher.substitute,
        **context,
    )


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
