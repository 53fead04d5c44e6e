"""A realistic context for the desk's pages about imports, the coupling and the school year, in each of their states; everybody in it is made up."""

from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace as Thing
from typing import Any, Final

from idp.web.desk.school_year import Check
from tests.web.desk_samples import AT, BASE, Context, at
from tests.web.desk_staff_samples import DAY

COUPLED: Final = Thing(
    system=Thing(code="parnassys", name="ParnasSys", needs_key=True),
    mode="automatic",
    has_key=True,
    agreed_by_school_at=AT,
    agreed_by_system_at=AT,
    refused=None,
    next_run_at=AT,
    active=True,
    lacking=None,
)
LACKING: Final = Thing(
    **{**vars(COUPLED), "mode": "off", "has_key": False, "agreed_by_school_at": None, "agreed_by_system_at": None}
    | {"active": False, "lacking": "key_missing", "refused": "las_key_refused", "next_run_at": None}
)


def run(number: int, state: str, said: str, **more: Any) -> Mapping[str, Any]:
    """A row of the list of imports."""
    return {
        "id": number,
        "source": "uwlr",
        "origin": "night",
        "state": state,
        "said": said,
        "school_year": "2026-2027",
        "started_at": AT,
        "counts": {"new": 3, "changed": 0, "moved": 1, "gone": 2},
        "held": 0,
        "doubts": 0,
        "error": None,
        "undo_until": DAY,
        "undoable": False,
        **more,
    }


APPLIED: Final = run(9, "applied", "verwerkt", undoable=True)
HELD: Final = run(8, "held", "verwerkt; vertrek wacht op akkoord", held=41)
FAILED: Final = run(7, "failed", "mislukt", counts={}, error="Het LAS weigert de sleutel van uw school.")
PLANNED: Final = run(6, "planned", "wacht op uw akkoord", source="edexml", origin="upload")
WAITING: Final = run(5, "waiting", "wacht op 1 augustus", school_year="2027-2028")
IMPORTS: Final[Context] = at(
    "imports",
    runs=[APPLIED, HELD, FAILED, PLANNED, WAITING, run(4, "nothing", "geen wijzigingen", counts={})],
    coupled=COUPLED,
    next_run=AT,
    several=True,
    further=f"{BASE}/imports?before=4",
    later=False,
)


def happens(names: str, kind: str, said: str, **more: Any) -> Mapping[str, Any]:
    """What happens to one person, or to several."""
    return {
        "names": names.split(", "),
        "count": names.count(", ") + 1,
        "kind": kind,
        "said": said,
        "fields": [],
        "from_groups": (),
        "to_groups": (),
        "reasons": [],
    } | more


CLASS: Final = ", ".join(
    f"{name} {surname}"
    for surname in ("Bakker", "de Wit-van den Heuvel", "Smit", "van der Beek")
    for name in ("Finn", "Sofie", "Yara", "Maximiliaan", "Noor")
)
MOVED: Final = happens("Noor van der Beek", "moved", "naar een andere groep", from_groups=("5",), to_groups=("6",))
DOUBTFUL: Final = happens("Jan Post", "doubtful", "twijfel", reasons=["Niet aan een groep gekoppeld."])
PLAN: Final = {
    "school_year": "2026-2027",
    "counts": {
        "groups": {"new": 1, "changed": 0, "moved": 0, "gone": 0},
        "pupils": {"new": 3, "changed": 2, "moved": 1, "gone": 2},
        "staff": {"new": 1, "changed": 0, "moved": 0, "gone": 0},
    },
    "held": 41,
    "groups": [
        {
            "name": "Groep 6",
            "kind": "stamgroep",
            "change": "unchanged",
            "said": "ongewijzigd",
            "fields": [],
            "pupils": [
                happens(CLASS, "new", "nieuw", to_groups=("6",)),
                MOVED,
                happens("Sofie de Wit", "gone", "vertrokken", from_groups=("6",)),
                happens("Yara Smit", "changed", "gewijzigd", fields=["naam"]),
            ],
            "unchanged": 21,
        },
        {
            "name": "Plusklas",
            "kind": "subgroep",
            "change": "new",
            "said": "nieuw",
            "fields": ["naam"],
            "pupils": [],
            "unchanged": 4,
        },
    ],
    "quiet_groups": 8,
    "without_group": [happens("Mees Kok", "gone", "vertrokken")],
    "staff": [happens("Fleur Bos", "new", "nieuw", to_groups=("Groep 6",)), DOUBTFUL],
    "doubts": [DOUBTFUL],
    "warnings": [
        {
            "code": "staff_without_group",
            "text": "4 medewerkers zonder groep: geen account.",
            "names": ("Jan Post", "Kim Bos"),
        },
        {"code": "eckids", "text": "Leerlingen met een ECK-iD: 219 van 225.", "names": ()},
    ],
    "remarks": [{"said": "Onbekende rol; zij is genegeerd.", "line": 12, "times": 2}],
    "eckids": (219, 225),
    "changes_nothing": False,
    "fingerprint": "f0" * 32,
}
QUIET: Final = {"new": 0, "changed": 0, "moved": 0, "gone": 0}
NO_PLAN: Final = {
    **PLAN,
    "counts": {"groups": QUIET, "pupils": QUIET, "staff": QUIET},
    "groups": [],
    "without_group": [],
    "staff": [],
    "doubts": [],
    "warnings": [],
    "remarks": [],
    "changes_nothing": True,
}
COUPLING: Final[Context] = at(
    "imports",
    systems=[Thing(code="esis", name="ESIS"), Thing(code="parnassys", name="ParnasSys")],
    coupled=COUPLED,
    modes=("automatic", "manual", "off"),
    offered=[
        Thing(id=1, key="02", school="De Overkant", agreed=False),
        Thing(id=2, key="03", school="De Overkant", agreed=True),
    ],
    help="Uw school maakt de sleutel in ParnasSys.",
    lacking=None,
    refused=None,
    next_run=AT,
)
OUTLOOK: Final = Thing(
    state="awaited",
    without_data=False,
    kept_back=False,
    school_year="2026-2027",
    next_year="2027-2028",
    begins_on=date(2027, 8, 1),
    run_id=None,
    groups=10,
    pupils=225,
    staff=19,
    staff_kept=3,
)
CHECKS: Final = [
    Check("raised", "open", f"{BASE}/imports"),
    Check("coupling", "done", f"{BASE}/imports/coupling"),
    Check("eckids", "open", f"{BASE}/imports", 6),
    Check("review", "done", f"{BASE}/staff/review"),
    Check("addresses", "later", f"{BASE}/staff/addresses"),
    Check("networks", "done", f"{BASE}/networks", 2),
]
YEAR: Final[Context] = at("school-year", coming=OUTLOOK, checks=CHECKS, near=True)

IMPORT_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "desk/imports.html": {
        "some": IMPORTS,
        "none": {**IMPORTS, "several": False, "runs": [], "coupled": None, "next_run": None, "further": None},
        "later": {**IMPORTS, "coupled": LACKING, "next_run": None, "further": None, "later": True},
    },
    "desk/import.html": {
        "planned": at("imports", run=PLANNED, plan=PLAN, doubts=[]),
        "nothing_changes": at("imports", run=PLANNED, plan=NO_PLAN, doubts=[]),
        "held": at("imports", run=HELD, plan=PLAN, doubts=[]),
        "waiting": at(
            "imports",
            run=WAITING,
            plan=PLAN,
            doubts=[],
            first_day=date(2027, 8, 1),
            told="De wijzigingen zijn intussen anders dan getoond.",
        ),
        "applied": at(
            "imports",
            run={**APPLIED, "doubts": 2},
            plan=None,
            warnings=PLAN["warnings"],
            made=[MOVED, happens("Finn Bakker", "new", "nieuw", to_groups=("6",))],
            doubts=[
                Thing(about="staff", key="m7", name="Bas Visser", said="Medewerker zonder e-mailadres."),
                Thing(about="staff", key="m8", name=None, said="Niet aan een groep gekoppeld."),
            ],
            done="desk.done.imported",
        ),
        "failed": at("imports", run=FAILED, plan=None, warnings=[], made=[], doubts=[]),
    },
    "desk/import_new.html": {
        "first": at("imports"),
        "refused": at("imports", told="Dit bestand is van een andere school."),
    },
    "desk/import_undo.html": {"plain": at("imports", run=APPLIED)},
    "desk/coupling.html": {
        "works": COUPLING,
        "lacking": {**COUPLING, "coupled": LACKING, "lacking": "Er is nog geen sleutel.", "next_run": None}
        | {"refused": "Het LAS weigert de sleutel van uw school.", "error": "desk.coupling.refused.key"},
        "none": {**COUPLING, "coupled": None, "help": "", "next_run": None},
    },
    "desk/table.html": {
        "plain": at("imports", steps=["Eén regel voor iedere leerling.", "Soort: leerling of medewerker."])
    },
    "desk/school_year.html": {
        "awaited": YEAR,
        "waiting": {**YEAR, "coming": Thing(**{**vars(OUTLOOK), "state": "waiting", "run_id": 5}), "near": False},
        "kept_back": {**YEAR, "coming": Thing(**{**vars(OUTLOOK), "kept_back": True}), "near": False},
        "without_data": {**YEAR, "coming": Thing(**{**vars(OUTLOOK), "without_data": True}), "near": False},
        "unused": {**YEAR, "coming": Thing(**{**vars(OUTLOOK), "state": "unused"})},
    },
}
