"""Whatever stands where an ID token of ours should stand: refused, or ours to the last bit (C-127)."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metadata.key_material import Alg, new_private_key, public_jwk
from metadata.keys import Signer, SigningKeys
from protocols.oidc.tokens import LARGEST_TOKEN, TokenRefused, read_hint, signed
from tests.conformance.relying_party import b64
from tests.house import BASE

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


def signer(alg: Alg, kid: str) -> Signer:
    """A key as the product opens it, without a database."""
    private = new_private_key(alg)
    jwk = {**public_jwk(private.public_key()), "kid": kid, "use": "sig", "alg": alg}
    return Signer(kid, alg, "", jwk, NOW, NOW, None, private)


RSA, EC = signer("RS256", "rsa"), signer("ES256", "ec")
PSS = Signer("pss", "PS256", "", {**RSA.jwk, "kid": "pss", "alg": "PS256"}, NOW, NOW, None, RSA._private)
OURS = SigningKeys(1, (RSA, EC, PSS))
CLAIMS = {"iss": BASE, "aud": "rekenrijk", "sub": "0" * 64, "exp": 1, "iat": 1}


def test_a_hint_of_ours_is_read_under_each_key() -> None:
    for each in OURS.signers:
        assert read_hint(signed(each, CLAIMS), OURS, issuer=BASE) == CLAIMS


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elders.example"},
        {"iss": [BASE]},
        {"iss": None},
        {"aud": ["rekenrijk"]},
        {"aud": None},
        {"aud": 1},
    ],
    ids=str,
)
def test_one_of_another_issuer_or_for_a_list_is_refused(changes: dict[str, object]) -> None:
    """List-valued `iss` and `aud` have opened other providers (V-17)."""
    with pytest.raises(TokenRefused):
        read_hint(signed(RSA, {**CLAIMS, **changes}), OURS, issuer=BASE)


def test_something_else_that_we_sign_is_no_id_token() -> None:
    """C-126: a logout token, a signed UserInfo answer, a token without a type."""
    for typ in ("logout+jwt", "at+jwt", "jwt", "", None):
        header = b64(
            f'{{"alg":"RS256","kid":"rsa","typ":{"null" if typ is None else chr(34) + typ + chr(34)}}}'.encode()
        )
        payload = signed(RSA, CLAIMS).split(".")[1]
        token = f"{header}.{payload}.{b64(RSA.sign(f'{header}.{payload}'.encode()))}"
        with pytest.raises(TokenRefused):
            read_hint(token, OURS, issuer=BASE)


def test_a_payload_that_is_no_object_is_refused() -> None:
    for payload in (b"[]", b"1", b'"text"', b"null", b"{", b"\xff", b""):
        header = signed(RSA, CLAIMS).split(".")[0]
        message = f"{header}.{b64(payload)}"
        with pytest.raises(TokenRefused):
            read_hint(f"{message}.{b64(RSA.sign(message.encode()))}", OURS, issuer=BASE)


def test_a_key_that_we_no_longer_have_signs_nothing() -> None:
    stranger = signer("RS256", "rsa")  # our kid, another key
    with pytest.raises(TokenRefused):
        read_hint(signed(stranger, CLAIMS), OURS, issuer=BASE)
    with pytest.raises(TokenRefused):
        read_hint(signed(RSA, CLAIMS), SigningKeys(1, (EC,)), issuer=BASE)
    with pytest.raises(TokenRefused):
        read_hint(signed(RSA, CLAIMS), SigningKeys(1, ()), issuer=BASE)


GENUINE = tuple(signed(each, CLAIMS) for each in OURS.signers)


@given(
    genuine=st.sampled_from(GENUINE),
    place=st.integers(0, 10_000),
    letter=st.characters(max_codepoint=0x2FF),
    cut=st.integers(0, 3),
)
def test_whatever_is_changed_in_a_hint_it_is_refused_or_it_is_the_same(
    genuine: str, place: int, letter: str, cut: int
) -> None:
    """One character put in the place of up to three others: never another exception, never other claims."""
    at = place % len(genuine)
    changed = genuine[:at] + letter + genuine[at + cut :]
    try:
        read = read_hint(changed, OURS, issuer=BASE)
    except TokenRefused:
        return
    assert read == CLAIMS


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_no_text_is_a_hint(text: str) -> None:
    with pytest.raises(TokenRefused):
        read_hint(text, OURS, issuer=BASE)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "b64", "zip", "enc"]) | st.text(), inner
            )
        ),
    )
)
def test_no_header_opens_anything(header: object) -> None:
    _, payload, signature = GENUINE[0].split(".")
    try:
        written = orjson.dumps(header)
    except orjson.JSONEncodeError:  # an integer beyond 64 bits
        written = str(header).encode()
    with pytest.raises(TokenRefused):
        read_hint(f"{b64(written)}.{payload}.{signature}", OURS, issuer=BASE)


def test_size_is_looked_at_first() -> None:
    with pytest.raises(TokenRefused, match="too large"):
        read_hint("x" * (LARGEST_TOKEN + 1), OURS, issuer=BASE)
