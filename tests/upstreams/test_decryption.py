"""D33, clause by clause: what may be decrypted, what comes out, and that what comes out is the verified element."""

import base64
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from metadata.decryption_keys import Opener
from metadata.saml import document, provider_reader
from metadata.saml.document import Malformed
from protocols.saml import signature, wire
from protocols.saml.decryption import NotDecrypted, decrypt
from protocols.saml.sp import assertion, response
from protocols.saml.sp.response import Expected
from tests.protocols.saml import party
from tests.protocols.saml.keys import Pair, rsa_pair
from tests.protocols.saml.libxmlsec import xmlsec
from tests.upstreams import provider
from tests.upstreams.provider import Told

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
OURS, FORMER, OTHERS = rsa_pair("ours"), rsa_pair("former"), rsa_pair("others")
TOLD = Told(answers="_vraag", now=NOW, id="_a", response_id="_r")
XMLENC = "http://www.w3.org/2001/04/xmlenc#"


def opener(pair: Pair) -> Opener:
    assert isinstance(pair.private, rsa.RSAPrivateKey)
    return Opener(pair.certificate, pair.private)


OPENERS = (opener(OURS), opener(FORMER))


def opened(encrypted: str) -> bytes:
    return decrypt(document.parse(encrypted.encode()), OPENERS)


INSIDE = provider.signed_assertion(TOLD)
HONEST = provider.encrypted(INSIDE, OURS.certificate)


def test_what_is_encrypted_for_any_key_of_ours_opens() -> None:
    assert opened(HONEST) == INSIDE.encode()
    assert opened(provider.encrypted(INSIDE, FORMER.certificate)) == INSIDE.encode()
    aes128 = provider.encrypted(INSIDE, OURS.certificate, method=provider.AES256_GCM.replace("256", "128"), size=16)
    assert opened(aes128) == INSIDE.encode()


def test_the_key_may_lie_beside_the_data() -> None:
    key = re.search(r"<xenc:EncryptedKey>.*</xenc:EncryptedKey>", HONEST)
    assert key is not None
    beside = HONEST.replace(key[0], "").replace("</saml:EncryptedAssertion>", f"{key[0]}</saml:EncryptedAssertion>")
    beside = beside.replace("<saml:EncryptedAssertion", f'<saml:EncryptedAssertion xmlns:xenc="{XMLENC}"')
    assert opened(beside) == INSIDE.encode()


def test_libxmlsec_encrypts_what_we_open() -> None:
    root = etree.fromstring(INSIDE)
    template = xmlsec.template.encrypted_data_create(
        root, xmlsec.Transform.AES256_GCM, type=xmlsec.EncryptionType.ELEMENT, ns="xenc"
    )
    xmlsec.template.encrypted_data_ensure_cipher_value(template)
    info = xmlsec.template.encrypted_data_ensure_key_info(template, ns="ds")
    wrapped = xmlsec.template.add_encrypted_key(info, xmlsec.Transform.RSA_OAEP)
    xmlsec.template.encrypted_data_ensure_cipher_value(wrapped)
    keys = xmlsec.KeysManager()
    keys.add_key(xmlsec.Key.from_memory(OURS.certificate_pem, xmlsec.KeyFormat.CERT_PEM))
    context = xmlsec.EncryptionContext(keys)
    context.key = xmlsec.Key.generate(xmlsec.KeyData.AES, 256, xmlsec.KeyDataType.SESSION)
    data = etree.tostring(context.encrypt_xml(template, root)).decode()
    inside = opened(
        f'<saml:EncryptedAssertion xmlns:saml="{provider.NAMESPACES["saml"]}">{data}</saml:EncryptedAssertion>'
    )
    assert signature.enveloped(inside, (provider.KEY.certificate,)).get("ID") == "_a"


METHODS = {
    "aes256-cbc": (f"{XMLENC}aes256-cbc", provider.OAEP),
    "aes128-cbc": (f"{XMLENC}aes128-cbc", provider.OAEP),
    "tripledes-cbc": (f"{XMLENC}tripledes-cbc", provider.OAEP),
    "rsa-1_5": (provider.AES256_GCM, f"{XMLENC}rsa-1_5"),
    "kw-aes256": (provider.AES256_GCM, f"{XMLENC}kw-aes256"),
    "no method": ("", provider.OAEP),
    "no transport": (provider.AES256_GCM, ""),
    "another size of key": (provider.AES256_GCM.replace("256", "128"), provider.OAEP),
}


@pytest.mark.parametrize(("method", "transport"), METHODS.values(), ids=METHODS.keys())
def test_d33_the_method_is_looked_at_first_c210(method: str, transport: str) -> None:
    with pytest.raises(NotDecrypted):
        opened(provider.encrypted(INSIDE, OURS.certificate, method=method, transport=transport))


def test_d33_a_refused_method_is_never_tried() -> None:
    """With no key at hand the refusal is the same: nothing was opened before it."""
    weak = provider.encrypted(INSIDE, OURS.certificate, method=f"{XMLENC}aes256-cbc")
    with pytest.raises(NotDecrypted, match="another method"):
        decrypt(document.parse(weak.encode()), ())


SPOILED: dict[str, Callable[[], str]] = {
    "a changed byte": lambda: provider.encrypted(INSIDE, OURS.certificate, spoil=1),
    "for somebody else": lambda: provider.encrypted(INSIDE, OTHERS.certificate),
    "a label": lambda: HONEST.replace(
        f'Algorithm="{provider.OAEP}"/>',
        f'Algorithm="{provider.OAEP}"><xenc:OAEPparams>AAAA</xenc:OAEPparams></xenc:EncryptionMethod>',
    ),
    "an unknown digest": lambda: HONEST.replace(
        f'Algorithm="{provider.OAEP}"/>',
        f'Algorithm="{provider.OAEP}"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#md5"/></xenc:EncryptionMethod>',
    ),
    "a reference to fetch": lambda: re.sub(
        r"(.*)<xenc:CipherValue>.*?</xenc:CipherValue>", r'\1<xenc:CipherReference URI="https://x.example/"/>', HONEST
    ),
    "no key": lambda: re.sub(r"<xenc:EncryptedKey>.*</xenc:EncryptedKey>", "", HONEST),
    "too many keys": lambda: re.sub(r"(<xenc:EncryptedKey>.*</xenc:EncryptedKey>)", r"\1" * 5, HONEST),
    "cut short": lambda: re.sub(
        r"(.*)<xenc:CipherValue>.*?</xenc:CipherValue>", r"\1<xenc:CipherValue>AAAA</xenc:CipherValue>", HONEST
    ),
    "a text, not an element": lambda: HONEST.replace("xmlenc#Element", "xmlenc#Content"),
    "something else than an assertion": lambda: provider.encrypted('<a xmlns="urn:x"/>', OURS.certificate),
    "an encrypted name": lambda: HONEST.replace("saml:EncryptedAssertion", "saml:EncryptedID"),
}


@pytest.mark.parametrize("make", SPOILED.values(), ids=SPOILED.keys())
def test_what_is_not_wholly_in_order_does_not_open(make: Callable[[], str]) -> None:
    with pytest.raises(NotDecrypted):
        opened(make())


@pytest.mark.parametrize(
    "inside",
    [
        INSIDE.replace("<saml:Subject>", "<?x y?><saml:Subject>"),
        f"<!DOCTYPE x>{INSIDE}",
        INSIDE.replace("leerling-1", "&x;"),
    ],
)
def test_d33_processing_instructions_and_document_types_are_refused_inside_too(inside: str) -> None:
    with pytest.raises(Malformed):
        opened(provider.encrypted(inside, OURS.certificate))


def proven(xml: bytes) -> object:
    idp = provider_reader.read_idp(provider.metadata())
    expected = Expected(idp, provider.US, provider.ACS, "_vraag", 0, fresh=False)
    form = party.form(xml).replace(b"SAMLRequest", b"SAMLResponse", 1)
    return response.proven(wire.read_post(form, kind="SAMLResponse"), expected, OPENERS, now=NOW)


@pytest.mark.parametrize("inside", ["leerling<b/>-1", "<b>leerling-1</b>", "leerling-1<!-- -->.evil"])
def test_d33_a_value_holds_nothing_but_text(inside: str) -> None:
    """Truly signed so by the provider."""
    idp = provider_reader.read_idp(provider.metadata())
    expected = Expected(idp, provider.US, provider.ACS, "_vraag", 0, fresh=False)
    xml = provider.response(TOLD, provider.signed_assertion(replace(TOLD, name_id=inside)))
    if b"<!--" in xml:
        with pytest.raises(Malformed):
            proven(xml)
        return
    found = proven(xml)
    assert isinstance(found, etree._Element)
    with pytest.raises(Malformed):
        assertion.read(found, expected, now=NOW)


def test_d33_the_one_reference_is_to_the_element_by_its_id() -> None:
    signed = provider.signed_assertion(TOLD)
    assert signature.enveloped(signed.encode(), (provider.KEY.certificate,)).get("ID") == "_a"
    for uri in ('URI=""', 'URI="#_b"', "", 'URI="#xpointer(/)"'):
        with pytest.raises(signature.NotSigned, match="something else"):
            signature.enveloped(signed.replace('URI="#_a"', uri).encode(), (provider.KEY.certificate,))
    (reference,) = re.findall(r"<ds:Reference .*</ds:Reference>", signed, re.S)
    with pytest.raises(signature.NotSigned, match="SignedInfo"):
        signature.enveloped(signed.replace(reference, reference * 2).encode(), (provider.KEY.certificate,))


@pytest.mark.parametrize("to", [None, OURS.certificate])
@pytest.mark.parametrize("signed", ["assertion", "response", "both"])
def test_d33_what_comes_back_is_the_verified_element_read_from_the_covered_octets(signed: str, to: str | None) -> None:
    found = proven(provider.answer(TOLD, signed=signed, to=to))
    assert isinstance(found, etree._Element)
    assert found.getroottree().getroot() is found, (
        "a document of its own: nothing of the message that carried it can be reached"
    )
    assert found.findtext(".//{*}NameID") == "leerling-1"
    assert bool(found.findall(".//{*}Signature")) is False


def test_c206_a_provider_whose_metadata_has_expired_is_not_believed() -> None:
    idp = replace(provider_reader.read_idp(provider.metadata()), valid_until=NOW)
    expected = Expected(idp, provider.US, provider.ACS, "_vraag", 0, fresh=False)
    form = party.form(provider.answer(TOLD)).replace(b"SAMLRequest", b"SAMLResponse", 1)
    with pytest.raises(Malformed):
        response.proven(wire.read_post(form, kind="SAMLResponse"), expected, OPENERS, now=NOW)


def test_keys_show_nothing_of_themselves() -> None:
    assert base64.b64encode(OURS.pem).decode()[:40] not in repr(OPENERS)
    assert "private" not in repr(opener(OURS))
