"""What a forger of Responses may have, and the list of what he does with it (C-250 to C-278)."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace

from lxml import etree
from lxml.etree import _Element as Element

from tests.protocols.saml.keys import rsa_pair
from tests.protocols.saml.libxmlsec import xmlsec
from tests.upstreams import provider
from tests.upstreams.provider import NAMESPACES, Told

DS, SAML, SAMLP = (f"{{{NAMESPACES[prefix]}}}" for prefix in ("ds", "saml", "samlp"))
STRANGER = rsa_pair("stranger")
T = xmlsec.Transform


@dataclass(frozen=True)
class Forge:
    """What a forger starts from: the question's own honest answer (about whom he may be himself), and our certificate for encryption."""

    told: Told
    certificate: str

    @property
    def own(self) -> Told:
        """What the provider truly says of the forger, whom nobody here knows."""
        return replace(self.told, name_id="de-aanvaller")

    def signed(self, **changes: object) -> bytes:
        if changes.get("envelope_answers") == "KEEP":
            changes["envelope_answers"] = self.told.answers
        return provider.answer(replace(self.told, **changes))  # type: ignore[arg-type]


Make = Callable[[Forge], bytes]
ATTACKS: list[tuple[str, str, Make]] = []


def attack(number: str) -> Callable[[Make], Make]:
    def named(make: Make) -> Make:
        ATTACKS.append((number, make.__name__, make))
        return make

    return named


def changed(number: str, name: str, **changes: object) -> None:
    """An answer that its provider truly signed and that says one thing wrong."""
    ATTACKS.append((number, name, lambda forge: forge.signed(**changes)))


def parts_of(forge: Forge, signed: str) -> tuple[Element, Element, Element, Element]:
    """A Response that is truly signed about the forger, its signature, the signed element without it, and a forged copy about Noor."""
    root = etree.fromstring(provider.answer(forge.own, signed=signed))
    honest = root if signed == "response" else root.find(f"{SAML}Assertion")
    assert honest is not None
    signature = honest.find(f"{DS}Signature")
    assert signature is not None
    bare = copy.deepcopy(honest)
    bare.remove(found_in(bare, f"{DS}Signature"))
    forged = copy.deepcopy(bare)
    forged.set("ID", "_vals")
    for name_id in forged.iter(f"{SAML}NameID"):
        name_id.text = forge.told.name_id
    return root, signature, bare, forged


def found_in(parent: Element, name: str) -> Element:
    found = parent.find(name)
    assert found is not None
    return found
