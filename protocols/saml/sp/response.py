"""A Response: from what anybody can have posted to the one Assertion that its provider signed (D33, C-250 to C-272).

Two shapes are believed: a signed Response with an assertion inside, and an assertion that is signed itself; encrypted or not. What comes back is
read from the octets that the signature covers, by the parser that reads everything else, and never from the message that carried them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lxml import etree
from lxml.etree import _Element as Element

from metadata.decryption_keys import Opener
from metadata.saml import document, names, values
from metadata.saml.document import Malformed
from metadata.saml.names import DS, SAML, SAMLP
from metadata.saml.provider import SamlProvider
from protocols.saml import signature, status
from protocols.saml.decryption import decrypt
from protocols.saml.signature import NotSigned
from protocols.saml.wire import UnverifiedMessage

SKEW: Final = timedelta(minutes=3)
"""C-200: how far a provider's clock may be off, both ways."""

_RELATIVE: Final = re.compile(rb"""\sxmlns(?::[^\s=]*)?\s*=\s*(["'])(?!\1)(?![A-Za-z][A-Za-z0-9+.\-]*:)""")

ASSERTION: Final = f"{{{SAML}}}Assertion"
ENCRYPTED: Final = f"{{{SAML}}}EncryptedAssertion"


class NotForUs(Malformed):
    """A message that is whole and signed, and does not answer what we asked."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, code="network.answer")


@dataclass(frozen=True, slots=True)
class Expected:
    """What an answer is held against: who was asked, as whom, where the answer belongs, which question, and when it was put (epoch seconds)."""

    provider: SamlProvider
    us: str
    acs: str
    request_id: str
    sent_at: int
    fresh: bool


@dataclass(frozen=True, slots=True)
class Declined:
    """The provider brings nobody. `code` is the status that it gives, for the log."""

    code: str


def claimed(message: UnverifiedMessage) -> tuple[str | None, str | None]:
    """(issuer, InResponseTo) as the message says them: good for finding what it could answer, and for nothing else. Raises `Malformed`."""
    root = message.root
    if root.tag != f"{{{SAMLP}}}Response":
        raise Malformed("not a Response")
    issuer = document.one(root, f"{{{SAML}}}Issuer")
    if issuer is None:
        assertion = document.one(root, ASSERTION)
        issuer = None if assertion is None else document.one(assertion, f"{{{SAML}}}Issuer")
    return (None if issuer is None else document.text(issuer)), root.get("InResponseTo")


def is_encrypted(message: UnverifiedMessage) -> bool:
    """Whether a key of ours may be needed to read it."""
    return next(message.root.iter(ENCRYPTED), None) is not None


def proven(
    message: UnverifiedMessage, expected: Expected, openers: Sequence[Opener], *, now: datetime
) -> Element | Declined:
    """The assertion as its provider's signature covers it; `assertion.read` says what is in it.

    Raises `Malformed`, `NotSigned`, `NotDecrypted`, `NotForUs`. Who declines without a signature is believed as far as nobody comes in by that.
    """
    if expected.provider.valid_until is not None and expected.provider.valid_until <= now:
        # C-206: past its validUntil an entity is unusable, also from what we kept.
        raise NotForUs("the provider's metadata has expired")
    _refuse_two_readings(message.xml)
    signed = any(child.tag == f"{{{DS}}}Signature" for child in message.root)
    trusted = expected.provider.signing
    root = signature.enveloped(message.xml, trusted, within=(ASSERTION,)) if signed else message.root
    _check_envelope(root, expected, signed=signed, now=now)
    declined = _declined(root)
    if declined is not None:
        return declined
    return _assertion(root, trusted, openers, signed=signed)


def _check_envelope(root: Element, expected: Expected, *, signed: bool, now: datetime) -> None:
    if root.tag != f"{{{SAMLP}}}Response" or root.get("Version") != "2.0":
        raise Malformed("not a Response of SAML 2.0")
    issuer = document.one(root, f"{{{SAML}}}Issuer")
    # Profiles 4.1.4.2: required where the Response is signed. It is checked either way (C-271, C-116).
    if (issuer is None and signed) or (issuer is not None and not is_of(issuer, expected.provider.entity_id)):
        raise NotForUs("the Response is of another issuer than the provider that was asked")
    destination = root.get("Destination")
    if destination != expected.acs and (signed or destination is not None):
        raise NotForUs("the Response is for another address")
    if root.get("InResponseTo", expected.request_id) != expected.request_id:
        raise NotForUs("the Response answers another question")
    try:
        issued = values.moment(root.get("IssueInstant", ""))
    except ValueError:
        raise Malformed("IssueInstant is not a moment") from None
    if issued > now + SKEW:
        raise NotForUs("the Response is of a time still to come")


def is_of(issuer: Element, entity_id: str) -> bool:
    """Whether an Issuer names this entity, and an entity it is (Core 2.2.5)."""
    return issuer.get("Format", names.ENTITY) == names.ENTITY and document.text(issuer) == entity_id


def _declined(root: Element) -> Declined | None:
    told = document.one(root, f"{{{SAMLP}}}Status")
    code = None if told is None else document.one(told, f"{{{SAMLP}}}StatusCode")
    if code is None:
        raise Malformed("no StatusCode")
    if code.get("Value") == status.SUCCESS:
        return None
    if any(child.tag in {ASSERTION, ENCRYPTED} for child in root):
        # C-275: a no that carries somebody is neither.
        raise NotForUs("an assertion beside a status that is no success")
    further = code.find(f"{{{SAMLP}}}StatusCode")
    return Declined((code.get("Value", "") if further is None else further.get("Value", ""))[:200])


def _assertion(root: Element, trusted: Sequence[str], openers: Sequence[Opener], *, signed: bool) -> Element:
    inside = list(root.iter(ASSERTION, ENCRYPTED))
    if len(inside) != 1 or inside[0].getparent() is not root:
        # C-270, C-250 to C-257: of two assertions one is read and the other was signed.
        raise NotSigned("one assertion, directly in the Response, is wanted")
    (element,) = inside
    own = decrypt(element, openers) if element.tag == ENCRYPTED else _alone(element)
    _refuse_two_readings(own)
    found = document.parse(own)
    if len(list(found.iter(ASSERTION, ENCRYPTED))) != 1:
        raise NotSigned("an assertion inside an assertion")
    if any(True for _ in found.iter(f"{{{DS}}}Signature")):
        return signature.enveloped(own, trusted)
    if not signed:
        # C-258, and CVE-2026-2092: that it was encrypted to us proves nothing.
        raise NotSigned("neither the Response nor its assertion is signed")
    return found


def _refuse_two_readings(xml: bytes) -> None:
    """C-266, C-267: nothing that two readers could take for more than one text. No provider needs it.

    C-269: nor a namespace that is no absolute URI. A document with one has no canonical form (Canonical XML 1.1), so that others
    could verify nothing in it, also where it stands outside of what was signed.
    """
    if b"<!--" in xml or b"<![CDATA[" in xml:
        raise Malformed("comment or CDATA in a Response")
    if _RELATIVE.search(xml):
        raise Malformed("a namespace that is no absolute URI")


def _alone(assertion: Element) -> bytes:
    """The assertion as a document of its own, with the namespaces that it stood in."""
    return etree.tostring(assertion, with_tail=False)
