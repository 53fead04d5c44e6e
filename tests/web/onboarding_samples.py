"""The pages by which a school applies, in each of their states."""

from collections.abc import Mapping
from typing import Any, Final

from directory.onboarding import answers
from directory.onboarding.answers import FIELDS, OPTIONAL, Kind
from tests.web.signin_samples import PUZZLE
from tests.web.support_samples import AT

Context = Mapping[str, Any]
FORM: Final = {
    "board_name": "Stichting Openbaar Primair Onderwijs Zand en Klei",
    "board_number": "41234",
    "school_name": "De Duinroos",
    "brin": "98XY",
    "location": "",
    "director_first_name": "Els",
    "director_prefix": "van der",
    "director_surname": "Wal",
    "director_function": "Voorzitter van het college van bestuur",
    "first_name": "Bram",
    "prefix": "",
    "surname": "Klaver",
    "email": "b.klaver@duinroos.example",
    "reply": "bestuursbureau@zand.example",
}
ASKED: Final = answers.read(FORM, "nl")


def _page(path: str, **context: Any) -> Context:
    contact = "helpdesk@poortwachter.example"
    return {"party": None, "contact": contact, "lang_switch_url": f"/language/en?to={path}", **context}


def _form(kind: Kind, path: str, given: Mapping[str, str], **context: Any) -> Context:
    shown = {name: given.get(name, "") for name in FIELDS[kind]}
    usual = {"wrong": (), "error": None, "wait_seconds": 0, "puzzle": None, "ticket": "t0", "start": "/nieuwe-school"}
    told = {"kind": kind, "action": path, "given": shown, "optional": OPTIONAL}
    return _page(path, **{**usual, **told, **context})


def _mine(state: str, **context: Any) -> Context:
    usual = {
        "token": "0" * 36,
        "state": state,
        "asked": ASKED,
        "reason": "",
        "asked_at": AT,
        "received_at": None if state == "asked" else AT,
        "decided_at": AT if state in {"done", "refused"} else None,
        "days_left": 29,
        "kept_months": 3,
        "letter": "/nieuwe-school/aanvraag/brief",
        "signed": "/nieuwe-school/aanvraag/ondertekend",
        "start": "/nieuwe-school",
        "wrong": None,
        "wait_seconds": 0,
    }
    return _page("/nieuwe-school/aanvraag", **{**usual, **context})


ONBOARDING_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "onboarding/start.html": {
        "both": _page(
            "/nieuwe-school",
            kinds=[("nl", "/nieuwe-school/nederland"), ("abroad", "/nieuwe-school/buitenland")],
            notice=None,
        )
    },
    "onboarding/form.html": {
        "abroad": _form("abroad", "/nieuwe-school/buitenland", {}),
        "wrong": _form(
            "nl", "/nieuwe-school/nederland", {**FORM, "brin": "98"}, error="fields", wrong=("brin", "surname", "email")
        ),
        "refused": _form("nl", "/nieuwe-school/nederland", FORM, error="ticket", puzzle=PUZZLE),
    },
    "onboarding/sent.html": {
        "sent": _page("/nieuwe-school/verstuurd", sender="noreply@poortwachter.example", start="/nieuwe-school")
    },
    "onboarding/gone.html": {"gone": _page("/nieuwe-school/aanvraag", start="/nieuwe-school")},
    "onboarding/mine.html": {
        "asked": _mine("asked"),
        "returned": _mine(
            "asked", wrong="too_large", reason="De handtekening ontbreekt.\nStuur de brief nog een keer in."
        ),
        "received": _mine("received", wait_seconds=60),
        "approved": _mine("approved", wrong="late"),
        "done": _mine("done", asked=None),
        "refused": _mine("refused", reason="Wie tekende staat niet als bestuurder in het handelsregister."),
    },
}
