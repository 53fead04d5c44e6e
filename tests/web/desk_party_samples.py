"""A realistic context for the desk's pages about publishers and network providers; everybody in it is made up."""

from collections.abc import Mapping
from types import SimpleNamespace as Thing
from typing import Any, Final

from consent.agreement_papers import Signing
from idp.web.desk.party_ticks import CHOSEN
from tests.web.desk_samples import AT, BASE, COUNTS, Context, at

HERE: Final = f"{BASE}/parties/7"


def _field(name: str, why: str = "", *, required: bool = True, ticked: bool = True, new: bool = False) -> Thing:
    uses = [Thing(service="Rekenen in de klas", why=why)] if why else []
    return Thing(name=name, uses=uses, required=required, ticked=ticked, new=new)


FIELDS: Final = (
    _field("subject", "Het kind herkennen en zijn werk bewaren"),
    _field("first_name", "De naam boven de oefening"),
    _field("groups", "De leerkracht ziet de kinderen van de eigen groep"),
    _field("eckid", "Werk meenemen naar een volgende methode", required=False, ticked=False),
    _field("surname", "Kinderen met dezelfde roepnaam uit elkaar houden", required=False),
)


def _party(state: str, **more: Any) -> Mapping[str, Any]:
    return {
        "name": "Rekenrijk",
        "kind": "publisher",
        "enabled": True,
        "contact": {"name": "Servicedesk", "email": "service@rekenrijk.example", "phone": "030 123 45 67"},
        "state": state,
        "since": AT if state != "none" else None,
        "fields": FIELDS,
        "surplus": [],
        "optional": True,
        "unsaid": False,
        "fingerprint": "f0",
        **more,
    }


NEW: Final = (*FIELDS, _field("year_group", "Opgaven op het juiste niveau", ticked=False, new=True))
UNSAID: Final = (_field("subject", ticked=False), _field("display_name", ticked=False))


def _row(name: str, state: str) -> Thing:
    shared = 3 if state in ("given", "more") else 0
    return Thing(name=name, url=HERE, state=state, asked=5, shared=shared, since=AT if state not in ("none",) else None)


LIST: Final[Mapping[str, Any]] = {
    "q": "",
    "agreed": True,
    "waiting": 0,
    "ever": True,
    "some": True,
    "reviewed": None,
    "review_due": False,
    "several": False,
}
NO_ROWS: Final[Mapping[str, Any]] = {"networks": [], "ticked": [], "others": []}


def _decision(**more: Any) -> Thing:
    usual = {"at": AT, "given": True, "again": False, "who": "Sanne de Wit", "by": "operator", "request": None}
    return Thing(**{**usual, "added": ["first_name", "groups"], "dropped": [], **more})


HISTORY: Final = [
    _decision(again=True, added=["surname"], dropped=["eckid"]),
    _decision(),
    _decision(given=False, added=[], who=None, request="brief van 3 september 2026"),
    _decision(who=None, by="gone"),
]

OFFERED: Final = [{"id": "4", "name": "De Leeromgeving"}, {"id": "9", "name": "Netwerk Noord"}]
GOING: Final = [
    {"id": number, "name": name, "by": by}
    for number, (name, by) in enumerate([("Groep 1/2A", "4"), ("Groep 3", "any"), ("Groep 7/8", "9")])
]
OPEN: Final = Thing(asked_at=AT, asked_by="Sanne de Wit", mailed=True, answered_at=None, answered_by=None, answer=None)
ANSWERED: Final = Thing(
    asked_at=AT, asked_by=None, mailed=False, answered_at=AT, answered_by=None, answer="Alles is op 1 oktober gewist."
)
FOUND: Final = [
    Thing(id=4, name="Noor van den Berg", kind="pupil", group="Groep 6", active=True),
    Thing(id=9, name="Noor Jansen", kind="staff", group=None, active=False),
]
NAMED: Final = {"party": Thing(name="Rekenrijk", kind="publisher"), "here": HERE}
BY_NETWORK: Final = {"party": Thing(name="Schoolweb", kind="network"), "here": HERE}

OF_BOARD: Final = {"paper": Signing("4.0", "A. de Vries", AT.date(), AT.date()), "of_board": True}

PARTIES_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "desk/parties.html": {
        "some": at(
            "parties",
            **{**LIST, "waiting": 1, "reviewed": AT, "review_due": True, "several": True},
            networks=[_row("De Leeromgeving", "given"), _row("Netwerk Noord", "none")],
            ticked=[_row("Rekenrijk", "more"), _row("Taalschip", "given")],
            others=[
                _row("Wereldwijs", "none"),
                _row("Uitgeverij met een bijzonder lange naam voor kaarten", "withdrawn"),
            ],
        ),
        "first": at(
            "parties", **{**LIST, **NO_ROWS, "agreed": False, "ever": False, "others": [_row("Wereldwijs", "none")]}
        ),
        "not_found": at("parties", **{**LIST, **NO_ROWS, "q": "Rekenrijkje"}),
        "none": at("parties", **{**LIST, **NO_ROWS, "ever": False, "some": False}),
    },
    "desk/party.html": {
        "given": at(
            "parties",
            party=_party("given", surplus=["email"]),
            here=HERE,
            history=HISTORY,
            away=2,
            requests=[],
            signed=None,
            fetched=None,
        ),
        "more": at(
            "parties",
            party=_party("more", fields=NEW),
            here=HERE,
            history=HISTORY,
            away=2,
            requests=[],
            signed=OF_BOARD,
            fetched=None,
        ),
        "unsaid": at(
            "parties",
            party=_party("none", fields=UNSAID, unsaid=True, optional=False, contact=None),
            here=HERE,
            history=[],
            away=0,
            requests=[],
            signed=None,
            fetched=None,
        ),
        "network": at(
            "parties",
            party={**_party("given"), "name": "De Leeromgeving", "kind": "network"},
            here=HERE,
            history=HISTORY,
            away=0,
            requests=[],
            signed={"paper": Signing("2.0", None, AT.date()), "of_board": False},
            fetched={"at": AT, "pupils": 214},
        ),
        "away": at(
            "parties",
            party=_party("withdrawn", enabled=False, fields=()),
            here=HERE,
            history=HISTORY,
            away=0,
            requests=[OPEN, ANSWERED],
            signed=None,
            fetched=None,
        ),
    },
    "desk/environments.html": {
        "two": at("parties", offered=OFFERED, groups=GOING, done="desk.done.environments"),
        "one": at("parties", offered=OFFERED[:1], groups=GOING),
        "none": at("parties", offered=[], groups=[]),
        "no_groups": at("parties", offered=OFFERED, groups=[]),
    },
    "desk/party_tick.html": {
        "first": at("parties", party=_party("none"), counts=COUNTS, here=HERE, prefix=CHOSEN),
        "refused": at(
            "parties",
            party=_party("more", fields=NEW, surplus=["email"]),
            counts=COUNTS,
            here=HERE,
            prefix=CHOSEN,
            error="desk.party.changed",
        ),
    },
    "desk/party_untick.html": {
        "asked": at("parties", party=_party("given"), here=HERE, reached=219),
        "network": at("parties", party={**_party("given"), "kind": "network"}, here=HERE, reached=0),
    },
    "desk/party_people.html": {
        "some": at(
            "parties",
            **NAMED,
            away=[Thing(id=3, name="Bas de Boer", kind="pupil"), Thing(id=5, name="Ria Kok", kind="staff")],
            looked=None,
            more=False,
        ),
        "found": at("parties", **{**BY_NETWORK, "away": [], "looked": FOUND, "more": True, "values": {"q": "noor"}}),
        "nobody": at("parties", **{**NAMED, "away": [], "looked": [], "more": False, "values": {"q": "xyz"}}),
    },
    "desk/party_deletion.html": {
        "mailed": at("parties", party=_party("withdrawn"), here=HERE),
        "no_address": at("parties", party=_party("withdrawn", contact=None), here=HERE),
    },
    "desk/received_find.html": {
        "asked": at("parties", looked=None, more=False),
        "found": at("parties", looked=FOUND, more=True, values={"q": "noor"}),
        "nobody": at("parties", looked=[], more=False, values={"q": "xyz"}),
    },
    "desk/received.html": {
        "some": at(
            "parties",
            name="Noor van den Berg",
            kind="pupil",
            file=f"{BASE}/received/4/file",
            rows=[
                Thing(party="Rekenrijk", fields=FIELDS[:3], first=AT, last=AT, times=41),
                Thing(party=None, fields=UNSAID[:1], first=AT, last=AT, times=1),
            ],
        ),
        "nothing": at("parties", name="Noor van den Berg", kind="pupil", file="", rows=[]),
    },
    "desk/party_review.html": {
        "some": at(
            "parties",
            rows=[{**_party("more", fields=NEW, surplus=["email"]), "url": HERE}, {**_party("given"), "url": HERE}],
            seen="s0",
        ),
        "refused": at(
            "parties",
            rows=[{**_party("given"), "url": HERE}],
            seen="s0",
            error="desk.party.review_changed",
        ),
        "none": at("parties", rows=[]),
    },
}
