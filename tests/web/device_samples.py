"""A realistic context for every page about networks, enrolled devices and shortcuts, in each of its states; everything in it is made up."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import SimpleNamespace as Thing
from typing import Final

from directory.addresses import KnownAddress, offered, read_network
from directory.device_links import KnownLink
from directory.devices import KnownDevice
from idp.web.desk.networks import CONNECTIONS, Here
from tests.web.desk_samples import AT, BASE, Context, at

TODAY: Final = date(2026, 11, 23)
LONG_AGO: Final = datetime(2026, 8, 1, 8, 0, tzinfo=UTC)
IPV6: Final = offered(read_network("2001:db8:5:17::a1/128")[0])


def network(text: str, kind: str, label: str, *, seen_on: date | None, unused: bool = False) -> Thing:
    """A row of the list of networks."""
    when, remove = LONG_AGO if unused else AT, f"{BASE}/networks/remove?network={text}"
    return Thing(network=text, kind=kind, label=label, added_on=when, seen_on=seen_on, unused=unused, remove=remove)


NETWORKS: Final = [
    network("192.0.2.0/28", "vast", "Hoofdgebouw", seen_on=TODAY),
    network("2001:db8:5::/48", "vast", "", seen_on=None),
    network("198.51.100.7/32", "mobiel", "Gymzaal", seen_on=date(2026, 9, 1), unused=True),
]
KNOWN: Final = Here("192.0.2.10", entry=KnownAddress("192.0.2.0/28", "vast", "Hoofdgebouw", AT, TODAY))
FREE: Final = Here("198.51.100.9", offered=("198.51.100.9/32",))
FREE6: Final = Here("2001:db8:5:17::a1", offered=tuple(str(one) for one in IPV6))
TAKEN: Final = Here("203.0.113.4", refused="desk.network.refused.other_board")

TABLET: Final = KnownDevice(3, "Tablet 3, kar bovenbouw", AT, TODAY)
GYM: Final = KnownDevice(2, "Chromebook gymzaal", LONG_AGO, date(2026, 10, 9))
LINKS: Final = [
    KnownLink(2, "Chromebooks bovenbouw", AT, date(2027, 7, 31), 40, 128, TODAY),
    KnownLink(1, "iPads onderbouw", LONG_AGO, None, None, 0, None),
    KnownLink(3, "Proefproject", LONG_AGO, date(2026, 10, 1), None, 2, date(2026, 9, 30)),
]
NO_PAGER: Final = {"previous": None, "next": None}
DEVICES: Final[Context] = at("networks", this=None, links=[], devices=[], many=0, pager=NO_PAGER, today=TODAY)
LINK: Final = f"https://inloggen.example/device#{'aB3-x_' * 7}Q"
REF: Final = "a4d4c283-148b-49e1-afcc-4b6b5108568c"
PUPILS: Final = f"https://inloggen.example/login/leerlingen/snelkoppelaar?INSTELLING_REF={REF}"
LESSONS: Final = [
    {"party": party, "address": address, "shortcut": f"{PUPILS}&TARGET=https%3A%2F%2F{address[8:]}"}
    for party, address in (("Rekenrijk", "https://rekenrijk.example/les/7"), ("Taalschip", "https://taal.example/"))
]
CHILDREN: Final = [
    {"label": label, "picture": picture}
    for label, picture in (("Finn", "dog"), ("Maximiliaan", "whale"), ("Noor B.", "cat"), ("Noor van D.", "owl"))
]
GROUPS: Final = [
    {"name": name, "url": f"{BASE}/networks/shortcuts/test?group={number}", "here": number == 2}
    for number, name in enumerate(("Groep 1/2A", "Groep 3", "Groep 6", "Plusgroep Zonnestralen"))
]
TEST: Final[Context] = at(
    "networks",
    address="192.0.2.10",
    reason={"what": "network", "name": "192.0.2.0/28"},
    at_school=True,
    others=[],
    groups=GROUPS,
    group=None,
    children=[],
)

DEVICE_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "device.html": {"plain": {"action": "/device", "ticket": "t0", "lang_switch_url": "/language/en?to=/device"}},
    "signin/no_provider.html": {"plain": {"party": None, "error": None, "onwards": PUPILS, "lang_switch_url": None}},
    "desk/networks.html": {
        "three": at("networks", networks=NETWORKS, here=KNOWN, unused=1, done="desk.done.network_added"),
        "free": at("networks", networks=NETWORKS[:1], here=FREE, unused=0),
        "ipv6": at("networks", networks=NETWORKS[:1], here=FREE6, unused=0),
        "none": at("networks", networks=[], here=TAKEN, unused=0),
    },
    "desk/network_new.html": {
        "first": at("networks", kinds=CONNECTIONS, here="192.0.2.10", sizes=()),
        "ipv6": at(
            "networks",
            kinds=CONNECTIONS,
            here="2001:db8:5:17::a1",
            sizes=IPV6,
            values={"network": "2001:db8:5:17::a1", "kind": "vast", "label": "Hoofdgebouw"},
        ),
        "refused": at(
            "networks",
            kinds=CONNECTIONS,
            here="192.0.2.10",
            sizes=(),
            error="desk.network.refused.private",
            values={"network": "10.0.0.0/24", "kind": "mobiel", "label": "Gymzaal"},
        ),
    },
    "desk/network_remove.html": {
        "one": at("networks", network=NETWORKS[0], left=2),
        "last": at("networks", network=NETWORKS[0], left=0),
    },
    "desk/devices.html": {
        "none": DEVICES,
        "some": {**DEVICES, "links": LINKS, "devices": [TABLET, GYM], "many": 132},
        "this": {**DEVICES, "this": TABLET, "devices": [TABLET], "many": 1, "done": "desk.done.device_enrolled"},
    },
    "desk/device_new.html": {"first": at("networks"), "empty": at("networks", error="desk.device.wrong.label")},
    "desk/device_link_new.html": {
        "first": at("networks", today=TODAY),
        "wrong": at(
            "networks",
            today=TODAY,
            error="desk.device.wrong.most",
            values={"label": "Chromebooks", "until": "2027-07-31", "most": "0"},
        ),
    },
    "desk/device_link.html": {
        "made": at("networks", link=LINKS[0], address=LINK, over=False, done="desk.done.device_link_made"),
        "over": at("networks", link=LINKS[2], address=LINK, over=True),
    },
    "desk/device_withdraw.html": {
        "one": at("networks", one=TABLET, link=None, many=132),
        "link": at("networks", one=None, link=LINKS[0], many=128),
        "all": at("networks", one=None, link=None, many=132),
    },
    "desk/names.html": {
        "shown": at("networks", shown=True, hidden=2),
        "hidden": at("networks", shown=False, hidden=0, done="desk.done.names_hidden"),
    },
    "desk/shortcuts.html": {
        "plain": at("networks", pupils=PUPILS, staff="https://inloggen.example/", ref=REF, lessons=False, networks=()),
        "lessons": at(
            "networks",
            pupils=PUPILS,
            staff="https://inloggen.example/",
            ref=REF,
            lessons=True,
            networks=("Demo Netwerk",),
        ),
    },
    "desk/shortcut_lessons.html": {
        "two": at(
            "networks", rows=LESSONS, pager={"previous": None, "next": f"{BASE}/networks/shortcuts/lessons?after=x"}
        ),
        "none": at("networks", rows=[], pager=NO_PAGER),
    },
    "desk/shortcut_test.html": {
        "groups": TEST,
        "children": {
            **TEST,
            "group": "Groep 6",
            "children": CHILDREN,
            "others": ["De Overkant"],
            "reason": {"what": "device", "name": "Tablet 3"},
        },
        "refused": {**TEST, "at_school": False, "reason": None, "groups": []},
    },
}
