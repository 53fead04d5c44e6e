"""XML Signature, as much of it as SAML allows: what a `ds:Signature` claims, its canonical octets, and whether a trusted key made it.

The one signature is enveloped, refers to the element it stands in, and has two transforms. Keys are those of who trusts; KeyInfo is never read.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

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


class NotSigned(Malformed):
    """A signature that is missing, wrong, weak, or over something else than what it stands in."""

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


@dataclass(frozen=True, slots=True)
class Reference:
    """What a well-formed ds:Signature claims: by which algorithms, and over which digest (a name of `hashlib`)."""

    algorithm: str
    digest_name: str
    digest: bytes
    prefixes: tuple[str, ...]


def read_reference(signature: Element, identifier: str | None) -> Reference:
    """The claim of a signature over the element with this ID, by exactly the two transforms. Raises `NotSigned`."""
    info, value, *_key_info = _children(signature, ["SignedInfo", "SignatureValue"], optional="KeyInfo")
    method_c14n, method, reference = _children(info, ["CanonicalizationMethod", "SignatureMethod", "Reference"])
    transforms, digest_method, digest_value = _children(reference, ["Transforms", "DigestMethod", "DigestValue"])
    enveloped, c14n = _children(transforms, ["Transform", "Transform"])
    wanted = {method_c14n: names.EXC_C14N, enveloped: names.ENVELOPED, c14n: names.EXC_C14N}
    if any(element.get("Algorithm") != algorithm for element, algorithm in wanted.items()):
        raise NotSigned("transforms other than enveloped-signature and exclusive C14N")
    if any(len(element) for element in (value, method_c14n, method, enveloped, digest_method, digest_value)):
        raise NotSigned("parameters inside an algorithm, or elements inside a value")
    if not identifier or reference.get("URI") != f"#{identifier}":
        # C-259, C-261.
        raise NotSigned("reference to something else than the message")
    digest_name = _DIGESTS.get(digest_method.get("Algorithm", ""))
    if digest_name is None:
        raise NotSigned("digest algorithm not allowed")
    return Reference(method.get("Algorithm", ""), digest_name, _decoded(digest_value), _prefixes(c14n))


def candidates(trusted: Sequence[str], algorithm: str) -> list[Certificate]:
    """The trusted certificates (base64 DER) that can have made a signature by this algorithm. Raises `NotSigned` when there is none."""
    if algorithm not in _RSA and algorithm not in _ECDSA:
        raise NotSigned("signature algorithm not allowed")
    kind = rsa.RSAPublicKey if algorithm in _RSA else ec.EllipticCurvePublicKey
    found = [certificate for certificate in map(certificates.load, trusted) if isinstance(certificate.key, kind)]
    if not found:
        raise NotSigned("no trusted certificate for this signature algorithm")
    return found


def is_made_by(signature: Element, algorithm: str, able: Sequence[Certificate]) -> bool:
    """Whether the key of one of these certificates made the signature over its own SignedInfo. Raises `NotSigned`."""
    octets, value = canonical(signature[0]), _decoded(signature[1])
    return any(holds(one, algorithm, encoded, octets) for one in able for encoded in as_in_xml(value, one))


def as_in_xml(value: bytes, certificate: Certificate) -> list[bytes]:
    """The one way in which XML Signature writes a value (6.4.2, RFC 6931 2.3.6: r||s, each as long as the curve's order); none if it is not so."""
    if isinstance(certificate.key, rsa.RSAPublicKey):
        return [value]
    size = (certificate.key.key_size + 7) // 8
    if len(value) != 2 * size:
        return []
    return [encode_dss_signature(int.from_bytes(value[:size]), int.from_bytes(value[size:]))]


def holds(certificate: Certificate, algorithm: str, value: bytes, octets: bytes) -> bool:
    """Whether a value (of ECDSA in DER) is the signature of the certificate's key over these octets."""
    try:
        if isinstance(certificate.key, rsa.RSAPublicKey):
            certificate.key.verify(value, octets, padding.PKCS1v15(), _RSA[algorithm])
        else:
            certificate.key.verify(value, octets, ec.ECDSA(_ECDSA[algorithm]))
    except InvalidSignature:
        return False
    return True


def canonical(element: Element, prefixes: tuple[str, ...] = ()) -> bytes:
    """An element by Exclusive XML Canonicalization 1.0, without comments. Raises `NotSigned`."""
    try:
        octets = etree.tostring(
            element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=list(prefixes) or None
        )
    except (etree.C14NError, ValueError):
        octets = b""
    # CVE-2025-66568: what cannot be canonicalised, or comes to nothing, was never signed.
    if not octets:
        raise NotSigned("the message has no canonical form")
    return octets


def take_out(signature: Element) -> None:
    """The enveloped transform: the signature goes and the text behind it stays, which lxml would take away too."""
    parent, before = signature.getparent(), signature.getprevious()
    if parent is None:
        raise NotSigned("a signature by itself")
    if before is None:
        parent.text = (parent.text or "") + (signature.tail or "")
    else:
        before.tail = (before.tail or "") + (signature.tail or "")
    parent.remove(signature)


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


def _decoded(element: Element) -> bytes:
    try:
        return base64.b64decode("".join(document.text(element).split()), validate=True)
    except (binascii.Error, ValueError):
        raise NotSigned("a value that is not base64") from None
