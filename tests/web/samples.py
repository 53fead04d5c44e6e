"""A realistic context for every template, in each of its states; everybody in it is made up."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace as Thing
from typing import Any, Final

from idp.http.anew import Anew
from tests.web.account_samples import ACCOUNT_SAMPLES
from tests.web.application_samples import APPLICATION_SAMPLES
from tests.web.board_samples import BOARD_SAMPLES
from tests.web.classroom_samples import CLASSROOM_SAMPLES
from tests.web.desk_import_samples import IMPORT_SAMPLES
from tests.web.desk_party_samples import PARTIES_SAMPLES
from tests.web.desk_reorganisation_samples import REORGANISATION_SAMPLES
from tests.web.desk_samples import DESK_SAMPLES
from tests.web.desk_staff_samples import STAFF_SAMPLES
from tests.web.desk_substitute_samples import SUBSTITUTE_SAMPLES
from tests.web.desk_trail_samples import TRAIL_SAMPLES
from tests.web.desk_why_samples import WHY_SAMPLES
from tests.web.device_samples import DEVICE_SAMPLES
from tests.web.helpdesk_samples import HELPDESK_SAMPLES
from tests.web.home_samples import HOME_SAMPLES
from tests.web.mailed_samples import MAILED_SAMPLES
from tests.web.network_samples import NETWORK_SAMPLES
from tests.web.onboarding_samples import ONBOARDING_SAMPLES
from tests.web.own_samples import OWN_SAMPLES
from tests.web.party_samples import PARTY_SAMPLES
from tests.web.signin_samples import PROBLEM, SECRET, SIGNIN_SAMPLES, TO_PARTY, qr_svg
from tests.web.support_samples import NOTICE, SUPPORT_SAMPLES

WEB: Final = Path(__file__).resolve().parents[2] / "idp" / "web"
LANGUAGES: Final = ("nl", "en")
FRAGMENTS: Final = frozenset(
    {
        "base.html",
        "_parts.html",
        "_problem.html",
        "_said.html",
        "_demo.html",
        "_forward.html",
        "desk/_room.html",
        "desk/_choose.html",
        "signin/card.html",
        "account_factors.html",
        "signin/tiles.html",
        "signin/_secret.html",
        "desk/_frame.html",
        "desk/_parts.html",
        "desk/_setting_up.html",
        "desk/_party.html",
        "party/_frame.html",
        "board/_frame.html",
        "board/_parts.html",
        "helpdesk/_frame.html",
        "helpdesk/_accounts.html",
        "party/_parts.html",
        "classroom/_frame.html",
        "classroom/_home.html",
        "classroom/_parts.html",
        "signin/_home.html",
        "signin/_password.html",
        "forgotten/_missing_mail.html",
        "signin/_app_steps.html",
        "signin/_terms.html",
        "support/_frame.html",
        "support/_parts.html",
    }
)
"""Templates that are only ever part of another one."""
Context = Mapping[str, Any]
CARD: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
ERROR: Final[Context] = {**PROBLEM, "notice": None, "status_code": 503, "onwards": None}
OVER: Final[Context] = {**ERROR, "code": "signin.expired", "status_code": 410}
INSIDE: Final[Context] = {"code": "signin.inside"}
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
            card_qr_svg=qr_svg(),
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
    parents=[Thing(email="ouder@gezin.example", children=["Noor B.", "Yara"])],
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
            totp_qr_svg=qr_svg(),
        ),
    ],
    mailbox_url="http://127.0.0.1:8003/",
    las_url="http://127.0.0.1:8006/",
)

ELSEWHERE: Final[Context] = {
    "party": None,
    "seconds": 3600,
    "after": "#",
    "frames": [Thing(id=1, address="about:blank", answers=False), Thing(id=2, address="about:blank", answers=True)],
}
UNANSWERED: Final[Context] = {"party": None, "parties": ["Rekenrijk", "Taalschip"], "onwards": "/signout/done"}

START: Final[Context] = {"action": "/signin", "lang_switch_url": "?lang=en"}

SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    **ACCOUNT_SAMPLES,
    **SIGNIN_SAMPLES,
    **APPLICATION_SAMPLES,
    **CLASSROOM_SAMPLES,
    **DESK_SAMPLES,
    **IMPORT_SAMPLES,
    **REORGANISATION_SAMPLES,
    **PARTIES_SAMPLES,
    **STAFF_SAMPLES,
    **SUBSTITUTE_SAMPLES,
    **TRAIL_SAMPLES,
    **WHY_SAMPLES,
    **DEVICE_SAMPLES,
    **NETWORK_SAMPLES,
    **HOME_SAMPLES,
    **MAILED_SAMPLES,
    **ONBOARDING_SAMPLES,
    **OWN_SAMPLES,
    **PARTY_SAMPLES,
    **BOARD_SAMPLES,
    **HELPDESK_SAMPLES,
    **SUPPORT_SAMPLES,
    "home.html": {
        "plain": {**START, "demo": None, "notice": NOTICE},
        "demo": {**START, "demo": DEMO, "notice": None},
    },
    "error.html": {
        "staff": {**ERROR, "code": "request.redirect_uri", "register": "staff", "status_code": 400},
        "away": {**ERROR, "code": "store.unavailable", "register": "staff", "notice": NOTICE},
        "pupil": {**ERROR, "code": "store.unavailable", "register": "pupil"},
        "over": {**OVER, "register": "staff", "onwards": Anew("https://rekenrijk.example/", "Rekenrijk")},
        "over_pupil": {**OVER, "register": "pupil", "onwards": Anew("https://rekenrijk.example/", "Rekenrijk")},
        "inside": {**OVER, **INSIDE, "register": "staff", "onwards": Anew("/account", inside=True)},
        "inside_pupil": {**OVER, **INSIDE, "register": "pupil", "onwards": Anew("/account", inside=True)},
        "other_browser": {**OVER, "code": "signin.other_browser", "register": "pupil", "onwards": Anew("/thuis")},
    },
    "signout/confirm.html": {
        "staff": {**TO_PARTY, "register": "staff", "who": "Anja de Boer", "parties": ["Rekenrijk", "Taalschip"]},
        "pupil": {**TO_PARTY, "register": "pupil", "who": "Noor B.", "parties": []},
    },
    "signout/elsewhere.html": {
        "staff": {**TO_PARTY, **ELSEWHERE, "register": "staff"},
        "home": {**TO_PARTY, **ELSEWHERE, "register": "home"},
    },
    "signout/unanswered.html": {
        "staff": {**TO_PARTY, **UNANSWERED, "register": "staff"},
        "pupil": {**TO_PARTY, **UNANSWERED, "register": "pupil"},
    },
    "signout/done.html": {
        "staff": {**TO_PARTY, "register": "staff", "back_url": "http://127.0.0.1:8001/"},
        "pupil": {**TO_PARTY, "party": None, "register": "pupil", "back_url": None},
        "home": {**TO_PARTY, "party": None, "register": "home", "back_url": None},
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
    "signout/forward.html": {
        "answer": {
            "party": None,
            "lang_switch_url": None,
            "target": "http://127.0.0.1:8002/slo",
            "carried": [("SAMLResponse", "PHNhbWxwOi8+"), ("RelayState", 'les"7&8')],
        }
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
