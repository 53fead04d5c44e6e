"""A realistic context for every page about signing in at home, in each of its states; everybody in it is made up."""

from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace as Thing
from typing import Any, Final

from directory.home import Rules
from tests.web.classroom_samples import BASE, DRAWN, GROUP, NAMES, PIN, at, pupil
from tests.web.desk_samples import at as at_desk
from tests.web.signin_samples import SHUFFLED

Context = Mapping[str, Any]

FORM: Final[Context] = {
    "action": "/signin/a1b2",
    "begun": "/signin/a1b2",
    "ticket": "t0",
    "step": "s0",
    "lang_switch_url": "?lang=en",
    "party": None,
    "error": None,
    "wait_seconds": 0,
}
TO_PARTY: Final[Context] = {**FORM, "party": Thing(name="Rekenrijk")}
NOOR: Final = Thing(
    at="/signin/a1b2/school-1-child-1", tiles="/signin/a1b2/school-1", label="Noor B.", picture="owl", why=None
)
BO: Final = Thing(at="/signin/a1b2/school-1-child-2", label="Bo", picture="fish", why=None)
ELSEWHERE: Final = {"code": "network", "name": "De Leeromgeving", "url": "https://leeromgeving.example/"}
AWAY: Final = Thing(at="/signin/a1b2/school-1-child-3", label="Mees", picture="rocket", why=ELSEWHERE)
NEW: Final = Thing(
    at="/signin/a1b2/school-1-child-4", label="Liv", picture="bee", why={"code": "no_secret", "name": "", "url": ""}
)
NETWORK: Final = {"name": "De Leeromgeving", "url": "https://leeromgeving.example/"}
SCHOOLS: Final = [
    Thing(at="/signin/a1b2/school-1", name="Basisschool De Vlieger"),
    Thing(at="/signin/a1b2/school-2", name="Montessorischool Het Samenspel"),
]
PARENT: Final[Context] = {**FORM, "email": "", "remember": False, "puzzle": None}

UNTIL: Final = date(2027, 8, 1)
LIVE: Final = {"until": UNTIL, "live": True, "text": None}
OVER: Final = {"until": date(2026, 8, 1), "live": False, "text": None}
NONE: Final = {"until": None, "live": False, "text": None}
CODE: Final = {**LIVE, "text": "K7MXP-4TQ2W"}
FIRST: Final = {"id": 1, "email": "ouder@gezin.example", "on": date(2026, 9, 14), "used": True, "bounced": False}
SECOND: Final = {**FIRST, "id": 2, "email": "a.van.der.berg-hendriksen@eenlangdomein.example", "used": False}
BACK: Final = {**SECOND, "bounced": True}


def child(number: int, code: Context = LIVE, *entered: Context, **more: Any) -> dict[str, Any]:
    """A child of the list."""
    return {**pupil(number, NAMES[number], home=f"{BASE}/{number + 1}/home", code=code, parents=entered), **more}


ROOM: Final[dict[str, Any]] = {"network": None, "parents_on": True}
CHILDREN: Final = [child(number) for number in range(len(NAMES))]
MIXED: Final = [
    child(0, LIVE, FIRST),
    child(1, NONE),
    child(2, OVER, SECOND),
    child(3, LIVE, FIRST, BACK),
    child(4, LIVE, waits=4),
    *CHILDREN[5:],
]
SHOWN: Final = [{**one, "code": CODE} for one in CHILDREN]
ONE: Final[dict[str, Any]] = {
    **ROOM,
    "secret": None,
    "likely": "pin",
    "today": date(2026, 11, 23),
    "places_left": 2,
    "values": {},
}
TYPED: Final = {"email": "ouder@gezin", "permission_on": "2026-11-20", "permission": "1"}
GROUPS: Final = [
    {"id": number, "name": name, "way": way, "by": "De Leeromgeving" if number == 0 else None}
    for number, (name, way) in enumerate([("Groep 1/2A", "school"), ("Groep 3", "here"), ("Groep 7/8", "network")])
]

HOME_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "signin/home_way.html": {
        "plain": FORM,
        "to_party": TO_PARTY,
        "malformed": {**FORM, "error": "home.code.malformed"},
    },
    "signin/home_pin.html": {
        "code": {**FORM, "child": None},
        "wrong": {**TO_PARTY, "child": None, "error": "home.secret.wrong"},
        "parent": {**FORM, "child": NOOR},
        "parent_wrong": {**FORM, "child": NOOR, "error": "home.secret.wrong_child"},
        "waiting": {**FORM, "child": None, "wait_seconds": 30},
    },
    "signin/home_pictures.html": {
        "code": {**FORM, "child": None, "pictures": SHUFFLED, "picked": []},
        "parent": {**FORM, "child": NOOR, "pictures": SHUFFLED, "picked": ["fish"]},
        "wrong": {**FORM, "child": None, "pictures": SHUFFLED, "picked": [], "error": "home.secret.wrong"},
    },
    "signin/home_school.html": {"two": {**FORM, "schools": SCHOOLS}},
    "signin/home_child.html": {
        "two": {**FORM, "children": [BO, NOOR], "several": False},
        "away": {**FORM, "children": [BO, AWAY, NEW], "several": True},
        "none": {**FORM, "children": [], "several": False},
    },
    "signin/home_stopped.html": {
        "expired": {**FORM, "reason": "expired", "school": "Basisschool De Vlieger", "network": None},
        "inactive": {**FORM, "reason": "inactive", "school": "Basisschool De Vlieger", "network": None},
        "network": {**TO_PARTY, "reason": "network", "school": "Basisschool De Vlieger", "network": NETWORK},
        "no_address": {
            **FORM,
            "reason": "network",
            "school": "Basisschool De Vlieger",
            "network": {"name": "", "url": ""},
        },
    },
    "signin/parent.html": {
        "first": PARENT,
        "remembered": {**PARENT, "email": "ouder@gezin.example", "remember": True},
        "wrong": {**PARENT, "email": "ouder@gezin.example", "error": "home.parent.wrong", "wait_seconds": 10},
    },
    "classroom/home.html": {
        "mixed": at(**ROOM, children=MIXED, living=28, until=UNTIL, showing=False, done="classroom.done.codes_made"),
        "none": at(**ROOM, children=[child(number, NONE) for number in range(3)], living=0, until=None, showing=False),
        "shown": at(**ROOM, children=SHOWN, living=30, until=UNTIL, showing=True),
        "network": at(**{**ROOM, "network": NETWORK}, children=MIXED, living=28, until=UNTIL, showing=False),
        "empty": at(**ROOM, children=[], living=0, until=None, showing=False),
    },
    "classroom/home_whole.html": {
        "some": at(**ROOM, count=30, living=28),
        "none": at(**ROOM, count=30, living=0),
        "network": at(**{**ROOM, "network": NETWORK}, count=30, living=2),
    },
    "classroom/home_mail.html": {
        "first": at(**ROOM, children=[{**one, "typed": ""} for one in GROUP], wrong=frozenset()),
        "wrong": at(
            **ROOM,
            children=[{**one, "typed": "ouder@gezin" if one["id"] == 3 else ""} for one in GROUP],
            wrong=frozenset({"unkept_3"}),
            error="classroom.home.refused.address",
        ),
        "network": at(**{**ROOM, "network": NETWORK}, children=[], wrong=frozenset()),
    },
    "classroom/home_child.html": {
        "none": at(**ONE, child=child(7, NONE)),
        "hidden": at(**{**ONE, "places_left": 1}, child=child(7, LIVE, FIRST)),
        "shown": at(**ONE, child=child(7, CODE), done="classroom.done.code_renewed"),
        "both": at(**{**ONE, "secret": PIN}, child=child(7, CODE), done="classroom.done.both_renewed"),
        "both_pictures": at(**{**ONE, "secret": DRAWN, "likely": "pictures"}, child=child(7, CODE)),
        "two_parents": at(**{**ONE, "places_left": 0}, child=child(7, LIVE, FIRST, BACK, waits=4)),
        "refused": at(
            **{**ONE, "values": {"unkept_email": "ouder@gezin"}},
            child=child(7, OVER),
            error="classroom.home.refused.address",
        ),
        "refused_parent": at(
            **{**ONE, "values": TYPED, "places_left": 1},
            child=child(7, LIVE, FIRST),
            error="classroom.home.refused.day",
        ),
        "network": at(**{**ONE, "network": NETWORK, "parents_on": False}, child=child(7, LIVE)),
    },
    "desk/home.html": {
        "usual": at_desk("networks", rules=Rules(), groups=GROUPS[:1], entered=0),
        "network": at_desk(
            "networks",
            rules=Rules(True, "network", "De Leeromgeving", "https://leeromgeving.example/"),
            groups=GROUPS,
            entered=42,
            done="desk.done.home_way",
        ),
        "refused": at_desk(
            "networks", rules=Rules(way="network"), groups=GROUPS, entered=0, error="desk.home.refused.name"
        ),
        "no_groups": at_desk("networks", rules=Rules(), groups=[], entered=0, error="desk.home.refused.url"),
    },
    "desk/home_parents.html": {
        "on": at_desk("networks", on=True, entered=42),
        "off": at_desk("networks", on=False, entered=0),
    },
}
