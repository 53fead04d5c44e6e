"""Our answer: a Response, canonical as it is written, signed without ever being parsed (Core 3.3.3, Profiles 4.1.4.2; ADR 4).

`prepare` makes once what is the same for every answer of one key; `issue` and `refuse` fill in the rest. The rules of `metadata.saml.canonical`
hold for every string here.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from metadata.saml import canonical, names
from metadata.saml.canonical import Seal, Signer, attribute, said, short
from metadata.saml.values import instant
from protocols.attributes.outgoing import SamlAttribute
from protocols.saml.encryption import Lock, encrypt
from protocols.saml.idp.asked import ReplyTo
from protocols.saml.idp.named import NameId as NameId
from protocols.saml.status import SUCCESS, Status

BACKWARD: Final = timedelta(minutes=1)
FORWARD: Final = timedelta(minutes=4)
"""C-226: five minutes in all, one of them for a party whose clock is behind ours."""

Signs = Literal["response", "assertion", "both"]


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything an assertion says. `authorities` are upstream identity providers, if one of them proved the person (C-235)."""

    name_id: NameId
    session_index: str
    authn_instant: datetime
    session_ends: datetime
    authn_context: str
    attributes: Sequence[SamlAttribute] = ()
    authorities: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Issuer:
    """We, under one key: who the answers are from, how they are signed, and which part."""

    entity_id: str
    seal: Seal
    signs: Signs
    element: str


def prepare(entity_id: str, signer: Signer, *, signs: Signs = "response") -> Issuer:
    """An issuer for one entity and key, to be kept. SDP-IDP08: the Response is signed; the assertion too where the party wants that."""
    element = f'<saml:Issuer xmlns:saml="{names.SAML}">{said(entity_id)}</saml:Issuer>'
    return Issuer(short(entity_id), canonical.prepare(signer), signs, element)


def issue(issuer: Issuer, answer: Answer, *, to: ReplyTo, now: datetime, lock: Lock | None = None) -> bytes:
    """A successful Response in UTF-8: one assertion, one AuthnStatement, at most one AttributeStatement (C-218).

    With a `lock` only its party can read the assertion (C-219); what is signed inside was signed before (Core 2.3.4, 6.2).
    Raises `ValueError` for a value that XML cannot carry or that is longer than C-201 allows.
    """
    status = f'<samlp:Status><samlp:StatusCode Value="{SUCCESS}"></samlp:StatusCode></samlp:Status>'
    assertion = _assertion(issuer, answer, to=to, now=now)
    return _response(issuer, status + (encrypt(lock, assertion) if lock else assertion), to=to, now=now)


def refuse(issuer: Issuer, status: Status, *, to: ReplyTo, now: datetime) -> bytes:
    """An error Response in UTF-8: a status and no assertion, always signed as a whole (C-225)."""
    detail = f'<samlp:StatusCode Value="{status.detail}"></samlp:StatusCode>' if status.detail else ""
    message = f"<samlp:StatusMessage>{said(status.message)}</samlp:StatusMessage>" if status.message else ""
    element = (
        f'<samlp:Status><samlp:StatusCode Value="{status.code}">{detail}</samlp:StatusCode>{message}</samlp:Status>'
    )
    return _response(issuer, element, to=to, now=now, sign=True)


def _response(issuer: Issuer, body: str, *, to: ReplyTo, now: datetime, sign: bool = False) -> bytes:
    reference = canonical.new_id()
    head = (
        f'<samlp:Response xmlns:samlp="{names.SAMLP}" Destination="{attribute(to.location)}" ID="{reference}"'
        f'{_in_response_to(to)} IssueInstant="{instant(now)}" Version="2.0">{issuer.element}'
    )
    rest = f"{body}</samlp:Response>"
    if sign or issuer.signs != "assertion":
        return canonical.sign(issuer.seal, head, rest, reference=reference).encode()
    return (head + rest).encode()


def _assertion(issuer: Issuer, answer: Answer, *, to: ReplyTo, now: datetime) -> str:
    reference, issued, until = canonical.new_id(), instant(now), instant(now + FORWARD)
    head = (
        f'<saml:Assertion xmlns:saml="{names.SAML}" ID="{reference}" IssueInstant="{issued}" Version="2.0">'
        f"<saml:Issuer>{said(issuer.entity_id)}</saml:Issuer>"
    )
    rest = (
        f"<saml:Subject>{_name_id(issuer, answer.name_id, to)}"
        f'<saml:SubjectConfirmation Method="{names.BEARER}"><saml:SubjectConfirmationData{_in_response_to(to)}'
        f' NotOnOrAfter="{until}" Recipient="{attribute(to.location)}"></saml:SubjectConfirmationData>'
        "</saml:SubjectConfirmation></saml:Subject>"
        f'<saml:Conditions NotBefore="{instant(now - BACKWARD)}" NotOnOrAfter="{until}"><saml:AudienceRestriction>'
        f"<saml:Audience>{said(to.party)}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{instant(answer.authn_instant)}"'
        f' SessionIndex="{attribute(short(answer.session_index))}" SessionNotOnOrAfter="{instant(answer.session_ends)}">'
        f"<saml:AuthnContext><saml:AuthnContextClassRef>{said(answer.authn_context)}</saml:AuthnContextClassRef>"
        f"{''.join(map(_authority, answer.authorities))}</saml:AuthnContext></saml:AuthnStatement>"
        f"{_attribute_statement(answer.attributes)}</saml:Assertion>"
    )
    if issuer.signs == "response":
        return head + rest
    return canonical.sign(issuer.seal, head, rest, reference=reference)


def _in_response_to(to: ReplyTo) -> str:
    return f' InResponseTo="{attribute(short(to.in_response_to))}"' if to.in_response_to else ""


def _name_id(issuer: Issuer, name_id: NameId, to: ReplyTo) -> str:
    qualifiers = ""
    if name_id.name_format == names.PERSISTENT:
        qualifiers = f' NameQualifier="{attribute(issuer.entity_id)}" SPNameQualifier="{attribute(to.party)}"'
    return f'<saml:NameID Format="{attribute(name_id.name_format)}"{qualifiers}>{said(name_id.value)}</saml:NameID>'


def _authority(entity_id: str) -> str:
    return f"<saml:AuthenticatingAuthority>{said(entity_id)}</saml:AuthenticatingAuthority>"


def _attribute_statement(attributes: Sequence[SamlAttribute]) -> str:
    if not attributes:
        return ""
    return f"<saml:AttributeStatement>{''.join(map(_attribute, attributes))}</saml:AttributeStatement>"


def _attribute(released: SamlAttribute) -> str:
    # SDP-IDP20: one string to an AttributeValue, as many elements as values.
    values = "".join([f"<saml:AttributeValue>{said(value)}</saml:AttributeValue>" for value in released.values])
    opening = _attribute_opening(released.name, released.name_format, released.friendly_name)
    return f"{opening}{values}</saml:Attribute>"


@functools.lru_cache(maxsize=256)
def _attribute_opening(name: str, name_format: str, friendly_name: str | None) -> str:
    friendly = f' FriendlyName="{attribute(short(friendly_name))}"' if friendly_name else ""
    return f'<saml:Attribute{friendly} Name="{attribute(short(name))}" NameFormat="{attribute(name_format)}">'
