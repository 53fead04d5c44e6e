"""Encrypted assertions: canonical as written, opened by libxmlsec with the party's key and with no other (C-210, C-219)."""

import itertools

import pytest
from lxml import etree

from metadata.saml import names, party_keys
from metadata.saml.party import EncryptionKey
from protocols.saml import encryption
from tests.conformance.saml_party import decrypted
from tests.protocols.saml.keys import rsa_pair

ASSERTION = f'<saml:Assertion xmlns:saml="{names.SAML}" ID="_a">é&lt;<saml:Issuer>wij</saml:Issuer></saml:Assertion>'
WAYS = [
    *itertools.product(party_keys.CONTENTS, [names.RSA_OAEP_MGF1P], party_keys.DIGESTS, [names.MGF1_SHA1]),
    *itertools.product(party_keys.CONTENTS, [names.RSA_OAEP], party_keys.DIGESTS, party_keys.MASKS),
]


def sealed(*way: str) -> bytes:
    lock = encryption.prepare(EncryptionKey(rsa_pair("sp").certificate, *way))
    written = encryption.encrypt(lock, ASSERTION)
    return f'<samlp:Response xmlns:samlp="{names.SAMLP}">{written}</samlp:Response>'.encode()


@pytest.mark.parametrize("way", WAYS)
def test_every_way_that_metadata_can_choose_is_opened_by_the_partys_key_alone(way: tuple[str, ...]) -> None:
    octets = sealed(*way)
    assert etree.tostring(etree.fromstring(octets), method="c14n", exclusive=True) == octets
    opened = decrypted(octets, rsa_pair("sp"))
    assert etree.tostring(opened, method="c14n", exclusive=True).decode() == ASSERTION
    with pytest.raises(Exception, match="decrypt"):
        decrypted(octets, rsa_pair("stranger"))


def test_nothing_is_used_twice_and_nothing_can_be_changed() -> None:
    first, second = (etree.fromstring(sealed()) for _ in range(2))
    values = [[value.text for value in root.iter(f"{{{names.XENC}}}CipherValue")] for root in (first, second)]
    assert len({*values[0], *values[1]}) == 4
    (content,) = first.findall(
        f".//{{{names.XENC}}}EncryptedData/{{{names.XENC}}}CipherData/{{{names.XENC}}}CipherValue"
    )
    content.text = f"{'B' if (content.text or '').startswith('A') else 'A'}{(content.text or '')[1:]}"
    with pytest.raises(Exception, match="decrypt"):
        decrypted(etree.tostring(first), rsa_pair("sp"))


def test_a_lock_is_prepared_once_for_a_key() -> None:
    pair = rsa_pair("sp")
    assert encryption.prepare(EncryptionKey(pair.certificate)) is encryption.prepare(EncryptionKey(pair.certificate))
