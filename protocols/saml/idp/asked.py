"""What an AuthnRequest asks for, once it is known whose it is and where the answer goes (Core 3.4.1).

Every check takes the request as far as it is understood and returns it narrowed, or raises `Refused` with the status that the party gets.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lxml.etree import _Element as Element

from idp.core.frozen import replace
from metadata.saml import document, names, values
from metadata.saml.canonical import LONGEST
from metadata.saml.document import Malformed
from metadata.saml.names import SAML, SAMLP
from protocols.saml import status
from protocols.saml.idp import contexts
from protocols.saml.idp.contexts import ContextDemand, Ladder
from protocols.saml.status import Refused

_COUNT: Final = re.compile(r"[0-9]{1,4}")
INDEX: Final = re.compile(r"[0-9]{1,5}")
"""xs:unsignedShort, as far as its digits go."""
MOST_REQUESTERS: Final = 10
_GIVEN_FORMATS: Final = {
    names.TRANSIENT: names.TRANSIENT,
    names.PERSISTENT: names.PERSISTENT,
    # Core 8.3.1: the meaning is ours; it is the Dutch one (`answers`).
    names.UNSPECIFIED: names.UNSPECIFIED,
    "": None,
}


@dataclass(frozen=True, slots=True)
class ReplyTo:
    """Where an answer goes, proven to belong to the party, and what must go with it."""

    party: str
    location: str
    in_response_to: str
    relay_state: str | None


@dataclass(frozen=True)
class AuthnRequest:
    """A request that passed every check. `name_id_format` is None where the party leaves the choice to us.

    `hops` is how many providers may stand between us and who proves the person (Core 3.4.1.5.1), None without a limit; `requesters` are those
    for whom the party asks. `service` is the number of the AttributeConsumingService whose attributes are wanted, None for all that may be had.
    """

    reply_to: ReplyTo
    signed: bool
    context: ContextDemand
    name_id_format: str | None = None
    force: bool = False
    passive: bool = False
    hops: int | None = None
    requesters: tuple[str, ...] = ()
    service: int | None = None


@dataclass(frozen=True, slots=True)
class Here:
    """What a request is measured by: who we are, how surely we can know somebody, and the numbers of the party's services."""

    entity_id: str
    ladder: Ladder
    services: tuple[int, ...] = ()


def understand(reply_to: ReplyTo, root: Element, *, signed: bool, here: Here) -> AuthnRequest:
    """The request in full. Raises `Refused` with the status that the party gets."""
    request = AuthnRequest(reply_to, signed, contexts.no_demand(here.ladder))
    try:
        for narrow in WHAT_IS_ASKED:
            request = narrow(request, root, here)
    except Malformed as error:
        # Where the answer goes is known by now, so that the party hears what is wrong with its request (C-225).
        raise Refused(status.unreadable(error.detail)) from None
    return request


def _version(request: AuthnRequest, root: Element, _here: Here) -> AuthnRequest:
    if root.get("Version") != "2.0":
        raise Refused(status.VERSION_MISMATCH)
    return request


def _binding(request: AuthnRequest, root: Element, _here: Here) -> AuthnRequest:
    if root.get("ProtocolBinding", names.HTTP_POST) != names.HTTP_POST:
        raise Refused(status.UNSUPPORTED_BINDING)
    return request


def _subject(request: AuthnRequest, root: Element, _here: Here) -> AuthnRequest:
    # Core 3.4.1.4: the answer would have to be about exactly that person. We offer no way to ask for one, so that none can be probed for.
    if document.one(root, f"{{{SAML}}}Subject") is not None:
        raise Refused(status.REQUEST_UNSUPPORTED)
    return request


def _name_id(request: AuthnRequest, root: Element, _here: Here) -> AuthnRequest:
    policy = document.one(root, f"{{{SAMLP}}}NameIDPolicy")
    if policy is None:
        return request
    wanted = policy.get("Format", "")
    # IIP-SSO05, C-220; another party's identifiers (SPNameQualifier) are never ours to give.
    if wanted not in _GIVEN_FORMATS or policy.get("SPNameQualifier", request.reply_to.party) != request.reply_to.party:
        raise Refused(status.INVALID_NAME_ID_POLICY)
    # AllowCreate is read, and changes nothing: our names are derived, never created for a party.
    _flag(policy, "AllowCreate")
    return replace(request, name_id_format=_GIVEN_FORMATS[wanted])


def _forced_or_passive(request: AuthnRequest, root: Element, _here: Here) -> AuthnRequest:
    force, passive = _flag(root, "ForceAuthn"), _flag(root, "IsPassive")
    if force and passive:
        # C-216: a fresh proof without a page cannot be had.
        raise Refused(status.NO_PASSIVE)
    return replace(request, force=force, passive=passive) if force or passive else request


def _context(request: AuthnRequest, root: Element, here: Here) -> AuthnRequest:
    requested = document.one(root, f"{{{SAMLP}}}RequestedAuthnContext")
    return request if requested is None else replace(request, context=contexts.read(requested, ladder=here.ladder))


def _scoping(request: AuthnRequest, root: Element, here: Here) -> AuthnRequest:
    """Core 3.4.1.2: through how many hands the question may go, who may answer it, and who asks behind the party (C-235)."""
    scoping = document.one(root, f"{{{SAMLP}}}Scoping")
    if scoping is None:
        return request
    count = scoping.get("ProxyCount")
    if count is not None and not _COUNT.fullmatch(count):
        raise Refused(status.malformed("ProxyCount"))
    listed = document.one(scoping, f"{{{SAMLP}}}IDPList")
    # GetComplete, an address with more of the list, is not followed: nobody makes us fetch anything.
    acceptable = [] if listed is None else [entry.get("ProviderID") for entry in listed.findall(f"{{{SAMLP}}}IDPEntry")]
    if acceptable and here.entity_id not in acceptable:
        raise Refused(status.NO_SUPPORTED_IDP)
    requesters = tuple(document.text(requester) for requester in scoping.findall(f"{{{SAMLP}}}RequesterID"))
    if len(requesters) > MOST_REQUESTERS or not all(0 < len(one) <= LONGEST for one in requesters):
        raise Refused(status.malformed("RequesterID"))
    return replace(request, hops=None if count is None else int(count), requesters=requesters)


def _service(request: AuthnRequest, root: Element, here: Here) -> AuthnRequest:
    """Core 3.4.1: which attributes are wanted, by a number that the party's metadata explain (C-223); a number that they do not is no wish of ours
    to guess."""
    told = root.get("AttributeConsumingServiceIndex")
    if told is None:
        return request
    if not INDEX.fullmatch(told) or int(told) not in here.services:
        raise Refused(status.UNKNOWN_SERVICE)
    return replace(request, service=int(told))


WHAT_IS_ASKED: Final[tuple[Callable[[AuthnRequest, Element, Here], AuthnRequest], ...]] = (
    _version,
    _binding,
    _subject,
    _name_id,
    _forced_or_passive,
    _context,
    _scoping,
    _service,
)
"""The version first: of another version nothing else may be understood. Extensions, Conditions and what we have never heard of are read by
nobody (IIP-EXT01, C-233)."""


def _flag(element: Element, name: str) -> bool:
    try:
        return values.boolean(element.get(name, "false"))
    except ValueError:
        raise Refused(status.malformed(name)) from None
