"""A realistic context for the pages about somebody's own account; everybody in it is made up."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace as Thing
from typing import Any, Final

Context = Mapping[str, Any]

PASSWORD: Final[Context] = {
    "party": None,
    "error": None,
    "lang_switch_url": None,
    "action": "/account/password",
    "ticket": "t0",
    "email": "anja@devlieger.example",
}
HERE: Final = Thing(
    name="a1",
    current=True,
    browser="firefox",
    system="windows",
    school="Basisschool De Vlieger",
    network="192.0.2.x",
    since=datetime(2026, 11, 23, 8, 2, tzinfo=UTC),
    last_seen=datetime(2026, 11, 23, 8, 40, tzinfo=UTC),
)
THERE: Final = Thing(
    name="b2",
    current=False,
    browser="safari",
    system="ipad",
    school=None,
    network="2001:db8:5::/48",
    since=datetime(2026, 11, 22, 21, 15, tzinfo=UTC),
    last_seen=datetime(2026, 11, 23, 7, 58, tzinfo=UTC),
)
UNKNOWN: Final = Thing(
    **{**vars(THERE), "name": "c3", "browser": "other", "system": "other", "network": "198.51.100.x"}
)
SESSIONS: Final[Context] = {
    "lang_switch_url": "/language/en?to=%2Faccount%2Fsessions",
    "action": "/account/sessions",
    "ticket": "t0",
    "done": None,
}

OWN_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "own_password.html": {"first": PASSWORD, "too_common": {**PASSWORD, "error": "too_common"}},
    "own_sessions.html": {
        "several": {**SESSIONS, "sessions": [HERE, THERE, UNKNOWN]},
        "one": {**SESSIONS, "sessions": [HERE], "done": "ended"},
        "changed": {**SESSIONS, "sessions": [HERE], "done": "changed"},
        "others": {**SESSIONS, "sessions": [HERE], "done": "none_left"},
    },
}
