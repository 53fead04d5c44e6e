"""A realistic context for every page of the desk, in each of its states; everybody in it is made up."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace as Thing
from typing import Any, Final

from idp.web.desk.frame import NOUNS
from idp.web.desk.networks import CONNECTIONS
from idp.web.desk.today import Need

Context = Mapping[str, Any]

AT: Final = datetime(2026, 11, 23, 8, 25, tzinfo=UTC)
BASE: Final = "/desk/99ZZ"
VALUES: Final[Mapping[str, str]] = {}


def at(noun: str, **more: Any) -> Context:
    """What the frame gives every page of a noun."""
    return {
        "school": Thing(name="Basisschool De Vlieger", code="99ZZ", many=noun == "staff"),
        "base": BASE,
        "nouns": [(name, BASE + path) for name, path in NOUNS],
        "at": noun,
        "ticket": "t0",
        "done": None,
        "error": None,
        "values": VALUES,
        "lang_switch_url": "/language/en?to=/desk",
        **more,
    }


NETWORKS: Final = [
    Thing(network="192.0.2.0/28", kind="vast", label="Hoofdgebouw", added_on=AT, remove=f"{BASE}/networks/remove?n=1"),
    Thing(network="2001:db8:5::/48", kind="vast", label="", added_on=AT, remove=f"{BASE}/networks/remove?n=2"),
    Thing(network="198.51.100.7", kind="mobiel", label="Gymzaal", added_on=AT, remove=f"{BASE}/networks/remove?n=3"),
]

COUNTS: Final = Thing(groups=10, pupils=225, staff=21, addresses=2)
NEEDS: Final = [Need("no_networks", 1, f"{BASE}/networks", "brick")]

DESK_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "desk/schools.html": {
        "two": {
            "lang_switch_url": None,
            "schools": [
                Thing(name="Basisschool De Vlieger", code="99ZZ", url="/desk/99ZZ"),
                Thing(name="De Vlieger, dependance Zuid", code="99ZZ01", url="/desk/99ZZ01"),
            ],
        }
    },
    "desk/today.html": {
        "needs": at("today", counts=COUNTS, needs=NEEDS),
        "nothing": at("today", counts=COUNTS, needs=[]),
    },
    "desk/networks.html": {
        "three": at("networks", networks=NETWORKS, done="desk.done.network_added"),
        "none": at("networks", networks=[]),
    },
    "desk/network_new.html": {
        "first": at("networks", kinds=CONNECTIONS, here="192.0.2.10"),
        "wrong": at(
            "networks",
            kinds=CONNECTIONS,
            here="192.0.2.10",
            error="desk.network.refused.private",
            values={"network": "10.0.0.0/24", "kind": "mobiel", "label": "Gymzaal"},
        ),
    },
    "desk/network_remove.html": {
        "one": at("networks", network=NETWORKS[0], left=2),
        "last": at("networks", network=NETWORKS[0], left=0),
    },
}
