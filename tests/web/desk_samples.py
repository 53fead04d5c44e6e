"""A realistic context for every page of the desk, in each of its states; everybody in it is made up."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import SimpleNamespace as Thing
from typing import Any, Final

from idp.web.desk.frame import NOUNS
from idp.web.desk.reorganisations import KINDS as REORGANISATIONS
from idp.web.desk.school_year import Check
from idp.web.desk.staff import FILTERS
from idp.web.desk.staff_acts import Sheet
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
        "nouns": [(name, BASE + path) for name, path in NOUNS],
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
    Need("approve", 2, f"{BASE}/staff/pending", "sun"),
    Need("coupling_manual", 1, f"{BASE}/imports/coupling", "quiet"),
]

DAY: Final = date(2027, 7, 31)


def colleague(number: int, name: str, email: str | None, *roles: str, **more: Any) -> Mapping[str, Any]:
    """A row of the list of staff."""
    return {
        "id": number,
        "name": name,
        "email": email,
        "roles": roles,
        "groups": (),
        "activated": True,
        "second_factor": False,
        "in_administration": True,
        "working": True,
        "ends_on": None,
        "ended_on": None,
        "reviewed_on": None,
        **more,
    }


ANJA: Final = colleague(1, "Anja de Boer", "a.deboer@devlieger.example", "ict-coordinator", second_factor=True)
BAS: Final = colleague(2, "Bas Visser", "b.visser@devlieger.example", "teacher", groups=("Groep 6", "Groep 7"))
CORA: Final = colleague(
    3,
    "Cora van der Veen-Koningsbruggen",
    "cora.vanderveen-koningsbruggen@devlieger.example",
    "ib",
    "rt",
    activated=False,
    in_administration=False,
    ends_on=DAY,
    reviewed_on=AT,
)
DAVID: Final = colleague(4, "David Mulder", None, "teacher", groups=("Groep 1/2A",), activated=False)
ELS: Final = colleague(5, "Els Smit", "e.smit@devlieger.example", "teacher", working=False, ended_on=DAY)
STAFF: Final[Context] = at(
    "staff",
    people=[ANJA, BAS, CORA, DAVID, ELS],
    counts=Thing(working=21, activated=18, left=3),
    networks=(),
    waiting=Thing(pending=2, review=1),
    q="",
    which="working",
    filters=FILTERS,
    further=5,
    later=False,
)
ONE: Final[Context] = at("staff", one=BAS, networks=(), proposed=None, myself=False)
EVERYDAY: Final = ("teacher", "ib", "rt", "trainee", "support")
PENDING: Final[Context] = at(
    "staff",
    invitations=[
        Thing(
            id=1, name="Fleur Bos", email="f.bos@elders.example", roles=("ib",), over=False, asked_at=AT, ends_on=DAY
        ),
        Thing(id=2, name="Gijs Kok", email="g.kok@elders.example", roles=("rt",), over=True, asked_at=AT, ends_on=DAY),
    ],
    proposals=[
        Thing(id=3, name="Bas Visser", old="b.visser@a.example", new="bas@b.example", approve=True, confirmed=False),
        Thing(id=4, name="Els Smit", old="e.smit@a.example", new="els@b.example", approve=False, confirmed=True),
    ],
)
ADDRESSES: Final[Context] = at(
    "staff",
    rows=[
        Thing(id=4, name="David Mulder", groups=("Groep 1/2A",), wrong=None),
        Thing(id=6, name="Hanna Vos", groups=(), wrong=None),
    ],
    more=12,
    mailed=0,
)
REVIEW: Final[Context] = at(
    "staff",
    rows=[Thing(id=3, name=CORA["name"], email=CORA["email"], since=AT, ends_on=DAY, wrong=False)],
    latest=DAY,
)
SHEETS: Final = (
    Sheet("appoint", tone="sun"),
    Sheet("dismiss", tone="brick"),
    Sheet("last_day", field="date"),
    Sheet("end", tone="brick"),
    Sheet("return", field="date"),
    Sheet("address", field="email"),
)


def sheet(one: Sheet, **more: Any) -> Context:
    """The page before an act about a member of staff."""
    return at("staff", sheet=one, one=BAS, latest=DAY, **more)


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


def happens(name: str, kind: str, said: str, **more: Any) -> Mapping[str, Any]:
    """What happens to one person."""
    return {
        "name": name,
        "kind": kind,
        "said": said,
        "fields": [],
        "from_groups": (),
        "to_groups": (),
        "reasons": [],
    } | more


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
                happens("Finn Bakker", "new", "nieuw", to_groups=("6",)),
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
PLACES: Final[Context] = at(
    "imports",
    last=AT,
    schools=[{"id": "7", "name": "De Vlieger, dependance Zuid (99ZZ01)"}],
    arriving=[],
    rows=[
        Thing(key="00", name="Hoofdgebouw", pupils=180, wrong=False, to="", elsewhere=None, state="here"),
        Thing(key="01", name="Dependance Zuid", pupils=45, wrong=False, to="7", elsewhere=None, state="goes"),
        Thing(key="02", name="", pupils=None, wrong=False, to="9", elsewhere="De Overkant (98XX)", state="waits"),
    ],
)

SEATS: Final = [
    Thing(group_id=1, group_name="Groep 1/2A", binding_id=None, email=None, name=None, starts_at=None, ends_on=None),
    Thing(
        group_id=2,
        group_name="Groep 6",
        binding_id=7,
        email="i.de.groot@invalpool.example",
        name="Ien de Groot",
        starts_at=AT,
        ends_on=DAY,
    ),
]
DEPUTY: Final[Context] = {**at("deputy"), "nouns": []}
SUBSTITUTE: Final[Context] = at("substitutes", seat=SEATS[0], durations=(2, 7, 14), phone_needed=True)
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
MERGER: Final = {
    "id": 3,
    "kind": "merger",
    "state": "asked",
    "sources": ["De Overkant (98XX)"],
    "targets": ["Basisschool De Vlieger (99ZZ)"],
    "asked_at": AT,
    "effective_on": DAY,
    "undo_until": None,
    "needed": ["De Overkant (98XX)", "helpdesk"],
}


def meets(fate: str, name: str | None, other: str | None) -> Mapping[str, Any]:
    """A pupil of one school who may be one of the other."""
    schools = {"school": "De Overkant (98XX)", "other_school": "Basisschool De Vlieger (99ZZ)"}
    return {"choice": "1-2", "fate": fate, "name": name, "other_name": other, **schools}


REHEARSED: Final = {
    "counts": {"pupils": 120, "moves": 117, "joins": 1, "both": 0, "doubtful": 1, "staff": 12, "groups": 6},
    "notable": ["De koppelingen van alle betrokken scholen staan op handmatig."],
    "obstacles": ["Er zijn nog twijfels waarover iemand moet beslissen."],
    "doubts": [meets("doubtful", None, "Noor van der Beek")],
    "meetings": [meets("joins", "Finn Bakker", "Finn Bakker")],
    "fingerprint": "a1" * 32,
    "code_unknown": False,
}
REORGANISED: Final[Context] = at(
    "reorganisations",
    row=MERGER,
    rehearsed=REHEARSED,
    goings=[
        Thing(
            school="De Vlieger (99ZZ)",
            to="De Brug (98XX)",
            who="pupils",
            group="Groep 6",
            number=2,
            names=("Noor van Beek", "Finn Bos"),
        ),
        Thing(school="De Linde (97XX)", to="De Brug (98XX)", who="pupils", group=None, number=24, names=()),
        Thing(
            school="De Vlieger (99ZZ)", to="De Brug (98XX)", who="staff", group=None, number=1, names=("Bas Visser",)
        ),
    ],
    agreed=True,
    ready=False,
    undoable=False,
    counts={},
    between=[],
)
ASKED: Final = {
    **MERGER,
    "id": 4,
    "kind": "transfer",
    "sources": ["De Overkant (98XX)"],
    "effective_on": None,
    "needed": ["De Overkant (98XX)"],
}
BOTH_NAMED: Final = {
    "older": "De Overkant (98XX)",
    "notable": [],
    "obstacles": [],
    "children": [
        {"name": "Noor van der Beek", "school": "Basisschool De Vlieger (99ZZ)"},
        {"name": "Noor van der Beek-Koningsbruggen", "school": "De Overkant (98XX)"},
    ],
    "knew_both": ["Rekenrijk"],
    "fingerprint": "a1" * 32,
}
TRANSFER: Final[Context] = at(
    "reorganisations",
    row=ASKED,
    other="De Overkant (98XX)",
    own="Noor van der Beek",
    rehearsed=None,
    goings=[],
    arrives=True,
    open=True,
    agrees=False,
    names=False,
    finishes=False,
    undoable=False,
)
PICK: Final[Context] = at(
    "reorganisations",
    action=f"{BASE}/transfers/new",
    back=f"{BASE}/transfers",
    asking=True,
    found=[
        Thing(id=1, name="Noor van der Beek", group="Groep 6", active=True),
        Thing(id=2, name="Noor Smit", group=None, active=False),
    ],
    more=True,
)
GROUPS: Final = [Thing(id=1, name="Groep 6", pupils=24), Thing(id=2, name="Groep 7", pupils=21)]


def asking(kind: str, **more: Any) -> Context:
    """The form of a kind of reorganisation."""
    return at("reorganisations", kind=kind, groups=GROUPS if kind == "split" else [], **more)


DESK_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "desk/schools.html": {
        "two": {
            "lang_switch_url": None,
            "schools": [
                Thing(name="Basisschool De Vlieger", code="99ZZ", url="/desk/99ZZ"),
                Thing(name="De Vlieger, dependance Zuid", code="99ZZ01", url="/desk/99ZZ01"),
            ],
        }
    },
    "desk/today.html": {
        "needs": at("today", counts=COUNTS, needs=NEEDS),
        "nothing": at("today", counts=COUNTS, needs=[]),
    },
    "desk/staff.html": {
        "some": STAFF,
        "network": {**STAFF, "networks": ("Schoolplein",), "done": "desk.done.reviewed"},
        "nobody": {**STAFF, "people": [], "q": "jansen", "further": None, "later": True},
    },
    "desk/colleague.html": {
        "teacher": ONE,
        "proposed": {**ONE, "one": CORA, "proposed": Thing(email="c@b.example"), "networks": ("Schoolplein",)},
        "coordinator": {**ONE, "one": ANJA, "myself": True},
        "without_address": {**ONE, "one": DAVID},
        "left": {**ONE, "one": ELS},
    },
    "desk/colleague_sheet.html": {
        **{one.what: sheet(one) for one in SHEETS},
        "refused": sheet(SHEETS[2], error="desk.staff.refused.end_has_passed", values={"ends_on": "2020-01-01"}),
    },
    "desk/two_steps.html": {
        "off": at("staff", on=False, staff=31, without=12),
        "on": at("staff", on=True, staff=31, without=0, done="desk.done.two_steps_on"),
    },
    "desk/colleague_second_step.html": {
        "first": at("staff", one=BAS, myself=False),
        "unsure": at("staff", one=BAS, myself=False, error="desk.second_step.refused.not_sure"),
        "myself": at("staff", one=BAS, myself=True),
    },
    "desk/colleague_roles.html": {"plain": at("staff", one=BAS, everyday=EVERYDAY)},
    "desk/colleague_groups.html": {
        "some": at(
            "staff", one=BAS, groups=[Thing(id=1, name="Groep 6", linked=True), Thing(id=2, name="3", linked=False)]
        ),
        "none": at("staff", one=BAS, groups=[]),
    },
    "desk/staff_new.html": {
        "first": at("staff", everyday=EVERYDAY, latest=DAY),
        "wrong": at(
            "staff",
            everyday=EVERYDAY,
            latest=DAY,
            error="desk.staff.refused.works_here",
            values={"first_name": "Fleur", "surname": "Bos", "email": "f.bos@x.example", "role_ib": "1"},
        ),
    },
    "desk/staff_pending.html": {"some": PENDING, "none": {**PENDING, "invitations": [], "proposals": []}},
    "desk/staff_held.html": {
        "some": at(
            "staff",
            rows=[
                Thing(name="David Mulder", email="d.mulder@devlieger.example", groups=("Groep 3", "Groep 4")),
                Thing(name="Bea de Visser", email="b.visser@devlieger.example", groups=()),
            ],
            count=23,
            more=21,
        ),
        "none": at("staff", rows=[], count=0, more=0),
    },
    "desk/staff_addresses.html": {
        "two": ADDRESSES,
        "wrong": {
            **ADDRESSES,
            "rows": [Thing(id=4, name="David Mulder", groups=(), wrong="desk.staff.refused.works_here")],
            "error": "desk.staff.refused.some_addresses",
            "values": {"email_4": "b.visser@devlieger.example"},
            "mailed": 1,
        },
        "none": {**ADDRESSES, "rows": [], "more": 0},
    },
    "desk/staff_review.html": {"one": REVIEW, "none": {**REVIEW, "rows": []}},
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
    "desk/substitutes.html": {
        "two": at("substitutes", seats=SEATS, helper=None, done="desk.done.substitute_bound"),
        "none": at("substitutes", seats=[], helper="Anja de Boer"),
    },
    "desk/substitute_new.html": {
        "first": SUBSTITUTE,
        "wrong": {
            **SUBSTITUTE,
            "error": "desk.staff.refused.seat_taken",
            "values": {"email": "i@x.example", "first_name": "Ien", "surname": "Bos", "days": "7"},
        },
    },
    "desk/substitute_history.html": {
        "some": at(
            "substitutes",
            rows=[
                {
                    "group": "Groep 6",
                    "email": "i.de.groot@invalpool.example",
                    "name": "Ien de Groot",
                    "from": AT,
                    "until": DAY,
                }
            ],
            further=f"{BASE}/substitutes/history?before=7",
            later=True,
        ),
        "none": at("substitutes", rows=[], further=None, later=False),
    },
    "desk/substitute_helper.html": {
        "plain": at("substitutes", people=[Thing(id=1, name="Anja de Boer"), Thing(id=2, name="Bas Visser")], chosen=2)
    },
    "desk/school_year.html": {
        "awaited": YEAR,
        "waiting": {**YEAR, "coming": Thing(**{**vars(OUTLOOK), "state": "waiting", "run_id": 5}), "near": False},
        "kept_back": {**YEAR, "coming": Thing(**{**vars(OUTLOOK), "kept_back": True})},
        "without_data": {**YEAR, "coming": Thing(**{**vars(OUTLOOK), "without_data": True})},
        "unused": {**YEAR, "coming": Thing(**{**vars(OUTLOOK), "state": "unused"})},
    },
    "desk/evidence.html": {
        "some": at(
            "evidence",
            rows=[Thing(at=AT, counts={"pupils": 12, "staff": 1, "enrolments": 13, "employments": 1})],
            counted=[Thing(month=date(2025, 9, 1), count=41870), Thing(month=date(2025, 8, 1), count=912)],
        ),
        "none": at("evidence", rows=[], counted=[]),
    },
    "desk/reorganisations.html": {
        "some": at(
            "reorganisations",
            rows=[MERGER, {**MERGER, "kind": "closure", "state": "done", "targets": []}],
            kinds=REORGANISATIONS,
        ),
        "none": at("reorganisations", rows=[], kinds=REORGANISATIONS),
    },
    "desk/reorganisation_new.html": {
        **{kind: asking(kind) for kind in REORGANISATIONS},
        **{
            f"{kind}_wrong": asking(
                kind, error="desk.reorganisation.refused.schools", values={"others": "98XX", "group_1": "1"}
            )
            for kind in REORGANISATIONS
        },
    },
    "desk/reorganisation.html": {
        "asked": REORGANISED,
        "to_agree": {**REORGANISED, "agreed": False},
        "ready": {
            **REORGANISED,
            "row": {**MERGER, "state": "checked", "needed": []},
            "rehearsed": {**REHEARSED, "obstacles": [], "doubts": []},
            "ready": True,
        },
        "code_unknown": {**REORGANISED, "rehearsed": {**REHEARSED, "doubts": [], "meetings": [], "code_unknown": True}},
        "done": {
            **REORGANISED,
            "row": {**MERGER, "state": "done", "needed": [], "undo_until": DAY},
            "rehearsed": None,
            "counts": {"pupils": 120, "schools": 1},
            "between": [{"name": "Finn Bakker", "party": "Rekenrijk", "times": 3, "last_at": DAY}],
            "undoable": True,
        },
    },
    "desk/locations.html": {
        "three": {**PLACES, "done": "desk.done.location_saved"},
        "one_school": {**PLACES, "schools": []},
        "wrong": {
            **PLACES,
            "rows": [Thing(key="01", name="", pupils=45, wrong=True, to="", elsewhere=None, state="here")],
            "error": "desk.locations.refused.elsewhere",
        },
        "arriving": {
            **PLACES,
            "rows": [],
            "last": None,
            "arriving": [
                Thing(id=1, key="02", school="De Overkant (98XX)", agreed=False),
                Thing(id=2, key="03", school="De Overkant (98XX)", agreed=True),
            ],
        },
    },
    "desk/deputy.html": {
        "some": {**DEPUTY, "seats": SEATS, "done": "desk.done.substitute_bound"},
        "none": {**DEPUTY, "seats": []},
    },
    "desk/deputy_new.html": {
        "first": {**DEPUTY, "seat": SEATS[0], "durations": (2, 7, 14), "phone_needed": False},
        "wrong": {
            **DEPUTY,
            "seat": SEATS[0],
            "durations": (2, 7, 14),
            "phone_needed": True,
            "error": "desk.staff.refused.works_here",
            "values": {"email": "b.visser@devlieger.example", "days": "7"},
        },
    },
    "desk/transfers.html": {
        "some": at(
            "reorganisations",
            rows=[
                {**ASKED, "pupil": "Noor van der Beek", "arrives": True, "waits_for_us": False},
                {**ASKED, "pupil": None, "arrives": False, "waits_for_us": True},
                {**ASKED, "pupil": None, "arrives": False, "waits_for_us": False, "state": "withdrawn"},
            ],
            pager=Thing(previous=f"{BASE}/transfers", next=f"{BASE}/transfers?before=4"),
        ),
        "none": at("reorganisations", rows=[], pager=Thing(previous=None, next=None)),
    },
    "desk/transfer_pupil.html": {
        "first": {**PICK, "found": None, "more": False},
        "found": {**PICK, "values": {"other": "98XX", "q": "noor"}},
        "nobody": {**PICK, "found": [], "more": False, "asking": False},
        "wrong": {**PICK, "error": "desk.transfer.refused.schools", "values": {"other": "97QQ", "q": "noor"}},
        "naming": {**PICK, "asking": False, "error": "desk.transfer.refused.no_pupil", "values": {"q": "noor"}},
    },
    "desk/transfer.html": {
        "waits": TRANSFER,
        "to_name": {**TRANSFER, "own": None, "arrives": False, "names": True},
        "helpdesk": {**TRANSFER, "agrees": True},
        "named": {**TRANSFER, "arrives": False, "names": True, "rehearsed": BOTH_NAMED},
        "last_word": {**TRANSFER, "rehearsed": {**BOTH_NAMED, "knew_both": []}, "finishes": True},
        "lost": {**TRANSFER, "rehearsed": BOTH_NAMED, "finishes": True},
        "two_children": {
            **TRANSFER,
            "rehearsed": {**BOTH_NAMED, "obstacles": ["De ECK-iD's verschillen: dit zijn twee kinderen."]},
        },
        "done": {
            **TRANSFER,
            "row": {**ASKED, "state": "done", "needed": [], "undo_until": DAY},
            "open": False,
            "undoable": True,
        },
    },
}
