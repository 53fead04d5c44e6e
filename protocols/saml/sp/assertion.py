"""What a proven assertion says, after everything that must hold about it does (Profiles 4.1.4.3, C-271 to C-273).

The element comes from `response.proven`; nothing here looks at the message that carried it. Names, roles and addresses in it are not read.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lxml.etree import _Element as Element

from idp.signin.assurance import LEVELS, Level
from idp.signin.recognition import Brought
from metadata.saml import document, names, values
from metadata.saml.document import Malformed
from metadata.saml.names import SAML
from protocols.attributes import incoming
from protocols.saml import logout_messages
from protocols.saml.sp.response import SKEW, Expected, NotForUs, is_of

_NCNAME: Final = re.compile(r"[^\W\d][\w.-]{0,255}")
_KNOWN_CONDITIONS: Final = frozenset(f"{{{SAML}}}{name}" for name in ("AudienceRestriction", "OneTimeUse"))
"""Those that we keep. Not ProxyRestriction: how far, and to whom, our own answer may be handed on is nothing that it could say (Core 2.5.1.6)."""
LONGEST: Final = 1024
LONGEST_LIFE: Final = timedelta(hours=1)
"""How long an assertion may be good for at most: as long as we would have to remember that it was used, and more than any provider needs."""


@dataclass(frozen=True, slots=True)
class Asserted:
    """An assertion that counts: its id, which may be used once, and whom it brings."""

    id: str
    brought: Brought


@dataclass(frozen=True, slots=True)
class _Proven:
    """What the checks look at."""

    assertion: Element
    expected: Expected
    now: datetime


def read(assertion: Element, expected: Expected, *, now: datetime) -> Asserted:
    """What the assertion says of whom. Raises `Malformed`, `NotForUs`, `ForeignScope`."""
    proven = _Proven(assertion, expected, now)
    for check in CHECKS:
        check(proven)
    attributes = _attributes(assertion)
    scopes = expected.provider.scopes
    incoming.refuse_foreign_scopes(attributes, scopes=scopes)
    statement, name_id = _statement(assertion), _name_id(assertion)
    until = statement.get("SessionNotOnOrAfter")
    brought = Brought(
        subject=_lasting(name_id, attributes, scoped=bool(scopes)),
        eckid=incoming.eckid_of(attributes) or _as_eckid(name_id),
        two_factors=_level(statement) >= Level.TWO_FACTORS,
        proven_at=min(int(now.timestamp()), int(_moment(statement, "AuthnInstant").timestamp())),
        until=int(values.moment(until).timestamp()) if until else None,
        called=logout_messages.name_of(name_id),
        index=statement.get("SessionIndex"),
        listed=incoming.listed_of(attributes),
    )
    return Asserted(assertion.get("ID", ""), brought)


def _known_shape(proven: _Proven) -> None:
    if proven.assertion.get("Version") != "2.0" or not _NCNAME.fullmatch(proven.assertion.get("ID", "")):
        raise Malformed("an assertion of another version, or without an ID")
    _moment(proven.assertion, "IssueInstant")


def _from_the_provider(proven: _Proven) -> None:
    issuer = document.one(proven.assertion, f"{{{SAML}}}Issuer")
    # C-271: the provider that was asked, whoever wrote on the envelope (CVE-2026-49284), and the mix-up of C-116.
    if issuer is None or not is_of(issuer, proven.expected.provider.entity_id):
        raise NotForUs("the assertion is of another issuer than the provider that was asked")


def _for_us(proven: _Proven) -> None:
    conditions = _conditions(proven.assertion)
    audiences = conditions.findall(f"{{{SAML}}}AudienceRestriction")
    if not audiences:
        raise NotForUs("no AudienceRestriction")
    for restriction in audiences:
        # Core 2.5.1.4: one of each.
        told = [document.text(audience) for audience in restriction.findall(f"{{{SAML}}}Audience")]
        if proven.expected.us not in told:
            raise NotForUs("the assertion is for somebody else")


def _no_strange_condition(proven: _Proven) -> None:
    # Core 2.5.1: with a condition that is not understood nobody can say whether it holds.
    if any(child.tag not in _KNOWN_CONDITIONS for child in _conditions(proven.assertion)):
        raise NotForUs("a condition that is not known or cannot be kept here")


def _of_this_moment(proven: _Proven) -> None:
    _within(_conditions(proven.assertion), proven.now)


def _confirmed(proven: _Proven) -> None:
    confirmations = [
        data
        for confirmation in _subject(proven.assertion).findall(f"{{{SAML}}}SubjectConfirmation")
        if confirmation.get("Method") == names.BEARER
        and (data := document.one(confirmation, f"{{{SAML}}}SubjectConfirmationData")) is not None
    ]
    if len(confirmations) != 1:
        # Profiles 4.1.4.2 wants at least one; of two, with different questions in them, one would be somebody else's.
        raise NotForUs("one bearer confirmation is wanted")
    (data,) = confirmations
    if data.get("InResponseTo") != proven.expected.request_id:
        # C-272: in the part that is signed, for this question of this browser.
        raise NotForUs("the assertion answers another question, or none")
    if data.get("Recipient") != proven.expected.acs:
        raise NotForUs("the assertion is for another address")
    if data.get("NotBefore") is not None or data.get("NotOnOrAfter") is None:
        raise NotForUs("a bearer confirmation has an end, and no beginning")
    _within(data, proven.now)


def _signed_in_by_then(proven: _Proven) -> None:
    statement = _statement(proven.assertion)
    at = _moment(statement, "AuthnInstant")
    if at > proven.now + SKEW:
        raise NotForUs("the person proved himself at a time still to come")
    if proven.expected.fresh and at.timestamp() < proven.expected.sent_at - SKEW.total_seconds():
        # C-215: asked for anew, and answered with what was there.
        raise NotForUs("an old proof where a new one was asked for")
    if statement.get("SessionNotOnOrAfter") and _moment(statement, "SessionNotOnOrAfter") <= proven.now - SKEW:
        # C-273, CVE-2026-1190, CVE-2026-41577.
        raise NotForUs("the provider's session is over")


def _one_of_each(proven: _Proven) -> None:
    # C-218, the other way about: of two statements one would be the one that nobody looks at.
    if len(proven.assertion.findall(f"{{{SAML}}}AttributeStatement")) > 1:
        raise Malformed("more than one AttributeStatement")
    name_id = _name_id(proven.assertion)
    if not document.text(name_id) or len(document.text(name_id)) > LONGEST:
        raise Malformed("an empty NameID, or one that is too long")


CHECKS: Final[tuple[Callable[[_Proven], None], ...]] = (
    _known_shape,
    _from_the_provider,
    _for_us,
    _no_strange_condition,
    _of_this_moment,
    _confirmed,
    _signed_in_by_then,
    _one_of_each,
)
"""All of them hold, or nobody is brought; from whose it is, over whom it is for, to what it says."""


def _within(element: Element, now: datetime) -> None:
    """NotBefore and NotOnOrAfter, as far as they are there, and not further off than an assertion may live (C-273)."""
    begins, ends = element.get("NotBefore"), element.get("NotOnOrAfter")
    if begins is not None and _moment(element, "NotBefore") > now + SKEW:
        raise NotForUs("the assertion is for a time still to come")
    if ends is not None and not now - SKEW < _moment(element, "NotOnOrAfter") <= now + LONGEST_LIFE + SKEW:
        raise NotForUs("the assertion is for a time that is over, or too long")


def _moment(element: Element, name: str) -> datetime:
    try:
        return values.moment(element.get(name, ""))
    except ValueError:
        raise Malformed(f"{name} is not a moment") from None


def _only(parent: Element, name: str) -> Element:
    found = document.one(parent, f"{{{SAML}}}{name}")
    if found is None:
        raise Malformed(f"no {name}")
    return found


def _subject(assertion: Element) -> Element:
    return _only(assertion, "Subject")


def _name_id(assertion: Element) -> Element:
    """The NameID. An EncryptedID or BaseID is none that we can read (C-219)."""
    return _only(_subject(assertion), "NameID")


def _conditions(assertion: Element) -> Element:
    return _only(assertion, "Conditions")


def _statement(assertion: Element) -> Element:
    return _only(assertion, "AuthnStatement")


def _level(statement: Element) -> Level:
    """How well the provider says that it proved the person; a class that is not known here says nothing."""
    context = document.one(statement, f"{{{SAML}}}AuthnContext")
    told = None if context is None else document.one(context, f"{{{SAML}}}AuthnContextClassRef")
    return LEVELS.get("" if told is None else document.text(told), Level.NONE)


def _lasting(name_id: Element, attributes: incoming.Values, *, scoped: bool) -> str | None:
    """By what the provider calls the person each time: a NameID that is not of one time, else the standard's subject identifier."""
    if name_id.get("Format", names.UNSPECIFIED) != names.TRANSIENT:
        return document.text(name_id)
    return incoming.subject_id_of(attributes) if scoped else None


def _as_eckid(name_id: Element) -> str | None:
    told = document.text(name_id)
    return told if told.startswith("https://ketenid.nl/") else None


def _attributes(assertion: Element) -> dict[str, list[str]]:
    """Every value by its attribute's name. Values that are no plain text are left out: nothing that we read is of that kind (C-233)."""
    found: dict[str, list[str]] = {}
    for statement in assertion.findall(f"{{{SAML}}}AttributeStatement"):
        for name, value in _values(statement):
            found.setdefault(name, []).append(value)
    return found


def _values(statement: Element) -> Iterator[tuple[str, str]]:
    for attribute in statement.findall(f"{{{SAML}}}Attribute"):
        for value in attribute.findall(f"{{{SAML}}}AttributeValue"):
            if len(value) == 0 and len(value.text or "") <= LONGEST:
                yield attribute.get("Name", ""), (value.text or "").strip(" \t\r\n")
