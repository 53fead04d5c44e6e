"""Signatures on messages that others sent. Keys are those of the trusted metadata, each tried; what a message says about keys is not read.

What comes back is what the signature covers and nothing else, never a verdict beside the message (D33): whoever reads on reads proven octets.
"""

import functools
import hashlib
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree
from lxml.etree import _Element as Element

from metadata.saml import certificates, document, names
from metadata.saml.certificates import Certificate
from metadata.saml.document import Malformed
from metadata.saml.names import DS
from protocols.saml.wire import QuerySignature, UnverifiedMessage, decode_base64


class NotSigned(Malformed):
    """A signature that is missing, wrong, weak, or over something else than the message."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, code="saml.signature")


# C-210: SHA-1, MD5 and everything with a shared secret are absent, and what is absent is refused.
_RSA: Final[dict[str, hashes.HashAlgorithm]] = {
    names.RSA_SHA256: hashes.SHA256(),
    names.RSA_SHA384: hashes.SHA384(),
    names.RSA_SHA512: hashes.SHA512(),
}
_ECDSA: Final[dict[str, hashes.HashAlgorithm]] = {
    names.ECDSA_SHA256: hashes.SHA256(),
    names.ECDSA_SHA384: hashes.SHA384(),
}
_DIGESTS: Final = {names.SHA256: "sha256", names.SHA384: "sha384", names.SHA512: "sha512"}

_ID_ATTRIBUTES: Final = ("ID", "Id", "id", f"{{{names.XML}}}id")


def covered(message: UnverifiedMessage, *, trusted: Sequence[str]) -> Element | None:
    """The message as its signature covers it, or None when it carries no signature at all.

    `trusted` are the sender's signing certificates from its metadata (base64 DER). Raises `NotSigned` for a signature that is there and does not
    prove the whole message (C-213), and `Malformed`.
    """
    embedded = next(message.root.iter(f"{{{DS}}}Signature"), None) is not None
    if message.binding == "redirect":
        if embedded:
            # Bindings 3.4.4.1: a redirected message carries no signature inside.
            raise NotSigned("signature inside a redirected message")
        if message.query_signature is None:
            return None
        _verify_query(message.query_signature, _candidates(trusted, message.query_signature.algorithm))
        return message.root
    return _verify_enveloped(message.xml, trusted) if embedded else None


def _candidates(trusted: Sequence[str], algorithm: str) -> list[Certificate]:
    """The trusted certificates that can have made a signature by this algorithm."""
    if algorithm not in _RSA and algorithm not in _ECDSA:
        raise NotSigned("signature algorithm not allowed")
    kind = rsa.RSAPublicKey if algorithm in _RSA else ec.EllipticCurvePublicKey
    found = [certificate for certificate in map(certificates.load, trusted) if isinstance(certificate.key, kind)]
    if not found:
        raise NotSigned("no trusted certificate for this signature algorithm")
    return found


def _verify_query(signature: QuerySignature, candidates: Sequence[Certificate]) -> None:
    for candidate in candidates:
        for value in _encodings(signature.value, candidate):
            if _holds(candidate, signature.algorithm, value, signature.octets):
                return
    raise NotSigned("signature of the query is wrong")


def _encodings(value: bytes, certificate: Certificate) -> list[bytes]:
    """The ways to read a signature value. ECDSA is r||s in XML Signature; Bindings leaves it open in a query, and parties send DER too."""
    if isinstance(certificate.key, rsa.RSAPublicKey):
        return [value]
    size = (certificate.key.key_size + 7) // 8
    if len(value) != 2 * size:
        return [value]
    return [encode_dss_signature(int.from_bytes(value[:size]), int.from_bytes(value[size:])), value]


def _holds(certificate: Certificate, algorithm: str, value: bytes, octets: bytes) -> bool:
    try:
        if isinstance(certificate.key, rsa.RSAPublicKey):
            certificate.key.verify(value, octets, padding.PKCS1v15(), _RSA[algorithm])
        else:
            certificate.key.verify(value, octets, ec.ECDSA(_ECDSA[algorithm]))
    except InvalidSignature:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Reference:
    """What a well-formed ds:Signature claims: by which algorithms, and over which digest."""

    algorithm: str
    digest_name: str
    digest: bytes
    prefixes: tuple[str, ...]


def _verify_enveloped(xml: bytes, trusted: Sequence[str]) -> Element:
    # A comment is left out of the digest, so it could be put in afterwards, into the digest itself too (C-264). No sender needs one.
    if b"<!--" in xml:
        raise NotSigned("comment in a signed message")
    root = document.parse(xml)
    signature = _only_signature(root)
    reference = _read_reference(signature, root)
    candidates = _candidates(trusted, reference.algorithm)
    # C-268: the digest is taken over octets of our own making, and those octets, not the tree, are what is read from here on.
    octets = _canonical(document.parse(xml), reference.prefixes)
    if hashlib.new(reference.digest_name, octets).digest() != reference.digest:
        raise NotSigned("digest of the message is wrong")
    for key_info in signature.findall(f"{{{DS}}}KeyInfo"):
        # C-265: outside SignedInfo, so that no digest misses it, and no key in it can be used.
        signature.remove(key_info)
    if not any(_xmlsec_accepts(root, signature, candidate) for candidate in candidates):
        raise NotSigned("signature of the message is wrong")
    return document.parse(octets)


def _only_signature(root: Element) -> Element:
    signatures = list(root.iter(f"{{{DS}}}Signature"))
    if len(signatures) != 1 or signatures[0].getparent() is not root:
        raise NotSigned("one signature, directly in the message, is wanted")
    seen = [value for element in root.iter() for name in _ID_ATTRIBUTES if (value := element.get(name)) is not None]
    if len(seen) != len(set(seen)):
        # C-260: of two elements with one ID a verifier and a reader could each take the other.
        raise NotSigned("an ID occurs twice")
    return signatures[0]


def _read_reference(signature: Element, root: Element) -> _Reference:
    info, value, *_key_info = _children(signature, ["SignedInfo", "SignatureValue"], optional="KeyInfo")
    method_c14n, method, reference = _children(info, ["CanonicalizationMethod", "SignatureMethod", "Reference"])
    transforms, digest_method, digest_value = _children(reference, ["Transforms", "DigestMethod", "DigestValue"])
    enveloped, c14n = _children(transforms, ["Transform", "Transform"])
    wanted = {method_c14n: names.EXC_C14N, enveloped: names.ENVELOPED, c14n: names.EXC_C14N}
    if any(element.get("Algorithm") != algorithm for element, algorithm in wanted.items()):
        raise NotSigned("transforms other than enveloped-signature and exclusive C14N")
    if any(len(element) for element in (value, method_c14n, method, enveloped, digest_method, digest_value)):
        raise NotSigned("parameters inside an algorithm, or elements inside a value")
    identifier = root.get("ID")
    if not identifier or reference.get("URI") != f"#{identifier}":
        # C-259, C-261.
        raise NotSigned("reference to something else than the message")
    digest_name = _DIGESTS.get(digest_method.get("Algorithm", ""))
    if digest_name is None:
        raise NotSigned("digest algorithm not allowed")
    digest = decode_base64("".join(document.text(digest_value).split()))
    return _Reference(method.get("Algorithm", ""), digest_name, digest, _prefixes(c14n))


def _children(parent: Element, tags: list[str], *, optional: str | None = None) -> list[Element]:
    """The children of an element of XML Signature, exactly these in this order, and perhaps `optional` behind them."""
    found = list(parent)
    local = [child.tag for child in found]
    exact = [f"{{{DS}}}{tag}" for tag in tags]
    if local != exact and (optional is None or local != [*exact, f"{{{DS}}}{optional}"]):
        raise NotSigned(f"unexpected content in {etree.QName(parent).localname}")
    return found


def _prefixes(c14n: Element) -> tuple[str, ...]:
    """The PrefixList of exclusive C14N, which some libraries write and which changes the octets."""
    inside = list(c14n)
    if not inside:
        return ()
    if len(inside) != 1 or inside[0].tag != f"{{{names.EXC_C14N}}}InclusiveNamespaces":
        raise NotSigned("parameters inside an algorithm")
    return tuple(inside[0].get("PrefixList", "").split())


def _canonical(root: Element, prefixes: tuple[str, ...]) -> bytes:
    """The octets of a message without its signature, as the two transforms make them."""
    (signature,) = root.findall(f"{{{DS}}}Signature")
    before = signature.getprevious()
    # lxml takes the text behind an element away with it; the enveloped transform leaves it.
    if before is None:
        root.text = (root.text or "") + (signature.tail or "")
    else:
        before.tail = (before.tail or "") + (signature.tail or "")
    root.remove(signature)
    try:
        return etree.tostring(
            root, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=list(prefixes) or None
        )
    except (etree.C14NError, ValueError):
        # CVE-2025-66568: what cannot be canonicalised was never signed.
        raise NotSigned("the message has no canonical form") from None


def _xmlsec() -> Any:
    """python-xmlsec, loaded on first use (D43): most requests are unsigned, or signed by their query. Its type hints lag behind it."""
    return importlib.import_module("xmlsec")


@functools.lru_cache(maxsize=1024)
def _xmlsec_key(certificate: str) -> Any:
    xmlsec = _xmlsec()
    return xmlsec.Key.from_memory(certificates.load(certificate).der, xmlsec.KeyFormat.CERT_DER)


def _xmlsec_accepts(root: Element, signature: Element, certificate: Certificate) -> bool:
    xmlsec = _xmlsec()
    allowed = xmlsec.Transform
    context = xmlsec.SignatureContext()
    context.key = _xmlsec_key(certificate.text)
    context.register_id(root, "ID")
    digests = (allowed.SHA256, allowed.SHA384, allowed.SHA512)
    for transform in (allowed.ENVELOPED, allowed.EXCL_C14N, *digests):
        context.enable_reference_transform(transform)
    methods = (allowed.RSA_SHA256, allowed.RSA_SHA384, allowed.RSA_SHA512, allowed.ECDSA_SHA256, allowed.ECDSA_SHA384)
    for transform in (allowed.EXCL_C14N, *methods):
        context.enable_signature_transform(transform)
    try:
        context.verify(signature)
    except xmlsec.Error:
        return False
    return True
