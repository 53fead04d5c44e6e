"""Signatures on messages that others sent. Keys are those of the trusted metadata, each tried; what a message says about keys is not read.

What comes back is what the signature covers and nothing else, never a verdict beside the message (D33): whoever reads on reads proven octets.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from lxml.etree import _Element as Element

from metadata.saml import document, names, xmldsig
from metadata.saml.certificates import Certificate
from metadata.saml.names import DS
from metadata.saml.xmldsig import NotSigned as NotSigned
from protocols.saml.wire import QuerySignature, UnverifiedMessage

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
        _verify_query(message.query_signature, xmldsig.candidates(trusted, message.query_signature.algorithm))
        return message.root
    return enveloped(message.xml, trusted) if embedded else None


def _verify_query(signature: QuerySignature, candidates: Sequence[Certificate]) -> None:
    for candidate in candidates:
        for value in _encodings(signature.value, candidate):
            if xmldsig.holds(candidate, signature.algorithm, value, signature.octets):
                return
    raise NotSigned("signature of the query is wrong")


def _encodings(value: bytes, certificate: Certificate) -> list[bytes]:
    """The ways to read a signature value. ECDSA is r||s in XML Signature; Bindings leaves it open in a query, and parties send DER too."""
    return list(dict.fromkeys([*xmldsig.as_in_xml(value, certificate), value]))


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
    reference = xmldsig.read_reference(signature, root.get("ID"))
    candidates = xmldsig.candidates(trusted, reference.algorithm)
    # C-265: KeyInfo is not looked at; every key is one of the metadata's.
    if not xmldsig.is_made_by(signature, reference.algorithm, candidates):
        raise NotSigned("signature of the message is wrong")
    # C-268: the digest is taken over octets of our own making, and those octets, not the tree, are what is read from here on.
    xmldsig.take_out(signature)
    octets = xmldsig.canonical(root, reference.prefixes)
    if hashlib.new(reference.digest_name, octets).digest() != reference.digest:
        raise NotSigned("digest of the message is wrong")
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
