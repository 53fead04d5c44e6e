"""A realistic context for every page that a link in a mail leads to; everybody in it is made up."""

from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace as Thing
from typing import Any, Final

Context = Mapping[str, Any]

PAGE: Final[Context] = {"party": None, "error": None, "lang_switch_url": None}
TOKEN: Final = "3f2b8c1e-6f0a-4f57-9d3c-0c6f5a1b2d4e"
PASSWORD: Final[Context] = {
    **PAGE,
    "action": "/activate",
    "token": TOKEN,
    "email": "anja@devlieger.example",
    "purpose": "activation",
    "version": "2026-11",
    "named": (),
    "providers": (),
}
INVITED: Final[Context] = {
    **PAGE,
    "action": "/account/invitation",
    "ticket": None,
    "token": TOKEN,
    "sign_in_first": False,
}
OFFERS: Final = [
    Thing(id=1, school="Basisschool De Vlieger", roles=("ib", "rt"), ends_on=date(2027, 7, 31)),
    Thing(id=2, school="De Brug", roles=("ict-coordinator",), ends_on=None),
]
ENDS: Final = (
    "activated",
    "reset",
    "sent",
    "joined",
    "declined",
    "address_changed",
    "address_waits",
    "address_taken",
    "gone",
    "parent_ready",
    "parent_gone",
)

SENDER: Final = "noreply@poortwachter.example"
FORGOTTEN: Final[Context] = {**PAGE, "ask": "/password/forgotten", "wait_seconds": 0, "email": "", "puzzle": None}

MAILED_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "mailed/password.html": {
        "first": PASSWORD,
        "named": {
            **PASSWORD,
            "named": [
                {"field": "not_here_1", "name": "Basisschool De Vlieger", "no": False},
                {"field": "not_here_2", "name": "De Brug", "no": True},
            ],
        },
        "by_board": {**PASSWORD, "providers": [{"id": 4, "name": "Account van De Kring"}]},
        "too_short": {**PASSWORD, "error": "too_short"},
        "terms_unread": {**PASSWORD, "error": "terms_unread"},
        "reset": {**PASSWORD, "action": "/password/reset", "purpose": "reset"},
        "parent": {**PASSWORD, "action": "/thuis/wachtwoord", "purpose": "parent_activation"},
        "parent_reset": {**PASSWORD, "action": "/thuis/wachtwoord", "purpose": "parent_reset", "error": "too_common"},
    },
    "forgotten/ask.html": {"first": FORGOTTEN, "wait": {**FORGOTTEN, "wait_seconds": 30}},
    "forgotten/sent.html": {"sent": {**PAGE, "sender": SENDER, "ask": "/password/forgotten"}},
    "mailed/expired.html": {"old": PASSWORD},
    "mailed/invitations.html": {
        "link": {**INVITED, "offers": OFFERS[:1]},
        "sign_in_first": {**INVITED, "offers": OFFERS[:1], "sign_in_first": True},
        "signed_in": {**INVITED, "token": None, "ticket": "t0", "offers": OFFERS},
        "none": {**INVITED, "token": None, "ticket": "t0", "offers": []},
    },
    "mailed/address.html": {"ask": {**PASSWORD, "action": "/account/address"}},
    "mailed/done.html": {what: {**PAGE, "what": what, "sender": SENDER} for what in ENDS},
}
