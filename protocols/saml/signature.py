"""Signatures on messages that others sent. Keys are those of the trusted metadata, each tried; what a message says about keys is not read.

What comes back is what the signature covers and nothing else, never a verdict beside the message (D33): whoever reads on reads proven octets.
"""

import hashlib
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
    return enveloped(message.xml, trusted) if embedded else None


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
    return list(dict.fromkeys([*_as_in_xml(value, certificate), value]))


def _as_in_xml(value: bytes, certificate: Certificate) -> list[bytes]:
    """The one way in which XML Signature writes a value (6.4.2, RFC 6931 2.3.6: r||s, each as long as the curve's order); none if it is not so."""
    if isinstance(certificate.key, rsa.RSAPublicKey):
        return [value]
    size = (certificate.key.key_size + 7) // 8
    if len(value) != 2 * size:
        return []
    return [encode_dss_signature(int.from_bytes(value[:size]), int.from_bytes(value[size:]))]


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


def enveloped(xml: bytes, trusted: Sequence[str], *, within: Sequence[str] = ()) -> Element:
    """The root element of a document as the signature directly inside it covers it; read anew from the very octets that were digested.

    `trusted` as for `covered`. `within` names (in Clark notation) the children of the root that may carry a signature of their own, which is not
    looked at here and stays part of what is covered. Raises `NotSigned`, and `Malformed`.
    """
    # A comment is left out of the digest, so it could be put in afterwards, into the digest itself too (C-264). No sender needs one.
    if b"<!--" in xml:
        raise NotSigned("comment in a signed message")
    root = document.parse(xml)
    signature = _own_signature(root, within)
    reference = _read_reference(signature, root)
    candidates = _candidates(trusted, reference.algorithm)
    info, value = _canonical(signature[0]), decode_base64("".join(document.text(signature[1]).split()))
    # C-268: the digest is taken over octets of our own making, and those octets, not the tree, are what is read from here on.
    octets = _without(root, signature, reference.prefixes)
    if hashlib.new(reference.digest_name, octets).digest() != reference.digest:
        raise NotSigned("digest of the message is wrong")
    # C-265: KeyInfo is not looked at; every key is one of the metadata's.
    if not any(
        _holds(candidate, reference.algorithm, encoded, info)
        for candidate in candidates
        for encoded in _as_in_xml(value, candidate)
    ):
        raise NotSigned("signature of the message is wrong")
    return document.parse(octets)


def _own_signature(root: Element, within: Sequence[str]) -> Element:
    found = list(root.iter(f"{{{DS}}}Signature"))
    own = [signature for signature in found if signature.getparent() is root]
    nested = [signature.getparent() for signature in found if signature.getparent() is not root]
    if len(own) != 1 or not all(
        parent is not None and parent.getparent() is root and parent.tag in within for parent in nested
    ):
        raise NotSigned("one signature, directly in the message, is wanted")
    if len(nested) > 1:
        raise NotSigned("more than one signature further inside")
    seen = [value for element in root.iter() for name in _ID_ATTRIBUTES if (value := element.get(name)) is not None]
    if len(seen) != len(set(seen)):
        # C-260: of two elements with one ID a verifier and a reader could each take the other.
        raise NotSigned("an ID occurs twice")
    return own[0]


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


def _without(root: Element, signature: Element, prefixes: tuple[str, ...]) -> bytes:
    """The octets of a message without its signature, as the two transforms make them. The tree is of no use afterwards."""
    before = signature.getprevious()
    # lxml takes the text behind an element away with it; the enveloped transform leaves it.
    if before is None:
        root.text = (root.text or "") + (signature.tail or "")
    else:
        before.tail = (before.tail or "") + (signature.tail or "")
    root.remove(signature)
    return _canonical(root, prefixes)


def _canonical(element: Element, prefixes: tuple[str, ...] = ()) -> bytes:
    """An element by Exclusive XML Canonicalization 1.0, without comments."""
    try:
        octets = etree.tostring(
            element,
            method="c14n",
            exclusive=True,
            with_comments=False,
            inclusive_ns_prefixes=list(prefixes) or None,
        )
    except (etree.C14NError, ValueError):
        octets = b""
    # CVE-2025-66568: what cannot be canonicalised, or comes to nothing, was never signed.
    if not octets:
        raise NotSigned("the message has no canonical form")
    return octets
