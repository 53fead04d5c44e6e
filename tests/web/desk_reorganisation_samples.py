"""A realistic context for the desk's pages about mergers, splits, transfers and locations, in each of their states; everybody in it is made up."""

from collections.abc import Mapping
from types import SimpleNamespace as Thing
from typing import Any, Final

from idp.web.desk.reorganisations import KINDS as REORGANISATIONS
from tests.web.desk_samples import AT, BASE, Context, at
from tests.web.desk_staff_samples import DAY

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
    "school-year",
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
    "school-year",
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
    "school-year",
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
    return at("school-year", kind=kind, groups=GROUPS if kind == "split" else [], **more)


REORGANISATION_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "desk/reorganisations.html": {
        "some": at(
            "school-year",
            rows=[MERGER, {**MERGER, "kind": "closure", "state": "done", "targets": []}],
            kinds=REORGANISATIONS,
        ),
        "none": at("school-year", rows=[], kinds=REORGANISATIONS),
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
    "desk/transfers.html": {
        "some": at(
            "school-year",
            rows=[
                {**ASKED, "pupil": "Noor van der Beek", "arrives": True, "waits_for_us": False},
                {**ASKED, "pupil": None, "arrives": False, "waits_for_us": True},
                {**ASKED, "pupil": None, "arrives": False, "waits_for_us": False, "state": "withdrawn"},
            ],
            pager=Thing(previous=f"{BASE}/transfers", next=f"{BASE}/transfers?before=4"),
        ),
        "none": at("school-year", rows=[], pager=Thing(previous=None, next=None)),
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
