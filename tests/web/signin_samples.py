"""A realistic context for every step of a sign-in, in each of its states; everybody in it is made up."""

import json
from collections.abc import Mapping
from types import SimpleNamespace as Thing
from typing import Any, Final

from idp.credentials.pupil_secrets import PICTURES
from idp.web import qr
from idp.web.pictures import TILE_PICTURES
from tests.web.party_samples import PEOPLE
from tests.web.support_samples import NOTICE

Context = Mapping[str, Any]

ROEPNAMEN: Final = (
    "Aya",
    "Bo",
    "Bram",
    "Daan",
    "Elif",
    "Emma",
    "Fenna",
    "Finn",
    "Hugo",
    "Isa",
    "Jayden",
    "Jip",
    "Julia",
    "Kees",
    "Lev",
    "Liv",
    "Lotte",
    "Lucas",
    "Marie-Christine",
    "Mees",
    "Mila",
    "Mohamed",
    "Nina",
    "Noah",
    "Noor B.",
    "Noor v.d. B.",
    "Sem",
    "Sofie",
    "Tess",
    "Vajèn",
    "Yara",
    "Zoë",
)
SECRET: Final = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ASKED: Final = '{"challenge":"AAAA","rpId":"inloggen.example","allowCredentials":[]}'


def qr_svg() -> str:
    """A QR code of an app."""
    return qr.svg(f"otpauth://totp/Poortwachter:demo?secret={SECRET}")


ENROLLING: Final = {
    "qr_svg": qr_svg(),
    "secret": SECRET,
    "passkey": ASKED,
    "named": "Safari op een iPad",
    "manages": True,
}


def _children(count: int) -> list[Thing]:
    named = enumerate(ROEPNAMEN[:count])
    return [Thing(id=f"k{n}", at=f"{TILE}-child-{n}", label=name, picture=TILE_PICTURES[n]) for n, name in named]


TILE: Final = "/signin/a1b2/group-6"


FORM: Final[Context] = {
    "action": "/signin/a1b2",
    "begun": "/signin/a1b2",
    "ticket": "t0",
    "step": "s0",
    "lang_switch_url": "?lang=en",
}
PAPERS: Final = {"policy": "https://rekenrijk.example/privacy", "terms": "https://rekenrijk.example/voorwaarden"}
TO_PARTY: Final[Context] = {**FORM, "party": Thing(name="Rekenrijk", papers=PAPERS, asks=True), "error": None}
DOORS: Final[Context] = {**TO_PARTY, "staff_ticket": "t1", "email": "", "remember": False, "passkey": ASKED}
SHUFFLED: Final = [
    Thing(key=key, name=name)
    for key, name in zip(
        PICTURES,
        ("boom", "boot", "appel", "sleutel", "maan", "vlieger", "trommel", "beer", "schelp", "bel", "vis", "hoed"),
        strict=True,
    )
]
CHILD: Final[Context] = {**TO_PARTY, "child": Thing(label="Noor B.", picture="owl", tiles=TILE), "wait_seconds": None}
PUZZLE: Final[Context] = {
    "asked": json.dumps(
        {
            "parameters": {
                "algorithm": "PBKDF2/SHA-256",
                "cost": 1000,
                "keyLength": 32,
                "keyPrefix": "78c107714f0284eecc3dc9a889f01ce7",
                "nonce": "beea4a7f3a6b2956abf66eed39d42452",
                "salt": "19c5b21ce73903934045cec5e647070c",
            },
            "signature": "9d99cb79bda8f695fdd3c57464afa003414ebba26aa85d56b31e1ba455cdaf8e",
        }
    ),
    "since": "1.a",
    "seconds": 30,
    "refused": True,
}
"""Signed with the key `sample`."""
AMONG_CHILDREN: Final[Context] = {**TO_PARTY, "groups": "/signin/a1b2/groups"}
STAFF: Final[Context] = {**TO_PARTY, "wait_seconds": None, "puzzle": None}
GROUPS: Final = [
    Thing(at=f"/signin/a1b2/group-{n}", name=name, hint=hint)
    for n, (name, hint) in enumerate(
        [
            ("1/2A", "de Vlinders"),
            ("1/2B", "de Egels"),
            ("3", None),
            ("4", None),
            ("5/6", None),
            ("7", None),
            ("8", None),
        ]
    )
]
WORKPLACES: Final = [
    Thing(id="w1", name="Basisschool De Vlieger", roles=["teacher", "ict-coordinator"], here=True),
    Thing(id="w2", name="De Vlieger, dependance Zuid", roles=["support"], here=False),
]
CONTACT: Final = Thing(
    name="ICT-coördinatie De Vlieger",
    email="ict@devlieger.example",
    phone="0100 123 456",
    url="https://devlieger.example/ict",
)
PROBLEM: Final[Context] = {"reference": "7KQ2-M4XD", "lang_switch_url": "?lang=en"}
REFUSED: Final[Context] = {
    **FORM,
    **PROBLEM,
    "party": Thing(name="Rekenrijk"),
    "school": Thing(name="Basisschool De Vlieger"),
    "contact": CONTACT,
    "can_go_back": True,
}
CODES: Final = [f"{n}k7h-w{n}m2-x{n}dp" for n in "2345679cdf"]

SIGNIN_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "signin/way.html": {
        "plain": {**DOORS, "network": None},
        "own_door": {**DOORS, "party": None, "network": None},
        "by_network": {**DOORS, "network": "De Leeromgeving"},
    },
    "signin/school.html": {
        "two": {
            **TO_PARTY,
            "schools": [
                Thing(at=f"{FORM['begun']}/at-1", name="Basisschool De Vlieger"),
                Thing(at=f"{FORM['begun']}/at-2", name="Montessorischool Het Samenspel"),
            ],
        }
    },
    "signin/group.html": {
        "seven": {**TO_PARTY, "groups": GROUPS, "several": False},
        "of_one_school": {**TO_PARTY, "groups": GROUPS, "several": True},
        "none": {**TO_PARTY, "groups": [], "several": False},
    },
    "signin/child.html": {
        "thirty_two": {**AMONG_CHILDREN, "children": _children(32), "recalled": True},
        "nine": {**AMONG_CHILDREN, "children": _children(9), "recalled": False},
        "none": {**AMONG_CHILDREN, "children": [], "recalled": True},
    },
    "signin/pictures.html": {
        "first": {**CHILD, "pictures": SHUFFLED, "picked": []},
        "wrong": {**CHILD, "pictures": SHUFFLED, "picked": [], "error": "signin.pictures.wrong"},
        "two_picked": {**CHILD, "pictures": SHUFFLED, "picked": ["fish", "fish"]},
        "waiting": {**CHILD, "pictures": SHUFFLED, "picked": [], "wait_seconds": 30},
    },
    "signin/pin.html": {
        "first": CHILD,
        "wrong": {**CHILD, "error": "signin.pin.wrong"},
        "waiting": {**CHILD, "error": "signin.pin.wrong", "wait_seconds": 60},
    },
    "signin/card_shown.html": {
        "first": CHILD,
        "wrong": {**CHILD, "error": "signin.card.wrong"},
        "waiting": {**CHILD, "error": None, "wait_seconds": 60},
    },
    "signin/resume_child.html": {"plain": CHILD},
    "signin/not_here.html": {"plain": {**TO_PARTY, "address": "198.51.100.77"}},
    "signin/password.html": {
        "first": {**STAFF, "email": "", "remember": False, "passkey": ASKED, "notice": NOTICE},
        "no_passkeys": {**STAFF, "email": "", "remember": False, "passkey": None},
        "shared": {
            **STAFF,
            "email": "",
            "remember": None,
            "passkey": None,
            "party": Thing(name="Boekenkast", papers={}, logo="0" * 32, asks=True),
        },
        "wrong": {
            **STAFF,
            "passkey": ASKED,
            "email": "a.deboer@devlieger.example",
            "remember": True,
            "error": "signin.password.wrong",
            "wait_seconds": 8,
        },
        "work": {**STAFF, "email": "a.deboer@devlieger.example", "remember": None, "passkey": None, "puzzle": PUZZLE},
    },
    "signin/terms.html": {"again": {**STAFF, "version": "2026-11"}},
    "signin/second_factor.html": {
        "first": {**STAFF, "passkey": None, "app": True},
        "wrong": {**STAFF, "passkey": None, "app": True, "error": "signin.code.wrong", "wait_seconds": 4},
        "both": {**STAFF, "passkey": ASKED, "app": True},
        "passkey": {**STAFF, "passkey": ASKED, "app": False, "error": "signin.passkey.wrong"},
    },
    "signin/enrol.html": {
        "first": {**TO_PARTY, **ENROLLING},
        "school": {**TO_PARTY, **ENROLLING, "manages": False, "passkey": None},
        "wrong": {**TO_PARTY, **ENROLLING, "error": "signin.enrol.wrong"},
    },
    "signin/recovery_codes.html": {"first": {**TO_PARTY, "codes": CODES}},
    "signin/reference.html": {
        "oidc": {**TO_PARTY, "people": PEOPLE, "trials": True},
        "saml": {**TO_PARTY, "people": PEOPLE[:2], "trials": False},
    },
    "signin/workplace.html": {"two": {**TO_PARTY, "workplaces": WORKPLACES}},
    "signin/refused.html": {
        "staff": {**REFUSED, "code": "consent.not_given", "register": "staff"},
        "pupil": {**REFUSED, "code": "consent.not_given", "register": "pupil"},
        "bare": {
            **REFUSED,
            "code": "person.inactive",
            "register": "staff",
            "party": None,
            "school": None,
            "contact": None,
            "can_go_back": False,
        },
    },
}
