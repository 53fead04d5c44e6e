"""What every page of the desk has, and a realistic context for its first pages; everybody in it is made up."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace as Thing
from typing import Any, Final

from idp.web.desk.frame import NOUNS
from idp.web.desk.privacy import HELD
from idp.web.desk.setting_up import Facts, steps
from idp.web.desk.terms import TERMS
from idp.web.desk.today import Need

Context = Mapping[str, Any]
AT: Final = datetime(2026, 11, 23, 8, 25, tzinfo=UTC)
BASE: Final = "/desk/99ZZ"
VALUES: Final[Mapping[str, str]] = {}


def at(noun: str, **more: Any) -> Context:
    """What the frame gives every page of a noun."""
    return {
        "school": Thing(name="Basisschool De Vlieger", code="99ZZ", many=noun == "staff"),
        "base": BASE,
        "nouns": [(noun, BASE + path, drawing) for noun, path, drawing in NOUNS],
        "at": noun,
        "ticket": "t0",
        "done": None,
        "error": None,
        "told": None,
        "values": VALUES,
        "lang_switch_url": "/language/en?to=/desk",
        **more,
    }


COUNTS: Final = Thing(groups=10, pupils=225, staff=21, addresses=2)
NEEDS: Final = [
    Need("no_networks", 1, f"{BASE}/networks", "brick"),
    Need("import_held", 41, f"{BASE}/imports/8", "brick"),
    Need("no_agreement", 1, f"{BASE}/parties", "brick"),
    Need("agreement_ends", 30, f"{BASE}/parties", "sun"),
    Need("at_a_loss", 2, f"{BASE}/why", "sun"),
    Need("ending", 3, f"{BASE}/staff", "sun"),
    Need("without_secret", 4, "/classroom/99ZZ", "sun"),
    Need("without_group", 2, f"{BASE}/imports", "sun"),
    Need("approve", 2, f"{BASE}/staff/pending", "sun"),
    Need("coupling_manual", 1, f"{BASE}/imports/coupling", "quiet"),
]

NEW: Final = tuple(replace(step, video="https://video.example/las") for step in steps(Facts(pupils=225)))
OLD: Final = steps(Facts(pupils=225, places=2, networks=1, publishers=12, signed_in=True, went=True))

PRIVACY: Final[Context] = {
    "held": HELD,
    "terms": TERMS,
    "contact": "helpdesk@poortwachter.example",
    "letter": "mailto:helpdesk@poortwachter.example?subject=Vraag",
}

DESK_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "desk/schools.html": {
        "two": {
            "lang_switch_url": None,
            "boards": [Thing(name="Stichting Onderwijs aan Zee", url="/board/41234")],
            "choices": [
                Thing(name="Basisschool De Vlieger", code="99ZZ", url="/desk/99ZZ"),
                Thing(name="De Vlieger, dependance Zuid", code="99ZZ01", url="/desk/99ZZ01"),
            ],
        }
    },
    "desk/today.html": {
        "needs": at("today", counts=COUNTS, needs=NEEDS, steps=NEW, open=2),
        "nothing": at("today", counts=COUNTS, needs=[], steps=OLD, open=0),
    },
    "desk/setting_up.html": {"new": at("today", steps=NEW), "old": at("today", steps=OLD)},
    "desk/evidence.html": {
        "some": at(
            "evidence",
            rows=[Thing(at=AT, counts={"pupils": 12, "staff": 1, "enrolments": 13, "employments": 1})],
            counted=[Thing(month=date(2025, 9, 1), count=41870), Thing(month=date(2025, 8, 1), count=912)],
            purged_at=AT,
            late=False,
            terms=TERMS,
        ),
        "none": at("evidence", rows=[], counted=[], terms=TERMS, purged_at=None, late=True),
    },
    "desk/privacy.html": {
        "board": at(
            "evidence",
            **PRIVACY,
            board=Thing(number="41234", name="Stichting Vliegers", address="Luchtweg 1, 7822 HG EMMEN"),
            agreed=True,
            report=True,
        ),
        "nothing": at("evidence", **PRIVACY, board=None, agreed=False, report=False),
    },
}
