"""`idp keys`: signing keys and the wrapping of data keys (D27, D30)."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from idp.core.db import Db
from metadata.key_material import public_of
from metadata.keys import ALGS
from metadata.models import SigningKey
from tests.cli.conftest import Installation
from tests.cli.test_parties import add_oidc, add_saml, client, sp

ENTITY = "https://lezen.example/metadata"
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


def test_a_rollover_takes_as_long_as_parties_need(idp: Installation) -> None:
    """C-232: chosen dates, a longer key, and who still uses the old one."""
    add_oidc(idp, client(client_name="Rekenrijk"))
    add_saml(idp, sp())
    (old,) = (key["kid"] for key in idp.json("keys", "list") if key["alg"] == "RS256")
    rotate = ("keys", "rotate", "--alg", "RS256", "--from", "2099-01-01", "--keep-days", "60", "--rsa-bits", "3072")
    (new,) = idp.json(*rotate)
    assert (new["phase"], new["active_from"]) == ("upcoming", "2098-12-31T23:00:00+00:00")
    (ends,) = (key["retired_at"] for key in idp.json("keys", "list") if key["kid"] == old)
    assert ends == "2099-03-01T23:00:00+00:00"
    saml = ENTITY
    still = idp.json("keys", "users", "--old")
    assert {(one["connection"], one["kid"], one["until"]) for one in still} == {
        (connection, old, new["active_from"]) for connection in ("rekenrijk", saml)
    }
    assert idp.json("keys", "users", new["kid"]) == []
    assert idp.json("parties", "sign-with", saml, "--key", new["kid"])["signs_now"] == new["kid"]
    assert [one["connection"] for one in idp.json("keys", "users", "--old")] == ["rekenrijk"]
    (switched,) = idp.json("keys", "users", new["kid"])
    assert (switched["party"], switched["chosen"], switched["newest"]) == ("Lezen", True, True)
    assert idp.json("parties", "sign-with", saml, "--by-turn")["signs_now"] == old
    assert idp.json("keys", "keep", old, "--until", "2099-06-30")["until"] == "2099-06-30T22:00:00+00:00"
    told = idp("keys", "users").out
    assert "Rekenrijk" in told
    assert old in told
    assert idp.ask(_modulus_bits(new["kid"])) == 3072


def test_what_would_lose_a_party_is_refused(idp: Installation) -> None:
    (key,) = (key for key in idp.json("keys", "list") if key["alg"] == "ES256")
    add_saml(idp, sp())
    for words, code in [
        (("keys", "rotate", "--from", "2020-01-01"), "refused"),
        (("keys", "rotate", "--rsa-bits", "1024"), None),
        (("keys", "keep", key["kid"], "--until", "2099-01-01"), "refused"),
        (("keys", "keep", "nonsense", "--until", "2099-01-01"), "not_found"),
        (("keys", "revoke", "nonsense"), "not_found"),
        (("parties", "sign-with", ENTITY, "--key", "nonsense"), "not_found"),
        (("parties", "sign-with", "nobody", "--by-turn"), "not_found"),
        (("parties", "sign-with", ENTITY), "usage"),
    ]:
        done = idp(*words, "--json")
        assert done.code == (1 if code else 2), words
        assert code is None or done.error["error"] == code, words


def test_one_leaked_key_is_revoked_and_the_next_one_signs(idp: Installation) -> None:
    (leaked,) = (key["kid"] for key in idp.json("keys", "list") if key["alg"] == "ES256")
    (upcoming,) = idp.json("keys", "rotate", "--alg", "ES256")
    assert idp.json("keys", "revoke", leaked) == {"revoked": leaked, "signs_now": upcoming["kid"]}
    assert phases(idp, "ES256") == ["retired", "active"]
    assert idp.ask(_private_part(leaked)) is None
    # That of which the time is to come leaked as well: somebody signs already.
    (third,) = idp.json("keys", "rotate", "--alg", "ES256")
    assert idp.json("keys", "revoke", third["kid"])["signs_now"] is None
    # Without a successor it has no end any more.
    (signs,) = (key for key in idp.json("keys", "list") if key["kid"] == upcoming["kid"])
    assert (signs["phase"], signs["retired_at"]) == ("active", None)
    told = idp("keys", "revoke", upcoming["kid"]).out
    assert "signs from now on" in told
    assert phases(idp, "ES256").count("active") == 1


def _private_part(kid: str) -> Callable[[Db], Awaitable[bytes | None]]:
    async def read(db: Db) -> bytes | None:
        sealed: bytes | None = (await db.execute(select(SigningKey.sealed).where(SigningKey.kid == kid))).scalar_one()
        return sealed

    return read


def _modulus_bits(kid: str) -> Callable[[Db], Awaitable[int]]:
    async def read(db: Db) -> int:
        certificate = (await db.execute(select(SigningKey.certificate).where(SigningKey.kid == kid))).scalar_one()
        return public_of(certificate).key_size

    return read


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
