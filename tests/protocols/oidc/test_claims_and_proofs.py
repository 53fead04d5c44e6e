"""What a stranger writes into `claims` or a DPoP header is read or refused in our own words, and nothing else happens (C-035, C-103, C-132)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.attributes import catalogue
from protocols.oidc import proofs
from protocols.oidc.op import claims
from protocols.oidc.op.claims import ClaimsRefused, Wished
from protocols.oidc.tokens import TokenRefused, b64
from tests.fuzz.signing import public
from tests.protocols.saml.keys import ec_pair

CALL = proofs.Call("POST", "https://inloggen.example/oidc/token", 1_800_000_000)
names = st.sampled_from(["id_token", "userinfo", "acr", "sub", "name", "eckid", "essential", "value", "values", "x"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | names,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(names, inside, max_size=4),
    max_leaves=12,
)


@given(anything.map(json.dumps) | st.text(max_size=60))
def test_what_is_read_of_claims_asks_only_for_what_there_is(text: str) -> None:
    try:
        wished = claims.read(text)
    except ClaimsRefused:
        return
    assert {*wished.id_token, *wished.userinfo} <= catalogue.NAMES - {"subject"}
    assert wished.classes or not wished.must or "acr" in text
    assert Wished.from_json(json.loads(json.dumps(wished.to_json()))) == wished


headers = st.dictionaries(st.sampled_from(["typ", "alg", "jwk", "kid", "crit", "x"]), anything, max_size=5)


@given(st.lists(st.text(max_size=40) | st.tuples(headers, anything).map(lambda two: _token(*two)), max_size=2))
def test_what_a_stranger_writes_is_no_proof(given_: list[str]) -> None:
    with pytest.raises(TokenRefused) as refused:
        proofs.read(given_, CALL)
    assert len(str(refused.value)) < 80


@pytest.mark.parametrize("deep", [500, 990, 1020])
def test_a_header_of_nothing_but_brackets_is_no_proof(deep: int) -> None:
    """C-103: the library reads a header by recursion, and gives up in its own way."""
    key = ec_pair("deep")
    numbers = public(key).public_numbers()
    jwk = {"kty": "EC", "crv": "P-256", "x": b64(numbers.x.to_bytes(32)), "y": b64(numbers.y.to_bytes(32))}
    header = f'{{"typ":"dpop+jwt","alg":"ES256","jwk":{json.dumps(jwk)},"x":{"[" * deep}{"]" * deep}}}'
    message = f"{b64(header.encode())}.{b64(b'{}')}"
    with pytest.raises(TokenRefused):
        proofs.read([f"{message}.{b64(key.sign(message.encode()))}"], CALL)


def _token(header: object, payload: object) -> str:
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(payload).encode())}.AAAA"
