"""The helpdesk's pages in each of their states; the schools are made up."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import SimpleNamespace as Thing
from typing import Any, Final

from consent.agreement_papers import ENDINGS, Signing
from idp.web.helpdesk.frame import NOUNS

Context = Mapping[str, Any]
AT: Final = datetime(2026, 8, 1, 8, 40, tzinfo=UTC)
BASE: Final = "/helpdesk"
AT_WORK: Final[Context] = {
    "party": None,
    "lang_switch_url": "/language/en?to=%2Fhelpdesk",
    "base": BASE,
    "duty": "operator",
    "nouns": [(noun, BASE + path, drawing) for noun, path, drawing, _ in NOUNS],
    "ticket": "t0",
    "done": None,
    "error": None,
    "told": None,
    "values": {},
}
BOARD: Final = ("41234", "Stichting Openbaar Primair Onderwijs De Lage Landen en Omstreken")
SCHOOL: Final = Thing(
    name="Basisschool De Vlieger",
    brin="14GK",
    location="01",
    code="14GK01",
    instelling_ref="3f1b6a2e-8f0e-4b0a-9a75-52f4f8f0c111",
)
ABROAD: Final = Thing(
    name="Nederlandse School aan de Costa",
    brin=None,
    location="",
    code="8b1f6a2e-8f0e-4b0a-9a75-52f4f8f0c222",
    instelling_ref="8b1f6a2e-8f0e-4b0a-9a75-52f4f8f0c222",
)
FOUND: Final = [
    {"name": SCHOOL.name, "code": SCHOOL.code, "url": f"{BASE}/schools/{SCHOOL.code}", "board": BOARD},
    {"name": ABROAD.name, "code": ABROAD.code, "url": f"{BASE}/schools/{ABROAD.code}", "board": None},
]
ONE: Final[Context] = {
    **AT_WORK,
    "at": "schools",
    "school": SCHOOL,
    "board": BOARD,
    "lifetime": Thing(created_at=AT, closed_at=None),
    "into": None,
    "signed": True,
    "coordinators": 2,
}
PAPER: Final = {"signer": None, "signed_on": AT.date(), "ends_on": None, "over": False, "end": None}
AGREEMENT: Final[Context] = {
    **AT_WORK,
    "at": "schools",
    "here": f"{BASE}/boards/41234/agreement",
    "address": "Weth. van der Hoopstraat 12 a, 7822 HG EMMEN",
    "name": BOARD[1],
    "of_board": True,
    "covered": FOUND,
    "wrong": None,
    "values": {"version": "3.0", "signed_on": "2026-08-01"},
    "rows": [
        {
            "version": "3.0",
            "signer": "A. de Vries",
            "signed_on": AT.date(),
            "ends_on": None,
            "over": False,
            "end": f"{BASE}/boards/41234/agreement/4/end",
        },
        {"version": "2.1", "signer": None, "signed_on": AT.date(), "ends_on": AT.date(), "over": True, "end": None},
    ],
}
AGREEMENT_END: Final[Context] = {
    **AT_WORK,
    "at": "schools",
    "back": f"{BASE}/boards/41234/agreement",
    "here": f"{BASE}/boards/41234/agreement/4/end",
    "name": BOARD[1],
    "wrong": None,
    "values": {},
    "signing": Signing("3.0", "A. de Vries", AT.date()),
    "schools": 14,
    "earliest": AT.date(),
    "reasons": ENDINGS,
}

HELPDESK: Final[Context] = {
    **AT_WORK,
    "duty": "helpdesk",
    "nouns": [(noun, BASE + path, drawing) for noun, path, drawing, only in NOUNS if not only],
}
NEEDS: Final = [
    Thing(what="second-steps", count=1, path="/second-steps", tone="brick"),
    Thing(what="reorganisations", count=3, path="/reorganisations", tone="sun"),
    Thing(what="mails", count=12, path="/mails", tone="sun"),
]
TOLD: Final = {
    "code": "consent.not_given",
    "register": "staff",
    "at": AT,
    "school": {"name": SCHOOL.name, "url": f"{BASE}/schools/{SCHOOL.code}"},
}
REASONS: Final[Context] = {**HELPDESK, "at": "reasons", "said": None, "unknown": False}
ACCOUNTS: Final[Context] = {**AT_WORK, "at": "accounts"}
EMAIL: Final = "a.vandenberg-devries@stichtingdelagelanden.example"
CALLER: Final = {"email": EMAIL, "parent": "", "school": "", "key": ""}
SEEN: Final = {
    "kind": "staff",
    "has_password": True,
    "two_steps": False,
    "sessions": [{"since": AT, "last_seen": AT}, {"since": AT, "last_seen": AT}],
}
REQUESTS: Final = [
    {"id": 3, "email": EMAIL, "reference": "brief van 20 november 2026, kenmerk 2026-114", "at": AT, "own": False},
    {"id": 4, "email": "ict@devlieger.example", "reference": "2026-115", "at": AT, "own": True},
]
OUTBOX: Final = Thing(waiting=148, oldest=AT, refused=12)
MAILS: Final[Context] = {**HELPDESK, "at": "mails", "outbox": OUTBOX, "rows": None}
ROW: Final = {
    "id": 7,
    "kind": "merger",
    "state": "asked",
    "sources": ["Basisschool De Vlieger (14GK01)", "De Ratel (14GK02)"],
    "targets": ["De Nieuwe Vlieger (14GK)"],
    "asked_at": AT,
    "effective_on": AT.date(),
    "undo_until": None,
    "needed": ["helpdesk", "De Ratel (14GK02)"],
}
DONE: Final = {**ROW, "id": 6, "kind": "closure", "state": "done", "targets": [], "needed": [], "undo_until": AT.date()}
REHEARSED: Final = {
    "counts": {"pupils": 212, "staff": 18, "groups": 9},
    "doubts": 2,
    "notable": [("De koppelingen van alle betrokken scholen staan op handmatig, tot het LAS klaar is.", 0)],
    "obstacles": [],
    "fingerprint": "f0",
}
ASKED: Final[Context] = {
    **AT_WORK,
    "at": "reorganisations",
    "row": ROW,
    "rehearsed": REHEARSED,
    "waits_for_us": True,
    "alone": True,
}
NOTICES: Final = [
    {"id": 3, "kind": "outage", "title": "Inloggen gaat traag", "state": "shown", "from": AT, "until": None},
    {"id": 2, "kind": "news", "title": "Onderhoud in de herfstvakantie", "state": "coming", "from": AT, "until": AT},
    {"id": 1, "kind": "news", "title": "De sleutel van ParnasSys", "state": "over", "from": AT, "until": AT},
]
WRITTEN: Final = {
    "kind": "outage",
    "title_nl": "Inloggen gaat traag",
    "title_en": "",
    "text_nl": "Wij zoeken het uit.",
    "text_en": "",
    "from": "2026-11-23T08:30",
    "until": "",
}

HELPDESK_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "helpdesk/today.html": {
        "quiet": {**HELPDESK, "at": "today", "needs": []},
        "needs": {**AT_WORK, "at": "today", "needs": NEEDS, "done": "helpdesk.done.factor_asked"},
    },
    "helpdesk/schools.html": {
        "some": {
            **AT_WORK,
            "at": "schools",
            "q": "school",
            "found": FOUND,
            "shown": Thing(previous=None, next=f"{BASE}/schools?q=school&after=14GK01"),
        },
        "none": {**AT_WORK, "at": "schools", "q": "xyz", "found": [], "shown": Thing(previous=None, next=None)},
    },
    "helpdesk/school.html": {
        "open": ONE,
        "merged": {
            **ONE,
            "lifetime": Thing(created_at=AT, closed_at=AT),
            "into": {"name": "De Nieuwe Vlieger", "url": f"{BASE}/schools/14GK"},
            "coordinators": 0,
        },
    },
    "helpdesk/agreement.html": {
        "board": AGREEMENT,
        "school": {
            **AGREEMENT,
            "name": SCHOOL.name,
            "address": None,
            "of_board": False,
            "covered": FOUND[:1],
            "rows": [],
            "error": "helpdesk.agreement.wrong.signer",
            "wrong": "signer",
        },
    },
    "helpdesk/agreement_end.html": {
        "first": AGREEMENT_END,
        **{
            "refused" if wrong == "reason" else wrong: {
                **AGREEMENT_END,
                "values": {"on": "2026-12-01", "reason": "board", "reference": "Z-2026-118"},
                "error": f"helpdesk.agreement_end.wrong.{wrong}",
                "wrong": wrong,
            }
            for wrong in ("too_soon", "reason", "reference")
        },
        "sooner": {
            **AGREEMENT_END,
            "signing": Signing("3.0", "A. de Vries", AT.date(), date(2026, 11, 30)),
            "values": {"on": "2026-12-01", "reason": "board", "reference": "Z-2026-118"},
            "error": "helpdesk.agreement_end.wrong.sooner",
            "wrong": "sooner",
        },
    },
    "helpdesk/reasons.html": {
        "told": {**REASONS, "values": {"reference": "WJYV-TQRS"}, "said": TOLD},
        "failure": {
            **REASONS,
            "values": {"reference": "WJYV-TQRS"},
            "said": {"code": "not_found", "school": None},
        },
        "unknown": {**REASONS, "values": {"reference": "WJYV-TQRS"}, "unknown": True},
    },
    "helpdesk/sessions.html": {
        "unknown": {**ACCOUNTS, "values": CALLER, "error": "helpdesk.session.unknown"},
    },
    "helpdesk/session.html": {
        "parent": {
            **ACCOUNTS,
            "values": {"email": "", "parent": EMAIL, "school": "", "key": ""},
            "seen": {"kind": "parent", "has_password": True, "last": AT},
        },
        "staff": {**ACCOUNTS, "values": CALLER, "seen": SEEN},
        "pupil": {
            **ACCOUNTS,
            "values": {"email": "", "parent": "", "school": "14GK01", "key": "100234"},
            "seen": {**SEEN, "kind": "pupil", "sessions": []},
        },
    },
    "helpdesk/second_steps.html": {
        "some": {
            **ACCOUNTS,
            "rows": REQUESTS,
            "values": {"email": EMAIL, "reference": "2026-114"},
            "error": "helpdesk.factor.refused.has_colleague",
        },
    },
    "helpdesk/mails.html": {
        "found": {
            **MAILS,
            "values": {"email": EMAIL},
            "rows": [{"since": AT, "attempts": 3, "next": AT}],
        },
        "gone": {**MAILS, "values": {"email": EMAIL}, "rows": []},
    },
    "helpdesk/reorganisations.html": {
        "none": {**AT_WORK, "at": "reorganisations", "rows": [], "shown": Thing(previous=None, next=None)},
        "some": {
            **AT_WORK,
            "at": "reorganisations",
            "rows": [ROW, DONE],
            "shown": Thing(previous=None, next=f"{BASE}/reorganisations?before=6"),
        },
    },
    "helpdesk/reorganisation.html": {
        "asked": ASKED,
        "helpdesk": {**ASKED, **HELPDESK, "at": "reorganisations", "alone": False},
        "done": {**ASKED, "row": DONE, "rehearsed": None, "waits_for_us": False, "alone": False},
    },
    "helpdesk/notices.html": {
        "none": {**AT_WORK, "at": "notices", "rows": []},
        "some": {**AT_WORK, "at": "notices", "rows": NOTICES, "done": "helpdesk.done.notice_added"},
    },
    "helpdesk/notice_new.html": {
        "wrong": {
            **AT_WORK,
            "at": "notices",
            "values": WRITTEN,
            "wrong": "title_en",
            "error": "helpdesk.notice.wrong.title",
            "subjects": [("invalkrachten", "Invalkrachten en stagiairs"), ("las", "Gegevens uit het LAS")],
        },
    },
}
