"""The public pages in each of their states: Actueel, help, reporting an outage."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as Thing
from typing import Any, Final

from idp.support import answers

Context = Mapping[str, Any]
AT: Final = datetime(2026, 8, 31, 8, 25, tzinfo=UTC)

OUTAGE: Final = Thing(
    kind="outage",
    title="Inloggen bij Taalschip lukt niet",
    paragraphs=[
        "Sinds half negen komen leerlingen niet verder dan het startscherm van Taalschip. De uitgeverij zoekt het uit.",
        "Andere software werkt gewoon. Wij verwachten herstel om 10.30 uur.",
    ],
    since=AT,
    until=None,
    about=None,
)
NEWS: Final = Thing(
    kind="news",
    title="Elke groep heeft nu een invalaccount",
    paragraphs=["Komt er een invalkracht? De ICT-coördinator geeft hem de groep onder Invalkrachten."],
    since=AT - timedelta(days=3),
    until=AT + timedelta(days=11),
    about=answers.subject("nl", "invalkrachten"),
)
OVER: Final = Thing(
    kind="outage",
    title="Trage mail",
    paragraphs=["Mails met een link kwamen tot een uur later aan."],
    since=AT - timedelta(days=9),
    until=AT - timedelta(days=8),
    about=answers.subject("nl", "mail"),
)
HELPDESK: Final = Thing(email="helpdesk@poortwachter.example", phone="0100 123 456", hours="08:00-17:00", open_now=True)
CLOSED: Final = Thing(email="helpdesk@poortwachter.example", phone="", hours="08:00-12:30", open_now=False)
NOTICE: Final = Thing(
    kind="outage",
    title=OUTAGE.title,
    text="Sinds half negen komen leerlingen niet verder dan het startscherm van Taalschip. De …",
    more=1,
)


def _page(path: str, **context: Any) -> Context:
    return {"helpdesk": HELPDESK, "lang_switch_url": f"/language/en?to={path}", **context}


def _found(*keys: str) -> list[answers.Answer]:
    return [one for part in answers.subjects("nl") for one in part.answers if one.key in keys]


_FORM: Final[Context] = {
    "action": "/help/outage",
    "ticket": "t0",
    "known": [],
    "given": {"what": "", "school": "", "where": "", "reference": "", "reply": ""},
    "longest": {"what": 2000, "school": 120, "where": 200, "reference": 9, "reply": 254},
    "wrong": None,
    "error": None,
    "wait_minutes": 0,
}
_HELP: Final[Context] = {"notice": None, "asked": "", "found": None, "subjects": answers.subjects("nl")}

SUPPORT_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "support/news.html": {
        "both": _page("%2Factueel", now=[OUTAGE, NEWS], past=[OVER]),
        "quiet": _page("%2Factueel", now=[], past=[]),
    },
    "support/help.html": {
        "subjects": _page("%2Fhelp", **_HELP),
        "found": _page(
            "%2Fhelp", **{**_HELP, "notice": NOTICE, "asked": "pincode", "found": _found("pincode-vergeten", "wachten")}
        ),
        "nothing": _page("%2Fhelp", **{**_HELP, "asked": "zeppelin", "found": []}),
    },
    "support/subject.html": {
        part.key: _page(
            f"%2Fhelp%2F{part.key}",
            subject=part,
            answers=part.answers,
            video="https://video.example/1" if part.key == "mfa" else None,
            news=[NEWS] if part.key == "storing" else [],
        )
        for part in answers.subjects("nl")
        if part.key in {"mfa", "browser", "storing"}
    },
    "support/outage.html": {
        "first": _page("%2Fhelp%2Foutage", **_FORM),
        "known": _page(
            "%2Fhelp%2Foutage",
            **{**_FORM, "known": [OUTAGE], "given": {**_FORM["given"], "reference": "7KQ2-M4XD"}, "helpdesk": CLOSED},
        ),
        "wrong": _page(
            "%2Fhelp%2Foutage",
            **{**_FORM, "wrong": "reply", "error": "support.outage.wrong.reply"},
        ),
        "enough": _page("%2Fhelp%2Foutage", **{**_FORM, "wait_minutes": 10}),
    },
    "support/reported.html": {"sent": _page("%2Fhelp%2Freported")},
}
