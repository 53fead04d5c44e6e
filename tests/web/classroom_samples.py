"""A realistic context for every page of the classroom, in each of its states; everybody in it is made up."""

from collections.abc import Mapping
from typing import Any, Final

from idp.credentials.pupil_secrets import PICTURES
from idp.web.classroom.sheets import SHEETS
from idp.web.pictures import TILE_PICTURES

Context = Mapping[str, Any]

BASE: Final = "/classroom/99ZZ/6"
NAMES: Final = (
    *("Aya el Amrani", "Bo Visser", "Bram de Wit", "Daan Kok", "Elif Yılmaz", "Emma van den Berg", "Fenna Bos"),
    *("Finn van Beek", "Hugo Mulder", "Isa Smit", "Jayden Brown", "Jip Dekker", "Julia Kowalska", "Kees 't Hart"),
    *("Lev Petrov", "Liv Vos", "Lotte Bakker", "Lucas Meijer", "Marie-Christine van Wolkersdorf-Haaksbergen"),
    *("Mees Prins", "Mila Post", "Mohamed Ahmadi", "Nina Kuiper", "Noah Blom", "Noor Bakker", "Noor van Beek"),
    *("Olivia Peters", "Saar Willems", "Sem Hoekstra", "Zoë Đặng"),
)


def at(*, secret_kind: str = "pin", kind: str = "stamgroep", **more: Any) -> Context:
    """What the frame gives every page of a group."""
    return {
        "school": "Basisschool De Vlieger",
        "group": {"name": "Groep 6", "kind": kind, "secret_kind": secret_kind},
        "base": BASE,
        "groups_url": "/classroom",
        "sees_home": True,
        "ticket": "t0",
        "nouns": [],
        "done": None,
        "error": None,
        "told": None,
        "lang_switch_url": "/language/en?to=/classroom",
        **more,
    }


def pupil(number: int, name: str, **more: Any) -> dict[str, Any]:
    """A child of the list."""
    return {
        "id": number + 1,
        "name": name,
        "label": name.split()[0],
        "picture": TILE_PICTURES[number],
        "hidden": False,
        "kind": "pin",
        "used": True,
        "waits": 0,
        "url": f"{BASE}/{number + 1}",
        "secret": None,
        "card": None,
        **more,
    }


CARDS: Final = [
    pupil(number, name, card="24 augustus 2026" if number % 4 else None) for number, name in enumerate(NAMES)
]
PIN: Final = {"kind": "pin", "pin": "4711", "pictures": []}
DRAWN: Final = {"kind": "pictures", "pin": "", "pictures": ["tree", "boat", "apple"]}
GROUP: Final = [pupil(number, name) for number, name in enumerate(NAMES)]
WAITING: Final = pupil(7, NAMES[7], waits=4)
MIXED: Final = [
    *GROUP[:4],
    pupil(4, NAMES[4], used=False),
    pupil(5, NAMES[5], kind=None, used=False),
    pupil(6, NAMES[6], kind="pictures", hidden=True),
    WAITING,
    *GROUP[8:],
]
SHOWN: Final = [{**one, "secret": DRAWN if number % 3 == 0 else PIN} for number, one in enumerate(GROUP)]
COUNTS: Final = {"all": 30, "new": 1, "none": 1}


def groups(*names: str, own: bool = True) -> list[dict[str, Any]]:
    """Tiles of groups."""
    return [
        {"name": name, "url": f"/classroom/99ZZ/{place}", "pupils": 24 + place, "kind": "stamgroep", "own": own}
        for place, name in enumerate(names)
    ]


PLUS: Final = {"name": "Plusgroep", "url": "/classroom/99ZZ/9", "pupils": 1, "kind": "subgroep", "own": True}
TILES: Final = [
    {"key": key, "taken": place % 2 == 1, "own": key == "rocket"} for place, key in enumerate(TILE_PICTURES)
]
PAPER: Final[dict[str, Any]] = {
    "children": SHOWN,
    "without": 0,
    "columns": 3,
    "sheets": sorted(SHEETS),
    "here": f"{BASE}/print",
    "up": BASE,
    "back_to": "Groep 6",
    "foot": "Basisschool De Vlieger · 23 november 2026",
}
CHOICE: Final[dict[str, Any]] = {"child": GROUP[7], "pictures": PICTURES, "places": range(1, 4)}

CLASSROOM_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "classroom/mine.html": {
        "one": {
            "places": [{"name": "Basisschool De Vlieger", "own": [*groups("Groep 6"), PLUS], "others": []}],
            "lang_switch_url": "/language/en?to=/classroom",
        },
        "all": {
            "places": [
                {
                    "name": "Basisschool De Vlieger",
                    "own": groups("Groep 6"),
                    "others": groups("Groep 1/2A", "Groep 3", "Groep 7/8", own=False),
                },
                {"name": "Basisschool De Overkant", "own": [], "others": groups("Groep 4", own=False)},
            ],
            "lang_switch_url": "/language/en?to=/classroom",
        },
        "none": {
            "places": [{"name": "Basisschool De Vlieger", "own": [], "others": []}],
            "lang_switch_url": "/language/en?to=/classroom",
        },
        "nowhere": {"places": [], "lang_switch_url": "/language/en?to=/classroom"},
    },
    "classroom/group.html": {
        "usual": at(
            children=GROUP, waiting=[], counts={"all": 30, "new": 0, "none": 0}, showing=False, groups_url=None
        ),
        "waiting": at(
            children=MIXED, waiting=[WAITING], counts=COUNTS, showing=False, done="classroom.done.kind_chosen"
        ),
        "shown": at(children=SHOWN, waiting=[], counts=COUNTS, showing=True),
        "subgroup": at(
            kind="subgroep",
            children=GROUP[:1],
            waiting=[],
            counts={"all": 1, "new": 0, "none": 0},
            showing=False,
            done="classroom.done.forgiven",
        ),
        "empty": at(children=[], waiting=[], counts={"all": 0, "new": 0, "none": 0}, showing=False),
    },
    "classroom/whole.html": {
        "form": at(counts={"all": 30, "pin": 27, "pictures": 2, "none": 1}),
        "subgroup": at(kind="subgroep", counts={"all": 6, "pin": 6, "pictures": 0, "none": 0}),
    },
    "classroom/child.html": {
        "hidden": at(child=GROUP[7], likely="pin"),
        "no_tile": at(child={**GROUP[7], "hidden": True}, likely="pin", done="classroom.done.tile_hidden"),
        "pin": at(child={**GROUP[7], "secret": PIN}, likely="pin", done="classroom.done.renewed"),
        "pictures": at(
            secret_kind="pictures",
            child={**GROUP[18], "kind": "pictures", "secret": DRAWN},
            likely="pictures",
            done="classroom.done.picture_changed",
        ),
        "waiting": at(child=WAITING, likely="pin", done="classroom.done.chosen"),
        "none": at(child=MIXED[5], likely="pictures"),
        "card": at(child={**CARDS[5], "kind": None}, likely="pictures", done="classroom.done.card_voided"),
    },
    "classroom/cards.html": {
        "some": at(children=CARDS, counts={"all": 30, "cards": 22}),
        "none": at(children=GROUP, counts={"all": 30, "cards": 0}, done="classroom.done.cards_voided"),
        "empty": at(children=[], counts={"all": 0, "cards": 0}),
    },
    "classroom/cards_void.html": {
        "all": at(child=None, count=22, here=f"{BASE}/cards/void"),
        "one": at(child=CARDS[1], count=1, here=f"{BASE}/2/card/void"),
        "nothing": at(child=None, count=0, here=f"{BASE}/cards/void"),
    },
    "classroom/choose.html": {
        "form": at(**CHOICE),
        "incomplete": at(**CHOICE, error="classroom.choose.incomplete_pin"),
        "weak": at(**CHOICE, error="classroom.choose.weak_pin"),
        "refused": at(**CHOICE, error="classroom.choose.weak_pictures"),
    },
    "classroom/picture.html": {
        "form": at(child=GROUP[1], tiles=TILES),
        "refused": at(child=GROUP[1], tiles=TILES, error="classroom.picture.taken_meanwhile"),
    },
    "classroom/print.html": {
        "three": at(**PAPER, done="classroom.done.renewed_all"),
        "two": at(**{**PAPER, "columns": 2, "without": 2}),
        "one": at(**{**PAPER, "columns": 1, "children": SHOWN[:1]}),
        "empty": at(**{**PAPER, "children": [], "without": 30}),
    },
}
