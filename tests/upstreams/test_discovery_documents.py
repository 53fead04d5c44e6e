"""What an issuer says of itself: its document and its keys, refused, kept and asked for again (OpenID Connect Discovery, R-06)."""

import base64
import json
from typing import Any

import pytest

from metadata.oidc import issuers
from metadata.oidc.issuers import IssuerRefused, KnownIssuers
from tests.clock import Clock
from tests.upstreams.oidc_provider import (
    ELLIPTIC,
    ISSUER,
    STRANGER,
    Provider,
    b64,
    jwk,
)

DOCUMENTS: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": "https://ander.example"},
    "an issuer with a slash more": {"issuer": f"{ISSUER}/"},
    "a token endpoint over http": {"token_endpoint": "http://zulu.example/token"},
    "keys that are a file": {"jwks_uri": "file:///etc/passwd"},
    "a script to go to": {"authorization_endpoint": "javascript:alert(1)"},
    "user-info in an address": {"authorization_endpoint": "https://zulu.example@kwaad.example/"},
    "shared secrets only": {"id_token_signing_alg_values_supported": ["HS256", "none"]},
    "no code flow": {"response_types_supported": ["id_token"]},
    "no client secret": {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
}


@pytest.mark.parametrize("changes", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_a_discovery_document_that_is_not_the_issuers_own_or_unsafe_is_refused(changes: dict[str, Any]) -> None:
    document = {**Provider().discovery, **changes}
    issuers.read(json.dumps(Provider().discovery).encode(), ISSUER, loopback_allowed=False)
    with pytest.raises(IssuerRefused):
        issuers.read(json.dumps(document).encode(), ISSUER, loopback_allowed=False)


@pytest.mark.parametrize("raw", [b"", b"[]", b"<html>", b'{"issuer": 1}', b'{"keys": {}}', b'{"keys": []}'])
def test_what_is_no_document_and_no_key_set_is_refused(raw: bytes) -> None:
    with pytest.raises(IssuerRefused):
        issuers.read(raw, ISSUER, loopback_allowed=False)
    with pytest.raises(IssuerRefused):
        issuers.read_keys(raw)


def test_of_a_key_set_what_can_be_used_is_used() -> None:
    secret = {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 32).decode(), "kid": "s"}
    weak = {**jwk(STRANGER), "n": b64(b"\xff" * 64), "kid": "w"}
    keys = issuers.read_keys(json.dumps({"keys": [secret, weak, jwk(ELLIPTIC), {"kty": "OKP"}, 7]}).encode())
    assert [key.kid for key in keys.keys] == [ELLIPTIC.kid]


async def test_the_document_and_keys_are_kept_an_hour_and_a_day_while_the_provider_is_away() -> None:
    provider, clock = Provider(), Clock()
    known = KnownIssuers(loopback_allowed=False, get=provider.get, post_form=provider.post_form)
    await known.keys(ISSUER, now=clock.now)
    await known.keys(ISSUER, now=clock.now)
    assert len(provider.asked) == 2
    clock.move(minutes=61)
    provider.away = True
    await known.keys(ISSUER, now=clock.now)
    clock.move(hours=23)
    with pytest.raises(IssuerRefused):
        await known.keys(ISSUER, now=clock.now)


async def test_r06_who_comes_while_a_provider_hangs_waits_for_nothing() -> None:
    provider, clock = Provider(away=True), Clock()
    known = KnownIssuers(loopback_allowed=False, get=provider.get, post_form=provider.post_form)
    for _ in range(3):
        with pytest.raises(IssuerRefused, match="nothing answers"):
            await known.discovered(ISSUER, now=clock.now)
    assert len(provider.asked) == 1, "thirty children would stand in a row, five seconds each"
    clock.move(seconds=16)
    provider.away = False
    assert (await known.discovered(ISSUER, now=clock.now)).issuer == ISSUER


@pytest.mark.parametrize(
    "issuer", ["http://zulu.example", "https://zulu.example?x=1", "https://zulu.example#x", "zulu", "https://a@b"]
)
def test_an_issuer_is_an_https_address(issuer: str) -> None:
    with pytest.raises(IssuerRefused):
        issuers.checked_issuer(issuer, loopback_allowed=False)
    assert issuers.checked_issuer(ISSUER, loopback_allowed=False) == ISSUER
