"""Signature wrapping, XSW1 to XSW8 ("On Breaking SAML"), on any message with an enveloped signature (C-250 to C-257)."""

import copy
from collections.abc import Callable
from typing import NamedTuple, Self

from lxml import etree
from lxml.etree import _Element as Element

DS = "{http://www.w3.org/2000/09/xmldsig#}"
SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"


class Parts(NamedTuple):
    """The honest message and its signature; the same without a signature; and a forgery with an ID of its own."""

    honest: Element
    signature: Element
    bare: Element
    forged: Element

    @classmethod
    def of(cls, signed: bytes, forge: Callable[[Element], None]) -> Self:
        """`signed` carries its signature behind its Issuer; `forge` changes a copy to what the attacker wants."""
        honest = etree.fromstring(signed)
        (signature,) = honest.findall(f"{DS}Signature")
        bare = copy.deepcopy(honest)
        bare.remove(bare[1])
        forged = copy.deepcopy(bare)
        forged.set("ID", "_evil")
        forge(forged)
        return cls(honest, signature, bare, forged)


def xsw1(parts: Parts) -> Element:
    """C-250: the forgery carries the signature, which holds the honest message."""
    _, signature, bare, forged = parts
    signature.append(bare)
    forged.insert(1, signature)
    return forged


def xsw2(parts: Parts) -> Element:
    """C-251: the honest message beside the signature, both inside the forgery."""
    _, signature, bare, forged = parts
    forged.insert(1, bare)
    forged.insert(2, signature)
    return forged


def xsw3(parts: Parts) -> Element:
    """C-252: the forgery around the honest message, signature and all."""
    honest, _, _, forged = parts
    forged.append(honest)
    return forged


def xsw4(parts: Parts) -> Element:
    """C-253: the honest message around a forgery: the same, the other way about."""
    honest, _, _, forged = parts
    honest.append(forged)
    return honest


def xsw5(parts: Parts) -> Element:
    """C-254: a changed copy with the signature, and the honest message appended without it."""
    _, signature, bare, forged = parts
    forged.set("ID", bare.get("ID", ""))
    forged.insert(1, signature)
    forged.append(bare)
    return forged


def xsw6(parts: Parts) -> Element:
    """C-255: the same, with the honest message inside the signature."""
    _, signature, bare, forged = parts
    forged.set("ID", bare.get("ID", ""))
    signature.append(bare)
    forged.insert(1, signature)
    return forged


def xsw7(parts: Parts) -> Element:
    """C-256: the honest message inside Extensions."""
    _, signature, bare, forged = parts
    extensions = etree.SubElement(forged, f"{SAMLP}Extensions")
    extensions.append(bare)
    forged.insert(1, signature)
    return forged


def xsw8(parts: Parts) -> Element:
    """C-257: the honest message inside an Object of the signature."""
    _, signature, bare, forged = parts
    etree.SubElement(signature, f"{DS}Object").append(bare)
    forged.insert(1, signature)
    return forged


EVERY = (xsw1, xsw2, xsw3, xsw4, xsw5, xsw6, xsw7, xsw8)
