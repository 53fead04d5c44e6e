"""`idp keys`: signing keys and the wrapping of data keys (D27, D30)."""

from datetime import datetime, timedelta

import pytest

from metadata.keys import ALGS
from tests.cli.conftest import Installation

OTHER = "another secret of thirty-two characters"


def phases(idp: Installation, alg: str) -> list[str]:
    return [key["phase"] for key in idp.json("keys", "list") if key["alg"] == alg]


def test_an_installation_has_a_key_of_each_algorithm(idp: Installation) -> None:
    keys = idp.json("keys", "list")
    assert [(key["alg"], key["phase"]) for key in keys] == [(alg, "active") for alg in ALGS]
    assert set(keys[0]) == {"kid", "alg", "phase", "published_at", "active_from", "retired_at"}
    assert idp.json("keys", "list") == keys
    assert keys[0]["kid"] in idp("keys", "list").out


def test_a_new_key_is_published_a_day_before_it_signs(idp: Installation) -> None:
    (new,) = idp.json("keys", "rotate", "--alg", "ES256")
    assert new["phase"] == "upcoming"
    waits = datetime.fromisoformat(new["active_from"]) - datetime.fromisoformat(new["published_at"])
    assert waits == timedelta(hours=24)
    # Also where nobody ever served: a key signs meanwhile.
    assert phases(idp, "ES256") == ["active", "upcoming"]
    assert phases(idp, "RS256") == ["active"]


def test_a_new_key_can_sign_at_once(idp: Installation) -> None:
    made = idp.json("keys", "rotate", "--now")
    assert [(key["alg"], key["phase"]) for key in made] == [(alg, "active") for alg in ALGS]
    assert phases(idp, "RS256") == ["outgoing", "active"]
    assert "signs from" in idp("keys", "rotate", "--now").out


def test_leaked_keys_are_gone_at_once_those_to_come_included(idp: Installation) -> None:
    idp.json("keys", "rotate", "--alg", "RS256")
    assert phases(idp, "RS256") == ["active", "upcoming"]
    idp.json("keys", "rotate", "--alg", "RS256", "--leaked")
    assert sorted(phases(idp, "RS256")) == ["active", "retired", "retired"]


def test_other_algorithms_are_wrong_usage(idp: Installation) -> None:
    assert idp("keys", "rotate", "--alg", "HS256").code == 2


@pytest.mark.parametrize("after", ["first", "both"])
def test_the_secret_changes_without_losing_what_is_sealed(idp: Installation, after: str) -> None:
    old = idp.settings["IDP_SECRET_KEY"]
    keys = idp.json("keys", "list")
    assert idp.json("keys", "rewrap", IDP_SECRET_KEY=f"{OTHER},{old}") == {"rewrapped": 7}
    now = {"first": OTHER, "both": f"{OTHER},{old}"}[after]
    assert idp.json("keys", "list", IDP_SECRET_KEY=now) == keys
    assert idp("keys", "list").code == 78
