"""SAML status codes (Core 3.2.2.2), as values that an answer can carry."""

from dataclasses import dataclass
from typing import Final

_STATUS: Final = "urn:oasis:names:tc:SAML:2.0:status:"

SUCCESS: Final = f"{_STATUS}Success"
REQUESTER: Final = f"{_STATUS}Requester"
RESPONDER: Final = f"{_STATUS}Responder"


@dataclass(frozen=True, slots=True)
class Status:
    """Why there is no assertion: who is to blame (`code`), what happened (`detail`), and a sentence for the party's log."""

    code: str
    detail: str | None = None
    message: str | None = None


VERSION_MISMATCH: Final = Status(f"{_STATUS}VersionMismatch", None, "Only SAML 2.0 is spoken here")
UNSUPPORTED_BINDING: Final = Status(REQUESTER, f"{_STATUS}UnsupportedBinding", "Responses go by HTTP-POST only")
INVALID_NAME_ID_POLICY: Final = Status(
    REQUESTER,
    f"{_STATUS}InvalidNameIDPolicy",
    "Name identifiers are transient, persistent or unspecified, in your own name",
)
REQUEST_UNSUPPORTED: Final = Status(REQUESTER, f"{_STATUS}RequestUnsupported", "A request may not name the person")
UNKNOWN_SERVICE: Final = Status(
    REQUESTER, None, "AttributeConsumingServiceIndex names no AttributeConsumingService of your metadata"
)
NO_AUTHN_CONTEXT: Final = Status(RESPONDER, f"{_STATUS}NoAuthnContext", "That authentication context is not available")
NO_SUPPORTED_IDP: Final = Status(
    RESPONDER, f"{_STATUS}NoSupportedIDP", "None of the identity providers listed can be asked here"
)
PROXY_COUNT_EXCEEDED: Final = Status(
    RESPONDER, f"{_STATUS}ProxyCountExceeded", "Another identity provider proved the person, and none may"
)
NO_PASSIVE: Final = Status(RESPONDER, f"{_STATUS}NoPassive", "A page would be needed")
AUTHN_FAILED: Final = Status(RESPONDER, f"{_STATUS}AuthnFailed", "The person did not sign in")
REQUEST_DENIED: Final = Status(RESPONDER, f"{_STATUS}RequestDenied", "The school has not given its consent")


PARTIAL_LOGOUT: Final = f"{_STATUS}PartialLogout"
ENDED: Final = Status(SUCCESS)
ENDED_IN_PART: Final = Status(SUCCESS, PARTIAL_LOGOUT, "Signed out here; some parties did not answer or cannot be told")
UNKNOWN_PRINCIPAL: Final = Status(REQUESTER, f"{_STATUS}UnknownPrincipal", "You know no such session of this person")


def malformed(what: str) -> Status:
    """The request breaks the schema in one named place."""
    return Status(REQUESTER, None, f"{what} is not valid")


def unreadable(why: str) -> Status:
    """The request is XML, but not a request that can be read in one way."""
    return Status(REQUESTER, None, f"The request cannot be read: {why}")


def not_obeyed(why: str) -> Status:
    """The request may be anybody's, of another time or for somebody else, so that nothing was done (Core 3.2.2.2)."""
    return Status(REQUESTER, f"{_STATUS}RequestDenied", f"The request is not obeyed: {why}")


class Refused(Exception):
    """Raised by a check whose answer may go back to the party; who runs the checks turns it into a value before it gets any further."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.detail or status.code)
        self.status = status
