"""A realistic context for the pages of who comes by way of a network provider, in each of their states; everything in it is made up."""

from collections.abc import Mapping
from types import SimpleNamespace as Thing
from typing import Any, Final

Context = Mapping[str, Any]

REFUSED: Final[Context] = {
    "action": "/signin/a1b2",
    "ticket": "t0",
    "step": "network_refused",
    "lang_switch_url": "?lang=en",
    "party": None,
    "error": None,
    "provider": "De Leeromgeving",
    "school": None,
    "contact": None,
    "reference": "K7PM-3XQ9",
    "register": "staff",
    "may_ask_again": True,
    "maybe_child": True,
}
CONTACT: Final = {"name": "ICT-coördinator", "email": "ict@regenboog.example", "phone": None, "url": None}
KNOWN: Final = {"may_ask_again": False, "maybe_child": False}
SCHOOL: Final = {"name": "De Regenboog"}

NETWORK_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "saml/ask.html": {
        "plain": {"sso": "https://netwerk.example/sso", "saml_request": "PHNhbWxwOlJlc3BvbnNlPg==", "party": None}
        | {"lang_switch_url": None}
    },
    "signin/network_refused.html": {
        "unknown": {**REFUSED, "code": "network.unknown", "party": Thing(name="Rekenrijk")},
        "unknown_child": {
            **REFUSED,
            "code": "network.unknown",
            "register": "pupil",
            "school": SCHOOL,
            "maybe_child": False,
        },
        "inactive": {**REFUSED, "code": "network.inactive", "school": SCHOOL, "contact": CONTACT, **KNOWN},
        "other_child": {**REFUSED, "code": "network.other", "register": "pupil", "school": SCHOOL, **KNOWN},
        "unbound": {**REFUSED, "code": "network.unbound", **KNOWN},
        "declined": {**REFUSED, "code": "network.declined"},
        "away_child": {**REFUSED, "code": "network.away", "register": "pupil", "maybe_child": False},
        "disabled": {**REFUSED, "code": "network.disabled", "provider": None, "may_ask_again": False},
    },
}
