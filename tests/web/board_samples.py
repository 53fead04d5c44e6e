"""A realistic context for every page of a board, in each of its states; the board, its schools and its people are made up."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import SimpleNamespace as Thing
from typing import Any, Final

from directory.roles import BOARD_ROLES
from idp.web.board.frame import NOUNS
from idp.web.board.ticks import FIELD, SCHOOL
from tests.web.desk_party_samples import FIELDS
from tests.web.mailed_samples import PAGE, TOKEN

Context = Mapping[str, Any]
AT: Final = datetime(2026, 11, 20, 10, 5, tzinfo=UTC)
BASE: Final = "/board/41234"
HERE: Final = f"{BASE}/parties/7"
BOARD: Final[Context] = {
    "lang_switch_url": "/language/en?to=%2Fboard%2F41234",
    "party": None,
    "board": {"name": "Stichting Openbaar Primair Onderwijs aan Zee en Duinen", "number": "41234"},
    "acts": True,
    "base": BASE,
    "nouns": [(noun, BASE + path, drawing) for noun, path, drawing in NOUNS],
    "ticket": "t0",
    "done": None,
    "error": None,
    "told": None,
    "values": {},
}
LOOKS: Final[Context] = {**BOARD, "acts": False, "nouns": BOARD["nouns"][:2]}
OF_BOARD: Final = Thing(document_version="3.0", signed_on=date(2026, 8, 1), ends_on=None, for_board=True)
OF_SCHOOL: Final = Thing(
    document_version="3.0", signed_on=date(2025, 11, 3), ends_on=date(2027, 7, 31), for_board=False
)
NAMES: Final = (
    ("Basisschool De Vlieger", "99ZZ"),
    ("Openbare Jenaplanschool Het Duinpad", "99DP"),
    ("De Branding", "99BR01"),
    ("Kindcentrum Zilt en Zand, locatie Haven", "99BR02"),
)


def _need(what: str, tone: str, url: str | None, count: int = 1) -> Thing:
    return Thing(what=what, count=count, tone=tone, url=url)


def _schools(*, links: bool) -> list[Thing]:
    """The rows of the first page."""
    url = "/desk/99ZZ" if links else None
    held = [_need("import_held", "brick", url)] if links else []
    needs: tuple[list[Thing], ...] = (
        [_need("no_agreement", "brick", url), *held, _need("consent_review", "sun", url)],
        [_need("consent_more", "sun", url, 3), *([_need("no_coordinator", "quiet", url)] if links else [])],
        [],
        [],
    )
    signed = (None, OF_SCHOOL, OF_BOARD, OF_BOARD)
    return [
        Thing(name=name, code=code, url=url, signed=agreed, ticked=12 - number, needs=waits)
        for number, ((name, code), agreed, waits) in enumerate(zip(NAMES, signed, needs, strict=True))
    ]


def _row(name: str, kind: str, yes: int, *missing: str, more: int = 0) -> Thing:
    return Thing(name=name, kind=kind, url=HERE, yes=yes, all=4, missing=list(missing), more=more)


LIST: Final[Context] = {
    "q": "",
    "some": True,
    "agreement": Thing(yes=3, all=4, missing=["Basisschool De Vlieger"]),
    "ticked": [
        _row("Rekenrijk", "publisher", 3, "De Branding", more=1),
        _row("Netwerk Zuid", "network", 4),
        _row("Uitgeverij Wereldwijs Topografie en Geschiedenis", "publisher", 1),
    ],
    "others": [_row("Letterlab", "publisher", 0), _row("Taalschip", "publisher", 0)],
}


def _at(number: int, state: str, **more: Any) -> Thing:
    name, code = NAMES[number]
    given = state in ("given", "more")
    said = {"since": AT if state != "none" else None, "who": "Anja de Boer" if given else None, "by": "itself"}
    stands = {"id": number + 1, "name": name, "code": code, "state": state, "given": given, "signed": OF_BOARD}
    return Thing(**{**stands, **said, **more})


ROWS: Final = [_at(0, "given", signed=None), _at(1, "more"), _at(2, "withdrawn"), _at(3, "none")]
PARTY: Final[Context] = {
    "party": {"name": "Rekenrijk", "kind": "publisher", "enabled": True, "fields": FIELDS, "optional": True}
    | {"fingerprint": "f0", "state": "none", "surplus": [], "unsaid": False, "contact": None, "since": None},
    "here": HERE,
    "rows": ROWS,
    "yes": 2,
}
SHEET: Final[Context] = {
    **PARTY,
    "among": "a0",
    "field_prefix": FIELD,
    "school_prefix": SCHOOL,
}


def _said(number: int, said: str, *, refused: bool = False) -> Thing:
    name, code = NAMES[number]
    return Thing(name=name, code=code, said=said, refused=refused)


PEOPLE: Final = [
    Thing(
        id=1,
        name="Joris van den Berg",
        email="j.vandenberg@scholenaanzee.example",
        role=BOARD_ROLES[0],
        since=AT,
        activated=True,
        second_factor=True,
        myself=True,
    ),
    Thing(
        id=2,
        name="Margriet Hoogland-Terpstra",
        email="m.hoogland@scholenaanzee.example",
        role=BOARD_ROLES[1],
        since=AT,
        activated=True,
        second_factor=False,
        myself=False,
    ),
]
OPEN: Final = [Thing(id=4, name="Kees 't Hart", email="k.thart@scholenaanzee.example", role=BOARD_ROLES[0], over=True)]
INVITATION: Final[Context] = {
    **PAGE,
    "action": "/board/invitation",
    "token": TOKEN,
    "ticket": None,
    "board": "Stichting Openbaar Primair Onderwijs aan Zee en Duinen",
    "role": BOARD_ROLES[0],
    "sign_in_first": False,
}

BOARD_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "board/boards.html": {
        "two": {
            "lang_switch_url": None,
            "party": None,
            "choices": [
                Thing(name="Stichting Onderwijs aan Zee", code="41234", url=BASE),
                Thing(name="Stichting De Polder", code="41235", url="/board/41235"),
            ],
        }
    },
    "board/schools.html": {
        "acts": {**BOARD, "at": "schools", "rows": _schools(links=True), "waiting": 2},
        "looks": {**LOOKS, "at": "schools", "rows": _schools(links=False), "waiting": 1},
        "well": {**BOARD, "at": "schools", "rows": _schools(links=True)[2:], "waiting": 0},
        "empty": {**BOARD, "at": "schools", "rows": [], "waiting": 0},
    },
    "board/parties.html": {
        "acts": {**BOARD, "at": "parties", **LIST},
        "looks": {**LOOKS, "at": "parties", **LIST, "q": "letter", "ticked": []},
        "found_nothing": {**BOARD, "at": "parties", **LIST, "q": "xyz", "ticked": [], "others": []},
        "nobody": {**BOARD, "at": "parties", **LIST, "some": False, "ticked": [], "others": []},
    },
    "board/party.html": {
        "acts": {**BOARD, "at": "parties", **PARTY},
        "looks": {**LOOKS, "at": "parties", **PARTY},
        "away": {**BOARD, "at": "parties", **PARTY, "party": {**PARTY["party"], "enabled": False, "fields": ()}},
        "no_schools": {**BOARD, "at": "parties", **PARTY, "rows": [], "yes": 0},
    },
    "board/party_tick.html": {
        "empty": {**BOARD, "at": "parties", **SHEET},
        "none_chosen": {**BOARD, "at": "parties", **SHEET, "error": "board.tick.refused.none", "values": {"all": "1"}},
    },
    "board/party_untick.html": {
        "two": {**BOARD, "at": "parties", **SHEET, "rows": [_at(0, "given", reached=184), _at(1, "more", reached=0)]},
    },
    "board/party_decided.html": {
        "given": {
            **BOARD,
            "at": "parties",
            "party": {"name": "Rekenrijk"},
            "given": True,
            "changed": 2,
            "failed": 1,
            "here": HERE,
            "rows": [_said(3, "left", refused=True), _said(0, "given"), _said(1, "renewed"), _said(2, "had")],
        },
        "withdrawn": {
            **BOARD,
            "at": "parties",
            "party": {"name": "Rekenrijk"},
            "given": False,
            "changed": 0,
            "failed": 2,
            "here": HERE,
            "rows": [_said(0, "away", refused=True), _said(1, "changed", refused=True), _said(2, "had_none")],
        },
    },
    "board/people.html": {
        "invited": {
            **BOARD,
            "at": "people",
            "people": PEOPLE,
            "invitations": [Thing(**vars(one), asked_at=AT) for one in OPEN],
            "done": "board.done.invited",
        },
        "nobody": {**BOARD, "at": "people", "people": PEOPLE[:1], "invitations": []},
    },
    "board/people_new.html": {
        "empty": {**BOARD, "at": "people", "roles": BOARD_ROLES},
        "refused": {
            **BOARD,
            "at": "people",
            "roles": BOARD_ROLES,
            "error": "board.people.refused.malformed",
            "values": {"email": "k.thart", "role": BOARD_ROLES[1], "first_name": "Kees"},
        },
    },
    "board/people_take.html": {
        "ask": {**BOARD, "at": "people", "one": PEOPLE[1]},
        "refused": {**BOARD, "at": "people", "one": PEOPLE[0], "error": "board.people.refused.own_board_role"},
    },
    "mailed/board_invitation.html": {
        "new": INVITATION,
        "account": {**INVITATION, "sign_in_first": True, "role": BOARD_ROLES[1]},
        "signed_in": {**INVITATION, "ticket": "t0"},
    },
}
