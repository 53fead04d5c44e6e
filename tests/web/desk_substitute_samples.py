"""A realistic context for the desk's pages about substitutes, in each of their states; everybody in it is made up."""

from collections.abc import Mapping
from types import SimpleNamespace as Thing
from typing import Final

from tests.web.desk_samples import AT, BASE, Context, at
from tests.web.desk_staff_samples import DAY

SEATS: Final = [
    Thing(group_id=1, group_name="Groep 1/2A", binding_id=None, email=None, name=None, starts_at=None, ends_on=None),
    Thing(
        group_id=2,
        group_name="Groep 6",
        binding_id=7,
        email="i.de.groot@invalpool.example",
        name="Ien de Groot",
        starts_at=AT,
        ends_on=DAY,
    ),
]
DEPUTY: Final[Context] = {**at("deputy"), "nouns": []}
SUBSTITUTE: Final[Context] = at("substitutes", seat=SEATS[0], durations=(2, 7, 14), phone_needed=True)

SUBSTITUTE_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "desk/substitutes.html": {
        "two": at("substitutes", seats=SEATS, helper=None, done="desk.done.substitute_bound"),
        "none": at("substitutes", seats=[], helper="Anja de Boer"),
    },
    "desk/substitute_new.html": {
        "first": SUBSTITUTE,
        "wrong": {
            **SUBSTITUTE,
            "error": "desk.staff.refused.seat_taken",
            "values": {"email": "i@x.example", "first_name": "Ien", "surname": "Bos", "days": "7"},
        },
    },
    "desk/substitute_history.html": {
        "some": at(
            "substitutes",
            rows=[
                {
                    "group": "Groep 6",
                    "email": "i.de.groot@invalpool.example",
                    "name": "Ien de Groot",
                    "from": AT,
                    "until": DAY,
                }
            ],
            further=f"{BASE}/substitutes/history?before=7",
            later=True,
        ),
        "none": at("substitutes", rows=[], further=None, later=False),
    },
    "desk/substitute_helper.html": {
        "plain": at("substitutes", people=[Thing(id=1, name="Anja de Boer"), Thing(id=2, name="Bas Visser")], chosen=2)
    },
    "desk/deputy.html": {
        "some": {**DEPUTY, "seats": SEATS, "done": "desk.done.substitute_bound"},
        "none": {**DEPUTY, "seats": []},
    },
    "desk/deputy_new.html": {
        "first": {**DEPUTY, "seat": SEATS[0], "durations": (2, 7, 14), "phone_needed": False},
        "wrong": {
            **DEPUTY,
            "seat": SEATS[0],
            "durations": (2, 7, 14),
            "phone_needed": True,
            "error": "desk.staff.refused.works_here",
            "values": {"email": "b.visser@devlieger.example", "days": "7"},
        },
    },
}
