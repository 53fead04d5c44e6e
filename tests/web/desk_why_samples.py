"""A realistic context for the pages that say why somebody cannot sign in; everybody in it is made up."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from types import SimpleNamespace as Thing
from typing import Any, Final

from idp.signin.hindrances import AtSchool, Facts, answers
from idp.web.desk.hindrances import POSTED
from tests.web.desk_samples import BASE, Context, at

GOOD: Final = AtSchool(coupling="automatic", ticked=6, places=3)
CHILD: Final = Facts(school=GOOD, kind="pupil", present=True, group=True, activated=True, used=True, secret="pictures")
TEACHER: Final = Facts(school=GOOD, kind="staff", present=True, address=True)


def one(facts: Facts, name: str, **more: Any) -> Context:
    """The page about somebody of whom this is so."""
    rows = [
        {
            **asdict(answer),
            "said": f"desk.why.{answer.what}.{answer.said}",
            "url": f"{BASE}/somewhere" if answer.mend else None,
            "posted": answer.mend in POSTED,
        }
        for answer in answers(facts)
    ]
    who = {"name": name, "kind": facts.kind, "group": None, "email": None, **more}
    return at("today", one=who, rows=rows, open=sum(row["state"] == "open" for row in rows))


NETWORK: Final = replace(GOOD, networks=("Demo Netwerk",), coupling="refused", newest_import="held", agreement=False)
FOUND: Final = [
    Thing(name="Noor van der Veen", kind="pupil", group="Groep 6", active=True, url=f"{BASE}/why/pupils/1"),
    Thing(name="Noortje Smit", kind="staff", group=None, active=False, url=f"{BASE}/why/staff/2"),
]
WHY_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "desk/why.html": {
        "empty": at("today", found=None, q="", most=20, stuck=FOUND[:1]),
        "found": at("today", found=FOUND, q="noor", most=2, stuck=[]),
        "nobody": at("today", found=[], q="Zzz", most=20, stuck=[]),
    },
    "desk/why_code.html": {
        "told": at(
            "today",
            reference="WJYV-TQRS",
            said={
                "code": "consent.not_given",
                "register": "staff",
                "at": datetime(2026, 11, 23, 8, 40, tzinfo=UTC),
                "party": "Uitgeverij Rekenrijk",
            },
        ),
        "unknown": at("today", reference=None, said=None),
    },
    "desk/why_one.html": {
        "clear": one(CHILD, "Noor van der Veen", group="Groep 6"),
        "waits": one(
            replace(CHILD, waits=200, excluded=("Rekenrijk", "Taalschip")), "Noor van der Veen", group="Groep 6"
        ),
        "left": one(replace(CHILD, present=False, left_on=date(2026, 10, 1), group=False, school=NETWORK), "Sem Bos"),
        "teacher": one(TEACHER, "Cora van der Veen-Koningsbruggen", email="cora@devlieger.example"),
    },
}
