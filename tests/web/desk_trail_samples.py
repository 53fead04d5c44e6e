"""A realistic context for the pages of the school's log; everybody in it is made up."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace as Thing
from typing import Any, Final

from idp.web.desk.trail_acts import KINDS
from idp.web.desk.trail_lines import Line
from tests.web.desk_party_samples import FOUND
from tests.web.desk_samples import BASE, Context, at

AT: Final = datetime(2026, 11, 22, 8, 29, tzinfo=UTC)
NOOR: Final = "Noor van den Berg-Koningsbruggen"
ANJA: Final = "Anja de Boer"
USUAL: Final = {
    "party": "Rekenrijk",
    "role": "ICT-coördinator",
    "group": "Groep 6",
    "networks": "192.0.2.0/28",
    "day": "1 augustus 2027",
    "count": "24",
    "days": "7",
    "year": "2026-2027",
}


def line(action: str, who: str, whom: str | None = None, request: str | None = None) -> Line:
    """One line with every value that its sentence could want."""
    return Line(AT, action, USUAL, who, whom, request)


NO_MORE: Final = {"previous": None, "next": None}
LINES: Final = [
    line("signin.failed", NOOR),
    line("consent.given", ANJA),
    line("consent.person_excluded", ANJA, NOOR),
    line("staff.role_given", ANJA, "Bas Visser"),
    line("pupil.secrets_shown", "Bas Visser"),
    line("substitute.bound", "iemand die er niet meer is", "een ouder"),
    line("consent.withdrawn", "het platform", request="brief-2026-17"),
    line("other", "ging vanzelf"),
]


def page(**more: Any) -> Context:
    """The page of the log with a search."""
    usual: dict[str, Any] = {
        "here": f"{BASE}/trail",
        "person": None,
        "lines": LINES,
        "kinds": tuple(KINDS),
        "parties": [("4", "Rekenrijk"), ("5", "Uitgeverij met een lange naam in twee delen")],
        "search": {"since": "2026-10-23", "until": "2026-11-22", "kind": "", "party": ""},
        "pager": {"previous": None, "next": f"{BASE}/trail?before=1"},
    }
    return at("evidence", **{**usual, **more})


TRAIL_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "desk/trail.html": {
        "some": page(),
        "person": page(
            person=Thing(id=4, name=NOOR), here=f"{BASE}/trail/people/4", lines=LINES[:3], pager=NO_MORE, parties=[]
        ),
        "wrong": page(error="desk.trail.wrong_days", lines=LINES[:2], pager=NO_MORE),
        "nothing": page(lines=[], pager=NO_MORE, parties=[]),
    },
    "desk/trail_find.html": {
        "asked": at("evidence", looked=None, more=False),
        "found": at("evidence", looked=FOUND, more=True, values={"q": "noor"}),
        "nobody": at("evidence", looked=[], more=False, values={"q": "xyz"}),
    },
}
