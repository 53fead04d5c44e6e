"""Which keys of a party are for what, and how it wants to be encrypted to (C-208, C-210, C-219, C-231)."""

import pytest
from lxml import etree

from metadata.saml import names, party_keys
from metadata.saml.party import EncryptionKey
from tests.conformance.saml_party import NS, key
from tests.protocols.saml.keys import Pair, ec_pair, rsa_pair

GCM, CBC = names.AES256_GCM, f"{names.XENC}aes256-cbc"
PLAIN = (names.AES128_GCM, names.RSA_OAEP_MGF1P, names.SHA1, names.MGF1_SHA1)


def read(keys: str) -> tuple[tuple[str, ...], tuple[EncryptionKey, ...]]:
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
    return party_keys.read(etree.fromstring(f"<md:SPSSODescriptor {spaces}>{keys}</md:SPSSODescriptor>"))


def method(algorithm: str, inside: str = "") -> str:
    return f'<md:EncryptionMethod Algorithm="{algorithm}">{inside}</md:EncryptionMethod>'


DIGEST = f'<ds:DigestMethod Algorithm="{names.SHA256}"/>'
MASK = f'<xenc11:MGF Algorithm="{names.MGF1_SHA256}"/>'


@pytest.mark.parametrize(
    ("methods", "chosen"),
    [
        ("", PLAIN),
        (method(GCM), (GCM, *PLAIN[1:])),
        (method(CBC) + method(GCM) + method(names.AES128_GCM), (GCM, *PLAIN[1:])),
        (method("urn:of:tomorrow"), PLAIN),
        (method(names.RSA_OAEP_MGF1P, DIGEST), (PLAIN[0], names.RSA_OAEP_MGF1P, names.SHA256, names.MGF1_SHA1)),
        (method(names.RSA_OAEP, DIGEST + MASK), (PLAIN[0], names.RSA_OAEP, names.SHA256, names.MGF1_SHA256)),
        (method(names.RSA_OAEP), (PLAIN[0], names.RSA_OAEP, names.SHA1, names.MGF1_SHA1)),
        # The older name knows one mask only, whatever stands beside it.
        (method(names.RSA_OAEP_MGF1P, MASK), PLAIN),
        (
            method(names.RSA_OAEP, '<ds:DigestMethod Algorithm="urn:x"/>') + method(names.RSA_OAEP_MGF1P) + method(GCM),
            (GCM, *PLAIN[1:]),
        ),
        (method(f"{names.XENC}rsa-1_5") + method(names.RSA_OAEP_MGF1P), PLAIN),
    ],
)
def test_the_first_method_that_is_ours_counts(methods: str, chosen: tuple[str, ...]) -> None:
    pair = rsa_pair("sp")
    _, (found,) = read(key(pair, "encryption", methods))
    assert found == EncryptionKey(pair.certificate, *chosen)


@pytest.mark.parametrize(
    "keys",
    [
        key(rsa_pair("sp"), "encryption", method(CBC)),
        key(rsa_pair("sp"), "", method(f"{names.XENC}tripledes-cbc") + method(names.RSA_OAEP_MGF1P)),
        key(rsa_pair("sp"), "encryption", method(GCM) + method(f"{names.XENC}rsa-1_5")),
        key(rsa_pair("sp"), "encryption", method(names.RSA_OAEP, '<ds:DigestMethod Algorithm="urn:x"/>')),
        key(ec_pair("four"), "encryption"),
    ],
)
def test_what_a_party_wants_encrypted_is_never_sent_in_the_clear(keys: str) -> None:
    """C-210: no CBC, no RSA 1.5; the operator reads what to ask the party for."""
    with pytest.raises(ValueError, match="AES-GCM and RSA-OAEP"):
        read(keys)
    _, (usable,) = read(keys + key(rsa_pair("one"), "encryption"))
    assert usable.certificate == rsa_pair("one").certificate


def test_a_key_without_use_serves_both_and_dates_mean_nothing() -> None:
    """C-231: an expired certificate among several; a key on a curve signs, and nobody encrypts to it."""
    pairs: list[Pair] = [rsa_pair("sp"), ec_pair("four"), rsa_pair("one", expired=True)]
    signing, encryption = read("".join(map(key, pairs)) + key(pairs[0]) + key(rsa_pair("two"), "signing"))
    assert signing == (*(pair.certificate for pair in pairs), rsa_pair("two").certificate)
    assert [found.certificate for found in encryption] == [pairs[0].certificate, pairs[2].certificate]
