"""What an AuthnRequest asks for, once it is known whose it is and where the answer goes (Core 3.4.1).

Every check takes the request as far as it is understood and returns it narrowed, or raises `Refused` with the status that the party gets.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from lxml.etree import _Element as Element

from metadata.saml import document, names, values
from metadata.saml.names import SAML, SAMLP
from protocols.saml import status
from protocols.saml.idp import contexts
from protocols.saml.idp.contexts import ContextDemand, Ladder
from protocols.saml.status import Refused

_GIVEN_FORMATS: Final = {
    names.TRANSIENT: names.TRANSIENT,
    names.PERSISTENT: names.PERSISTENT,
    # Core 8.3.1: the choice is ours.
    names.UNSPECIFIED: None,
    "": None,
}


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """Where an answer goes, proven to belong to the party, and what must go with it."""

    party: str
    location: str
    in_response_to: str
    relay_state: str | None


@dataclass(frozen=True, slots=True)
class AuthnRequest:
    """A request that passed every check. `name_id_format` is None where the party leaves the choice to us."""

    reply_to: ReplyTo
    signed: bool
    context: ContextDemand
    name_id_format: str | None = None
    allow_create: bool = False
    force: bool = False
    passive: bool = False


def understand(reply_to: ReplyTo, root: Element, *, signed: bool, ladder: Ladder) -> AuthnRequest:
    """The request in full. Raises `Refused`, and `Malformed` where an element that may occur once occurs twice."""
    request = AuthnRequest(reply_to, signed, contexts.no_demand(ladder))
    for narrow in WHAT_IS_ASKED:
        request = narrow(request, root, ladder)
    return request


def _version(request: AuthnRequest, root: Element, _ladder: Ladder) -> AuthnRequest:
    if root.get("Version") != "2.0":
        raise Refused(status.VERSION_MISMATCH)
    return request


def _binding(request: AuthnRequest, root: Element, _ladder: Ladder) -> AuthnRequest:
    if root.get("ProtocolBinding", names.HTTP_POST) != names.HTTP_POST:
        raise Refused(status.UNSUPPORTED_BINDING)
    return request


def _subject(request: AuthnRequest, root: Element, _ladder: Ladder) -> AuthnRequest:
    # Core 3.4.1.4: the answer would have to be about exactly that person. We offer no way to ask for one, so that none can be probed for.
    if document.one(root, f"{{{SAML}}}Subject") is not None:
        raise Refused(status.REQUEST_UNSUPPORTED)
    return request


def _name_id(request: AuthnRequest, root: Element, _ladder: Ladder) -> AuthnRequest:
    policy = document.one(root, f"{{{SAMLP}}}NameIDPolicy")
    if policy is None:
        return request
    wanted = policy.get("Format", "")
    # IIP-SSO05, C-220; another party's identifiers (SPNameQualifier) are never ours to give.
    if wanted not in _GIVEN_FORMATS or policy.get("SPNameQualifier", request.reply_to.party) != request.reply_to.party:
        raise Refused(status.INVALID_NAME_ID_POLICY)
    return replace(request, name_id_format=_GIVEN_FORMATS[wanted], allow_create=_flag(policy, "AllowCreate"))


def _forced_or_passive(request: AuthnRequest, root: Element, _ladder: Ladder) -> AuthnRequest:
    force, passive = _flag(root, "ForceAuthn"), _flag(root, "IsPassive")
    if force and passive:
        # C-216: a fresh proof without a page cannot be had.
        raise Refused(status.NO_PASSIVE)
    return replace(request, force=force, passive=passive) if force or passive else request


def _context(request: AuthnRequest, root: Element, ladder: Ladder) -> AuthnRequest:
    requested = document.one(root, f"{{{SAMLP}}}RequestedAuthnContext")
    return request if requested is None else replace(request, context=contexts.read(requested, ladder=ladder))


WHAT_IS_ASKED: Final[tuple[Callable[[AuthnRequest, Element, Ladder], AuthnRequest], ...]] = (
    _version,
    _binding,
    _subject,
    _name_id,
    _forced_or_passive,
    _context,
)
"""The version first: of another version nothing else may be understood. Scoping, Extensions, Conditions and what we have never heard of are
read by nobody (IIP-EXT01, C-233)."""


def _flag(element: Element, name: str) -> bool:
    try:
        return values.boolean(element.get(name, "false"))
    except ValueError:
        raise Refused(status.malformed(name)) from None
