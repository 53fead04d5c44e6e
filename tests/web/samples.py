"""A realistic context for every template, in each of its states; everybody in it is made up."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace as Thing
from typing import Any, Final

from idp.credentials.pupil_secrets import PICTURES
from idp.web import qr
from idp.web.pictures import TILE_PICTURES
from tests.web.classroom_samples import CLASSROOM_SAMPLES
from tests.web.desk_samples import DESK_SAMPLES
from tests.web.device_samples import DEVICE_SAMPLES
from tests.web.home_samples import HOME_SAMPLES
from tests.web.mailed_samples import MAILED_SAMPLES
from tests.web.own_samples import OWN_SAMPLES
from tests.web.support_samples import NOTICE, SUPPORT_SAMPLES

WEB: Final = Path(__file__).resolve().parents[2] / "idp" / "web"
LANGUAGES: Final = ("nl", "en")
FRAGMENTS: Final = frozenset(
    {
        "base.html",
        "_parts.html",
        "_problem.html",
        "_demo.html",
        "_forward.html",
        "signin/card.html",
        "account_factors.html",
        "signin/tiles.html",
        "signin/_secret.html",
        "desk/_frame.html",
        "desk/_parts.html",
        "classroom/_frame.html",
        "classroom/_home.html",
        "classroom/_parts.html",
        "signin/_home.html",
        "forgotten/_missing_mail.html",
        "signin/_app_steps.html",
        "signin/_terms.html",
        "support/_frame.html",
        "support/_parts.html",
    }
)
"""Templates that are only ever part of another one."""

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
CARD: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
ASKED: Final = '{"challenge":"AAAA","rpId":"inloggen.example","allowCredentials":[]}'
AT: Final = datetime(2026, 8, 31, 8, 25, tzinfo=UTC)


def _qr() -> str:
    return qr.svg(f"otpauth://totp/Poortwachter:demo?secret={SECRET}")


ENROLLING: Final = {"qr_svg": _qr(), "secret": SECRET, "passkey": ASKED, "manages": True}


def _children(count: int) -> list[Thing]:
    return [Thing(id=f"k{n}", label=name, picture=TILE_PICTURES[n]) for n, name in enumerate(ROEPNAMEN[:count])]


FORM: Final[Context] = {"action": "/signin/a1b2", "ticket": "t0", "step": "s0", "lang_switch_url": "?lang=en"}
TO_PARTY: Final[Context] = {**FORM, "party": Thing(name="Rekenrijk"), "error": None}
CHILD: Final[Context] = {**TO_PARTY, "child": Thing(label="Noor B.", picture="owl"), "wait_seconds": None}
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
STAFF: Final[Context] = {**TO_PARTY, "wait_seconds": None, "puzzle": None}
GROUPS: Final = [
    Thing(id=f"g{n}", name=name, hint=hint)
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
SOFTWARE: Final = [
    Thing(name="Rekenrijk", url="http://127.0.0.1:8001/"),
    Thing(name="Taalschip", url="http://127.0.0.1:8002/"),
    Thing(name="Wereldwijs Topografie", url="http://127.0.0.1:8001/topo"),
    Thing(name="Letterlab", url="http://127.0.0.1:8001/letters"),
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
ERROR: Final[Context] = {**PROBLEM, "notice": None, "status_code": 503}
REFUSED: Final[Context] = {
    **FORM,
    **PROBLEM,
    "party": Thing(name="Rekenrijk"),
    "school": Thing(name="Basisschool De Vlieger"),
    "contact": CONTACT,
    "can_go_back": True,
}
BROWSER: Final = [
    Thing(name="A. de Boer", since=AT, until=AT + timedelta(hours=12), current=True),
    Thing(name="Noor B.", since=AT - timedelta(hours=1), until=AT + timedelta(hours=7), current=False),
]
STEPS: Final = Thing(
    on=True,
    app_since=AT,
    passkeys=(
        Thing(id=1, name="Laptop van school", made_at=AT, last_used_at=None),
        Thing(id=2, name="Telefoon", made_at=AT, last_used_at=AT + timedelta(days=60)),
    ),
    recovery_left=9,
    few=False,
)
FEW_STEPS: Final = Thing(on=True, app_since=AT, passkeys=(), recovery_left=2, few=True)
NO_STEPS: Final = Thing(on=False, app_since=None, passkeys=(), recovery_left=0, few=False)
TWO_STEPS: Final[Context] = {
    "action": "/account/two-steps",
    "ticket": "t0",
    "last": False,
    "must": True,
    "asked": ASKED,
    "may_opt_out": False,
    "codes": None,
    "done": None,
    "error": None,
    "lang_switch_url": "/language/en?to=%2Faccount%2Ftwo-steps",
}
TO_SET_UP: Final[Context] = {
    "action": "/account/two-steps/app",
    "back": "/account/two-steps",
    "ticket": "t0",
    "sealed": "0a1b",
    "secret": SECRET,
    "qr_svg": _qr(),
    "had": True,
    "error": None,
    "lang_switch_url": None,
}
ACCOUNT: Final[Context] = {
    **FORM,
    "name": "Anja de Boer",
    "email": "anja@devlieger.example",
    "workplaces": WORKPLACES,
    "two_steps": STEPS,
    "sessions": BROWSER,
    "tiles": SOFTWARE,
    "manages": True,
    "gives_seats_at": [{"name": "Basisschool De Vlieger", "url": "/desk/99ZZ/deputy"}],
    "invitations": 1,
}
DEMO: Final = Thing(
    parties=[
        Thing(name="Rekenrijk", protocol="OpenID Connect", url="http://127.0.0.1:8001/", about=""),
        Thing(name="Taalschip", protocol="SAML 2.0", url="http://127.0.0.1:8002/", about="not_ticked"),
    ],
    shortcuts=[Thing(school="Basisschool De Vlieger", url="/leerling/7f3a")],
    pupils=[
        Thing(
            school="De Vlieger",
            group="1/2A",
            name="Noor B.",
            picture="owl",
            secret=["tree", "fish", "moon"],
            home_code="K7MXP-4TQ2W",
            card=CARD,
            card_qr_svg=_qr(),
        ),
        Thing(
            school="De Vlieger",
            group="1/2A",
            name="Sem",
            picture="rocket",
            secret=["bear", "key", "drum"],
            home_code="",
            card=None,
        ),
        Thing(
            school="De Vlieger",
            group="6",
            name="Yara",
            picture="turtle",
            secret="4711",
            home_code="BCDFG-23456",
            card=None,
        ),
        Thing(school="De Vlieger", group="8", name="Mees", picture="guitar", secret="0830", home_code="", card=None),
    ],
    staff=[
        Thing(
            name="Bas Visser",
            email="b.visser@devlieger.example",
            password="zes-gele-tulpen-7",
            role="teacher",
            about="two_schools",
            totp_secret=None,
            totp_qr_svg=None,
        ),
        Thing(
            name="Anja de Boer",
            email="a.deboer@devlieger.example",
            password="acht-oude-sleutels-3",
            role="ict-coordinator",
            about="",
            totp_secret=SECRET,
            totp_qr_svg=_qr(),
        ),
    ],
    mailbox_url="http://127.0.0.1:8003/",
    las_url="http://127.0.0.1:8006/",
)
CODES: Final = [f"{n}k7h-w{n}m2-x{n}dp" for n in "2345679cdf"]

SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    **CLASSROOM_SAMPLES,
    **DESK_SAMPLES,
    **DEVICE_SAMPLES,
    **HOME_SAMPLES,
    **MAILED_SAMPLES,
    **OWN_SAMPLES,
    **SUPPORT_SAMPLES,
    "home.html": {
        "plain": {**FORM, "ticket": None, "step": None, "demo": None, "notice": NOTICE},
        "demo": {**FORM, "demo": DEMO, "notice": None},
    },
    "signin/way.html": {"plain": TO_PARTY, "own_door": {**TO_PARTY, "party": None}},
    "signin/school.html": {
        "two": {
            **TO_PARTY,
            "schools": [
                Thing(id="1", name="Basisschool De Vlieger", place="Zonneveen"),
                Thing(id="2", name="Montessorischool Het Samenspel", place=None),
            ],
        }
    },
    "signin/group.html": {"seven": {**TO_PARTY, "groups": GROUPS}, "none": {**TO_PARTY, "groups": []}},
    "signin/child.html": {
        "thirty_two": {**TO_PARTY, "children": _children(32), "recalled": True},
        "nine": {**TO_PARTY, "children": _children(9), "recalled": False},
        "none": {**TO_PARTY, "children": [], "recalled": True},
    },
    "signin/pictures.html": {
        "first": {**CHILD, "pictures": PICTURES, "picked": []},
        "wrong": {**CHILD, "pictures": PICTURES, "picked": [], "error": "signin.pictures.wrong"},
        "two_picked": {**CHILD, "pictures": PICTURES, "picked": ["fish", "fish"]},
        "waiting": {**CHILD, "pictures": PICTURES, "picked": [], "wait_seconds": 30},
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
        "shared": {**STAFF, "email": "", "remember": None, "passkey": None},
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
    "own_school.html": {
        "two": {
            "action": "/account/school",
            "ticket": "t0",
            "schools": WORKPLACES,
            "party": None,
            "error": None,
            "lang_switch_url": "/language/en?to=%2Faccount%2Fschool",
        }
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
    "error.html": {
        "staff": {**ERROR, "code": "request.redirect_uri", "register": "staff", "status_code": 400},
        "away": {**ERROR, "code": "store.unavailable", "register": "staff", "notice": NOTICE},
        "pupil": {**ERROR, "code": "store.unavailable", "register": "pupil"},
    },
    "signout/confirm.html": {
        "staff": {**TO_PARTY, "register": "staff", "who": "Anja de Boer", "parties": ["Rekenrijk", "Taalschip"]},
        "pupil": {**TO_PARTY, "register": "pupil", "who": "Noor B.", "parties": []},
    },
    "signout/done.html": {
        "staff": {**TO_PARTY, "register": "staff", "back_url": "http://127.0.0.1:8001/"},
        "pupil": {**TO_PARTY, "party": None, "register": "pupil", "back_url": None},
        "home": {**TO_PARTY, "party": None, "register": "home", "back_url": None},
    },
    "two_steps.html": {
        "all": {**TWO_STEPS, "two_steps": STEPS, "done": "factors.done.passkey_added"},
        "last": {**TWO_STEPS, "two_steps": FEW_STEPS, "last": True, "asked": None, "may_opt_out": True},
        "none": {**TWO_STEPS, "two_steps": NO_STEPS, "must": False},
        "codes": {**TWO_STEPS, "two_steps": STEPS, "codes": CODES},
        "refused": {**TWO_STEPS, "two_steps": STEPS, "error": "factors.refused"},
    },
    "again.html": {
        "kept": {
            "action": "/desk/99ZZ/networks/new",
            "back": "/desk/99ZZ/networks",
            "ticket": "t0",
            "fields": [("label", 'Hoofd"gebouw'), ("network", "192.0.2.7")],
            "lang_switch_url": None,
        }
    },
    "two_steps_off.html": {
        "first": {**TO_SET_UP, "action": "/account/two-steps/off"},
        "unsure": {**TO_SET_UP, "action": "/account/two-steps/off", "error": "factors.off.not_sure"},
    },
    "two_steps_app.html": {
        "first": {**TO_SET_UP, "had": False},
        "replaces": TO_SET_UP,
        "wrong": {**TO_SET_UP, "error": "signin.enrol.wrong"},
    },
    "account.html": {
        "few": {**ACCOUNT, "two_steps": FEW_STEPS},
        "coordinator": ACCOUNT,
        "teacher": {
            **ACCOUNT,
            "two_steps": NO_STEPS,
            "tiles": [],
            "workplaces": WORKPLACES[1:],
            "manages": False,
            "invitations": 0,
        },
    },
    "pupil.html": {
        "tiles": {**FORM, "child": Thing(label="Noor B.", picture="owl"), "tiles": SOFTWARE},
        "none": {**FORM, "child": Thing(label="Noor B.", picture="owl"), "tiles": []},
    },
    "saml/post.html": {
        "relay": {
            "party": Thing(name="Taalschip"),
            "lang_switch_url": None,
            "acs": "http://127.0.0.1:8002/acs",
            "saml_response": "PHNhbWxwOlJlc3BvbnNlLz4=",
            "relay_state": 'les"7&8',
        },
        "bare": {
            "party": None,
            "lang_switch_url": None,
            "acs": "http://127.0.0.1:8002/acs",
            "saml_response": "PHNhbWxwOlJlc3BvbnNlLz4=",
            "relay_state": None,
        },
    },
    "oidc/form_post.html": {
        "code": {
            "party": Thing(name="Rekenrijk"),
            "lang_switch_url": None,
            "redirect_uri": "http://127.0.0.1:8001/callback",
            "fields": {"code": "c0de", "state": "<s>", "iss": "http://localhost:8000"},
        }
    },
}
