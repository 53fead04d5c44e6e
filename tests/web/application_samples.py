"""Applications at the helpdesk's pages, in each of their states; the school is made up."""

from collections.abc import Mapping
from types import SimpleNamespace as Thing
from typing import Any, Final

from directory.onboarding.compared import Account, Known, compare
from directory.register.reader import ListedLocation
from tests.web.helpdesk_samples import AT, AT_WORK, BASE
from tests.web.onboarding_samples import ASKED

Context = Mapping[str, Any]
HERE: Final = f"{BASE}/applications/12"
LISTED: Final = ListedLocation("98XY00", "Basisschool De Duinroos", "ZAND", "41234", "Stichting Zand en Klei")
NEW: Final = compare(
    ASKED,
    Known(
        register_read=True,
        listed=LISTED,
        board_listed_as="Stichting Zand en Klei",
        board_address="Weth. van der Hoopstraat 12 a, 7822 HG EMMEN",
    ),
)
UNKNOWN: Final = compare(ASKED, Known(register_read=False, others=(9,)))
TAKEN: Final = compare(
    ASKED,
    Known(
        register_read=True,
        listed=LISTED,
        account=Account(7, "98XY", "Basisschool De Duinroos", "41234", "Stichting Zand en Klei", coordinators=2),
    ),
)


def _one(state: str, compared: object, **context: Any) -> Context:
    return {
        **AT_WORK,
        "at": "applications",
        "number": 12,
        "kind": "nl",
        "state": state,
        "seen": 1,
        "here": HERE,
        "list_url": f"{BASE}/applications",
        "asked_at": AT,
        "received_at": AT,
        "decided_at": None,
        "letter_kib": 412,
        "mine": False,
        "asked": ASKED,
        "director": "Els van der Wal",
        "coordinator": "Bram Klaver",
        "compared": compared,
        "said": "",
        "typed": "",
        "wrong": "",
        "kept_months": 3,
        "longest": 1000,
        **context,
    }


def _row(number: int, state: str, school: str, *, mine: bool = False) -> object:
    url = f"{BASE}/applications/{number}"
    return Thing(url=url, state=state, code="98XY00", school=school, number=number, at=AT, mine=mine)


APPLICATION_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "helpdesk/applications.html": {
        "some": {
            **AT_WORK,
            "at": "applications",
            "decided": False,
            "found": [
                _row(14, "received", "De Duinroos"),
                _row(13, "approved", "Openbare Basisschool De Heel Lange Naam van de Nieuwe Wijk"),
                _row(12, "approved", "", mine=True),
            ],
            "shown": {"previous": None, "next": f"{BASE}/applications?before=12"},
        },
        "none": {
            **AT_WORK,
            "at": "applications",
            "decided": True,
            "found": [],
            "shown": {"previous": None, "next": None},
        },
    },
    "helpdesk/application.html": {
        "received": _one("received", NEW),
        "mine": _one("approved", UNKNOWN, mine=True),
        "approved": _one("approved", NEW, said="De handtekening ontbreekt.\nStuur de brief nog een keer in."),
        "taken": _one("received", TAKEN),
        "refused": _one(
            "received",
            NEW,
            error="helpdesk.application.refused.reason_needed",
            typed="x" * 1001,
            wrong="refuse",
            lang_switch_url=None,
        ),
        "asked": _one("asked", NEW, letter_kib=None, received_at=None),
        "done": _one("done", None, decided_at=AT, asked=None, letter_kib=None),
    },
}
