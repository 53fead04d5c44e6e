"""Sealing binds a value to its place; a keyed hash tells its parts apart; `IDP_SECRET_KEY` only wraps (D27, D28)."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.core import crypto
from idp.core.crypto import PURPOSES, CannotOpen, DataKey, Keyring, Mac

PLACES = st.text(min_size=1, max_size=30)
KEYRING = Keyring({n: DataKey(n, purpose, crypto.new_secret()) for n, purpose in enumerate(PURPOSES, 1)})


@given(plain=st.binary(max_size=200), place=PLACES, purpose=st.sampled_from(["seal", "pin"]))
def test_what_was_sealed_opens_in_its_own_place(plain: bytes, place: str, purpose: crypto.Purpose) -> None:
    assert KEYRING.open(KEYRING.seal(plain, bound_to=place, purpose=purpose), bound_to=place) == plain


@given(place=PLACES, other=PLACES)
def test_copied_to_another_place_it_does_not_open(place: str, other: str) -> None:
    sealed = KEYRING.seal(b"a secret", bound_to=place)
    if place != other:
        with pytest.raises(CannotOpen):
            KEYRING.open(sealed, bound_to=other)


@given(bit=st.integers(0, (4 + 12 + 8 + 16) * 8 - 1))
def test_not_one_bit_can_be_changed(bit: int) -> None:
    sealed = bytearray(KEYRING.seal(b"8 octets", bound_to="here"))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(CannotOpen):
        KEYRING.open(bytes(sealed), bound_to="here")


@given(cut=st.integers(0, 39))
def test_a_value_that_was_cut_off_does_not_open(cut: int) -> None:
    with pytest.raises(CannotOpen):
        KEYRING.open(KEYRING.seal(b"8 octets", bound_to="here")[:cut], bound_to="here")


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert KEYRING.seal(b"same", bound_to="here") != KEYRING.seal(b"same", bound_to="here")


def test_the_newest_key_seals_and_all_of_them_open() -> None:
    old = {n: DataKey(n, purpose, crypto.new_secret()) for n, purpose in enumerate(PURPOSES, 1)}
    sealed = Keyring(old).seal(b"from before", bound_to="here")
    both = Keyring({**old, 99: DataKey(99, "seal", crypto.new_secret())})
    assert both.open(sealed, bound_to="here") == b"from before"
    with pytest.raises(CannotOpen):
        Keyring(old).open(both.seal(b"from now", bound_to="here"), bound_to="here")


def test_a_keyring_without_a_key_for_everything_is_refused() -> None:
    with pytest.raises(CannotOpen, match="pairwise"):
        Keyring({1: DataKey(1, "seal", crypto.new_secret())})


@given(parts=st.lists(st.text(max_size=5), max_size=4), others=st.lists(st.text(max_size=5), max_size=4))
def test_a_keyed_hash_tells_apart_whatever_is_cut_in_another_way(parts: list[str], others: list[str]) -> None:
    assert (KEYRING.mac("token", *parts) == KEYRING.mac("token", *others)) is (parts == others)


@given(secret=st.binary(max_size=64), message=st.binary(max_size=200))
def test_the_keyed_hash_is_hmac(secret: bytes, message: bytes) -> None:
    assert Mac(secret).of(message) == hmac.digest(secret, message, "sha256")


def test_a_key_longer_than_a_block_is_none() -> None:
    with pytest.raises(ValueError, match="block"):
        Mac(bytes(65))


def test_each_purpose_hashes_with_a_key_of_its_own() -> None:
    assert len({KEYRING.mac(purpose, "the same") for purpose in PURPOSES}) == len(PURPOSES)


def test_a_data_key_opens_with_any_secret_of_the_list_and_for_its_own_purpose_only() -> None:
    key = crypto.new_secret()
    wrapped = crypto.wrap("old secret", "pairwise", key)
    assert crypto.unwrap(("new secret", "old secret"), "pairwise", wrapped) == key
    with pytest.raises(CannotOpen):
        crypto.unwrap(("new secret",), "pairwise", wrapped)
    with pytest.raises(CannotOpen):
        crypto.unwrap(("old secret",), "token", wrapped)


def test_keys_do_not_show_themselves() -> None:
    key = DataKey(7, "seal", b"\xaa" * 32)
    assert repr(key) == "DataKey(id=7, purpose='seal')"
    with pytest.raises(CannotOpen) as raised:
        crypto.unwrap(("a very secret secret",), "seal", b"\x00" * 60)
    assert "very secret" not in str(raised.value)


@given(left=st.text(max_size=9), right=st.text(max_size=9))
def test_same_is_equality_for_text_and_bytes_alike(left: str, right: str) -> None:
    assert crypto.same(left, right) is (left == right)
    assert crypto.same(left.encode(), right) is (left == right)


def test_what_is_sealed_for_a_day_opens_on_any_and_nowhere_else() -> None:
    sealed = KEYRING.seal_for_today(b"grant", bound_to="oidc.code", day=20_000)
    for day in range(20_001, 20_020):
        other = KEYRING.seal_for_today(b"grant", bound_to="oidc.code", day=day)
        assert KEYRING.open_of_a_day(other, bound_to="oidc.code") == b"grant"
    assert KEYRING.open_of_a_day(sealed, bound_to="oidc.code") == b"grant"
    shifted = (20_001).to_bytes(4) + sealed[4:]
    for changed, place in (
        (sealed, "oidc.token"),
        (shifted, "oidc.code"),
        (sealed[:15], "oidc.code"),
        (b"", "oidc.code"),
    ):
        with pytest.raises(CannotOpen):
            KEYRING.open_of_a_day(changed, bound_to=place)
    with pytest.raises(CannotOpen):
        KEYRING.open(sealed, bound_to="oidc.code")
