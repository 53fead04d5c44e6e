"""A realistic context for the desk's pages about staff, in each of their states; everybody in it is made up."""

from collections.abc import Mapping
from datetime import date
from types import SimpleNamespace as Thing
from typing import Any, Final

from idp.web.desk.staff import FILTERS
from idp.web.desk.staff_acts import Sheet
from tests.web.desk_samples import AT, Context, at

DAY: Final = date(2027, 7, 31)


def colleague(number: int, name: str, email: str | None, *roles: str, **more: Any) -> Mapping[str, Any]:
    """A row of the list of staff."""
    return {
        "id": number,
        "name": name,
        "email": email,
        "bounced": None,
        "roles": roles,
        "groups": (),
        "activated": True,
        "second_factor": False,
        "in_administration": True,
        "working": True,
        "ends_on": None,
        "ended_on": None,
        "reviewed_on": None,
        **more,
    }


ANJA: Final = colleague(1, "Anja de Boer", "a.deboer@devlieger.example", "ict-coordinator", second_factor=True)
BAS: Final = colleague(2, "Bas Visser", "b.visser@devlieger.example", "teacher", groups=("Groep 6", "Groep 7"))
CORA: Final = colleague(
    3,
    "Cora van der Veen-Koningsbruggen",
    "cora.vanderveen-koningsbruggen@devlieger.example",
    "ib",
    "rt",
    activated=False,
    in_administration=False,
    ends_on=DAY,
    reviewed_on=AT,
)
DAVID: Final = colleague(4, "David Mulder", None, "teacher", groups=("Groep 1/2A",), activated=False)
ELS: Final = colleague(5, "Els Smit", "e.smit@devlieger.example", "teacher", working=False, ended_on=DAY)
STAFF: Final[Context] = at(
    "staff",
    people=[ANJA, BAS, CORA, DAVID, ELS],
    counts=Thing(working=21, activated=18, left=3),
    networks=(),
    waiting=Thing(pending=2, review=1),
    q="",
    which="working",
    filters=FILTERS,
    further=5,
    later=False,
)
ONE: Final[Context] = at("staff", one=BAS, networks=(), proposed=None, myself=False)
EVERYDAY: Final = ("teacher", "ib", "rt", "trainee", "support")
ASKED: Final = {"bounced": None, "asked_at": AT, "ends_on": DAY}
PENDING: Final[Context] = at(
    "staff",
    invitations=[
        Thing(id=1, name="Fleur Bos", email="f.bos@elders.example", roles=("ib",), over=False, **ASKED),
        Thing(
            id=2, name="Gijs Kok", email="g.kok@elders.example", roles=("rt",), over=True, **{**ASKED, "bounced": AT}
        ),
    ],
    proposals=[
        Thing(id=3, name="Bas Visser", old="b.visser@a.example", new="bas@b.example", approve=True, confirmed=False),
        Thing(id=4, name="Els Smit", old="e.smit@a.example", new="els@b.example", approve=False, confirmed=True),
    ],
)
ADDRESSES: Final[Context] = at(
    "staff",
    rows=[
        Thing(id=4, name="David Mulder", groups=("Groep 1/2A",), wrong=None),
        Thing(id=6, name="Hanna Vos", groups=(), wrong=None),
    ],
    more=12,
    mailed=0,
)
REVIEW: Final[Context] = at(
    "staff",
    rows=[Thing(id=3, name=CORA["name"], email=CORA["email"], since=AT, ends_on=DAY, wrong=False)],
    latest=DAY,
)
SHEETS: Final = (
    Sheet("appoint", tone="sun"),
    Sheet("dismiss", tone="brick"),
    Sheet("last_day", field="date"),
    Sheet("end", tone="brick"),
    Sheet("return", field="date"),
    Sheet("address", field="email"),
)


def sheet(one: Sheet, **more: Any) -> Context:
    """The page before an act about a member of staff."""
    counts = Thing(pupils=225, staff=31) if one.what == "appoint" else None
    return at("staff", sheet=one, one=BAS, latest=DAY, counts=counts, **more)


STAFF_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "desk/staff.html": {
        "some": STAFF,
        "network": {**STAFF, "networks": ("Schoolplein",), "done": "desk.done.reviewed"},
        "nobody": {**STAFF, "people": [], "q": "jansen", "further": None, "later": True},
    },
    "desk/colleague.html": {
        "teacher": ONE,
        "proposed": {**ONE, "one": CORA, "proposed": Thing(email="c@b.example"), "networks": ("Schoolplein",)},
        "coordinator": {**ONE, "one": ANJA, "myself": True},
        "bounced": {**ONE, "one": {**BAS, "bounced": AT}},
        "without_address": {**ONE, "one": DAVID},
        "left": {**ONE, "one": ELS},
    },
    "desk/colleague_sheet.html": {
        **{one.what: sheet(one) for one in SHEETS},
        "refused": sheet(SHEETS[2], error="desk.staff.refused.end_has_passed", values={"ends_on": "2020-01-01"}),
    },
    "desk/two_steps.html": {
        "off": at("staff", on=False, staff=31, without=12),
        "on": at("staff", on=True, staff=31, without=0, done="desk.done.two_steps_on"),
    },
    "desk/colleague_second_step.html": {
        "first": at("staff", one=BAS, myself=False),
        "unsure": at("staff", one=BAS, myself=False, error="desk.second_step.refused.not_sure"),
        "myself": at("staff", one=BAS, myself=True),
    },
    "desk/colleague_roles.html": {"plain": at("staff", one=BAS, everyday=EVERYDAY)},
    "desk/colleague_groups.html": {
        "some": at(
            "staff", one=BAS, groups=[Thing(id=1, name="Groep 6", linked=True), Thing(id=2, name="3", linked=False)]
        ),
        "none": at("staff", one=BAS, groups=[]),
    },
    "desk/staff_new.html": {
        "first": at("staff", everyday=EVERYDAY, latest=DAY),
        "wrong": at(
            "staff",
            everyday=EVERYDAY,
            latest=DAY,
            error="desk.staff.refused.works_here",
            values={"first_name": "Fleur", "surname": "Bos", "email": "f.bos@x.example", "role_ib": "1"},
        ),
    },
    "desk/staff_pending.html": {"some": PENDING, "none": {**PENDING, "invitations": [], "proposals": []}},
    "desk/staff_held.html": {
        "some": at(
            "staff",
            rows=[
                Thing(name="David Mulder", email="d.mulder@devlieger.example", groups=("Groep 3", "Groep 4")),
                Thing(name="Bea de Visser", email="b.visser@devlieger.example", groups=()),
            ],
            count=23,
            more=21,
        ),
        "none": at("staff", rows=[], count=0, more=0),
    },
    "desk/staff_addresses.html": {
        "two": ADDRESSES,
        "wrong": {
            **ADDRESSES,
            "rows": [Thing(id=4, name="David Mulder", groups=(), wrong="desk.staff.refused.works_here")],
            "error": "desk.staff.refused.some_addresses",
            "values": {"email_4": "b.visser@devlieger.example"},
            "mailed": 1,
        },
        "none": {**ADDRESSES, "rows": [], "more": 0},
    },
    "desk/staff_review.html": {"one": REVIEW, "none": {**REVIEW, "rows": []}},
}
