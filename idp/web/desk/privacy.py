"""The privacy page of a school: who answers for the data, what is held, how long, and whom to ask (R60)."""

from typing import Final
from urllib.parse import quote, urlencode

from starlette.responses import FileResponse, Response
from starlette.routing import Route

from consent import agreements
from directory import schools
from directory.register import readings
from idp.core.errors import Problem
from idp.web.desk import frame
from idp.web.desk.guards import ADDRESS, Coordinator, view
from idp.web.desk.terms import TERMS

HELD: Final = ("pupils", "staff", "school", "records")
REPORT: Final = "auditrapport.pdf"


async def privacy(coordinator: Coordinator) -> Response:
    """For the coordinator, who tells it to parents and to the board."""
    school = coordinator.school
    async with coordinator.floor.database.read() as db:
        board = await schools.board_of(db, school)
        address = await readings.address_of(db, board[0]) if board else None
        agreed = await agreements.in_force(db, school.id, school.board_id, today=coordinator.today)
    contact = coordinator.floor.settings.support_contact
    return frame.respond(
        coordinator,
        "privacy.html",
        at="evidence",
        board=None if board is None else {"number": board[0], "name": board[1], "address": address},
        agreed=agreed,
        held=HELD,
        terms=TERMS,
        report=coordinator.floor.settings.audit_report is not None,
        contact=contact,
        letter=_letter(coordinator, contact, board),
    )


async def report(coordinator: Coordinator) -> Response:
    """What an auditor from outside wrote last about this platform, as the operator keeps it (R58)."""
    file = coordinator.floor.settings.audit_report
    if file is None or not file.is_file():
        raise Problem("not_found", status=404, detail="no report of an audit")
    return FileResponse(file, media_type="application/pdf", filename=REPORT)


def _letter(coordinator: Coordinator, contact: str, board: tuple[str, str] | None) -> str:
    """The address of a mail in which name and number of the board stand already, or are asked for."""
    number, name = board or ("", "")
    pages, school = coordinator.resources.pages, coordinator.school
    lines = {"board": name, "number": number, "school": f"{school.name} ({school.code})", "question": ""}
    body = "\n".join(
        f"{pages.text(coordinator.language, f'desk.privacy.letter.{key}')}: {value}" for key, value in lines.items()
    )
    subject = pages.text(coordinator.language, "desk.privacy.letter.subject")
    return f"mailto:{quote(contact, safe='@')}?{urlencode({'subject': subject, 'body': body}, quote_via=quote)}"


_HERE: Final = f"{ADDRESS}/{{school}}/privacy"

ROUTES = [Route(_HERE, view(privacy)), Route(f"{_HERE}/audit-report", view(report))]
