"""A realistic context for the pages of who is signed in, in each of their states; everybody in it is made up."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as Thing
from typing import Final

from tests.web.signin_samples import ASKED, CODES, FORM, SECRET, WORKPLACES, Context, qr_svg

AT: Final = datetime(2026, 8, 31, 8, 25, tzinfo=UTC)
SOFTWARE: Final = [
    Thing(name="Rekenrijk", url="http://127.0.0.1:8001/"),
    Thing(name="Taalschip", url="http://127.0.0.1:8002/"),
    Thing(name="Wereldwijs Topografie", url="http://127.0.0.1:8001/topo"),
    Thing(name="Letterlab", url="http://127.0.0.1:8001/letters"),
]
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
    "named": "Chrome op een Windows-computer",
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
    "qr_svg": qr_svg(),
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
    "boards": [],
    "gives_seats_at": [{"name": "Basisschool De Vlieger", "url": "/desk/99ZZ/deputy"}],
    "invitations": 1,
    "tries": None,
    "on_duty": False,
}

ACCOUNT_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
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
        "board": {
            **ACCOUNT,
            "tiles": [],
            "workplaces": [],
            "manages": True,
            "invitations": 0,
            "boards": [
                Thing(name="Stichting Onderwijs aan Zee", url="/board/41234", roles=["board-ict-coordinator"]),
            ],
        },
        "contact": {
            **ACCOUNT,
            "tiles": [],
            "workplaces": [],
            "manages": False,
            "invitations": 0,
            "tries": "Uitgeverij Rekenrijk",
        },
        "on_duty": {
            **ACCOUNT,
            "tiles": [],
            "workplaces": [],
            "manages": False,
            "invitations": 0,
            "on_duty": True,
        },
    },
    "pupil.html": {
        "tiles": {**FORM, "child": Thing(first_name="Noor", label="Noor B.", picture="owl"), "tiles": SOFTWARE},
        "none": {**FORM, "child": Thing(first_name="Noor", label="Noor B.", picture="owl"), "tiles": []},
    },
}
