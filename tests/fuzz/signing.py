"""Signatures of honest keys under fuzzed words, and what others say of them: libxmlsec inside of messages, cryptography alone over queries."""

import base64
from random import Random
from urllib.parse import parse_qsl, quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from protocols.saml.wire import UnverifiedMessage
from tests.fuzz import changes
from tests.protocols.saml import party
from tests.protocols.saml.keys import Pair, ec_pair
from tests.protocols.saml.libxmlsec import xmlsec

DS = "{http://www.w3.org/2000/09/xmldsig#}"


STRANGER = ec_pair("fuzzing stranger")


def signer(how: tuple[str, ...], honest: Pair, stranger: Pair = STRANGER) -> Pair:
    """Who signs an input: somebody whom nobody knows where its first line says `stranger`."""
    return stranger if "stranger" in how else honest


def enveloped(xml: bytes, pair: Pair, *, seed: int, place: int = 1) -> bytes:
    """The document signed by this key, and changed afterwards by so much of chance; as it is where nobody could sign it."""
    try:
        signed = party.enveloped(xml, pair, place=place)
    except (etree.LxmlError, xmlsec.Error, ValueError):
        return xml
    return afterwards(signed, seed)


def query(xml: bytes, pair: Pair, *, kind: str) -> bytes:
    """The message in a query that this key signed (Bindings 3.4.4.1)."""
    octets = f"{kind}={quote(party.deflated(xml), safe='')}&SigAlg={quote(party.ECDSA_SHA256, safe='')}"
    return f"{octets}&Signature={quote(base64.b64encode(pair.sign(octets.encode())).decode(), safe='')}".encode()


def afterwards(signed: bytes, seed: int) -> bytes:
    """What somebody on the way made of a signed document; 0: nothing."""
    dice = Random(seed)
    for _ in range(dice.choice((1, 1, 2, 3)) if seed else 0):
        signed = changes.body_changed(signed, dice)
    return signed


def judged(message: UnverifiedMessage, pair: Pair) -> bool:
    """Whether an accepted message was signed. Fails where it carries a signature of which the other judge says that it does not hold."""
    if message.query_signature is not None:
        assert query_holds(message, pair)
        return True
    if f"{DS}Signature" not in {element.tag for element in message.root.iter()}:
        return False
    assert holds(message.xml, pair)
    return True


def query_holds(message: UnverifiedMessage, pair: Pair) -> bool:
    """The opinion of the key itself about the octets of a query, its value as r||s or DER."""
    signature = message.query_signature
    assert signature is not None
    names = [name for name, _ in parse_qsl(signature.octets.decode("ascii"), keep_blank_values=True)]
    assert names in ([message.kind, "SigAlg"], [message.kind, "RelayState", "SigAlg"])
    size = len(signature.value) // 2
    halves = signature.value[:size], signature.value[size:]
    as_der = encode_dss_signature(*(int.from_bytes(half) for half in halves))
    return any(_verifies(pair, value, signature.octets) for value in (signature.value, as_der))


def public(pair: Pair) -> ec.EllipticCurvePublicKey:
    """The public half of an EC key."""
    key = pair.private.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def _verifies(pair: Pair, value: bytes, octets: bytes) -> bool:
    try:
        public(pair).verify(value, octets, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def compact_holds(token: str, pair: Pair) -> bool:
    """The opinion of the key itself about a JWS in compact form, ES256."""
    octets, _, value = token.rpartition(".")
    raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    return len(raw) == 64 and _verifies(
        pair, encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:])), octets.encode()
    )


def holds(xml: bytes, pair: Pair) -> bool:
    """libxmlsec's opinion: a signature in the document holds by this key, over whatever it refers to."""
    try:
        root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError:
        return False
    return any(_holds(root, signature, pair) for signature in root.iter(f"{DS}Signature"))


def _holds(root: etree._Element, signature: etree._Element, pair: Pair) -> bool:
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(pair.certificate_pem, xmlsec.KeyFormat.CERT_PEM)
    try:
        for element in {element.get("ID"): element for element in root.iter("*") if element.get("ID")}.values():
            context.register_id(element, "ID")
        context.verify(signature)
    except (xmlsec.Error, ValueError):
        return False
    return True
